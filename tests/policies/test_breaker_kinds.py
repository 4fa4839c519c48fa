"""Circuit breakers by their known answers: outcomes in, the state after each; and against oracles written another way."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.policies.breaker_profiles import PROFILES
from sim.policies.guards import _breaking as rules
from sim.policies.guards.circuit_breaker import CircuitBreaker
from sim.policies.guards.failure_rate import FailureRate
from sim.policies.guards.success_rate import ONE, SuccessRate, left_after
from sim.scenario.kinds import GO, REFUSE

SECOND = 1_000_000_000
MODES = {rules.CLOSED: "CLOSED", rules.OPEN: "OPEN", rules.HALF_OPEN: "HALF_OPEN"}
KINDS: dict[str, Any] = {"consecutive": CircuitBreaker, "failure_rate": FailureRate, "success_rate": SuccessRate}


class Trial:
    """A breaker and its clock: calls are made one after the other."""

    def __init__(self, **written: Any) -> None:
        meant = dict(CircuitBreaker.meant(written))
        self.kind = KINDS[meant.get("kind", "consecutive")]
        self.model = self.kind.model_validate(meant)
        self.settings, self.state = self.model.row(), rules.BreakerState.roomy(self.model.tail)
        self.now = 0

    @property
    def mode(self) -> str:
        """The state, by its name."""
        return MODES[self.state.mode]

    def asked(self, at: float | None = None, u: int = 0) -> bool:
        """Whether an attempt may leave, at a time in s."""
        self.now = self.now if at is None else round(at * SECOND)
        return bool(self.kind.admit(self.settings, self.state, self.now, u) == GO)

    def call(self, how: str) -> str:
        """A call that is let go, and the state after it: ``F 5s`` fails after 5 s; it takes no time where none is said."""
        outcome, _, took = how.partition(" ")
        assert self.asked()
        sent = self.now
        self.now += round(float(took.removesuffix("s") or 0) * SECOND)
        self.kind.settle(self.settings, self.state, self.now, sent, outcome == "S")
        return self.mode

    def calls(self, outcomes: str) -> list[str]:
        """The states after calls that take no time."""
        return [self.call(one) for one in outcomes]


def opens_after(outcomes: str, **written: Any) -> int:
    """How many of these calls are made until the breaker opens; all of them do not open it: 0."""
    trial = Trial(**written)
    return next((number for number, one in enumerate(outcomes, 1) if trial.call(one) == "OPEN"), 0)


R4J: dict[str, Any] = {
    "profile": "resilience4j",
    "window": {"kind": "time", "size": "20s"},
    "minimum": 5,
    "slow": {"after": "4s", "share": "50%"},
    "open": "5s",
    "probes": 4,
}


def test_resilience4j_opens_after_its_threshold() -> None:
    """policy_sequences.json: F F F S S: 60 % of five, the last of which is a success; the next call is not permitted."""
    trial = Trial(**R4J)
    assert trial.calls("FFFSS") == ["CLOSED"] * 4 + ["OPEN"]
    assert not trial.asked()


def test_resilience4j_looks_at_all_calls_of_its_window() -> None:
    """policy_sequences.json: three that end well, three that fail, 1 s apart: 40 % of five, then 50 % of six."""
    trial, seen = Trial(**R4J), []
    for second, outcome in enumerate("SSSFFF"):
        trial.now = second * SECOND
        seen.append(trial.call(outcome))
    assert seen == ["CLOSED"] * 5 + ["OPEN"]


def test_resilience4j_opens_when_calls_are_slow() -> None:
    """policy_sequences.json: three of five take longer than 4 s, and only two fail."""
    trial = Trial(**R4J)
    assert [trial.call(one) for one in ("F 5s", "S 5s", "F 0.1s", "S 0.1s", "S 5s")] == ["CLOSED"] * 4 + ["OPEN"]
    exactly = Trial(**R4J)
    assert [exactly.call(one) for one in ("S 4s",) * 5] == ["CLOSED"] * 5, "as long as it may is not longer"


def test_resilience4j_permits_so_many_calls_half_open() -> None:
    """policy_sequences.json: four may leave, a fifth and a sixth not; one that is given back permits one more."""
    trial = Trial(**R4J)
    trial.calls("FFFFF")
    assert [trial.asked(6.0) for _ in range(6)] == [True] * 4 + [False] * 2
    trial.kind.ignored(trial.settings, trial.state, trial.now, trial.now)
    assert [trial.asked(), trial.asked()] == [True, False]
    trial.kind.withdraw(trial.settings, trial.state, trial.now)
    assert [trial.asked(), trial.asked()] == [True, False]


def test_resilience4j_time_windows_are_whole_seconds() -> None:
    """Of 2 s: at 2.0 s what happened in the first second is out, however late in it; at 1.9 s it is not."""
    settings: dict[str, Any] = {**R4J, "window": {"kind": "time", "size": "2s"}, "minimum": 2}
    for at, mode in ((1.9, "OPEN"), (2.0, "CLOSED")):
        trial = Trial(**settings)
        trial.now = round(0.95 * SECOND)
        trial.call("F")
        trial.now = round(at * SECOND)
        assert trial.call("F") == mode


def test_resilience4j_the_minimum_is_no_more_than_the_window() -> None:
    """Its issues 1349, 1351: minimum 100, window 10: judged at the 10th; half-open, minimum 1 of 4 permitted: at the first."""
    assert opens_after("F" * 20, profile="resilience4j", window={"kind": "count", "size": 10}) == 10
    trial = Trial(profile="resilience4j", window={"kind": "count", "size": 10}, minimum=1, probes=4, open="5s")
    trial.call("F")
    trial.now = 6 * SECOND
    assert trial.call("S") == "CLOSED"


def test_resilience4j_waits_longer_each_time() -> None:
    """Its test: 5 s x 1.5: refused at 3 s, half-open at 6 s; after the 2nd opening refused at 6 s, half-open at 11 s."""
    trial = Trial(**{**R4J, "probes": 1, "open_factor": 1.5})
    trial.calls("FFFFF")
    assert not trial.asked(3.0)
    trial.now = 6 * SECOND
    assert trial.call("F") == "OPEN"
    assert not trial.asked(6.0 + 6.0)
    assert trial.asked(6.0 + 11.0)
    assert trial.mode == "HALF_OPEN"


def test_the_wait_grows_to_its_cap_and_begins_anew_when_it_has_closed() -> None:
    """1 s, 2, 4, 5, 5: then a probe ends well, and the next time it is 1 s again."""
    trial, waits = Trial(failures=1, open="1s", open_factor=2, open_max="5s"), []
    for outcome in "FFFFFSF":
        if trial.call(outcome) == "OPEN":
            trial.asked()
            waits.append((trial.state.open_until - trial.state.since) // SECOND)
            trial.now = trial.state.open_until
    assert waits == [1, 2, 4, 5, 5, 1]


def test_half_open_for_too_long_is_open_again() -> None:
    """Its probe hangs: 3 s later it has opened again, then, and not only when it is asked."""
    trial = Trial(failures=1, open="1s", half_open_max="3s")
    trial.call("F")
    assert trial.asked(1.0)
    assert not trial.asked(3.9)
    assert not trial.asked(4.0)
    assert trial.state.since == 4 * SECOND
    assert not trial.asked(4.9)
    assert trial.asked(5.0)


@pytest.mark.parametrize(("outcomes", "opens"), [("SFSSF", 5), ("SFFS", 4), ("SFS", 0)])
def test_microprofile_judges_full_windows(outcomes: str, opens: int) -> None:
    """Its table: volume 4, ratio .5: S F S S F opens after 5; S F F S after 4, as the window is not full at 3."""
    written: dict[str, Any] = {"profile": "microprofile", "window": {"kind": "count", "size": 4}, "minimum": 4}
    assert opens_after(outcomes, **written) == opens


def test_microprofile_closes_after_ten_successes_and_no_failure() -> None:
    """Half-open: any failure opens it again, ten successes close it."""
    written: dict[str, Any] = {"profile": "microprofile", "window": {"kind": "count", "size": 4}, "minimum": 4}
    trial = Trial(**written, probes=10, open="1s")
    trial.calls("FFFF")
    trial.now = 1 * SECOND
    assert trial.calls("SSSSSSSSSF")[-2:] == ["HALF_OPEN", "OPEN"]
    trial.now = 2 * SECOND
    assert trial.calls("S" * 10)[-2:] == ["HALF_OPEN", "CLOSED"]


def test_polly_has_one_probe_and_opens_on_failures() -> None:
    """Half-open: one probe, which closes or opens it; while closed a success is never what opens it."""
    trial = Trial(profile="polly", minimum=4, failures="50%")
    assert trial.calls("FFSS") == ["CLOSED"] * 4
    assert trial.call("F") == "OPEN"
    assert [trial.asked(5.0), trial.asked()] == [True, False]
    trial.kind.settle(trial.settings, trial.state, trial.now, trial.now, True)
    assert trial.mode == "CLOSED"


def test_finagle_counts_in_a_row() -> None:
    """Its test: 3 in a row: dead on the 3rd; a success resets."""
    assert opens_after("FFF", failures=3) == 3
    assert opens_after("FFSFFF", failures=3) == 6


@pytest.mark.parametrize(("size", "before", "failures"), [(100, 100, 70), (5, 0, 5)])
def test_finagle_marks_dead_by_its_success_rate(size: int, before: int, failures: int) -> None:
    """Its tests, required .5: after 100 successes the 70th failure of a window of 100; of one of 5 without any, the 5th."""
    outcomes = "S" * before + "F" * 200
    assert opens_after(outcomes, success="50%", window={"kind": "count", "size": size}) == before + failures


def test_envoy_ejects_longer_each_time_and_forgets() -> None:
    """30 s, 60, 90: it closes by itself, at once; after 20 s of quiet two openings less count."""
    trial, waits = Trial(profile="envoy"), []
    for quiet in (0, 0, 0, 20):
        trial.now += quiet * SECOND
        trial.calls("FFFFF")
        trial.asked()
        waits.append((trial.state.open_until - trial.state.since) // SECOND)
        trial.now = trial.state.open_until
        assert trial.asked()
        assert trial.mode == "CLOSED"
    assert waits == [30, 60, 90, 60]


def test_the_open_time_varies_as_it_is_told() -> None:
    """Of 10 s: give or take 50%: 5 to 15 s; equal: 5 to 10 s. The first that asks draws it, the others meet the same."""
    for jitter, least, most in (("50%", 5, 15), ("equal", 5, 10)):
        for u, wait in ((0, least), ((1 << 63) - 1, most)):
            trial = Trial(failures=1, open="10s", open_jitter=jitter)
            trial.call("F")
            assert trial.asked(0, u) is trial.asked(1.0, 1 << 62) is False
            assert abs(trial.state.open_until - wait * SECOND) <= 10
        assert trial.model.draws


def test_what_was_sent_before_counts_as_it_is_told() -> None:
    """A late failure of the closed time meets it half-open: ignored, it stays so; counted, as in resilience4j, it opens it."""
    for in_flight, mode in (("ignored", "HALF_OPEN"), ("counted", "OPEN")):
        trial = Trial(failures=1, open="1s", in_flight=in_flight)
        assert trial.asked(0.5)
        trial.call("F")
        assert trial.asked(2.0)
        trial.kind.settle(trial.settings, trial.state, trial.now, SECOND // 2 - 1, False)
        assert trial.mode == mode


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_are_whole(name: str) -> None:
    """Each product's defaults are valid, say where they are from, and stand back where something is written."""
    profile = PROFILES[name]
    trial = Trial(profile=name, open="7s")
    assert trial.model.kind == profile.values["kind"]
    assert trial.model.open_for == 7 * SECOND
    assert trial.model.profile == name
    assert profile.source
    other = Trial(profile=name, failures=3, kind="consecutive")
    assert other.model.kind == "consecutive"


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.data())
def test_windows_of_calls_and_of_time_are_those_of_a_list(data: Any) -> None:
    """Random calls while closed: the sums of the window are those of the calls that a list says are in it."""
    of_time = data.draw(st.booleans())
    size, spans = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4))
    written = {"kind": "time", "size": f"{size * spans}ns", "spans": spans} if of_time else {"kind": "count", "size": size}
    trial = Trial(window=written, minimum=10_000, slow={"after": "3ns", "share": "50%"})
    trial.settings.calls_least = 10**6
    seen: list[tuple[int, bool, bool]] = []
    for pause, took, good in data.draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6), st.booleans()), max_size=40)):
        sent = trial.now + pause
        trial.now = sent + took
        trial.kind.settle(trial.settings, trial.state, trial.now, sent, good)
        seen.append((trial.now, not good, took > 3))
        inside = [one for one in seen if one[0] // size > trial.now // size - spans] if of_time else seen[-size:]
        window = trial.state.window
        assert (window.calls, window.bad, window.slow) == (len(inside), *(sum(one[at] for one in inside) for at in (1, 2)))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.data())
