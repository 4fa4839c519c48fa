"""Effects that are absorbed within a window: from when they were applied, or sliding on with every time they were to be."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import sim
from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record.fields.effects import EFFECT_ABSORBED, EFFECT_APPLIED, EFFECT_DOUBLED
from sim.record.fields.flows import FLOW_OFFERED
from sim.scenario.effects import doubling
from sim.scenario.scenario import Scenario
from tests.engine.story import once, scene
from tests.stories.test_known_answers import agrees, total


def counted(record: Any) -> tuple[int, int, int]:
    """How often it was applied, doubled and absorbed."""
    return tuple(int(record.effects[:, 0, column].sum()) for column in (EFFECT_APPLIED, EFFECT_DOUBLED, EFFECT_ABSORBED))  # type: ignore[return-value]


def oracle(times: list[int], window: int, *, sliding: bool) -> tuple[int, int]:
    """How often it is done once more, and absorbed, when it is to be applied at these times; from a list of them all."""
    done, counts = [times[0]], [times[0]]
    for time in times[1:]:
        since = max(counts) if sliding else done[-1]
        if time - since < window:
            counts.append(time)
        else:
            done.append(time)
            counts.append(time)
    return len(done) - 1, len(times) - len(done)


@pytest.mark.parametrize("sliding", [False, True])
def test_windows_of_random_histories(play: Any, *, sliding: bool) -> None:
    """Ties with the window's end included: what comes when the window is over is done twice."""
    for number in range(30):
        chosen = random.Random(number)
        gaps = [chosen.randint(0, 6) for _ in range(8)]
        window = chosen.randint(1, 8)
        effect = {"effect": "paid", "idempotent": {"window": f"{window}ms", "sliding": sliding}}
        steps: list[Any] = [effect]
        for gap in gaps:
            steps += [{"work": f"{gap}ms"}, effect]
        record = play(scene({"a": steps}, {"f": once("a.go", "1000ms")})).record
        times = [sum(gaps[:count]) for count in range(len(gaps) + 1)]
        assert counted(record) == (1, *oracle(times, window, sliding=sliding)), number


def test_engines_agree_with_windows_and_without() -> None:
    """Handlers that absorb for ever, within a window, and not at all, in one scenario with retries."""
    kinds: list[Any] = [True, False, {"window": "3ms"}, {"window": "2ms", "sliding": True}]
    for number in range(20):
        chosen = random.Random(number)
        steps: list[Any] = []
        for _ in range(4):
            steps += [{"work": f"{chosen.randint(0, 3)}ms"}, {"effect": "paid", "idempotent": chosen.choice(kinds)}]
        retry = {"kind": "fixed", "attempts_max": 4, "delay": "1ms"}
        services = {"a": [{"call": "b.go", "timeout": "5ms", "retry": retry}], "b": [*steps, {"fail": 0.5}]}
        flow = {"operation": "a.go", "arrivals": {"kind": "poisson", "rate": "100/s"}}
        network = compile_network(Scenario.model_validate(scene(services, {"f": flow})))
        one, other = (run_once(network, seed=number, engine=engine) for engine in ("simpy", "compiled"))
        assert one.fingerprint() == other.fingerprint()


def test_a_window_shorter_than_the_run_may_double() -> None:
    """One as long as the run absorbs all."""
    for window, may in (("1s", True), ("2s", False)):
        steps = [{"effect": "paid", "idempotent": {"window": window}}]
        data = scene({"a": steps}, {"f": once("a.go", "1000ms")})
        assert doubling(Scenario.model_validate(data)) == (frozenset({"paid"}) if may else frozenset())


def test_what_is_no_window() -> None:
    """A lax spelling is refused with what would be right."""
    with pytest.raises(ValueError, match=r"expected true, false, or a window such as \{window: 1h\}, got 'yes'"):
        sim.Effect("paid", idempotent="yes")


@pytest.mark.parametrize("sliding", [False, True])
def test_a_window_against_redeliveries(*, sliding: bool) -> None:
    """P-IDEMPOTENT-WINDOW: how often a message that comes again and again is applied once more than it should be."""
    again, mean, window = 0.4, 60.0, 50.0
    if sliding:  # a gap that is longer than the window comes before the deliveries end
        late, soon = again * math.exp(-window / mean), again * (1 - math.exp(-window / mean))
        once_more = late / (1 - soon)
    else:  # deliveries end at a rate of 1 - again; when they have not by the end of the window, another one comes
        once_more = again * math.exp(-(1 - again) * window / mean)
    exact = once_more / (1 - once_more)
    text = f"""
services:
  a:
    workers: 500
    operations:
      go:
        - {{effect: paid, idempotent: {{window: 50s, sliding: {str(sliding).lower()}}}}}
        - choose:
            - {{weight: 6, steps: []}}
            - {{weight: 4, steps: [{{work: {{kind: exponential, mean: 60s}}}}, {{publish: again, confirm: false}}]}}
brokers: {{rabbit: {{kind: queue, queues: {{again: {{visibility: 10h}}}}}}}}
subscriptions: {{again: {{queue: again, operation: a.go, consumers: 500}}}}
workload: {{f: {{operation: a.go, arrivals: {{kind: poisson, rate: 2/s}}}}}}
run: {{horizon: 9000s, warmup: 1000s, window: 1000s, replications: 10, seed: 1}}
"""

    def extra(record: Any) -> float:
        return total(record.effects, 0, EFFECT_DOUBLED) / total(record.flows, 0, FLOW_OFFERED)

    agrees(text, extra, exact)
    assert abs(exact - (0.28973213900471884 if sliding else 0.320327689922131)) < 1e-9
