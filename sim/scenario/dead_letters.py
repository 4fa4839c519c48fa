"""Do dead letters come back to where they failed? A message that always fails then goes round for ever, as a new one each time.

    queue mail --3 times in vain--> queue mail.dead --> desk.repair --publish--> mail        directly
                                                           '--call--> shop.send --publish--> mail        or round about

A redrive is no circle: it is declared, when and how fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.callgraph import readers_by_channel
from sim.scenario.problems import Problem, field_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario


def check_dead_letters(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield a warning for each queue to which those who handle its dead letters publish again."""
    readers = readers_by_channel(scenario, failing=True)
    for broker, settings in scenario.brokers.items():
        for channel in settings.channels:
            dead = settings.given_up_to(channel)
            found = None if dead is None else _back(graph, readers.get(dead, []), channel)
            if found is None:
                continue
            reader, publisher = found
            by = "publishes" if reader == publisher else f"leads to '{publisher}', which publishes"
            message = f"dead letters come back: '{reader}' handles them in '{dead}' and {by} to '{channel}' again"
            loc: Location = ("brokers", broker, settings.holds, channel, "dead_letter", "to")
            remedy = "a message that always fails goes round for ever; let the last queue keep them, or write a redrive"
            yield Problem(field=field_path(loc), message=f"{message}: {remedy}", loc=loc, severity="warning")


def _back(graph: CallGraph, readers: list[str], channel: str) -> tuple[str, str] | None:
    """A handler of dead letters that leads to a publish to the queue where they failed, and who publishes; the nearest one."""
    for reader in readers:
        reached = graph.reached([reader])
        found = [name for name in graph.handlers if name in reached and _publishes(graph, name, channel)]
        if found:
            return reader, reader if reader in found else found[0]
    return None


def _publishes(graph: CallGraph, operation: str, channel: str) -> bool:
    return any(edge.target == channel for edge in graph.handlers[operation].publishes)