def test_a_breaker_by_rate_is_one_that_keeps_all_it_saw(data: Any) -> None:
    """Random attempts that overlap: every answer and every mode is that of a naive one, for both judgements of probes."""
    size, probes, minimum = (data.draw(st.integers(1, most)) for most in (5, 3, 5))
    judged, stale = data.draw(st.sampled_from(["all", "share"])), data.draw(st.booleans())
    trial = Trial(
        failures="50%", window={"kind": "count", "size": size}, minimum=minimum, open="5ns", probes=probes,
        probes_judged=judged, in_flight="counted" if stale else "ignored",
    )  # fmt: skip
    mode, since, list_of, given_out, now, out = "CLOSED", 0, list[bool](), 0, 0, list[int]()
    for pause, ask, good in data.draw(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.booleans()), max_size=60)):
        now += pause
        if ask or not out:
            if mode == "OPEN" and now - since >= 5:
                mode, since, list_of, given_out = "HALF_OPEN", now, [], 0
            goes = mode == "CLOSED" or (mode == "HALF_OPEN" and given_out < probes)
            given_out += goes
            assert trial.kind.admit(trial.settings, trial.state, now, 0) == (GO if goes else REFUSE)
            out += [now] if goes else []
        else:
            sent = out.pop(0)
            trial.kind.settle(trial.settings, trial.state, now, sent, good)
            if mode != "OPEN" and (stale or sent >= since):
                list_of.append(good)
                last, least = (list_of[-size:], min(minimum, size)) if mode == "CLOSED" else (list_of, min(minimum, probes))
                enough = len(last) >= least and 2 * last.count(False) >= len(last)
                if mode == "HALF_OPEN" and judged == "all":
                    enough, least = not good, probes
                if enough:
                    mode, since, list_of = "OPEN", now, []
                elif mode == "HALF_OPEN" and len(last) >= least:
                    mode, since, list_of = "CLOSED", now, []
        assert trial.mode == mode


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**15), st.integers(1, 10**13))
def test_the_average_forgets_exponentially(elapsed: int, size: int) -> None:
    """What is left after a time is the exponential function, within 2**-26, at any scale."""
    assert abs(left_after(elapsed, size) / ONE - exp(-elapsed / size)) < 2**-26


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60), st.integers(1, 60))
def test_the_average_is_that_of_real_numbers(calls: list[tuple[int, bool]], size: int) -> None:
    """Random calls at random times: the average in integers is that in floating point."""
    trial = Trial(success="1%", window={"kind": "time", "size": f"{size}ns"}, minimum=10_000)
    average: float | None = None
    for pause, good in calls:
        trial.now += pause
        trial.kind.settle(trial.settings, trial.state, trial.now, trial.now, good)
        left = exp(-pause / size)
        average = float(good) if average is None else good * (1 - left) + average * left
        assert abs(1 - trial.state.lost / ONE - average) < 1e-6


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"window": {"kind": "time", "size": "10ns", "spans": 3}}, "are not 3 equal parts"),
        ({"failures": 3, "open": "5s", "open_max": "4s"}, "open_max 4s is shorter than open 5s"),
        ({"failures": 3, "fails_on": ["refused"]}, "unknown outcome refused; write one of: error, rejected"),
    ],
)
def test_mistakes_are_told_with_a_remedy(written: dict[str, Any], message: str) -> None:
    """What cannot be honoured is refused."""
    with pytest.raises(ValueError, match=message):
        Trial(**written)
