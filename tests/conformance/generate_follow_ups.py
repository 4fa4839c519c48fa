"""Users who follow up, in scenarios by the dozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_follow_ups(generator: Generator, whole: dict[str, Any]) -> None:
    """Some flows have users who ask for more once they were answered, some of them until an effect is done."""
    services, service = whole["services"], generator.services[-1]
    ask: list[Any] = [{"work": generator.distribution(0, 3)}]
    if generator.chance(40):
        ask.append({"fail": 0.3})
    services[service]["operations"]["ask"] = ask
    for flow in whole["workload"].values():
        if generator.chance(20):
            continue
        then: dict[str, Any] = {"operation": f"{service}.ask"}
        wanted = effects_after(services, whole["subscriptions"], flow["operation"])
        if wanted and generator.chance(60):
            then |= {"every": generator.pick(["1ms", generator.ms(1, 6)]), "until": generator.pick(wanted)}
            flow.setdefault("deadline", generator.ms(5, 40))
        else:
            then |= {"after": generator.pick(["0s", "1ms", generator.distribution(0, 4)]), "times": generator.number(1, 3)}
        flow["then"] = then


def effects_after(services: dict[str, Any], subscriptions: dict[str, Any], operation: str) -> list[str]:
    """The effects that an operation may have, by itself, by what it calls and by those who read what it publishes."""
    found, seen, ahead = dict[str, None](), set[str](), [operation]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        service, _, own = name.partition(".")
        steps = list(services[service]["operations"][own])
        for step in steps:  # grows while it is walked along
            steps += [inner for branch in step.get("choose", ()) for inner in branch["steps"]]
            steps += [*step.get("parallel", ()), *step.get("steps", ())]
            steps += [step[key] for key in ("do", "undo") if step.get(key)]
            found |= {step["effect"]: None} if "effect" in step else {}
            ahead += [step["call"]] if "call" in step else []
            readers = [one for one in subscriptions.values() if "publish" in step and step["publish"] in one.values()]
            ahead += [one["operation"] for one in readers]
    return list(found)
