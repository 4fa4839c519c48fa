"""What differs besides the metric is said: what must be done, and what is gone since the baseline."""

from __future__ import annotations

from typing import Any

import pytest

from sim.judgements.baseline import compare_to_baseline
from sim.judgements.verdict import opening
from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.scenario import Scenario
from sim.scenario.effects import flow_effects
from sim.sweeps import SweepError, run_sweep

PAY: dict[str, Any] = {"workers": 10, "operations": {"op": [{"work": "5ms"}, {"fail": 0.3}, {"effect": "charged"}]}}
SYNC: dict[str, Any] = {
    "name": "shop",
    "architecture": "synchronous",
    "services": {
        "shop": {"workers": 50, "operations": {"op": [{"work": "2ms"}, {"call": "pay.op", "optional": True}]}},
        "pay": PAY,
    },
    "workload": {"f": {"operation": "shop.op", "arrivals": {"kind": "poisson", "rate": "50/s"}, "deadline": "5s"}},
    "run": {"horizon": "30s", "warmup": "5s", "replications": 5, "seed": 1},
}
EVENTS: dict[str, Any] = {
    **SYNC,
    "architecture": "event-driven",
    "services": {"shop": {"workers": 50, "operations": {"op": [{"work": "2ms"}, {"publish": "t"}]}}, "pay": PAY},
    "brokers": {"k": {"kind": "log", "topics": {"t": {"partitions": 4}}}},
    "subscriptions": {"g": {"topic": "t", "operation": "pay.op"}},
}


def run(data: dict[str, Any], **changes: Any) -> Any:
    """A result of it, with changes."""
    return run_replications(Scenario.model_validate({**data, **changes}))


def test_an_effect_that_only_one_side_must_have_is_said_first() -> None:
    """An optional call hides payments that were never made: the verdict begins with how many were, on both sides."""
    compared = Comparison(run(SYNC), run(EVENTS))
    first = compared.verdict()[0]
    assert first.startswith("What must be done differs, so being done well does not mean the same of both: charged is part")
    assert "in event-driven only; of what was offered it was done for 70." in first or "done for 69." in first
    assert first in opening(compared.verdict())
    same = Comparison(run(SYNC), run(SYNC, name="other"))
    assert not any(one.startswith("What must be done") for one in same.verdict())


def test_what_is_gone_since_the_baseline_is_doubt() -> None:
    """The subscription that charged is deleted: nothing got worse, and it is no pass."""
    held = compare_to_baseline(run(EVENTS, subscriptions={}), run(EVENTS))
    assert "the subscription 'g' is in the baseline only" in held.left_out
    assert any(one.startswith("'dropped' is in the baseline only") or "'g" in one for one in held.left_out)
    assert compare_to_baseline(run(EVENTS), run(EVENTS)).left_out == ()


def test_what_gated_in_the_baseline_gates_still() -> None:
    """An objective that was deleted is judged by what the baseline's was about, as long as there is such a metric."""
    held = compare_to_baseline(run(EVENTS), run(EVENTS, objectives=["pay.errors < 90%"]))
    assert "pay.errors" in {change.path for change in held.changes}


@pytest.mark.parametrize("share", [0.999, 1.0])
def test_a_consumer_that_always_fails_still_owes_its_effect(share: float) -> None:
    """The client was told ok before: what its message was to bring about is undone, however surely it fails."""
    failing = {"workers": 10, "operations": {"op": [{"work": "5ms"}, {"fail": share}, {"effect": "charged"}]}}
    scenario = Scenario.model_validate({**EVENTS, "services": {**EVENTS["services"], "pay": failing}})
    assert [one.required for one in flow_effects(scenario)] == [True]
    called = Scenario.model_validate({**SYNC, "services": {
        "shop": {"workers": 50, "operations": {"op": [{"call": "pay.op"}]}}, "pay": failing,
    }})
    assert [one.required for one in flow_effects(called)] == [share < 1]


def test_another_flow_that_fails_is_named() -> None:
    """The claims are about the flow with the most requests; a small one that fails wholly on one side is proven with them."""
    small = {"operation": "shop.vip", "arrivals": {"kind": "poisson", "rate": "2/s"}, "deadline": "5s"}
    flows = {**SYNC["workload"], "vip": small}

    def with_vip(steps: list[Any]) -> Any:
        shop = {"workers": 50, "operations": {**SYNC["services"]["shop"]["operations"], "vip": steps}}
        return run(SYNC, services={"shop": shop, "pay": PAY}, workload=flows, run={**SYNC["run"], "replications": 12})

    well, broken = with_vip([{"work": "1ms"}]), with_vip([{"fail": 1.0}])
    (said,) = [one for one in Comparison(well, broken).verdict() if one.startswith("Of other flows")]
    assert "vip: 0 % (" in said
    assert "100 % (" in said
    assert not any(one.startswith("Of other flows") for one in Comparison(well, well).verdict())


def test_a_longer_deadline_is_no_better_system() -> None:
    """Of points that differ in the deadline no best one by what is done in time is named; by a latency there is."""
    sweep = run_sweep(Scenario.model_validate(SYNC), over=["workload.f.deadline=100ms,30s"], runs=5)
    for path in ("f.spoiled", "goodput"):
        with pytest.raises(SweepError, match=r"held to different deadlines cannot be told: f\.deadline 100ms and 30s"):
            sweep.best(path, 0.01)
    assert sweep.best("f.latency.mean", 0.001) is not None
