"""Sagas of generated scenarios: calls that follow each other become their steps, or any later operations do, by events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_sagas(generator: Generator, whole: dict[str, Any]) -> None:
    """Some handlers have a saga: some steps with an undo, some with a pivot; some with a deadline, some in a store."""
    for number, handler in enumerate(generator.programs):
        calls = [step for step in handler if "call" in step]
        callees = generator.operations[number + 1 :]
        if not callees or (not calls and number > 0) or generator.chance(30):
            continue
        steps = [step_of(generator, call, callees) for call in calls[:3] or [{"call": callees[0]}]]
        for call in calls[:3]:
            handler.remove(call)
        saga = {"saga": f"saga{number}", "answer": generator.pick(["when_done", "when_started"]), "steps": steps}
        retry, _ = generator.retry()
        if retry is not None and any("retry" not in step["undo"] for step in steps if "undo" in step):
            saga["undo_retry"] = retry
        if generator.chance(40):
            saga["deadline"] = generator.ms(1, generator.pick([4, 20]))
        if generator.chance(40):
            saga |= by_events(generator, callees)
        elif generator.chance(40) and not any(effect_in_a_choice(generator, step["do"]["call"]) for step in steps):
            saga["by"] = "two_phase"
        if saga.get("by") != "events" and generator.chance(50):
            store = {"connections": generator.number(1, 3), "commit": generator.pick(["0s", "1ms"])}
            whole.setdefault("stores", {})["sagas"] = store
            saga["state"] = {"store": "sagas", "write": generator.pick(["0s", "1ms", generator.ms(0, 2)])}
        handler.insert(generator.number(0, len(handler)), saga)


def effect_in_a_choice(generator: Generator, operation: str) -> bool:
    """Whether a handler may apply an effect, or not: a participant in two phases must know which are true at the commit."""
    steps = generator.programs[generator.operations.index(operation)]
    return any("effect" in inner for step in steps for branch in step.get("choose", ()) for inner in branch["steps"])


def by_events(generator: Generator, callees: list[str]) -> dict[str, Any]:
    """What makes a saga one that nobody leads: each operation is one step of it, or one undo."""
    steps = []
    for done, undone in zip(callees[:6:2], [*callees[1:6:2], None], strict=False):
        retry, _ = generator.retry()
        undo = {"call": undone} if undone is not None and generator.chance(80) else None
        steps.append({"do": {"call": done, "retry": retry}, "undo": undo, "pivot": generator.chance(15)})
    undo_retry = generator.retry()[0] if any(step["undo"] for step in steps) else None
    return {"by": "events", "answer": "when_started", "steps": steps, "undo_retry": undo_retry}


def step_of(generator: Generator, call: dict[str, Any], callees: list[str]) -> dict[str, Any]:
    """A step of a saga, and what undoes it: any later operation."""
    call.pop("optional", None)
    step: dict[str, Any] = {"do": call, "pivot": generator.chance(15)}
    if generator.chance(80):
        step["undo"] = {"call": generator.pick(callees)}
        if generator.chance(60):
            step["undo"]["timeout"] = generator.ms(1, 8)
    return step
