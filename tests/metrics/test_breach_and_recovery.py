"""Cascades and recoveries, from records filled in by hand: one line of figures for each second."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from sim.metrics import measure, resolve
from sim.metrics.breach import breach_order, breaches, failed_shares
from sim.metrics.recovery import episodes, recoveries
from sim.record import fields as f
from sim.record.record import Record
from sim.scenario import Scenario

Make = Callable[..., Scenario]
Blank = Callable[[Scenario], Record]
CHAIN: dict[str, Any] = {
    "services": {
        "front": {"operations": {"x": [{"call": "middle.x"}]}},
        "middle": {"operations": {"x": [{"call": "back.x"}]}},
        "back": {"operations": {"x": [{"work": "1ms"}]}},
    },
    "workload": {"buy": {"operation": "front.x", "arrivals": {"kind": "constant", "rate": "100/s"}}},
    "run": {"horizon": "20s"},
}
FAULT = {"slow": {"kind": "slowdown", "target": "back", "factor": 2, "at": "5s", "for": "5s"}}


def value(record: Record, path: str) -> float:
    """A metric by its path."""
    return measure(record, *resolve(path, record.network))


def attempts(record: Record, service: str, failed: Sequence[int], total: int = 100) -> None:
    """Settle ``total`` attempts at a service in each window, of which ``failed`` timed out."""
    edge = next(n for n, e in enumerate(record.network.edges) if record.network.services[e.service].name == service)
    for window, bad in enumerate(failed):
        record.edges[window, edge, f.edges.EDGE_SETTLED] += total - bad
        record.edges[window, edge, f.edges.EDGE_SETTLED + 3] += bad


def requests(record: Record, failed: Sequence[int], total: int = 100, flow: int = 0) -> None:
    """Settle ``total`` requests of a flow in each window, of which ``failed`` timed out."""
    for window, bad in enumerate(failed):
        record.flows[window, flow, f.flows.FLOW_OFFERED] += total
        record.flows[window, flow, f.flows.FLOW_SETTLED] += total - bad
        record.flows[window, flow, f.flows.FLOW_SETTLED + 3] += bad


@pytest.fixture
def chain(regular: Make, busy: Blank) -> Record:
    """Three services in a row, the last one struck from 5 s to 10 s; nothing has been answered yet."""
    return busy(regular(**CHAIN, faults=FAULT))


def test_two_windows_in_a_row_above_five_percent_are_a_breach(chain: Record) -> None:
    """One bad second is no breach, five percent is none, and two bad seconds are."""
    attempts(chain, "front", [0, 0, 0, 0, 0, 0, 50, 0, 5, 5, 5, 6, 0])
    attempts(chain, "middle", [0, 0, 0, 0, 0, 0, 0, 6, 6, 0])
    flags = breaches(chain)
    assert not flags[:, 0].any()
    assert flags[:, 1].nonzero()[0].tolist() == [7, 8]


def test_few_attempts_say_nothing(chain: Record) -> None:
    """Of four attempts there is no share to speak of, nor a breach, though all failed; nor when good ones follow."""
    attempts(chain, "front", [4], total=4)
    attempts(chain, "front", [0] * 20, total=1)
    attempts(chain, "middle", [5] * 10, total=5)
    assert breaches(chain).any(axis=0).tolist() == [False, True, False]
    shares = failed_shares(chain)
    assert math.isnan(shares[1, 0])
    assert shares[0, 1] == 1.0


def test_windows_with_few_attempts_are_joined(chain: Record) -> None:
    """One attempt a second, and all fail for ten seconds: two times five in a row are a breach, from the fault's begin on."""
    attempts(chain, "middle", [0] * 5 + [1] * 10 + [0] * 5, total=1)
    attempts(chain, "front", [0] * 3 + [1] * 2 + [0] * 15, total=1)
    requests(chain, [0] * 5 + [1] * 10 + [0] * 5, total=1)
    assert breaches(chain)[:, 1].nonzero()[0].tolist() == list(range(5, 15))
    assert value(chain, "blast_radius") == 0.5
    assert value(chain, "blast_radius_requests") == pytest.approx(10 / 15)


def test_too_few_failures_to_tell_are_no_zero(chain: Record) -> None:
    """Nine attempts in all since the fault, and all failed: not enough for a breach, and no radius of 0 either."""
    attempts(chain, "middle", [0] * 5 + [1] * 9, total=1)
    requests(chain, [0] * 5 + [1] * 9, total=1)
    for path in ("blast_radius", "blast_radius_requests"):
        assert math.isnan(value(chain, path))
        assert "too few attempts" in resolve(path, chain.network)[0].missing


