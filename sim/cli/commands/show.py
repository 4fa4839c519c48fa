"""``eventflow show``: a scenario as it is understood: resolved, with the flows, calls and load that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli import options
from sim.cli.output import echo, echo_json
from sim.cli.work import Work
from sim.scenario.pace import cores_of
from sim.scenario.units import format_duration
from sim.stats.figures import format_number, format_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.kinds import Change
    from sim.scenario.scenario import Scenario
    from sim.scenario.topology import Service

PLACE = 6
SECOND = 1e9
DEPTH_MAX = 30
LINES_MAX = 400


def command(
    scenario: options.Scenario,
    overrides: options.Overrides = None,
    form: Annotated[
        Literal["text", "yaml", "json", "mermaid"],
        typer.Option("--format", help="text: the flows; yaml, json: every value, defaults too; mermaid: a diagram."),
    ] = "text",
    quiet: options.Quiet = False,
) -> int:
    """Show what a scenario means: its flows as trees of calls and events, load and faults; or every resolved value."""
    loaded = Work(quiet=quiet).load(scenario, overrides or ())
    if form == "json":
        echo_json(loaded.resolved())
    elif form == "yaml":
        from sim.scenario.yaml_writer import write_yaml

        typer.echo(write_yaml(loaded.resolved()), nl=False)
    else:
        from sim.scenario.callgraph import call_graph

        graph = call_graph(loaded)
        lines = _text(loaded, graph) if form == "text" else _mermaid(loaded, graph)
        for line in lines:
            echo(line)
    return 0


def _text(scenario: Scenario, graph: CallGraph) -> Iterator[str]:
    yield f"{scenario.name} ({scenario.architecture})" + (f": {scenario.title}" if scenario.title else "")
    run = scenario.run
    yield (
        f"{run.replications} replications of {format_value(run.horizon / SECOND, 's')}, warm-up "
        f"{format_value(run.warmup / SECOND, 's')}, seed {run.seed}; digest {scenario.digest()[:12]}"
    )
    yield "\nflows"
    for name, flow in scenario.workload.items():
        yield f"  {name}  {_arrivals(flow.arrivals)}"
        yield from _tree(graph, flow.operation, "    ", scenario)
        yield from _effects(scenario, name)
    yield "\nservices"
    for name, service in scenario.services.items():
        bound = "unbounded queue" if service.waiting_max is None else f"queue of {service.waiting_max}"
        order = "" if service.order.kind == "fifo" else f", {service.order.kind}"
        scaler = service.autoscale
        count = f"{service.replicas}" if scaler is None else f"{service.replicas} ({scaler.min} to {scaler.max})"
        yield f"  {name:<24} {count} x {service.workers} workers, {bound}{order}{_pace(service)}"
    for name, group in scenario.wired.subscriptions.items():
        yield f"  {name:<24} consumers of {group.channel}: {group.operation}, {group.consumers} a replica"
    yield from _failed(scenario, graph)
    if scenario.faults:
        yield "\nfaults"
    for name, fault in scenario.faults.items():
        yield f"  {name:<24} {fault.kind} of {fault.aim}, {_window(fault, scenario.run.horizon)}"
    if scenario.objectives:
        yield "\nobjectives"
    for objective in scenario.objectives:
        yield f"  {objective}"


def _pace(service: Service) -> str:
    """What a service says of how fast work goes at its replicas, and of its workers."""
    count, sharing = cores_of(service.cores)
    found = [f"{count} cores ({sharing})"] if count else []
    if service.contention is not None:
        found.append(f"{service.contention.kind} contention")
    if service.limit is not None:
        found.append(f"{service.limit.kind} limit")
    if service.shed is not None:
        found.append(f"sheds {service.shed.kind}")
    if not service.holds_worker:
        found.append("workers given back while handlers wait")
    return "".join(f", {one}" for one in found)


def _window(fault: Change, horizon: int) -> str:
    """When a fault strikes: from when to when, or at a time, if it is a deed."""
    window = format_value(fault.at / SECOND, "s")
    if fault.end > fault.at + 1:
        end = min(fault.end, horizon) if fault.duration is None else fault.end
        window += f" to {format_value(end / SECOND, 's')}"
    if fault.random is None:
        return window
    times = format_duration(fault.random.mtbf), format_duration(fault.random.mttr)
    crews = "" if fault.random.crews is None else f", {fault.random.crews} repaired at once"
    return f"at random from {window}: mean time up {times[0]}, down {times[1]}{crews}"


def _arrivals(arrivals: object) -> str:
    kind, users = str(getattr(arrivals, "kind", "")), getattr(arrivals, "users", None)
    if users is not None:
        return f"{kind}, {users} users"
    rate = getattr(arrivals, "rate", None)
    return kind if rate is None else f"{kind}, {format_number(float(rate))}/s"


def _effects(scenario: Scenario, flow: str) -> Iterator[str]:
    """What a flow brings about: the effects that it must have to end well, then those that some of its ways have."""
    from sim.scenario.effects import flow_effects

    number = list(scenario.workload).index(flow)
    rows = [row for row in flow_effects(scenario) if row.flow == number]
    for required, words in ((True, "effects"), (False, "effects of some ways")):
        names = [row.name.removeprefix(f"{flow}: ") for row in rows if row.required == required]
        if names:
            yield f"    {words}: {', '.join(names)}"


def _tree(graph: CallGraph, root: str, indent: str, scenario: Scenario) -> Iterator[str]:
    """A handler and what it causes, each handler in full where it is met first; calls that occur n times say so."""
    seen: set[str] = set()
    stack = [(root, "", 0)]
    shown = 0
    while stack:
        name, how, depth = stack.pop()
        handler = graph.handlers[name]
        again = name in seen and bool(handler.calls or handler.publishes)
        yield f"{indent}{'  ' * depth}{how}{name}" + (" (as above)" if again else "")
        shown += 1
        if again or depth >= DEPTH_MAX:
            continue
        if shown >= LINES_MAX:
            yield f"{indent}..."
            return
        seen.add(name)
        below: dict[tuple[str, str], float] = {}
        for edge in handler.calls:
            below[edge.target, ""] = below.get((edge.target, ""), 0.0) + edge.times
        for edge in handler.publishes:
            for group, settings in scenario.wired.subscriptions.items():
                if settings.channel == edge.target:
                    key = (settings.operation, f"~ {edge.target} ~> {group}: ")
                    below[key] = below.get(key, 0.0) + edge.times
        for (target, through), times in reversed(below.items()):
            count = "" if abs(times - 1.0) < 1e-9 else f"{format_number(times)} x "  # noqa: PLR2004 - rounding
            stack.append((target, through or f"-> {count}", depth + 1))


def _failed(scenario: Scenario, graph: CallGraph) -> Iterator[str]:
    """Where goes what fails for good."""
    for channel, dead in _dead_letters(graph):
        yield f"  {channel:<24} dead letters go to {dead}"
    for name, group in scenario.subscriptions.items():
        if group.handed_on_to is not None:
            yield f"  {name:<24} what it fails at goes to {group.handed_on_to}"


def _dead_letters(graph: CallGraph) -> Iterator[tuple[str, str]]:
    """Pairs of a queue and the one to which its dead letters go."""
    for channel, broker in graph.brokers.items():
        dead = broker.given_up_to(channel)
        if dead is not None:
            yield channel, dead


def _mermaid(scenario: Scenario, graph: CallGraph) -> Iterator[str]:
    """Services as boxes, topics as cylinders, calls as solid and messages as dotted arrows."""
    yield "flowchart LR"
    numbers = {name: f"s{n}" for n, name in enumerate(scenario.services)}
    topics = {name: f"t{n}" for n, name in enumerate(graph.topics)}
    for name, flow in scenario.workload.items():
        yield f'  f{name.encode().hex()}(["{name}"]) --> {numbers[flow.operation.partition(".")[0]]}'
    for name, number in numbers.items():
        yield f'  {number}["{name}"]'
    for name, number in topics.items():
        yield f'  {number}[("{name}")]'
    arrows: dict[str, None] = {}
    for handler in graph.handlers.values():
        for edge in handler.calls:
            target = numbers[edge.target.partition(".")[0]]
            if target != numbers[handler.service]:
                arrows[f"  {numbers[handler.service]} --> {target}"] = None
        for edge in handler.publishes:
            arrows[f"  {numbers[handler.service]} -.-> {topics[edge.target]}"] = None
    arrows |= {f"  {topics[one]} -. dead letters .-> {topics[other]}": None for one, other in _dead_letters(graph)}
    failed = ((one.channel, one.handed_on_to) for one in scenario.subscriptions.values() if one.handed_on_to is not None)
    arrows |= {f"  {topics[one]} -. failed .-> {topics[other]}": None for one, other in failed}
    for name, group in scenario.wired.subscriptions.items():
        arrows[f'  {topics[group.channel]} -. "{name}" .-> {numbers[group.operation.partition(".")[0]]}'] = None
    yield from arrows
