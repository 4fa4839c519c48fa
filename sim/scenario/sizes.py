"""Do messages have a size where something asks for it, and nowhere else?

error     a publish with a size to a channel that keeps no number of bytes; one without, or a row of an outbox, to one that
          does; a message that is larger than what its partition keeps; all the same of topics that get what is failed at
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.callgraph import failures_go
from sim.scenario.problems import Problem, field_path
from sim.scenario.units import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario


def check_sizes(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with the sizes of messages."""
    kept, onward = kept_bytes(scenario), failures_go(scenario)
    for handler in graph.handlers.values():
        for edge in handler.publishes:
            size, (keeper, keeps) = getattr(edge.step, "size", None), _tightest(kept, onward, edge.target)
            if size is not None and keeps is None:
                message = f"nothing asks how large what comes to '{edge.target}' is"
                yield _error((*edge.loc, "size"), f"{message}; remove the size, or give the topic a retention in bytes")
            elif keeps is not None and not hasattr(edge.step, "size"):
                message = f"'{keeper}' keeps a number of bytes, and rows of an outbox have no size"
                yield _error(edge.loc, f"{message}; give the topic a retention by time")
            elif keeps is not None and size is None:
                message = f"'{keeper}' keeps {format_size(keeps)} a partition, and this message has no size"
                yield _error(edge.loc, f"{message}; write for example size: 1kB")
            elif keeps is not None and size is not None and size > keeps:
                message = f"{format_size(size)} is more than the {format_size(keeps)} that a partition of '{keeper}' keeps"
                yield _error((*edge.loc, "size"), f"{message}; write a smaller size, or a larger retention")


def _tightest(kept: dict[str, int], onward: dict[str, list[str]], channel: str) -> tuple[str, int | None]:
    """Which keeps the fewest bytes of the topics that a message may come to from there on, as its readers fail at it."""
    passed = [channel]
    for one in passed:  # grows while it is walked along
        passed += [to for to in onward.get(one, ()) if to not in passed]
    return min(((one, kept[one]) for one in passed if one in kept), key=lambda found: found[1], default=(channel, None))


def kept_bytes(scenario: Scenario) -> dict[str, int]:
    """Return how many bytes each partition of a topic keeps, of the topics with such a bound."""
    found = {}
    for broker in scenario.wired.brokers.values():
        for name, channel in broker.channels.items():
            retention = getattr(channel, "retention", None)
            if retention is not None and retention.bytes is not None:
                found[name] = retention.bytes
    return found


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