def test_a_service_counts_until_a_fault_strikes_it(regular: Make, busy: Blank) -> None:
    """The middle is in breach from the first fault on, and struck itself only later: what it did before that counts."""
    later = {"drill": {**FAULT["slow"], "target": "middle", "at": "14s", "for": "1s"}}
    for failed, expected in (([0] * 6 + [90] * 4, 0.5), ([0] * 14 + [90] * 6, 0.0)):
        record = busy(regular(**CHAIN, faults={**FAULT, **later}))
        attempts(record, "middle", failed)
        assert value(record, "blast_radius") == expected


def test_the_blast_radius_counts_services_that_no_fault_strikes(chain: Record) -> None:
    """The struck service does not count; of the two others one is in breach, and the order of the cascade is known."""
    attempts(chain, "back", [0] * 5 + [90] * 5)
    attempts(chain, "middle", [0] * 6 + [90] * 4)
    assert value(chain, "blast_radius") == 0.5
    assert breach_order(chain) == [(2, 5_000_000_000), (1, 6_000_000_000)]


def test_a_breach_before_the_fault_is_not_its_doing(chain: Record) -> None:
    """The blast radius looks from the first fault on."""
    attempts(chain, "front", [90] * 4)
    assert value(chain, "blast_radius") == 0.0


def test_failed_deliveries_break_a_consumers_service(regular_events: Make, blank: Blank) -> None:
    """A service that only consumes is in breach by its failed deliveries."""
    record = blank(regular_events())
    record.groups[3:6, 0, f.groups.GROUP_FAILED] = 10
    record.groups[3:6, 0, f.groups.GROUP_APPLIED] = 90
    assert breach_order(record) == [(1, 3_000_000_000)]
    assert value(record, "shop.errors") == 0.1


def test_the_request_weighted_radius_counts_answers(chain: Record) -> None:
    """Of 15 seconds from the fault on, three are in breach of the flow: a fifth of the answers."""
    requests(chain, [0] * 6 + [20] * 3 + [0] * 11)
    assert value(chain, "blast_radius_requests") == pytest.approx(0.2)


def test_recovery_is_counted_from_the_end_of_the_fault(chain: Record) -> None:
    """Failures until 12 s after a fault that ended at 10 s: recovered after 2 s."""
    requests(chain, [0] * 5 + [50] * 7 + [0] * 8)
    assert value(chain, "time_to_recover") == value(chain, "buy.time_to_recover") == 2.0


def test_a_relapse_within_the_hold_is_no_recovery(chain: Record) -> None:
    """Two quiet seconds and then failures again: what counts is the five quiet ones."""
    requests(chain, [0] * 5 + [50] * 5 + [0, 0, 50] + [0] * 7)
    assert value(chain, "time_to_recover") == 3.0


def test_the_level_before_the_fault_is_allowed(chain: Record) -> None:
    """A system with 3 % of failures before has recovered at 4 %, and not at 5 %."""
    other = replace(chain)
    requests(chain, [3] * 5 + [50] * 5 + [4] * 10)
    assert value(chain, "time_to_recover") == 0.0
    requests(other, [0] * 10 + [2] * 10, total=2)
    assert value(other, "time_to_recover") == math.inf


def test_a_recovery_that_was_not_seen_is_no_number(chain: Record) -> None:
    """Failures to within five windows of the horizon: not within the run."""
    requests(chain, [0] * 5 + [50] * 11 + [0] * 4)
    assert value(chain, "time_to_recover") == math.inf


def test_the_next_fault_ends_the_wait(regular: Make, busy: Blank) -> None:
    """Of 5 s to the second fault one is bad: the first recovery has not been seen, the second has."""
    second = {**FAULT["slow"], "at": "15s", "for": "1s"}
    record = busy(regular(**{**CHAIN, "run": {"horizon": "21s"}}, faults={"one": FAULT["slow"], "two": second}))
    requests(record, [0] * 10 + [50] + [0] * 10)
    assert [(one.seconds, one.watched) for one in recoveries(record)] == [(math.inf, 0.0), (0.0, 0.0)]
    assert value(record, "time_to_recover") == math.inf


