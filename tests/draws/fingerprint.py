"""Print one SHA-256 over everything that must not depend on the machine: ``python fingerprint.py``."""

import hashlib
from typing import Any

import numpy as np
import pydantic

from sim import draws, exact_math
from sim.arrivals import ArrivalTimes
from sim.scenario.arrivals import Arrivals
from sim.scenario.distributions import Distribution

DISTRIBUTIONS: list[Any] = [
    "5ms",
    {"kind": "exponential", "mean": "5ms"},
    {"kind": "uniform", "low": "2ms", "high": "10ms"},
    {"kind": "lognormal", "median": "3ms", "p99": "12ms"},
    {"kind": "lognormal", "mean": "10ms", "cv": 2.5},
    {"kind": "gamma", "mean": "10ms", "cv": 0.5},
    {"kind": "gamma", "mean": "10ms", "cv": 2},
    {"kind": "gamma", "mean": "1s", "shape": 700},
    {"kind": "erlang", "mean": "10ms", "stages": 8},
    {"kind": "pareto", "alpha": 1.5, "minimum": "1ms"},
    {"kind": "weibull", "shape": 0.7, "mean": "4ms"},
    {"kind": "hyperexponential", "mean": "10ms", "cv": 4},
    {"kind": "empirical", "values": ["1ms", "4ms", "9ms"]},
    {"kind": "empirical", "values": ["1ms", "4ms", "9ms"], "weights": [0.1, 0.7, 0.4]},
]
ARRIVALS: list[Any] = [
    {"kind": "poisson", "rate": "130/s"},
    {"kind": "constant", "rate": "7/s"},
    {"kind": "step", "steps": [{"at": "0s", "rate": "10/s"}, {"at": "9s", "rate": "90/s"}]},
    {
        "kind": "ramp",
        "points": [{"at": "0s", "rate": "10/s"}, {"at": "9s", "rate": "0/s"}, {"at": "20s", "rate": "77/s"}],
    },
    {"kind": "renewal", "interarrival": {"kind": "weibull", "shape": 0.6, "mean": "10ms"}},
]
N = 20_000


def fingerprint() -> str:
    """SHA-256 over tables, draws, arrival times, and the floats of exact math."""
    sha = hashlib.sha256()
    key = draws.stream_key(1, 0, "a")
    u = draws.bits_many(key, draws.trace_keys(key, np.arange(N)))
    x = (u.astype(np.float64) + 0.5) * 2.0**-63
    sha.update(u.tobytes())
    for values in (
        exact_math.log(x),
        exact_math.exp(40.0 * x),
        exact_math.power(x, 1.7),
        exact_math.normal_quantile(x, 1.0 - x),
    ):
        sha.update(values.tobytes())
    distribution: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(Distribution)
    for value in DISTRIBUTIONS:
        table = draws.compile_distribution(distribution.validate_python(value))
        sha.update(table.tobytes())
        sha.update(draws.draw_many(table, u).tobytes())
    arrivals: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(Arrivals)
    for value in ARRIVALS:
        sha.update(ArrivalTimes(arrivals.validate_python(value), key).next_chunk(N).tobytes())
    return sha.hexdigest()


if __name__ == "__main__":
    print(fingerprint())  # noqa: T201 - it is what the script is for
