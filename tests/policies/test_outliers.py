"""Outlier ejection: its rules against an oracle and the traces of Envoy's documentation, and what it does in both engines."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.metrics import headline
from sim.policies import outliers as rules
from sim.policies.outliers import EJECTED, NOTHING, SPARED
from sim.record import fields as f
from sim.scenario.outliers import Outliers
from tests.conformance.diverge import assert_conform
from tests.policies.test_balancing import DEAD, balancer_of, counted, shop

SECOND = 10**9
ENVOY = Outliers.model_validate({"profile": "envoy"}).row()


def view_of(replicas: int) -> Any:
    """What a caller sees of so many replicas, all well; below half of them all are used."""
    return balancer_of(replicas, panic=500).views[0]


def fail(view: Any, number: int, times: int, now: int, settled: Any = ENVOY) -> list[int]:
    """So many failures of a replica in a row: what each leads to."""
    return [rules.learn(settled, view, number, False, now) for _ in range(times)]


def sweep(view: Any, now: int, settled: Any = ENVOY) -> tuple[list[int], list[int]]:
    """A sweep: who comes back, and who is ejected."""
    numbers = range(view.balancer.count)
    back = [number for number in numbers if rules.returned(settled, view, number, now)]
    rules.weigh(settled, view)
    out = [number for number in numbers if rules.judged(settled, view, number, now) == EJECTED]
    rules.swept(view)
    return back, out


def test_defaults_are_those_of_envoy() -> None:
    """5 in a row, sweeps each 10 s, 30 s times how often, at most 300 s, 10 %, panic below 50 %; 1.9 sigma."""
    one = Outliers.model_validate({"profile": "envoy"})
    assert (one.consecutive, one.every, one.ejection, one.ejection_max) == (5, 10 * SECOND, 30 * SECOND, 300 * SECOND)
    assert (one.ejected_max, one.panic) == (0.1, 0.5)
    assert (one.success_rate, one.success_rate_replicas, one.success_rate_requests, one.failures) == (1.9, 5, 100, 0.0)


def test_the_fifth_failure_in_a_row_ejects_at_once() -> None:
    """And a success in between begins the count anew."""
    view = view_of(20)
    assert fail(view, 3, 4, 0) == [NOTHING] * 4
    rules.learn(ENVOY, view, 3, True, 0)
    assert fail(view, 3, 5, 0) == [NOTHING] * 4 + [EJECTED]
    assert [view.list[index] for index in range(view.count)] == [number for number in range(20) if number != 3]


def test_at_most_a_tenth_is_ejected_but_always_one() -> None:
    """Two of twenty; the third is spared, and counts anew. Of four one, which is a quarter."""
    view = view_of(20)
    assert [fail(view, number, 5, 0)[-1] for number in range(3)] == [EJECTED, EJECTED, SPARED]
    assert fail(view, 2, 5, 0) == [NOTHING] * 4 + [SPARED]
    few = view_of(4)
    assert [fail(few, number, 5, 0)[-1] for number in range(2)] == [EJECTED, SPARED]


def test_the_nth_ejection_lasts_n_times_as_long_and_each_quiet_sweep_makes_it_one_less() -> None:
    """Ejected at 1 s: back at the sweep at 40 s, which is the first that is 30 s later. Again at 41 s: 60 s, so at 110 s."""
    view = view_of(20)
    fail(view, 0, 5, 1 * SECOND)
    back = {at: sweep(view, at * SECOND)[0] for at in (10, 20, 30, 40)}
    assert back == {10: [], 20: [], 30: [], 40: [0]}
    fail(view, 0, 5, 41 * SECOND)
    assert [at for at in range(50, 130, 10) if sweep(view, at * SECOND)[0]] == [110]
    assert view.seen[0].ejections == 1  # 120 s was quiet: two, less one
    assert sweep(view, 130 * SECOND) == ([], [])
    assert view.seen[0].ejections == 0
    fail(view, 0, 5, 131 * SECOND)
    assert [at for at in range(140, 190, 10) if sweep(view, at * SECOND)[0]] == [170]


def test_an_ejection_lasts_300_s_at_most() -> None:
    """However often a replica was ejected before."""
    view, now = view_of(20), 0
    lasts = []
    for _ in range(13):
        fail(view, 0, 5, now)
        began = now
        while True:
            now += 10 * SECOND
            if sweep(view, now)[0]:
                break
        lasts.append((now - began) // SECOND)
    assert lasts == [*range(30, 301, 30), 300, 300, 300]


def test_below_the_panic_threshold_all_are_used() -> None:
    """Of four, one is ejected: three of four are well, none but those is used. With 80 % as the threshold all four are."""
    for panic, count in ((500, 3), (800, 4)):
        view = balancer_of(4, panic=panic).views[0]
        fail(view, 0, 5, 0)
        assert (view.count, view.panic) == (count, int(count == 4))


def test_an_ejected_one_is_not_ejected_again_by_what_is_still_out() -> None:
    """Answers to what was sent before come late, and count for nothing; neither does the count that it had before."""
    view = view_of(20)
    fail(view, 0, 5, 0)
    assert fail(view, 0, 9, 0) == [NOTHING] * 9
    sweep(view, 30 * SECOND)
    assert fail(view, 0, 5, 31 * SECOND) == [NOTHING] * 4 + [EJECTED]


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 150), st.integers(0, 100)), min_size=1, max_size=12), st.sampled_from([0.0, 0.85]))
def test_the_rate_of_success_is_judged_by_mean_and_deviation(counts: list[tuple[int, int]], failures: float) -> None:
    """Against floating point: below mean - 1.9 sigma of those with 100 requests, if five have; or too many failures of 50."""
    given = {"ejected_max": "100%", "consecutive": 0, "failures": f"{failures:.0%}"}
    settled = Outliers.model_validate({"profile": "envoy", **given}).row()
    view = view_of(len(counts))
    seen = [(total, total * share // 100) for total, share in counts]
    for number, (total, good) in enumerate(seen):
        view.seen[number].requests, view.seen[number].good = total, good
    rates = [good / total for total, good in seen if total >= 100]
    limit = -1.0
    if len(rates) >= 5:
        mean = math.fsum(rates) / len(rates)
        limit = mean - 1.9 * math.sqrt(math.fsum((one - mean) ** 2 for one in rates) / len(rates))
    counts_50 = sum(total >= 50 for total, _ in seen)
    expected, close = [], []
    for number, (total, good) in enumerate(seen):
        slow = total >= 100 and good / total < limit
        failing = failures > 0 and counts_50 >= 5 and total >= 50 and (total - good) * 100 >= 85 * total
        if slow or failing:
            expected.append(number)
        if total >= 100 and abs(good / total - limit) < 1e-5:
            close.append(number)
    found = sweep(view, 0, settled)[1]
    assert set(found) ^ set(expected) <= set(close)


def test_the_example_of_envoys_source() -> None:
    """Of rates 50, 100, 100, 100 and 100 % the mean is 90, the deviation 20, and what is below 52 is ejected."""
    view = view_of(5)
    for number, good in enumerate((50, 100, 100, 100, 100)):
        view.seen[number].requests, view.seen[number].good = 100, good
    rules.weigh(ENVOY, view)
    assert view.least / (view.hosts * 1000 * rules.RATE_ONE) == pytest.approx(0.52, abs=1e-6)
    assert sweep(view, 0)[1] == [0]


@dataclass
class Naive:
    """An ejecting caller that keeps lists of what happened, and works everything out from those."""

    replicas: int
    settings: Any
    outcomes: dict[int, list[bool]] = field(default_factory=dict)
    ejected: dict[int, int] = field(default_factory=dict)
    factor: dict[int, int] = field(default_factory=dict)

    def told(self, number: int, good: bool, now: int) -> int:  # noqa: FBT001
        row = self.outcomes.setdefault(number, [])
        if number in self.ejected:
            if good:
                row.append(good)
            return NOTHING
        row.append(good)
        most = self.settings.consecutive
        if len(row) < most or any(row[-most:]):
            return NOTHING
        row.clear()
        if self.ejected and len(self.ejected) + 1 > self.settings.share / 1000 * self.replicas + 1e-9:
            return SPARED
        self.ejected[number] = now
        step = self.settings.ejection
        if self.factor.get(number, 0) * step < self.settings.ejection_max + step:
            self.factor[number] = self.factor.get(number, 0) + 1
        return EJECTED

    def sweep(self, now: int) -> list[int]:
        back = []
        for number in range(self.replicas):
            factor = self.factor.get(number, 0)
            if number not in self.ejected:
                self.factor[number] = max(0, factor - 1)
            elif now >= self.ejected[number] + min(factor * self.settings.ejection, self.settings.ejection_max):
                del self.ejected[number]
                self.outcomes[number] = []
                back.append(number)
        return back


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.integers(1, 12), st.sampled_from([0.1, 0.34, 1.0]), st.integers(1, 3), st.data())
def test_ejection_is_what_the_oracle_says(replicas: int, share: float, row: int, data: Any) -> None:
    """Over random histories of outcomes and sweeps."""
    declared = {"ejected_max": f"{share:.0%}", "consecutive": row, "ejection": "2s", "ejection_max": "5s", "success_rate": 0}
    settled = Outliers.model_validate(declared).row()
    view, oracle, now = view_of(replicas), Naive(replicas, settled), 0
    steps = st.tuples(st.integers(0, replicas - 1), st.sampled_from([False, False, True, None]))
    for number, good in data.draw(st.lists(steps, max_size=60)):
        if good is None:
            now += SECOND
            assert sweep(view, now, settled)[0] == oracle.sweep(now)
        else:
            assert rules.learn(settled, view, number, good, now) == oracle.told(number, good, now)
        assert {one for one in range(replicas) if view.seen[one].ejected} == set(oracle.ejected)
        assert view.ejected == len(oracle.ejected)


def test_each_caller_ejects_by_itself_and_forgets_when_it_goes_down() -> None:
    """Two shops eject the dead replica; one that restarts has to find out again. The books of both engines balance."""
    short = "outliers: {profile: envoy, every: 500ms, ejection: 1s}"
    down = DEAD + ", restart: {kind: crash, target: shop, replicas: 1, at: 4s, for: 1s}"
    record = assert_conform(shop(f"balance: round_robin, {short}", down))
    assert record is not None
    seen = counted(record, "balancers")
    assert seen["forgotten"] == 1
    assert seen["ejections"] == seen["returned"] + seen["forgotten"] + record.levels["balancers"][0, f.balancers.LEVEL_EJECTED]
    assert seen["ejections"] > 4
    one = assert_conform(shop(f"balance: {{kind: round_robin, seen_by: balancer}}, {short}", down))
    assert one is not None
    shared = counted(one, "balancers")
    assert shared["forgotten"] == 0
    assert shared["failed"] < seen["failed"]


def test_how_much_is_ejected_is_a_metric_of_service_and_system() -> None:
    """One of four is dead from 2 s to 10 s: both shops eject it for the rest of 12 s, checks have it out from 6 s to 10 s."""
    scenario = shop("outliers: {profile: envoy}, health: {check: {every: 2s, timeout: 1s, unhealthy_after: 3}}", DEAD)
    assert {"ejected", "unhealthy"} <= set(headline.compared("orders", [scenario]))
    result = sim.run(scenario, replications=2)
    for path in ("payment.ejected", "ejected"):
        assert result.values(path) == pytest.approx([9.6 / 12 / 4] * 2, abs=0.02)
    for path in ("payment.unhealthy", "unhealthy"):
        assert result.values(path) == pytest.approx([4 / 12 / 4] * 2, abs=1e-9)


def test_in_panic_calls_go_to_dead_replicas_too() -> None:
    """Three of four are dead, each caller may eject them all: a quarter is well, so all are used, and three quarters fail."""
    dead = DEAD.replace("replicas: 1", "replicas: 3")
    record = assert_conform(shop("outliers: {profile: envoy, ejected_max: 100%}", dead))
    assert record is not None
    assert counted(record, "balancers")["panicked"] > 300
    never = assert_conform(shop("outliers: {profile: envoy, ejected_max: 100%, panic: 0%}", dead))
    assert never is not None
    assert counted(never, "balancers")["panicked"] == 0
    assert counted(never, "balancers")["failed"] < 60 < counted(record, "balancers")["failed"]