@pytest.mark.parametrize(
    ("settings", "after", "seconds"),
    [
        ({"queue_max": 50}, 50, math.inf),
        ({"queue_max": 50}, 49, 0.0),
        ({"queue_max": 50, "replicas": 2}, 50, math.inf),
        ({"queue_max": 200}, 100, 0.0),
        ({"queue_max": 200}, 101, math.inf),
        ({"queue_max": 1}, 1, math.inf),
        ({}, 100, 0.0),
    ],
)
def test_a_full_queue_is_not_back(regular: Make, blank: Blank, settings: dict[str, Any], after: int, seconds: float) -> None:
    """A hundred come in a second; but of a queue of 50 so many may not that a replica turns others away, unless before."""
    back = {**CHAIN["services"]["back"], **settings}
    for before, expected in ((0, seconds), (after, 0.0)):
        record = blank(regular(**{**CHAIN, "services": {**CHAIN["services"], "back": back}}, faults=FAULT))
        requests(record, [0] * 20)
        record.services[:, 2, f.services.SERVICE_ARRIVED] = 100
        record.services[2:5, 2, f.services.SERVICE_WAITING_MAX] = before
        record.services[5:, 2, f.services.SERVICE_WAITING_MAX] = after
        assert value(record, "time_to_recover") == expected


def test_a_queue_that_was_full_once_is_not_back_when_it_is_full(regular: Make, busy: Blank) -> None:
    """A surge filled the queue in one second before the fault; full after it is not as before, and one less is."""
    back = {**CHAIN["services"]["back"], "queue_max": 50}
    for after, expected in ((50, math.inf), (49, 0.0)):
        record = busy(regular(**{**CHAIN, "services": {**CHAIN["services"], "back": back}}, faults=FAULT))
        requests(record, [0] * 20)
        record.services[2, 2, f.services.SERVICE_WAITING_MAX] = 50
        record.services[5:, 2, f.services.SERVICE_WAITING_MAX] = after
        assert value(record, "time_to_recover") == expected


@pytest.mark.parametrize("field", [f.groups.GROUP_DROPPED, f.groups.GROUP_LOST])
def test_messages_that_are_given_up_are_no_recovery(regular_events: Make, busy: Blank, field: int) -> None:
    """Clients get their answers all along; until 13 s, messages are dropped or lost: recovered after 3 s."""
    faults = {"slow": {**FAULT["slow"], "target": "shop"}}
    record = busy(regular_events(faults=faults, run={"horizon": "20s"}))
    requests(record, [0] * 20)
    record.groups[:, 0, f.groups.GROUP_APPLIED] = 100
    record.groups[7:13, 0, field] = 50
    assert value(record, "time_to_recover") == value(record, "buy.time_to_recover") == 3.0
    other = replace(record, tables={**record.tables, "groups": record.groups.copy()})
    other.groups[13:, 0, field] = 100
    assert value(other, "time_to_recover") == value(other, "buy.time_to_recover") == math.inf


def test_a_flow_recovers_without_the_groups_that_it_does_not_reach(regular_events: Make, busy: Blank) -> None:
    """What is dropped of one flow's messages keeps that flow from recovering, and the system, but no flow beside it."""
    plain = regular_events()
    faults = {"slow": {**FAULT["slow"], "target": "shop"}}
    other = {"operation": "aside.look", "arrivals": {"kind": "constant", "rate": "10/s"}}
    services = {"aside": {"operations": {"look": [{"work": "1ms"}]}}}
    data = plain.model_dump(mode="json", by_alias=True, exclude_unset=True)
    changes = {"services": {**data["services"], **services}, "workload": {**data["workload"], "look": other}}
    record = busy(regular_events(**changes, faults=faults, run={"horizon": "20s"}))
    requests(record, [0] * 20)
    requests(record, [0] * 20, flow=1)
    record.groups[5:, 0, f.groups.GROUP_DROPPED] = 100
    assert value(record, "time_to_recover") == value(record, "buy.time_to_recover") == math.inf
    assert value(record, "look.time_to_recover") == 0.0


def test_a_short_window_does_not_shorten_the_hold(regular: Make, busy: Blank) -> None:
    """With windows of 100 ms, two seconds of quiet are no recovery: all must be well for five seconds, as the words say."""
    record = busy(regular(**{**CHAIN, "run": {"horizon": "20s", "window": "100ms"}}, faults=FAULT))
    requests(record, [0] * 50 + [60] * 50 + [0] * 20 + [60] * 10 + [0] * 70)
    assert value(record, "time_to_recover") == 3.0
    assert "less than 50 windows" in resolve("time_to_recover", record.network)[0].missing


