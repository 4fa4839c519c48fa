"""Caches in scenarios by the dozen: look-aside and read through, small, short-lived, warm, emptied, one inside of another.

They have numbers of their own, so that the other examples are as they were.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator, numbered_waits
from tests.conformance.generate_pace import with_pace
from tests.conformance.generate_steps import lists_in, numbered_steps
from tests.conformance.generate_waiting import numbered_waiting

Data = dict[str, Any]

FIRST = 70_000
FACTS = ("cache_asked", "cache_loaded", "cache_waited", "cache_flushed")
"""What only caches do."""
NEVER_CACHED = ("append", "load", "saga", "effect", "write", "outbox")


def with_caches(n: int) -> Data:
    """The n-th example with caches; the even ones have ties everywhere.

    Every other one is one in which requests wait in rooms and are cancelled, attempts wait at guards, work goes at a pace, or
    something stands around calls.
    """
    generator = Generator(Numbered(FIRST + n), ties=n % 2 == 0)
    others = (numbered_waiting, with_pace, numbered_waits, numbered_steps)
    whole = generator.scenario() if n % 4 < 2 else others[n // 4 % 4](n)
    add_caches(generator, whole)
    return whole


def add_caches(generator: Generator, whole: Data) -> None:
    """Most services keep something of what they call for, and of other things; flows have few keys."""
    caches: Data = {}
    for name, service in whole["services"].items():
        own: list[str] = []
        for steps in service["operations"].values():
            for inner in reversed([steps, *lists_in(steps)]):  # what is inside first, so that no step asks for what it loads
                keep(generator, inner, caches, own, name)
    if not caches:
        name, service = next(iter(whole["services"].items()))
        caches["kept"] = settings(generator, calls_only=False)
        next(iter(service["operations"].values())).append({"cache": "kept", "miss": [{"work": generator.ms(0, 3)}]})
    whole["caches"] = caches
    for flow in whole["workload"].values():
        if generator.chance(60) or not flow.get("keys"):
            count = generator.number(1, 6)
            flow["keys"] = generator.pick([count, {"count": count}, {"count": count, "exponent": 2.5}])
    horizon = int(whole["run"]["horizon"].removesuffix("ms"))
    for name in caches:
        if generator.chance(40):
            at = f"{generator.number(0, horizon - 1)}ms"
            target = generator.pick([name, {"cache": name}])
            whole["faults"][f"flush-{name}"] = {"kind": "cache_flush", "target": target, "at": at}


def keep(generator: Generator, steps: list[Any], caches: Data, own: list[str], service: str) -> None:
    """Some steps are done only when a cache has not what they give."""
    for place, step in enumerate(steps):
        if any(verb in step for verb in NEVER_CACHED) or any(verb in str(step) for verb in ("'append'", "'effect'", "'cache'")):
            continue
        if not generator.chance(60 if "call" in step or "parallel" in step else 25):
            continue
        only_calls = ("call" in step and not step.get("fallback")) or "parallel" in step
        if own and generator.chance(30) and (only_calls or caches[own[-1]]["mode"] == "look_aside"):
            name = own[-1]
        else:
            name = f"{service}-{len(own)}"
            own.append(name)
            caches[name] = settings(generator, calls_only=only_calls)
        miss = [step]
        if caches[name]["mode"] == "look_aside" and generator.chance(40):
            miss.append({"fail": generator.pick([0.2, 0.5, 1.0])})
        steps[place] = {"cache": name, "key": "flow", "miss": miss}
        if generator.chance(20):
            caches[f"{name}-near"] = settings(generator, calls_only=False)
            steps[place] = {"cache": f"{name}-near", "miss": [steps[place]]}
            own.insert(0, f"{name}-near")


def settings(generator: Generator, *, calls_only: bool) -> Data:
    """A cache that has little for a short time."""
    found: Data = {"per": generator.pick(["replica", "service"]), "mode": "look_aside", "coalesce": generator.chance(70)}
    if calls_only and generator.chance(45):
        found["mode"] = "read_through"
    if generator.chance(50):
        found["capacity"] = generator.number(1, 3)
    if generator.chance(60):
        found["ttl"] = generator.pick(["1ms", generator.ms(1, 9), "5ms"])
    found["hit"] = generator.pick(["0s", "1ms", generator.distribution(0, 1)])
    found["warm"] = generator.pick(["0%", "50%", "100%"])
    return found
