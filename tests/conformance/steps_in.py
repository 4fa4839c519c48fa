"""Steps of an example as plain data, walked through: what they publish, call, and apply.

    steps, with branches, parallel calls and transactions among them --> every call, every effect
"""

from __future__ import annotations

from typing import Any


def confirm_publishes(steps: list[Any], queue: str) -> None:
    """What is published to a queue says so in its own words, among steps and in their branches."""
    for step in steps:
        if step.get("publish") == queue:
            step["confirm"] = step.pop("acks") == "leader"
        for branch in step.get("choose", []):
            confirm_publishes(branch["steps"], queue)


def calls_in(steps: list[Any]) -> list[dict[str, Any]]:
    """Every call among steps, in parallel and in branches, too."""
    found: list[dict[str, Any]] = []
    for step in steps:
        found += [step] if "call" in step else step.get("parallel", [])
        for branch in step.get("choose", []):
            found += calls_in(branch["steps"])
    return found


def effects_in(steps: list[Any]) -> list[dict[str, Any]]:
    """The steps that apply effects, those of branches and transactions too."""
    found = []
    for step in steps:
        if "effect" in step:
            found.append(step)
        for branch in (*step.get("choose", ()), step):
            found += effects_in(branch.get("steps", []))
    return found
