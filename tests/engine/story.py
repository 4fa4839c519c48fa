"""A small scenario, run, and what happened in it, in words and milliseconds.

Story.of(scene(...), engine).times("sent", "b.go")  ->  [1000.0, 1011.0, 1022.0]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.network import place_names
from sim.record import fields, outcomes
from sim.scenario.scenario import Scenario
from sim.semantics import order

if TYPE_CHECKING:
    from sim.engine import EngineName
    from sim.record.record import Record

Data = dict[str, Any]
LOG_ROWS = 50_000


def scene(services: Data, workload: Data, **more: Any) -> Data:
    """A scenario of two seconds without delays in the network; a step list stands for a service with one worker."""
    whole = {name: {"operations": {"go": what}} if isinstance(what, list) else what for name, what in services.items()}
    run = {"horizon": "2s", "window": "500ms", **more.pop("run", {})}
    return {"name": "story", "architecture": "synchronous", "services": whole, "workload": workload, "run": run, **more}


def once(operation: str, at: str, **client: Any) -> Data:
    """A flow with a single request, in the second half of a run."""
    return {"operation": operation, "arrivals": {"kind": "renewal", "interarrival": at}, **client}


def topic(operation: str, partitions: int = 1, latency: str = "0s", **group: Any) -> Data:
    """One topic ``t``, filled in turn, and the group ``g`` that reads it."""
    topics = {"t": {"partitions": partitions, "partitioner": "round_robin"}}
    return {
        "brokers": {"b": {"latency": latency, "topics": topics}},
        "subscriptions": {"g": {"topic": "t", "operation": operation, **group}},
    }


@dataclass(frozen=True)
class Story:
    """A record with its event log."""

    record: Record

    @classmethod
    def of(cls, data: Data, engine: EngineName, seed: int = 1) -> Story:
        """Run the scenario."""
        network = compile_network(Scenario.model_validate(data))
        record = run_once(network, seed=seed, engine=engine, log_facts=LOG_ROWS)
        assert record.log_lost == 0
        return cls(record)

    def rows(self, fact: str, where: str | None = None) -> list[tuple[float, int]]:
        """(time in ms, value) of every row with that fact, at that operation or topic."""
        network = self.record.network
        places = place_names(network)
        found = []
        for time, code, identity, value in self.record.log.tolist():
            number = (identity >> order.OCCURRENCE_BITS) & (order.PLACES_MAX - 1)
            if fields.facts.FACTS[code] == fact and (where is None or places[number] == where):
                found.append((time / 1e6, value))
        return found

    def times(self, fact: str, where: str | None = None) -> list[float]:
        """Times in ms of every row with that fact, at that operation or topic."""
        return [time for time, _ in self.rows(fact, where)]

    def outcomes(self, fact: str, where: str | None = None) -> list[tuple[float, str]]:
        """(time in ms, outcome) of every row with that fact."""
        return [(time, outcomes.OUTCOMES[value]) for time, value in self.rows(fact, where)]

    def service(self, name: str, field: int) -> int:
        """Total of a field over all windows."""
        number = [service.name for service in self.record.network.services].index(name)
        return int(self.record.services[:, number, field].sum())

    def edge(self, name: str, field: int) -> int:
        """Total of a field over all windows."""
        number = [edge.name for edge in self.record.network.edges].index(name)
        return int(self.record.edges[:, number, field].sum())

    def flow(self, name: str, field: int) -> int:
        """Total of a field over all windows."""
        number = [flow.name for flow in self.record.network.flows].index(name)
        return int(self.record.flows[:, number, field].sum())

    def group(self, field: int, name: str = "g") -> int:
        """Total of a field over all windows."""
        number = [group.name for group in self.record.network.groups].index(name)
        return int(self.record.groups[:, number, field].sum())
