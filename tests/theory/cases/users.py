"""Users who wait for their answers, and arrivals that come in bursts.

    machine repairman M/M/c//N, mean value analysis of a closed network, MMPP/M/1

A user is a machine that works (thinks) until it fails (asks), and is repaired (answered). The stations of a closed network are
called one after the other by a caller with more workers than are ever taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.theory.case import Case, Figures, Part, known
from tests.theory.declare import (
    WORKERS_UNLIMITED,
    client,
    exponential,
    long_run,
    per_second,
    poisson,
    scenario,
    seconds,
    service,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from tests.theory.observe import Observed

IDENTITY = "a bound that follows from the inputs: (sum of demands + think time) / largest demand"


def users(count: int, think: float) -> dict[str, Any]:
    """So many users with exponential think times."""
    return {"kind": "closed", "users": count, "think": exponential(think)}


def repairman(case_id: str, *, requests: float, **settings: Any) -> Case:
    """N machines that fail, and c crews."""
    case = known(case_id)
    inputs = case.inputs

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        busy = seen.busy("station") / inputs["servers"]
        throughput = seen.replied("client") / seen.time
        return {
            "L": seen.inside("station"),
            "throughput": throughput,
            "W": seen.mean_reply("client"),
            "utilization": busy,
            "P0": 1.0 - busy,
        }

    def parts(effort: float) -> Sequence[Part]:
        services = {"station": service([{"work": exponential(1.0 / inputs["service_rate"])}], workers=inputs["servers"])}
        flow = client("station.serve", users(inputs["population"], 1.0 / inputs["per_unit_rate"]))
        run = long_run(requests * effort, case.expected["throughput"])
        return [Part(scenario(case_id, services, {"client": flow}, run), measure)]

    return Case(case, parts, **settings)


def closed_network(case_id: str, populations: Sequence[int], *, requests: float, **settings: Any) -> Case:
    """Users who visit stations in a row, between think times."""
    case = known(case_id)
    demands, think = case.inputs["demands"], case.inputs["think"]

    def built(count: int, effort: float) -> Scenario:
        services = {f"s{i}": service([{"work": exponential(demand)}]) for i, demand in enumerate(demands)}
        services["front"] = service([{"call": f"{name}.serve"} for name in services], workers=WORKERS_UNLIMITED)
        run = long_run(requests * effort, case.expected[f"X_N{count}"])
        return scenario(f"{case_id}-{count}", services, {"client": client("front.serve", users(count, think))}, run)

    def measured(count: int) -> Any:
        def measure(batch: Sequence[Observed]) -> Figures:
            seen = batch[0]
            found = {f"X_N{count}": seen.replied("client") / seen.time, f"R_N{count}": seen.mean_reply("client")}
            return found | ({"X_max": found[f"X_N{count}"]} if count == max(populations) else {})

        return measure

    def parts(effort: float) -> Sequence[Part]:
        return [Part(built(count, effort), measured(count)) for count in populations]

    return Case(case, parts, left={"N_star": IDENTITY}, **settings)


def bursts(case_id: str, *, requests: float, **settings: Any) -> Case:
    """A queue whose arrivals jump between two rates, beside one with as many arrivals at one rate."""
    case = known(case_id)
    inputs, rate = case.inputs, case.expected["mean_rate"]

    def built(arrivals: dict[str, Any], effort: float) -> Scenario:
        services = {"station": service([{"work": exponential(1.0 / inputs["service_rate"])}])}
        return scenario(case_id, services, {"client": client("station.serve", arrivals)}, long_run(requests * effort, rate))

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        return {"mean_rate": seen.replied("client") / seen.time, "L": seen.inside("station"), "W": seen.mean_reply("client")}

    def measure_poisson(batch: Sequence[Observed]) -> Figures:
        return {"L_poisson": batch[0].inside("station")}

    def parts(effort: float) -> Sequence[Part]:
        pairs = zip(inputs["rates"], inputs["switch"], strict=True)
        states = [{"rate": per_second(fast), "stay": seconds(1.0 / leave)} for fast, leave in pairs]
        return [
            Part(built({"kind": "mmpp", "states": states}, effort), measure),
            Part(built(poisson(rate), effort), measure_poisson),
        ]

    return Case(case, parts, **settings)


CASES: tuple[Case, ...] = (
    repairman("A-REPAIR-5-1", requests=1e5, fast=0.3),
    repairman("A-REPAIR-10-1", requests=1e5),
    closed_network("A-MVA-3st", (1, 5, 10, 15, 20, 40, 60), requests=3e4),
    bursts("A-MMPP", requests=5e5, heavy=True),
)
