"""Scenarios in a few words: what the cases of queueing theory are built of.

    client --(poisson, rate)--> station: c workers, room to wait, a service time
    unit of time: 1 s, whatever the case calls it

Theory knows rates without units; here one unit of time is a second, so a rate of 0.8 is "0.8/s". Nothing in the
simulator depends on that scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Data = dict[str, Any]

WINDOWS = 20
"""Windows that are measured; one more of the same width comes before them, to warm up."""
WORKERS_UNLIMITED = 100_000
"""As many workers as a replica can have: an infinite server for the loads of these cases."""


def seconds(value: float) -> str:
    """A duration of so many units of time, rounded to the nanosecond."""
    return f"{round(value * 1e9)}ns"


def per_second(rate: float) -> str:
    """A rate per unit of time."""
    return f"{rate!r}/s"


def exponential(mean: float) -> Data:
    """Exponential durations."""
    return {"kind": "exponential", "mean": seconds(mean)}


def poisson(rate: float) -> Data:
    """Poisson arrivals."""
    return {"kind": "poisson", "rate": per_second(rate)}


def renewal(interarrival: Data) -> Data:
    """Arrivals with independent gaps."""
    return {"kind": "renewal", "interarrival": interarrival}


def at_once(attempts_max: int) -> Data:
    """Retries without a wait."""
    return {"kind": "fixed", "attempts_max": attempts_max, "delay": "0s"}


def service(steps: Sequence[Data], *, workers: int = 1, operation: str = "serve", **settings: object) -> Data:
    """A service with one operation; ``settings`` as in a scenario file."""
    return {"workers": workers, "operations": {operation: list(steps)}, **settings}


def client(operation: str, arrivals: Data, **settings: object) -> Data:
    """A flow of clients; ``settings`` as in a scenario file."""
    return {"operation": operation, "arrivals": arrivals, **settings}


def long_run(requests: float, rate: float) -> Data:
    """Run settings: about ``requests`` arrivals at ``rate`` that count, after a twentieth more to warm up."""
    window = round(requests / rate / WINDOWS * 1e9)
    return {"horizon": f"{(WINDOWS + 1) * window}ns", "warmup": f"{window}ns", "window": f"{window}ns"}


def from_empty(horizon: float, window: float) -> Data:
    """Run settings: everything counts, from the first moment on."""
    return {"horizon": seconds(horizon), "warmup": "0s", "window": seconds(window)}


def scenario(
    name: str,
    services: Mapping[str, Data],
    workload: Mapping[str, Data],
    run: Data,
    *,
    architecture: str = "synchronous",
    **more: object,
) -> Scenario:
    """A validated scenario; ``more`` are the further parts of a scenario file."""
    return Scenario.model_validate(
        {
            "name": name.replace("_", "-").lower()[:64],
            "architecture": architecture,
            "services": dict(services),
            "workload": dict(workload),
            "run": run,
            **more,
        }
    )


def station(name: str, arrivals: Data, work: Data | str, run: Data, *, workers: int = 1, **settings: Any) -> Scenario:
    """The simplest system: clients, one service ``station`` with one operation that works."""
    serving = service([{"work": work}], workers=workers, **settings)
    return scenario(name, {"station": serving}, {"client": client("station.serve", arrivals)}, run)
