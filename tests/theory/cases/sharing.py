"""One station whose work shares its cores: M/G/1 with processor sharing, and cores that are queued for.

    processor sharing    mean sojourn 1 / (mu - lambda), whatever the law of the work
    first come, served   c cores and any number of workers are M/M/c
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.record import fields as f
from tests.theory.case import REPLICATIONS, Case, Figures, Known, Part, known
from tests.theory.cases.queues import REQUESTS
from tests.theory.declare import WORKERS_UNLIMITED, exponential, long_run, poisson, station
from tests.theory.observe import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.theory.observe import Observed

LAWS: dict[str, dict[str, Any]] = {
    "exponential": exponential(1.0),
    "constant": {"kind": "constant", "value": "1s"},
    "hyperexponential, squared cv 4": {"kind": "hyperexponential", "mean": "1s", "cv": 2.0},
}


def processor_sharing(case_id: str, **settings: Any) -> Case:
    """M/G/1-PS: the law of the work does not matter."""
    case = known(case_id)
    rate = case.inputs["arrival_rate"]

    def measure(batch: Sequence[Observed]) -> Figures:
        return {"W": batch[0].mean_reply("client"), "L": batch[0].inside("station")}

    def parts(effort: float) -> Sequence[Part]:
        run = long_run(REQUESTS[rate] / REPLICATIONS * effort, rate)
        cores = {"count": 1, "sharing": "processor"}
        return [
            Part(station(case_id, poisson(rate), law, run, workers=WORKERS_UNLIMITED, cores=cores), measure, label=name)
            for name, law in LAWS.items()
        ]

    return Case(case, parts, **settings)


def queued_for() -> Case:
    """M/M/3 at cores: Erlang C for 2.4 of 3, where workers are any number."""
    rate, count = 2.4, 3
    waits = 0.6471910112359549  # Erlang C of 3 servers at a load of 2.4
    wait = waits / (count - rate)
    expected = {"P_in_use": rate / count, "Wq": wait, "Lq": rate * wait, "W": wait + 1.0}
    title, source = "M/M/3 at cores, workers without end", "Erlang 1917; Gross and Harris"
    case = Known("S-CORES-MM3", title, "M/M/c", {"arrival_rate": rate, "cores": count}, expected, source)

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        rows = seen.record.tables["processors"][seen.first :, 0].sum(axis=0)
        waited, begun = rows[f.processors.CORE_WAITED] / SECOND, rows[f.processors.CORE_BEGUN]
        return {
            "P_in_use": float(rows[f.processors.CORES_IN_USE_AREA]) / SECOND / seen.time / count,
            "Wq": float(waited / begun),
            "Lq": float(rows[f.processors.CORE_WAITING_AREA]) / SECOND / seen.time,
            "W": seen.mean_reply("client"),
        }

    def parts(effort: float) -> Sequence[Part]:
        run = long_run(4.7e6 / REPLICATIONS * effort, rate)
        return [Part(station(case.id, poisson(rate), exponential(1.0), run, workers=WORKERS_UNLIMITED, cores=count), measure)]

    return Case(case, parts)


def contended() -> Case:
    """A station that is never idle: N workers do as much as the universal law says, whatever the law of the work."""
    workers, serial, crosstalk = 12, 0.05, 0.01
    capacity = workers / (1.0 + serial * (workers - 1) + crosstalk * workers * (workers - 1))
    title, source = "The universal scalability law, saturated", "Gunther, Guerrilla Capacity Planning, 2007, chapter 4"
    inputs = {"workers": workers, "serial": serial, "crosstalk": crosstalk}
    case = Known("S-USL-12", title, "USL", inputs, {"throughput": capacity}, source)

    def measure(batch: Sequence[Observed]) -> Figures:
        return {"throughput": batch[0].replies("client", "ok") / batch[0].time}

    def parts(effort: float) -> Sequence[Part]:
        law = {"kind": "universal", "serial": serial, "crosstalk": crosstalk}
        run = long_run(2e5 / REPLICATIONS * effort, 2.0 * capacity)
        more = {"workers": workers, "contention": law, "queue_max": 50}
        return [
            Part(station(case.id, poisson(2.0 * capacity), work, run, **more), measure, label=name)
            for name, work in LAWS.items()
        ]

    return Case(case, parts, fast=0.4)


CASES = [
    processor_sharing("A-PS-r50", fast=0.35),
    processor_sharing("A-PS-r80"),
    queued_for(),
    contended(),
]
