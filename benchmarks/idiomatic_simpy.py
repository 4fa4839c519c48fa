"""The tandem as a competent SimPy user writes it: the yardstick that every speed is given as a multiple of.

    client --0.5 ms--> s1 (4 workers) --0.5 ms--> client --> s2 --> client --> s3 --> client
           '---- `yield attempt | timeout(1 s)`, at most 3 attempts, full jitter ----'

One process per request and one per attempt, a `simpy.Resource` per service, float seconds and `random.Random`, as the
SimPy manual teaches it. It uses nothing of this project, so that it stays what users would otherwise write.
Run alone: `python benchmarks/idiomatic_simpy.py --requests 30000 --seed 1`; prints one line of JSON.
"""


from __future__ import annotations

import argparse
import json
import random
import time
from typing import TYPE_CHECKING, Any

import simpy
from memory import peak_mb

if TYPE_CHECKING:
    from collections.abc import Generator

ARRIVALS_PER_S = 1000.0
SERVICES = 3
WORKERS = 4
WORK_MEAN_S = 0.0032
HOP_S = 0.0005
TIMEOUT_S = 1.0
ATTEMPTS_MAX = 3
BACKOFF_BASE_S = 0.050
BACKOFF_CAP_S = 1.0


class Tandem:
    """Three services one after another, and the clients that call them."""

    def __init__(self, requests: int, seed: int) -> None:
        """Prepare a run of `requests` client requests."""
        self.env = simpy.Environment()
        self.random = random.Random(seed)
        self.requests = requests
        self.services = [simpy.Resource(self.env, capacity=WORKERS) for _ in range(SERVICES)]
        self.latencies_s: list[float] = []
        self.failed = 0
        self.timeouts = 0

    def run(self) -> None:
        """Run until every request has settled."""
        self.env.process(self.arrivals())
        self.env.run()

    def arrivals(self) -> Generator[simpy.Event, Any, None]:
        """Start a request at each instant of a Poisson process."""
        for _ in range(self.requests):
            yield self.env.timeout(self.random.expovariate(ARRIVALS_PER_S))
            self.env.process(self.request())

    def request(self) -> Generator[simpy.Event, Any, None]:
        """One client request: call each service in turn."""
        start = self.env.now
        for service in self.services:
            done = yield from self.call(service)
            if not done:
                self.failed += 1
                return
        self.latencies_s.append(self.env.now - start)

    def call(self, service: simpy.Resource) -> Generator[simpy.Event, Any, bool]:
        """Call a service: a timeout for each attempt, and a random pause between attempts."""
        for tried in range(1, ATTEMPTS_MAX + 1):
            attempt = self.env.process(self.attempt(service))
            yield attempt | self.env.timeout(TIMEOUT_S)
            if attempt.triggered:
                return True
            self.timeouts += 1
            if tried < ATTEMPTS_MAX:
                ceiling = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2 ** (tried - 1))
                yield self.env.timeout(self.random.uniform(0.0, ceiling))
        return False

    def attempt(self, service: simpy.Resource) -> Generator[simpy.Event, Any, None]:
        """One attempt: there, wait for a worker, work, and back. It goes on if the caller gives up."""
        yield self.env.timeout(HOP_S)
        with service.request() as worker:
            yield worker
            yield self.env.timeout(self.random.expovariate(1.0 / WORK_MEAN_S))
        yield self.env.timeout(HOP_S)


def measure(requests: int, seed: int) -> dict[str, float]:
    """Run the tandem once and return its figures (seconds are wall time, latencies are in ms)."""
    tandem = Tandem(requests, seed)
    began = time.perf_counter()
    tandem.run()
    wall_s = time.perf_counter() - began
    ordered = sorted(tandem.latencies_s)
    return {
        "requests": requests,
        "failed": tandem.failed,
        "timeouts": tandem.timeouts,
        "mean_ms": 1e3 * sum(ordered) / len(ordered),
        "p50_ms": 1e3 * ordered[len(ordered) // 2],
        "p99_ms": 1e3 * ordered[len(ordered) * 99 // 100],
        "wall_s": wall_s,
        "requests_per_s": requests / wall_s,
        "memory_mb": peak_mb(),
    }


def main() -> None:
    """Command line: print the figures as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.requests, arguments.seed)))


if __name__ == "__main__":
    main()
