"""The horizontal autoscaler's rule: the answers of Kubernetes' own tests, KEDA's, and a naive oracle of its memory."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.policies.scaling._measures import capped
from sim.policies.scaling.hpa import Hpa, HpaState, begin, decide

FREE = {"up_policies": [{"replicas": 1000, "per": "1s"}], "down_policies": [{"replicas": 1000, "per": "1s"}]}
CORE = 1000  # what was asked for each pod, in thousandths


def scaler(**said: Any) -> tuple[Any, Any]:
    """The settings of an autoscaler, and its state at the beginning."""
    one = Hpa.model_validate({"min": 1, "max": 1000, "down_stabilisation": "0s", **FREE, **said})
    return one.row(), HpaState.roomy(one.tail)


def answer(now: int, ready: int, unready: int, missing: int, total: float, **said: Any) -> int:
    """What it says at its first sync."""
    row, state = scaler(**said)
    begin(row, state, now)
    return decide(row, state, now, ready, unready, missing, round(total), CORE)


USED = [  # pods now, what those use that count, how many are not ready, how many are not heard of, target in percent, answer
    (3, [300, 500, 700], 0, 0, 30, 5),
    (3, [500, 700], 1, 0, 30, 4),
    (3, [400], 2, 0, 30, 3),
    (2, [500, 700], 0, 0, 30, 4),  # two more failed or are terminating: they are none
    (5, [100, 300, 500, 250, 250], 0, 0, 50, 3),
    (5, [100, 300, 500], 2, 0, 50, 2),
    (5, [100], 4, 0, 50, 1),
    (4, [400, 95], 0, 2, 100, 3),
    (2, [1000], 0, 1, 100, 2),
    (2, [1900], 0, 1, 100, 2),
    (2, [600], 0, 1, 100, 2),
    (3, [1020, 1020, 1020], 0, 0, 100, 3),
]


@pytest.mark.parametrize(("now", "used", "unready", "missing", "target", "wanted"), USED)
def test_utilisation_is_answered_as_kubernetes_does(
    now: int, used: list[int], unready: int, missing: int, target: int, wanted: int
) -> None:
    """Each row of replica_calculator_test.go about CPU."""
    assert answer(now, len(used), unready, missing, sum(used), metric="utilisation", target=f"{target}%") == wanted


@pytest.mark.parametrize(
    ("now", "total", "target", "wanted"),
    [(3, 60, 15, 4), (3, 90, 15, 6), (3, 95, 15, 7), (5, 60, 20, 3)],
)
def test_a_number_of_each_pod_is_answered_as_kubernetes_does(now: int, total: int, target: int, wanted: int) -> None:
    """Custom metrics of pods: the mean of all of them, whoever is ready."""
    assert answer(now, now, 0, 0, total * 1000, metric="queue", target=target) == wanted


@pytest.mark.parametrize(
    ("now", "ready", "total", "target", "of", "wanted"),
    [
        (3, 3, 20, 15, "all", 4),
        (3, 1, 50, 10, "all", 5),
        (3, 3, 20, 5, "replica", 4),
        (1, 1, 8.6, 4.4, "all", 2),
        (3, 1, 8.6, 4.4, "all", 2),
        (3, 3, 8.6, 2.15, "replica", 4),
        (5, 5, 8600, 2867, "replica", 3),
    ],
)
def test_a_number_of_all_is_answered_as_kubernetes_does(
    now: int, ready: int, total: float, target: float, of: str, wanted: int
) -> None:
    """Object and external metrics, by value and by average value."""
    said = {"metric": "lag", "of": "jobs", "target": target, "target_of": of}
    assert answer(now, ready, 0, 0, total * 1000, **said) == wanted


def test_policies_of_rate_go_down_in_the_documented_steps() -> None:
    """From 80 to 10 replicas by 4, or by 10 % rounded up, a minute: that which goes further counts."""
    policies = [{"replicas": 4, "per": "60s"}, {"share": "10%", "per": "60s"}]
    row, state = scaler(metric="queue", target=1, min=10, down_policies=policies, sync="60s")
    begin(row, state, 80)
    now, found = 80, [80]
    while now > 10:
        now = decide(row, state, now, now, 0, 0, 0, CORE)
        found.append(now)
    assert found == [80, 72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16, 12, 10]


@pytest.mark.parametrize(("lag", "wanted"), [(1, 1), (10, 1), (11, 2), (20, 2), (21, 5), (50, 5), (51, 10), (1000, 10)])
def test_partitions_are_shared_out_evenly_as_keda_does(lag: int, wanted: int) -> None:
    """Ten partitions at a threshold of ten: one, two, five or ten replicas."""
    assert capped(lag * 1000, 10, 10_000, True, False) == wanted * 10_000


@pytest.mark.parametrize(("partitions", "now", "wanted"), [(64, 59, 59), (64, 58, 64), (24, 22, 22), (12, 11, 11), (10, 9, 10)])
def test_a_cap_within_the_tolerance_is_never_reached(partitions: int, now: int, wanted: int) -> None:
    """However great the lag: the cap of KEDA and the tolerance of the autoscaler together stop it short of all partitions."""
    total = capped(450_000_000, partitions, 10_000, False, False)
    assert answer(now, now, 0, 0, total, metric="lag", of="jobs", target=10) == wanted


def oracle(said: Any, history: list[tuple[int, int, int, int]], now: int, current: int, wanted: int) -> int:
    """The stabilisation and the policies of rate over a list of (time, wanted, before, after), as one would say it."""
    up = min([wanted, *(one for at, one, _, _ in history if at > now - said.up_stabilisation)])
    down = max([wanted, *(one for at, one, _, _ in history if at > now - said.down_stabilisation)])
    steady = min(max(current, up), down)
    if steady == current:
        return current
    policies, select = (
        (said.up_policies, said.up_select) if steady > current else (said.down_policies, said.down_select)
    )
    if select == "none":
        return current
    sign, allowed = (1 if steady > current else -1), []
    for one in policies:
        began = current - sum(after - before for at, _, before, after in history if at > now - one.per)
        change = one.replicas if one.share is None else began * Fraction(round(one.share * 100), 100)
        allowed.append(ceil(began + change) if sign > 0 else (began * 100 - round(change * 100)) // 100)
    furthest = (max if (sign > 0) == (select == "max") else min)(allowed)
    if sign > 0:
        return min(steady, max(current, min(said.max, furthest)))
    return max(steady, min(current, max(said.min, furthest)))


rates = st.one_of(
    st.fixed_dictionaries({"replicas": st.integers(1, 9), "per": st.sampled_from(["3s", "10s", "25s"])}),
    st.fixed_dictionaries({"share": st.sampled_from(["1%", "10%", "50%", "100%"]), "per": st.sampled_from(["5s", "20s"])}),
)
SAID = st.fixed_dictionaries(
    {
        "up_policies": st.lists(rates, min_size=1, max_size=3),
        "down_policies": st.lists(rates, min_size=1, max_size=3),
        "up_select": st.sampled_from(["max", "min", "none"]),
        "down_select": st.sampled_from(["max", "min"]),
        "up_stabilisation": st.sampled_from(["0s", "5s", "12s"]),
        "down_stabilisation": st.sampled_from(["0s", "5s", "30s"]),
    }
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SAID, st.lists(st.integers(0, 80), min_size=1, max_size=20))
def test_its_memory_is_that_of_a_list_of_all_that_was(said: dict[str, Any], wants: list[int]) -> None:
    """A ring of the last syncs answers as all the history would."""
    declared = Hpa.model_validate(
        {"metric": "lag", "of": "jobs", "target": 1, "tolerance": "0%", "min": 2, "max": 40, "sync": "5s", **said}
    )
    row, state = declared.row(), HpaState.roomy(declared.tail)
    current, now = 10, 0
    begin(row, state, current)
    history = [(0, current, current, current)]
    for wanted in wants:
        now += declared.sync
        found = decide(row, state, current, current, 0, 0, wanted * 1000, CORE)
        assert found == oracle(declared, history, now, current, wanted)
        history.append((now, wanted, current, found))
        current = found


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"metric": "utilisation", "target": "70.5%"}, "target"),
        ({"metric": "utilisation", "target": 3}, "target"),
        ({"metric": "utilisation", "target": "70%", "target_of": "all"}, "target_of"),
        ({"metric": "lag", "target": 3}, "metric"),
        ({"metric": "queue", "target": 3, "of": "jobs"}, "of"),
        ({"metric": "queue", "target": 3, "even_partitions": True}, "even_partitions"),
        ({"metric": "queue", "target": 3, "min": 5, "max": 4}, "max"),
        ({"metric": "queue", "target": 3, "sync": "1ms", "down_stabilisation": "1h"}, "sync"),
        ({"metric": "queue", "target": 3, "up_policies": [{"share": "0.5%", "per": "1s"}]}, "share"),
        ({"metric": "queue", "target": 3, "up_policies": [{"share": "5%", "replicas": 1, "per": "1s"}]}, "one of"),
    ],
)
def test_what_cannot_be_done_is_refused(said: dict[str, Any], at: str) -> None:
    """With the key at which it stands, or what to write."""
    with pytest.raises(ValidationError) as refused:
        Hpa.model_validate({"min": 1, "max": 9, **said})
    assert any(at in {one.get("ctx", {}).get("at"), *one["msg"].split()} or at in one["msg"] for one in refused.value.errors())
