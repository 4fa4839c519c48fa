"""Who arrives, in scenarios by the dozen: users who wait for their answers, bursts, days, spikes and recorded times.

    numbered_users(n)    an example of the generator, whose flows have such arrivals in place of their own
"""

from __future__ import annotations

from typing import Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator

FIRST = 100_000
"""Their examples are not those of the others."""


def numbered_users(n: int) -> dict[str, Any]:
    """The n-th example; the even ones have ties everywhere."""
    generator = Generator(Numbered(FIRST + n), ties=n % 2 == 0)
    whole = generator.scenario()
    horizon = int(whole["run"]["horizon"].removesuffix("ms"))
    for name, flow in whole["workload"].items():
        make = generator.pick([closed, closed, closed, mmpp, daily, spike, replay])
        flow["arrivals"] = make(generator, horizon)
        if make in {closed, replay}:  # which no fault makes more, or fewer
            faults = whole["faults"].items()
            whole["faults"] = {key: one for key, one in faults if one["kind"] != "traffic" or one["flow"] != name}
        if make is closed and generator.chance(60):
            flow["timeout"] = generator.ms(1, 9)  # so that a user whose answer is lost comes again
    return whole


def closed(generator: Generator, horizon: int) -> dict[str, Any]:
    """A few users; with ties all of them think for whole milliseconds, and some not at all."""
    users = generator.number(1, 5)
    think = generator.pick([f"{users}ms", generator.distribution(1, 4), generator.distribution(2, 9), "3ms"])
    found = {"kind": "closed", "users": users, "think": think}
    return {**found, "ramp_up": f"{generator.number(0, horizon // 2)}ms"} if generator.chance(40) else found


def mmpp(generator: Generator, _horizon: int) -> dict[str, Any]:
    """Two or three states, one of which may be silent."""
    rates = generator.pick([["20/s", "900/s"], ["0/s", "400/s"], ["100/s", "0/s", "700/s"]])
    return {"kind": "mmpp", "states": [{"rate": rate, "stay": generator.ms(1, 20)} for rate in rates]}


def daily(generator: Generator, _horizon: int) -> dict[str, Any]:
    """Short days."""
    swing = generator.pick(["0%", "50%", "100%"])
    return {"kind": "daily", "mean": generator.pick(["200/s", "500/s"]), "swing": swing, "period": generator.ms(2, 60)}


def spike(generator: Generator, horizon: int) -> dict[str, Any]:
    """A spike at any time of the run, or a pause."""
    window = {"at": generator.pick(["0s", f"{generator.number(0, horizon)}ms"]), "for": generator.ms(1, 20)}
    return {"kind": "spike", "rate": "200/s", "to": generator.pick(["900/s", "0/s"]), **window}


def replay(generator: Generator, horizon: int) -> dict[str, Any]:
    """Times on the grid, several at once among them, some of them again and again."""
    grid = 1 if generator.ties else 1000
    times = sorted(generator.number(0, min(horizon, 30) * grid) for _ in range(generator.number(1, 20)))
    found: dict[str, Any] = {"kind": "replay", "times": " ".join(f"{time / 1000 / grid:.6f}" for time in times)}
    return {**found, "repeat": f"{min(horizon, 30) + generator.number(0, 5)}ms"} if generator.chance(50) else found
