"""Do dead letters come back to where they failed? A message that always fails then goes round for ever, as a new one each time.

    queue mail --3 times in vain--> queue mail.dead --> desk.repair --publish--> mail        directly
                                                           '--call--> shop.send --publish--> mail        or round about

A redrive is no circle: it is declared, when and how fast. Of the retry topics of logs the same is asked, and whether they hand
on to each other in a circle; how they are read is checked too.

    topic order.placed --then--> order.retry --then--> order.placed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.callgraph import failures_go, readers_by_channel
from sim.scenario.problems import Problem, field_path
from sim.scenario.units import format_duration

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


def check_retry_topics(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with retry topics: messages that come back to where they failed, and delays that nobody outlasts."""
    readers, onward = readers_by_channel(scenario, failing=True), failures_go(scenario)
    for name, reader in scenario.subscriptions.items():
        loc: Location = ("subscriptions", name)
        yield from _check_delay(scenario, graph, name)
        if reader.handed_on_to is None:
            continue
        circle = _circle(onward, reader.channel, reader.handed_on_to)
        found = None if circle else _back(graph, readers.get(reader.handed_on_to, []), reader.channel)
        message = f"messages that are handed on come back: {' -> '.join(circle)}"
        if found is not None:
            handler, publisher = found
            by = "publishes" if handler == publisher else f"leads to '{publisher}', which publishes"
            message = f"messages that are handed on come back: '{handler}' handles them and {by} to '{reader.channel}' again"
        if circle or found is not None:
            remedy = "a message that always fails goes round for ever; let the last topic keep them"
            at = (*loc, "on_failure", "then")
            yield Problem(field=field_path(at), message=f"{message}: {remedy}", loc=at, severity="warning")


def _check_delay(scenario: Scenario, graph: CallGraph, name: str) -> Iterator[Problem]:
    """Whether anything is still there when it may be handled."""
    reader = scenario.subscriptions[name]
    delay, loc = getattr(reader, "delay", 0), ("subscriptions", name, "delay")
    retention = getattr(graph.brokers[reader.channel].channels[reader.channel], "retention", None)
    if delay and retention is not None and retention.time is not None and delay > retention.time:
        message = f"'{reader.channel}' keeps messages for {format_duration(retention.time)}, so that none is there after"
        message += f" {format_duration(delay)}; write a shorter delay, or a longer retention"
        yield Problem(field=field_path(loc), message=message, loc=loc)
    elif delay >= scenario.run.horizon:
        message = f"a message is handled after {format_duration(delay)}, when the run is over"
        message += f" ({format_duration(scenario.run.horizon)}); write a shorter delay, or a longer run.horizon"
        yield Problem(field=field_path(loc), message=message, loc=loc, severity="warning")


def _circle(onward: dict[str, list[str]], channel: str, first: str) -> list[str]:
    """The shortest way of what is failed at from a topic by the next one back to it; [] when there is none."""
    before: dict[str, str] = {first: channel}
    waiting = [first]
    for at in waiting:  # grows while it is walked along
        if at == channel:
            break
        for to in onward.get(at, ()):
            if to not in before:
                before[to] = at
                waiting.append(to)
    if channel not in before:
        return []
    path = [channel]
    while len(path) == 1 or path[-1] != channel:
        path.append(before[path[-1]])
    return path[::-1]


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
