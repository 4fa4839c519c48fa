"""Health checks: their rules against an oracle, and which replicas they take out of the list, and when, in both engines."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.policies import health as rules
from sim.policies.health import NEVER, PUT_BACK, TAKEN_OUT, CheckState
from sim.record import fields as f
from sim.record.fields.facts import FACT_CHECKED, FACTS
from sim.scenario.health import CheckSettings
from tests.conformance.diverge import assert_conform
from tests.policies.test_balancing import counted, shop

MS = 10**6


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.lists(st.booleans(), max_size=40))
def test_a_replica_is_out_after_so_many_bad_checks_and_back_after_good_ones(bad: int, good: int, seen: list[bool]) -> None:
    """Against the whole history, read backwards for the last run that was long enough."""
    settled, state = CheckSettings.plain(0, 0, bad, good), CheckState.plain()
    for length in range(1, len(seen) + 1):
        what = rules.learnt(settled, state, seen[length - 1])
        history, out, run = seen[:length], False, 0
        for one in history:
            run = run + 1 if one == out else 0
            if run == (good if out else bad):
                out, run = not out, 0
                changed = True
            else:
                changed = False
        assert state.out == int(out)
        assert what == ((TAKEN_OUT if out else PUT_BACK) if changed else rules.NOTHING)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.sampled_from([None, *range(30)]), st.booleans())
def test_a_check_is_good_if_its_answer_is_back_in_time(
    there: int,
    work: int,
    back: int,
    down_at: int | None,
    resets: bool,  # noqa: FBT001
) -> None:
    """Against the times of all that happens: sent at 100, a timeout of 10; the replica goes down at some time, or never."""
    settled, state, sent = CheckSettings.plain(10, work, 3, 1), CheckState.plain(), 100
    crash = None if down_at is None else sent + down_at
    comes = rules.asked(settled, state, sent, there)
    arrival, answered = sent + there, sent + there + work
    up = crash is None or crash > arrival
    survives = crash is None or crash >= answered
    if comes == NEVER:
        assert there > 10
        over = sent + 10
    else:
        assert comes == there
        over = rules.reached(settled, state, arrival, up, resets, work, back)
    if crash is not None and crash <= over:
        state.crashed_at = crash
    in_time = answered + back <= sent + 10
    assert rules.passed(state) == (in_time and up and survives)
    refused = not up and resets
    assert over == min(sent + 10, arrival + back if refused else answered + back if up else sent + 10)


def out_of(more: str, faults: str, check: str) -> Any:
    """When replicas are taken out, and what was counted; both engines say the same."""
    record = assert_conform(shop(f"{more}, health: {{check: {{{check}}}}}", faults))
    assert record is not None
    return record


CHECK = "every: 500ms, timeout: 100ms, unhealthy_after: 3, healthy_after: 2"
SILENT = "down: {kind: crash, target: payment, replicas: 1, at: 2100ms, for: 4s, connections: silent, detection: 0s}"


def test_a_dead_replica_is_out_after_three_checks_and_back_after_two() -> None:
    """Checks leave each half second; what the crash says of its detection counts for nothing.

    Down at 2.1 s: those of 2.5, 3 and 3.5 s fail, the third is over at 3.6 s. Up at 6.1 s: those of 6.5 and 7 s are answered,
    the second at 7.002 s.
    """
    record = out_of("balance: round_robin", SILENT, CHECK)
    area = record.tables["health_checks"][:, 0, f.health_checks.CHECK_OUT_AREA].sum()
    assert area == (7_002 - 3_600) * MS
    seen = counted(record, "health_checks")
    assert (seen["taken_out"], seen["put_back"]) == (1, 1)
    assert seen["failed"] == 8  # of 2.5, 3, ..., 6 s
    facts = [FACTS[fact] for fact in record.log[:, 1].tolist()]
    assert "ejected" not in facts
    bad = [(time, replica) for time, fact, replica, good in record.log.tolist() if fact == FACT_CHECKED and not good]
    assert bad[:3] == [(2_600 * MS, 2), (3_100 * MS, 2), (3_600 * MS, 2)]


def test_one_that_refuses_connections_is_found_out_a_timeout_sooner() -> None:
    """The third check is refused after its two hops: at 3.502 s."""
    record = out_of("balance: least_requests", SILENT.replace("silent", "reset"), CHECK)
    area = record.tables["health_checks"][:, 0, f.health_checks.CHECK_OUT_AREA].sum()
    assert area == (7_002 - 3_502) * MS


def test_a_slow_replica_is_out_if_the_check_is_work() -> None:
    """Forty times 5 ms are more than the timeout; a check without work is answered by a slow one as by any."""
    slow = "slow: {kind: slowdown, target: payment, replicas: 1, factor: 40, at: 2100ms, for: 4s}"
    assert counted(out_of("balance: round_robin", slow, f"{CHECK}, work: 5ms"), "health_checks")["taken_out"] == 1
    assert counted(out_of("balance: round_robin", slow, CHECK), "health_checks")["failed"] == 0


def test_where_all_are_out_calls_find_no_replica() -> None:
    """They fail as unavailable, and no panic threshold takes the dead ones instead, as nobody ejects here."""
    down = SILENT.replace(", replicas: 1", "")
    record = out_of("balance: power_of_two", down, CHECK)
    assert counted(record, "balancers")["none"] > 100
    assert counted(record, "balancers")["none"] == sum(counted(record, "edges", row)["settled.unavailable"] for row in (0, 1))
