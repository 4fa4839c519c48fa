"""Concurrency limits: traces of the published rules, each against a naive one, and in both engines."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.policies.limits._exact import part_of
from sim.policies.limits._windows import WindowSettings, WindowState, emptied, took
from sim.policies.limits.aimd import AimdLimit
from sim.policies.limits.fixed import FixedLimit
from sim.policies.limits.gradient2 import Gradient2Limit
from sim.policies.limits.vegas import VegasLimit, log10
from sim.record import fields as f
from sim.scenario import loads

if TYPE_CHECKING:
    from sim.scenario.admission import Limit

MS = 1_000_000
TOP = (1 << 63) - 1
Samples = list[tuple[int, int, bool]]
SAMPLES = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 60), st.integers(0, 9).map(lambda n: n == 0)), max_size=60)
QUIET: Any = {"max_examples": 25, "deadline": None, "derandomize": True, "database": None}


class Trace:
    """A limit that is fed, and what it says after each request."""

    def __init__(self, model: Limit) -> None:
        self.model, self.row, self.state = model, model.row(), model.State.plain()
        self.limits = [model.begin(self.row, self.state)]

    def feed(self, ns: int, in_flight: int, dropped: bool = False, u: int = TOP) -> int:  # noqa: FBT001, FBT002
        """One more request is over."""
        self.limits.append(self.model.sample(self.row, self.state, ns, in_flight, dropped, u))
        return self.limits[-1]


def test_a_fixed_limit_stays() -> None:
    """Nothing that happens changes it."""
    trace = Trace(FixedLimit(limit=7))
    assert [trace.feed(MS, 7), trace.feed(9 * MS, 1, dropped=True)] == [7, 7]


def test_aimd_follows_the_table() -> None:
    """20 half used -> 21, 30 dropped -> 27, at most max, at least min; longer than the timeout is dropped; idle: as it was."""
    assert Trace(AimdLimit()).feed(MS, 10) == 21
    assert Trace(AimdLimit()).feed(MS, 9) == 20
    assert Trace(AimdLimit(initial=30)).feed(MS, 1, dropped=True) == 27
    assert Trace(AimdLimit(initial=21, max=21)).feed(MS, 21) == 21
    assert Trace(AimdLimit(initial=21)).feed(MS, 1, dropped=True) == 20
    slow = Trace(AimdLimit(initial=30, timeout="1s"))
    assert [slow.feed(1000 * MS, 1), slow.feed(1000 * MS + 1, 1)] == [30, 27]


@settings(**QUIET)
@given(SAMPLES)
def test_aimd_is_the_rule_in_fractions(samples: Samples) -> None:
    """Random requests: the limit is that of the formula."""
    trace, limit = Trace(AimdLimit(initial=20, min=3, max=40, backoff=0.77, timeout="300ms")), 20
    for ms, in_flight, dropped in samples:
        if dropped or ms > 300:
            limit = math.floor(limit * Fraction(77, 100))
        elif 2 * in_flight >= limit:
            limit += 1
        limit = min(40, max(3, limit))
        assert trace.feed(ms * MS, in_flight, dropped) == limit


PUBLISHED = Path(__file__).parent / "vegas_limit_test.json"


@pytest.mark.parametrize("case", json.loads(PUBLISHED.read_text())["cases"], ids=lambda one: one["name"])
def test_vegas_does_what_its_own_test_asserts(case: dict[str, Any]) -> None:
    """The cases of concurrency-limits' VegasLimitTest: alpha 3, beta 6, from 10, at most 20; or by halves, from 100."""
    model: dict[str, Any] = {"alpha": 3, "beta": 6, "smoothing": 1.0, "initial": 10, "max": 20}
    if "halving" in case["name"]:
        model = {"backoff": 0.5, "smoothing": 0.5 if "smoothing .5" in case["name"] else 1.0, "initial": 100, "max": 200}
    trace = Trace(VegasLimit.model_validate(model))
    assert [trace.feed(ms * MS, in_flight) for ms, in_flight in case["samples"]] == case["limit_after"]


def test_vegas_takes_whole_logarithms() -> None:
    """log10 is 1 below 100, 2 below 1,000: thresholds follow from it, so that 100 grows by 2 where 10 grows by 1."""
    assert [log10(one) for one in (1, 9, 10, 99, 100, 999, 1000, 10**6)] == [1, 1, 1, 1, 2, 2, 3, 6]
    trace = Trace(VegasLimit(initial=100))
    trace.feed(100 * MS, 100)
    assert trace.feed(104 * MS, 100) == 102  # 4 of 100 wait: more than 2, fewer than 6
    assert trace.feed(120 * MS, 100) == 100  # 17 wait: more than 12