@pytest.mark.parametrize("changes", [{"run": {"horizon": "14s"}}, {"run": {"horizon": "10s"}}, {"second": "14s"}])
def test_what_could_not_be_seen_has_no_value(regular: Make, busy: Blank, changes: dict[str, Any]) -> None:
    """Four windows, or none, to the end or to the next fault: no recovery can be told, and the words say why."""
    faults = dict(FAULT)
    if "second" in changes:
        faults["next"] = {**FAULT["slow"], "at": changes["second"], "for": "1s"}
    record = busy(regular(**{**CHAIN, "faults": faults, **{key: changes[key] for key in changes if key == "run"}}))
    requests(record, ([0] * 20)[: record.network.windows])
    assert math.isnan(value(record, "time_to_recover"))
    assert math.isnan(value(record, "buy.time_to_recover"))
    assert math.isnan(recoveries(record)[0].watched)
    metric, _ = resolve("time_to_recover", record.network)
    assert metric.missing.startswith("could not be seen: less than 5 windows from a fault's end")
    assert resolve("time_to_recover", regular(**CHAIN))[0].missing == "without a fault"


def test_one_that_was_not_seen_in_time_outweighs_one_that_could_not_be(regular: Make, busy: Blank) -> None:
    """Of two faults, one could not be watched; the other was, for 2 s, and was not over by then: longer than that, at least."""
    second = {**FAULT["slow"], "at": "12s", "for": "1s"}
    record = busy(regular(**CHAIN, faults={"one": FAULT["slow"], "two": second}))
    requests(record, [0] * 5 + [50] * 15)
    assert [str(one.seconds) for one in recoveries(record)] == ["nan", "inf"]
    assert value(record, "time_to_recover") == math.inf
    assert resolve("time_to_recover", record.network)[0].watched_min == 2.0


@pytest.mark.parametrize(("at", "warmup", "seen"), [("0s", "0s", False), ("5s", "5s", False), ("5s", "4s", True)])
def test_without_a_window_before_nothing_is_as_before(
    regular_events: Make, busy: Blank, at: str, warmup: str, *, seen: bool
) -> None:
    """A fault at the start, or within the warm-up, leaves nothing to compare with: no time, and the words say why."""
    faults = {"slow": {**FAULT["slow"], "target": "shop", "at": at}}
    record = busy(regular_events(faults=faults, run={"horizon": "20s", "warmup": warmup}))
    requests(record, [0] * 20)
    for path in ("time_to_recover", "buy.time_to_recover", "drain_time", "shop.drain_time"):
        assert math.isfinite(value(record, path)) == seen
        missing = resolve(path, record.network)[0].missing
        assert missing.endswith("no window before the first fault to compare with") != seen
    assert math.isfinite(value(record, "resilience_loss"))


def test_without_a_fault_nothing_reaches_anywhere(regular: Make, blank: Blank) -> None:
    """No blast radius of either kind, as there is no time to recover; and the words say why."""
    record = blank(regular(**CHAIN))
    requests(record, [50] * 20)
    for path in ("blast_radius", "blast_radius_requests"):
        assert math.isnan(value(record, path))
        assert resolve(path, record.network)[0].missing == "without a fault"


def test_what_the_next_fault_ends_is_said_so(regular: Make, blank: Blank) -> None:
    """Not within the run is something else than not before the next fault."""
    second = {**FAULT["slow"], "at": "15s", "for": "1s"}
    longer = "not before the next fault or the end of the run"
    for faults, words in ((FAULT, "not within the run"), ({**FAULT, "two": second}, longer)):
        assert resolve("time_to_recover", blank(regular(**CHAIN, faults=faults)).network)[0].infinite == words


def test_a_drain_needs_a_hold(regular_events: Make, busy: Blank) -> None:
    """Four windows after a fault do not tell whether the backlog stays where it was; five do."""
    for horizon, seen in (("14s", math.nan), ("15s", 0.0)):
        faults = {"slow": {**FAULT["slow"], "target": "shop"}}
        record = busy(regular_events(faults=faults, run={"horizon": horizon}))
        assert str(value(record, "drain_time")) == str(value(record, "shop.drain_time")) == str(seen)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([1] * 8 + [100] * 6 + [1] * 6, 14.0),
        ([1] * 2 + [100] * 6 + [1] * 12, 8.0),
        ([1] * 8 + [100] * 12, math.inf),
        ([1] * 8 + [100] + [1] * 11, 0.0),
        ([100] * 3 + [1] * 8 + [100, 1, 100, 1, 1, 1, 1, 1, 1], 3.0),
        ([1] * 6 + [100, 100, 1, 100, 100, 1, 1, 100, 100, 1, 1, 1, 1, 1], 15.0),
    ],
)
def test_a_group_that_the_wave_reaches_later_drains_later(
    regular_events: Make, busy: Blank, after: list[int], expected: float
) -> None:
    """A lag that rises after the fault's end is drained after its last rise; one or two windows of chance are no rise."""
    faults = {"slow": {**FAULT["slow"], "target": "shop"}}
    record = busy(regular_events(faults=faults, run={"horizon": "30s"}))
    record.groups[:10, 0, f.groups.GROUP_LAG_MAX] = 1
    record.groups[10:, 0, f.groups.GROUP_LAG_MAX] = (after + [1] * 20)[:20]
    assert value(record, "drain_time") == value(record, "shop.drain_time") == expected


