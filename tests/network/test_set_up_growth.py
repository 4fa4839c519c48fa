"""Set-up takes steps in proportion to what is declared: counted in lines that run, as time would depend on the machine."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sim
from sim.engine.compiled_engine.host import Image
from sim.network.compiler import compile as compile_network

if TYPE_CHECKING:
    from types import FrameType


def _declared(services: int) -> dict[str, Any]:
    """Return a chain of so many services, of which each tenth is made to fail, slow or crash now and then."""
    names = [f"s{number}" for number in range(services)]
    declared: dict[str, Any] = {name: {"replicas": 2, "workers": 4, "operations": {"do": [{"work": "1ms"}]}} for name in names}
    for one, following in pairwise(names):
        declared[one]["operations"]["do"].append({"call": f"{following}.do", "timeout": "1s"})
    faults: dict[str, Any] = {}
    for number in range(0, services, 10):
        window = {"target": names[number], "at": "1s", "for": "1s"}
        faults[f"e{number}"] = {"kind": "errors", "share": "50%", **window}
        faults[f"c{number}"] = {"kind": "crash", **window}
        faults[f"d{number}"] = {"kind": "slowdown", "factor": 2, **window}
    flow = {"operation": "s0.do", "arrivals": {"kind": "poisson", "rate": "1/s"}, "timeout": "1s"}
    return {
        "name": "growth",
        "architecture": "synchronous",
        "services": declared,
        "workload": {"f": flow},
        "faults": faults,
        "run": {"horizon": "9s", "replications": 1, "seed": 1},
    }


def _lines(declared: dict[str, Any]) -> int:
    """Return how many lines of Python run until the first event could be simulated."""
    count = 0

    def traced(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        Image(compile_network(sim.Scenario.model_validate(declared)))
    finally:
        sys.settrace(before)
    return count


def test_set_up_is_linear_in_what_is_declared() -> None:
    """Four times the services and faults take at most a little more than four times the steps to compile."""
    _lines(_declared(20))  # what is done once in a process
    small, large = (_lines(_declared(size)) for size in (20, 80))
    assert large <= 4.4 * small
