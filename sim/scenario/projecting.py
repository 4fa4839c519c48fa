"""Are projections used as they can be? What feeds them, who reads them, and where a step may project.

error     a handler that is called and projects: there is no message under way; a project in a transaction, which could not be
          rolled back; follow-ups that wait for a projection and read another one; a rebuild of what has no `rebuild`, of what a
          queue feeds, or a topic without a retention, or flows without `keys`: nothing is there to rebuild it from
warning   a projection that nothing projects to, or that nobody reads
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.callgraph import asked_by, brokers_by_channel, readers_by_channel
from sim.scenario.follow_ups import located
from sim.scenario.problems import Problem, field_path
from sim.scenario.sizes import kept_bytes
from sim.scenario.step_walks import inner_steps
from sim.scenario.steps import Transaction
from sim.scenario.targets import entity_of, name_of
from sim.scenario.view_steps import Project, Read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario
    from sim.scenario.steps import Step


def feeds(scenario: Scenario) -> dict[str, set[str]]:
    """Return the topics and queues whose messages some handler projects to each projection, by its name."""
    scenario = scenario.wired
    found: dict[str, set[str]] = {name: set() for name in scenario.projections}
    for channel, operations in readers_by_channel(scenario, failing=True).items():
        for operation in operations:
            service, _, own = operation.partition(".")
            for _, step, _ in _flat(scenario.services[service].operations[own], ()):
                if isinstance(step, Project):
                    found[step.project].add(channel)
    return found


def rebuilt(scenario: Scenario) -> set[str]:
    """Return the names of the projections that some fault rebuilds."""
    return {name_of(fault) for fault in scenario.faults.values() if entity_of(fault) == "projection"}


def retentions(scenario: Scenario, channels: Iterable[str]) -> set[int]:
    """Return for how long, in ns, the topics among some channels keep their messages; nothing of those without a retention."""
    brokers = brokers_by_channel(scenario)
    found = (getattr(brokers[name].channels[name], "retention", None) for name in channels)
    return {one.time for one in found if one is not None and one.time is not None}


def check_projections(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with projections and with the steps that are about them."""
    called = {edge.target: f"'{name}' calls it" for name, handler in graph.handlers.items() for edge in handler.calls}
    for name, flow in scenario.workload.items():
        called.update((operation, f"the users of '{name}' ask it") for operation in asked_by(flow))
    steps = [(name, *found) for name, handler in graph.handlers.items() for found in _flat(handler.steps, handler.loc)]
    for name, loc, step, inside in steps:
        if not isinstance(step, Project):
            continue
        if name in called:
            message = f"'{name}' projects the event of the message under way, and {called[name]}, without one"
            yield _error((*loc, "project"), f"{message}; project in a handler that only a subscription has")
        if inside:
            message = "what is projected is there at once, and is not rolled back"
            yield _error((*loc, "project"), f"{message}; write it behind the transaction")
    projected = {step.project for _, _, step, _ in steps if isinstance(step, Project)}
    read = {step.read for _, _, step, _ in steps if isinstance(step, Read)}
    for name in scenario.projections:
        if name not in projected:
            yield _warning(("projections", name), "no handler projects to it, so it stays empty; add a project, or remove it")
        elif name not in read:
            yield _warning(("projections", name), "no handler reads it; add a read, or remove it")
    yield from _check_waiting_users(scenario, graph)
    yield from _check_rebuilds(scenario, graph)


def _check_rebuilds(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Whether what is rebuilt can be: its events are kept, for one time, and its keys are not gone with their traces."""
    fed, struck = feeds(scenario), rebuilt(scenario)
    for name, fault in scenario.faults.items():
        view = name_of(fault)
        if entity_of(fault) == "projection" and view in scenario.projections and scenario.projections[view].rebuild is None:
            message = f"'{view}' does not say how fast it is rebuilt"
            yield _error(("faults", name, "target"), f"{message}; write projections: {{{view}: {{rebuild: {{rate: 1000/s}}}}}}")
    for view, projection in scenario.projections.items():
        loc: Location = ("projections", view, "rebuild")
        if projection.rebuild is None or view not in struck:
            continue
        yield from (_error(loc, message) for message in _not_kept(scenario, sorted(fed[view])))
        for flow in _flows_without_keys(scenario, graph, view):
            message = f"traces of '{flow}' have a key each, which nobody reads when they are gone"
            yield _error(loc, f"{message}; give the flow keys, or remove the rebuild")


def _not_kept(scenario: Scenario, channels: Sequence[str]) -> Iterator[str]:
    """Why channels do not keep what a projection is rebuilt from."""
    brokers = brokers_by_channel(scenario)
    for channel in channels:
        if brokers[channel].shared:
            message = f"'{channel}' feeds it, a queue, and keeps nothing that was handled"
            yield f"{message}; feed it from a topic, or remove the rebuild"
        elif not retentions(scenario, [channel]):
            message = f"'{channel}' feeds it, and keeps its messages only until its subscriptions have handled them"
            yield f"{message}; give the topic a retention, such as {{time: 1h}}"
        elif channel in kept_bytes(scenario):
            yield f"'{channel}' feeds it, and keeps a number of bytes; keep its messages for a time only"
    if len(retentions(scenario, channels)) > 1:
        yield "the topics that feed it keep their messages for different times; give them one retention"


def _flows_without_keys(scenario: Scenario, graph: CallGraph, view: str) -> Iterator[str]:
    """The flows without `keys` whose events come into a projection."""
    for name, flow in scenario.workload.items():
        if flow.keys is not None:
            continue
        reached = (graph.handlers[one] for one in graph.reached([flow.operation]))
        steps = (step for handler in reached for _, step, _ in _flat(handler.steps, handler.loc))
        if any(isinstance(step, Project) and step.project == view for step in steps):
            yield name


def _check_waiting_users(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Users who ask until a projection has their own write: what they ask must read it."""
    for name, flow in scenario.workload.items():
        for loc, step in located(name, flow.then):
            if step.until not in scenario.projections or step.until in reads_of(graph, step.operation):
                continue
            message = f"nothing that '{step.operation}' does reads '{step.until}', so no answer can tell"
            yield _error((*loc, "until"), f"{message}; add a read, or ask another operation")


def reads_of(graph: CallGraph, operation: str) -> set[str]:
    """Return the projections that an operation reads, by itself or by what it calls."""
    found, ahead, seen = set[str](), [operation], {operation}
    while ahead:
        handler = graph.handlers[ahead.pop()]
        found |= {step.read for _, step, _ in _flat(handler.steps, handler.loc) if isinstance(step, Read)}
        following = {edge.target for edge in handler.calls} - seen
        seen |= following
        ahead += sorted(following)
    return found


def _flat(steps: Sequence[Step], loc: Location, *, inside: bool = False) -> Iterator[tuple[Location, Step, bool]]:
    """Steps with those inside of them: their places, and whether they are in a transaction."""
    for position, step in enumerate(steps):
        here = (*loc, position)
        yield here, step, inside
        for at, inner in inner_steps(step):
            yield from _flat(inner, (*here, *at), inside=inside or isinstance(step, Transaction))


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)


def _warning(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity="warning")
