"""Read models, in scenarios by the dozen: filled by handlers that only messages have, read by all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.generate_brokers import topics_of

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_projections(generator: Generator, whole: dict[str, Any]) -> None:
    """One read model or two; some of those who read wait for their own write."""
    views = [f"v{n}" for n in range(generator.number(1, 2))]
    services, workload = whole["services"], whole["workload"]
    handled = dict.fromkeys(one["operation"] for one in whole["subscriptions"].values())
    called = {one for flow in workload.values() for one in (flow["operation"], flow.get("then", {}).get("operation"))}
    for service in services.values():
        for steps in service["operations"].values():
            called |= {call["call"] for call in all_calls(steps)}
    only_handled = [name for name in handled if name not in called]
    if not only_handled:
        return
    whole["projections"] = {name: {} for name in views}
    for name in only_handled:
        service, _, own = name.partition(".")
        steps = services[service]["operations"][own]
        for view in views:
            if generator.chance(75):
                steps.insert(generator.number(0, len(steps)), {"project": view})
    for service in services.values():
        for steps in service["operations"].values():
            while generator.chance(45):
                steps.insert(generator.number(0, len(steps)), read_of(generator, generator.pick(views)))


def add_rebuilds(generator: Generator, whole: dict[str, Any], horizon: int) -> None:
    """Some read models that only topics feed are rebuilt, once or again; what they are rebuilt from may be gone."""
    for view in whole.get("projections", {}):
        fed = fed_by(whole, view)
        if not fed or not set(fed) <= set(topics_of(whole)) or not generator.chance(90):
            continue
        kept = generator.pick(["1s", generator.ms(5, 40), "1s", "3ms", generator.ms(1, 9)])
        if any(others_rebuilt(whole, view, channel) for channel in fed):
            continue
        for channel in fed:
            topics_of(whole)[channel]["retention"] = {"time": kept}
        for flow in whole["workload"].values():
            flow.setdefault("keys", generator.number(1, 5))
        whole["projections"][view] = {"rebuild": {"rate": generator.pick(["1000/s", "500/s", "250/s", "4000/s"])}}
        late = horizon - 1 - horizon // 3
        for n in range(generator.number(1, 3)):
            at = generator.pick([late, min(late + n, horizon - 1), generator.number(horizon // 2, horizon - 1)])
            whole["faults"][f"{view}-anew-{n}"] = {"kind": "rebuild", "target": view, "at": f"{at}ms"}


def fed_by(whole: dict[str, Any], view: str) -> list[str]:
    """The topics and queues whose messages are projected to a read model, also when they are dead letters."""
    handlers = {f"{name}.{own}": steps for name, one in whole["services"].items() for own, steps in one["operations"].items()}
    found = []
    for reader in whole["subscriptions"].values():
        if any(step.get("project") == view for step in handlers[reader["operation"]]):
            channel = reader.get("topic") or reader["queue"]
            found += [channel, channel.removesuffix(".dead")]
    return list(dict.fromkeys(found))


def others_rebuilt(whole: dict[str, Any], view: str, channel: str) -> bool:
    """Whether another read model that is rebuilt has said for how long a topic keeps its messages."""
    rebuilt = [name for name, one in whole["projections"].items() if one and name != view]
    return any(channel in fed_by(whole, name) for name in rebuilt)


def read_of(generator: Generator, view: str) -> dict[str, Any]:
    """A read that waits for its own write, or does not."""
    step: dict[str, Any] = {"read": view}
    if generator.chance(50):
        step |= {"wait_for": "own_write", "wait_max": generator.pick(["0s", "1ms", generator.ms(1, 9), "5ms"])}
    return step


def all_calls(steps: list[Any]) -> list[dict[str, Any]]:
    """Every call among steps, in parallel, in branches and in transactions, too."""
    found: list[dict[str, Any]] = []
    for step in steps:
        found += [step] if "call" in step else step.get("parallel", [])
        found += [step[key] for key in ("do", "undo") if step.get(key)]
        for inner in [step.get("steps", []), *(branch["steps"] for branch in step.get("choose", []))]:
            found += all_calls(inner)
    return found
