"""Scenarios in which replicas hang, pause, fail slow, lose cores and workers, keep what they have, and are pushed a change."""

from __future__ import annotations

from typing import Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator
from tests.conformance.generate_faults import times
from tests.conformance.generate_pace import with_pace
from tests.conformance.generate_steps import numbered_steps
from tests.conformance.generate_waiting import numbered_waiting

Data = dict[str, Any]

FACTS = ("halted", "cores_lost", "leaked", "failing", "paced", "crashed", "restarted")
"""What such faults do."""


def add_strikes(make: Generator, whole: Data) -> None:
    """Some faults of these kinds, beside those that there are."""
    horizon = int(whole["run"]["horizon"].removesuffix("ms"))
    for number in range(make.pick([2, 3, 5])):
        service = make.pick(list(whole["services"]))
        fault = {**some_strike(make, whole["services"][service]), "target": service}
        if fault["kind"] not in {"hang", "errors", "poison"}:
            fault["replicas"] = make.pick([1, "50%", "100%"])
            fault["target"] = make.pick([service, {"service": service}])
        elif make.chance(50):
            fault["target"] = f"{service}.{make.pick(list(whole['services'][service]['operations']))}"
        whole["faults"][f"strike-{number}"] = {**fault, **times(make, horizon)}


def some_strike(make: Generator, service: Data) -> Data:
    """A fault that can strike a service, without its target and its times."""
    if make.chance(20):
        return {"kind": "config_push", "change": one(make, service, make.pick(PUSHED))}
    return one(make, service, make.pick(KINDS))


KINDS = ["hang", "hang", "pause", "pause", "pause", "fail_slow", "cores_lost", "cores_lost", "leak", "leak", "crash", "crash"]
PUSHED = [*KINDS, "errors", "poison", "slowdown", "crash_loop"]


def one(make: Generator, service: Data, kind: str) -> Data:
    """The settings of a fault of a kind; where a service has too few cores, it pauses."""
    cores = service.get("cores", 0)
    count = cores["count"] if isinstance(cores, dict) else cores
    if kind == "cores_lost" and count < 2:
        kind = "pause"
    length = make.pick([make.ms(1, 4), {"kind": "uniform", "low": "0s", "high": "3ms"}])
    settings: Data = {
        "hang": {"share": make.pick(["10%", "50%", 1])},
        "pause": make.pick([{}, {"every": make.ms(1, 6), "length": length}]),
        "fail_slow": {"factor": make.pick([3.0, 50.0, 0.5])},
        "cores_lost": {"count": make.pick([1, max(1, count - 1)])},
        "leak": {"every": make.ms(1, 4)},
        "crash": {"loses": make.pick([[], ["work"], ["queue"], ["queue", "work"]]), "detection": make.pick(["0s", "2ms"])},
        "errors": {"share": "50%"},
        "poison": {"share": "50%", "after": make.ms(0, 2)},
        "slowdown": {"factor": make.pick([3.0, 0.25])},
        "crash_loop": {"up": make.ms(1, 5), "down": make.ms(1, 5)},
    }
    if kind == "crash" and make.chance(30):
        settings["crash"]["connections"] = "silent"
    return {"kind": kind, **settings[kind]}


def with_strikes(n: int) -> Data:
    """The n-th example: one of those of pace, of who waits, or of what stands around calls, and such faults."""
    whole = [with_pace, with_pace, numbered_waiting, numbered_steps][n % 4](n)
    add_strikes(Generator(Numbered(n), ties=n % 2 == 0), whole)
    return whole
