"""Read models, in scenarios by the dozen: filled by handlers that only messages have, read by all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