def test_vegas_probes_by_chance() -> None:
    """After 0.5 to 1 times 30 times the limit a longer time counts as the least: at the 15th, or at the 30th of limit 1."""
    for u, at in ((0, 15), (TOP, 30)):
        trace = Trace(VegasLimit(initial=1, max=1))
        trace.feed(MS, 1, u=u)
        leasts = [trace.state.least]
        for _ in range(at):
            trace.feed(9 * MS, 1, u=u)
            leasts.append(trace.state.least)
        assert leasts.index(9 * MS) == at - 1


@settings(**QUIET)
@given(SAMPLES, st.sampled_from([1.0, 0.5, 0.3]))
def test_vegas_is_the_rule_in_fractions(samples: Samples, smoothing: float) -> None:
    """Random requests: the limit is that of the formula in fractions, up to what millionths round."""
    trace = Trace(VegasLimit(initial=12, max=40, smoothing=smoothing, probe=1000))
    limit, least = Fraction(12), 0
    for ms, in_flight, dropped in samples:
        assert abs(trace.state.limit - limit * 10**6) <= 1
        limit = Fraction(trace.state.limit, 10**6)
        before, ns = limit, ms * MS
        if least == 0 or ns < least:
            least = ns
            after = before
        else:
            waits = math.ceil(before * (1 - Fraction(least, ns)))
            after = before
            if dropped or (2 * in_flight >= before and waits > 6):
                after = before - 1
            elif 2 * in_flight >= before and waits <= 1:
                after = before + 6
            elif 2 * in_flight >= before and waits < 3:
                after = before + 1
            if after != before:
                after = max(Fraction(1), min(Fraction(40), after))
                after = before + (after - before) * Fraction(str(smoothing))
        limit = after
        assert trace.feed(ns, in_flight, dropped) == trace.state.limit // 10**6


def test_gradient2_follows_the_table() -> None:
    """0.8 more each time where all is well; down to 0.9 L + 0.8 at a gradient of a half; nothing where it is not used."""
    trace = Trace(Gradient2Limit())
    for _ in range(5):
        trace.feed(10 * MS, 25)
    assert (trace.limits, trace.state.limit) == ([20, 20, 21, 22, 23, 24], 24_000_000)
    assert trace.feed(10 * MS, 11) == 24
    trace = Trace(Gradient2Limit(initial=100))
    for _ in range(10):
        trace.feed(MS, 1)
    assert trace.feed(1000 * MS, 100) == 90
    assert trace.state.limit == 90_800_000


def test_gradient2_forgets_a_long_average_that_is_over() -> None:
    """Where the long average is more than twice a time it becomes 5 % shorter, once a request; at twice it does not."""
    trace = Trace(Gradient2Limit())
    for _ in range(10):
        trace.feed(100 * MS, 20)
    assert trace.state.long == 64 * 100 * MS
    trace.feed(10 * MS, 20)
    average = Fraction(100 * MS) + Fraction(2, 601) * (10 * MS - 100 * MS)
    assert abs(Fraction(trace.state.long, 64) - average * Fraction(95, 100)) < 1


@settings(**QUIET)
@given(SAMPLES)
def test_gradient2_is_the_rule_in_fractions(samples: Samples) -> None:
    """Random requests: the limit is that of the formula in fractions, up to what millionths round."""
    trace = Trace(Gradient2Limit(initial=10, min=4, max=50, smoothing=0.4, tolerance=1.2, queue=3, remembered=20))
    limit, long, seen = Fraction(10), Fraction(0), list[int]()
    for ms, in_flight, _ in samples:
        ns = ms * MS
        seen.append(ns)
        long = Fraction(sum(seen), len(seen)) if len(seen) <= 10 else long + (ns - long) * Fraction(2, 21)
        kept = long * Fraction(95, 100) if long > 2 * ns else long
        if in_flight >= limit / 2:
            gradient = max(Fraction(1, 2), min(Fraction(1), Fraction(12, 10) * long / ns))
            limit = limit * Fraction(6, 10) + (limit * gradient + 3) * Fraction(4, 10)
            limit = max(Fraction(4), min(Fraction(50), limit))
        trace.feed(ns, in_flight)
        assert abs(trace.state.limit - limit * 10**6) <= 3
        limit, long = Fraction(trace.state.limit, 10**6), Fraction(trace.state.long, 64)
        assert abs(long - kept) < 1


@settings(**QUIET)
@given(st.integers(0, 2**54), st.integers(0, 2**54), st.integers(1, 2**54))
def test_long_division_is_exact(value: int, part: int, whole: int) -> None:
    """A product of large integers, divided: as Python's integers have it, where it fits."""
    if value * part // whole < 2**54:
        assert part_of(value, part, whole) == value * part // whole