def test_overlapping_faults_are_one_episode(regular: Make, blank: Blank) -> None:
    """Recovery is counted from the end of the last of faults that overlap or touch."""
    faults = {
        "a": {**FAULT["slow"], "at": "2s", "for": "3s"},
        "b": {**FAULT["slow"], "at": "4s", "for": "2s"},
        "c": {**FAULT["slow"], "at": "6s", "for": "1s"},
        "d": {**FAULT["slow"], "at": "15s", "for": "1s"},
    }
    found = episodes(blank(regular(**CHAIN, faults=faults)))
    assert [(one.faults, one.begin, one.end, one.limit) for one in found] == [
        (("a", "b", "c"), 2 * 10**9, 7 * 10**9, 15 * 10**9),
        (("d",), 15 * 10**9, 16 * 10**9, 20 * 10**9),
    ]


def test_a_backlog_must_be_gone_too(regular_events: Make, blank: Blank) -> None:
    """Requests are fine all along; the lag is above a second's worth until 14 s: recovered, and drained, after 4 s."""
    faults = {"slow": {**FAULT["slow"], "target": "shop"}}
    record = blank(regular_events(faults=faults, run={"horizon": "20s"}))
    requests(record, [0] * 20)
    record.groups[:, 0, f.groups.GROUP_APPENDED] = 10
    record.groups[:, 0, f.groups.GROUP_LAG_MAX] = [1] * 5 + [20, 40, 60, 80, 100, 80, 60, 40, 20, 10, 1, 1, 1, 1, 1]
    assert value(record, "shop.drain_time") == 4.0
    assert value(record, "time_to_recover") == 4.0
    other = replace(record)
    other.groups[:, 0, f.groups.GROUP_LAG_MAX] = 100
    other.groups[:5, 0, f.groups.GROUP_LAG_MAX] = 1
    assert value(other, "drain_time") == math.inf


@pytest.mark.parametrize("shared", [False, True])
def test_a_slow_flow_elsewhere_excuses_no_hanging_call(regular: Make, busy: Blank, *, shared: bool) -> None:
    """Calls hang from 6 s to 10 s. A batch that takes 15 s says something of them only if it makes such calls itself."""
    night = {"operation": "front.x" if shared else "batch.run", "arrivals": {"kind": "constant", "rate": "1/s"}}
    services = {**CHAIN["services"], "batch": {"operations": {"run": [{"work": "15s"}]}}}
    workload = {**CHAIN["workload"], "night": night}
    record = busy(regular(**{**CHAIN, "services": services, "workload": workload}, faults=FAULT))
    record.flows[0, 0, f.flows.FLOW_REPLY_MOST] = 1_000_000_000
    record.flows[15, 1, f.flows.FLOW_REPLY_MOST] = 15_000_000_000
    edge = next(number for number, one in enumerate(record.network.edges) if one.name == "front.x -> middle.x")
    record.edges[6:10, edge, f.edges.EDGE_UNANSWERED] = 100
    assert breaches(record)[:, 1].nonzero()[0].tolist() == ([] if shared else [6, 7, 8, 9])


@pytest.mark.parametrize("other", [False, True])
def test_a_slow_flow_elsewhere_excuses_no_hanging_message(regular_events: Make, busy: Blank, *, other: bool) -> None:
    """Messages hang from 6 s to 10 s, of a flow whose events were done within a second, whatever another flow takes."""
    plain = regular_events().model_dump(mode="json", by_alias=True, exclude_unset=True)
    night = {"night": {"operation": "batch.run", "arrivals": {"kind": "constant", "rate": "1/s"}}} if other else {}
    services = {**plain["services"], "batch": {"operations": {"run": [{"work": "15s"}]}}}
    workload = {**plain["workload"], **night}
    record = busy(regular_events(services=services, workload=workload, run={"horizon": "20s"}))
    record.flows[0, 0, f.flows.FLOW_COMPLETION_MOST] = 1_000_000_000
    if other:
        record.flows[15, 1, f.flows.FLOW_COMPLETION_MOST] = 15_000_000_000
    record.groups[6:10, 0, f.groups.GROUP_UNHANDLED] = 100
    assert breaches(record)[:, 1].nonzero()[0].tolist() == [6, 7, 8, 9]