def test_a_window_is_one_sample() -> None:
    """More than 10 requests, and a second after the last one: their mean, the most in flight, and whether any was dropped."""
    row, state = WindowSettings.plain(1000 * MS, 1000 * MS, 10, MS // 10), WindowState.plain()
    assert not any(took(row, state, 5, MS // 10 - 1, 50, False) for _ in range(20))
    ended = [took(row, state, 5, (one + 1) * MS, one, one == 3) for one in range(11)]
    assert ended == [False] * 10 + [True]
    assert (state.time // state.count, state.in_flight, state.dropped) == (6 * MS, 10, 1)
    emptied(row, state, 5)
    ended = [took(row, state, 5 + one * 100 * MS, 9 * MS, 2, False) for one in range(1, 13)]
    assert ended.index(True) == 10  # not before 1.000000005 s are over
    emptied(row, state, 0)
    assert (state.count, state.ends_at) == (0, 1000 * MS)


DESK = """
name: desk
architecture: synchronous
network: {hop: 0s}
services: {desk: {workers: 2, LIMIT, operations: {ask: [{work: WORK}]}}}
workload:
  people: {operation: desk.ask, arrivals: ARRIVALS, priority: 2}
  batch: {operation: desk.ask, arrivals: ARRIVALS, priority: 1}
run: {horizon: 1s, warmup: 0s, window: 100ms, replications: 1, seed: 6}
"""


def desk(limit: str, work: str = "10ms", arrivals: str = "{kind: renewal, interarrival: 2ms}") -> sim.Scenario:
    """A desk with two workers, and two flows alike, one of higher priority."""
    return loads(DESK.replace("LIMIT", limit).replace("WORK", work).replace("ARRIVALS", arrivals))


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_as_many_as_the_limit_are_in_flight(engine: str) -> None:
    """1,000 requests a second for 200: there are always 6 at the desk, the rest is refused as `limit`, and told so at once."""
    record = sim.run_once(desk("limit: {kind: fixed, limit: 6}"), seed=1, engine=engine)  # type: ignore[arg-type]
    row, desk_row = record.tables["limiters"][:, 0], record.services.sum(axis=0)[0]
    assert row[:, f.limiters.IN_FLIGHT_MAX].max() == 6
    ended = dict(zip(f.services.SERVICES.counters, desk_row.tolist(), strict=True))
    assert ended["ended.ok"] == 198
    assert ended["ended.limit"] == ended["arrived"] - 198 - 6 > 700
    assert record.flows.sum(axis=0)[:, f.flows.FLOW_SETTLED + 11].sum() == ended["ended.limit"]


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_lower_priorities_are_shed_first(engine: str) -> None:
    """From 80 % of the limit on only people are let in, who take what is left: `shed` is for batch, `limit` for people."""
    limit = "limit: {kind: fixed, limit: 10}, shed: {kind: by_priority, at: 80%}"
    record = sim.run_once(desk(limit), seed=1, engine=engine)  # type: ignore[arg-type]
    people, batch = (record.flows.sum(axis=0)[flow][f.flows.FLOW_SETTLED :][:13].tolist() for flow in (0, 1))
    assert people[12] == batch[11] == 0
    assert people[11] > 200
    assert batch[12] > 450


@pytest.mark.parametrize(("rank", "last", "begins"), [(1, 1, 80), (2, 2, 80), (1, 2, 90), (0, 2, 101), (3, 4, 85)])
def test_shedding_is_graded(rank: int, last: int, begins: int) -> None:
    """The lowest priority is shed from 80 % on, the highest never, and those between evenly in between."""
    shed: Any = desk("limit: {kind: fixed, limit: 9}, shed: {kind: by_priority}").services["desk"].shed
    sheds = [held for held in range(101) if shed.sheds(shed.row(), held, 100, rank, last)]
    assert sheds == list(range(begins, 101))


def test_a_limit_over_time_is_a_series() -> None:
    """With twice the work that two workers do, a gradient shrinks the limit, and keeps it down."""
    scenario = desk("limit: {kind: gradient2, initial: 60, min: 4, max: 100}", "{kind: exponential, mean: 10ms}")
    result = sim.run(scenario)
    record = result.records[0]
    means = record.tables["limiters"][:, 0, f.limiters.LIMIT_AREA] / 1e8
    assert means[0] == 60
    assert 4 < means[3:].max() < 40
    assert result.estimate("desk.concurrency_limit").mean == pytest.approx(means.mean())
    in_flight = record.tables["limiters"][:, 0, f.limiters.IN_FLIGHT_AREA].sum() / 1e9
    assert result.estimate("desk.in_flight").mean == pytest.approx(in_flight)
    assert result.estimate("desk.errors_limit").mean > 0.3
