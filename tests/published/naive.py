"""A simulation of a collapse, written anew, with a server that fixes how long a request takes when it comes, or does not.

    client --0.1 s--> server: 1 s, and 10 ms for each request there --0.1 s--> client, who waits for 3 s and tries again

eventflow's `contention` is the rate of the moment: who is at work gets slower when others come. In the source a request
takes as long as was fixed when it came. This is to tell what comes of that difference; its streams of chance are its own.
"""

from __future__ import annotations

import heapq
import random
from typing import Any

BASE_S, SLOPE_S, TIMEOUT_S, NETWORK_S = 1.0, 0.01, 3.0, 0.1
ANSWERED = -1


class Collapse:
    """One run; times in s."""

    def __init__(self, seed: int, *, of_moment: bool, width: float, backoff: bool) -> None:
        """Say which server, how long the spike is, and whether clients back off."""
        self.random = random.Random(seed)
        self.of_moment, self.width, self.backoff = of_moment, width, backoff
        self.rate, self.horizon, self.attempts = 40.0, 80.0, 3
        self.events: list[tuple[float, int, Any, tuple[Any, ...]]] = []
        self.at_work: list[tuple[float, int, list[float], float]] = []  # of the moment: by the work done at which each ends
        self.many = self.made = self.version = 0
        self.done = self.clock = 0.0
        self.offered = self.good = 0

    def run(self) -> float:
        """What of the last ten seconds is done well."""
        self.later(0.01, self.arrive)
        while self.events and self.events[0][0] <= self.horizon:
            time, _, verb, what = heapq.heappop(self.events)
            verb(time, *what)
        return self.good / self.offered

    def later(self, time: float, verb: Any, *what: Any) -> None:
        """Do something at a time."""
        self.made += 1
        heapq.heappush(self.events, (time, self.made, verb, what))

    def network(self) -> float:
        """How long a message is under way."""
        return self.random.expovariate(1 / NETWORK_S)

    def arrive(self, now: float) -> None:
        """A client comes, and the next one after it."""
        self.offered += now > self.horizon - 10
        self.send(now, [0.0, 10.0])  # the attempt, and the backoff before the next
        self.later(now + self.random.expovariate(self.rate * (2 if 20 <= now <= 20 + self.width else 1)), self.arrive)

    def send(self, now: float, call: list[float]) -> None:
        """An attempt leaves."""
        self.later(now + TIMEOUT_S, self.time_out, call, call[0])
        self.later(now + self.network(), self.start, call, call[0])

    def time_out(self, now: float, call: list[float], attempt: float) -> None:
        """Its client waits no more."""
        if call[0] == attempt:
            call[0] += 1
            if call[0] < self.attempts:
                call[1] *= 2
                self.later(now + (self.random.random() * call[1] if self.backoff else 0.0), self.send, call)

    def start(self, now: float, call: list[float], attempt: float) -> None:
        """An attempt comes to the server."""
        self.advance(now)
        self.many += 1
        if self.of_moment:
            self.made += 1
            heapq.heappush(self.at_work, (self.done + 1, self.made, call, attempt))
            self.plan(now)
        else:
            self.later(now + BASE_S + SLOPE_S * self.many, self.end, call, attempt)

    def end(self, now: float, call: list[float], attempt: float) -> None:
        """The server is done with one, by the time that was fixed."""
        self.many -= 1
        self.later(now + self.network(), self.answer, call, attempt)

    def advance(self, now: float) -> None:
        """Everyone at work has done so much more, of 1, at the rate of the moment."""
        if self.many:
            self.done += (now - self.clock) / (BASE_S + SLOPE_S * self.many)
        self.clock = now

    def plan(self, now: float) -> None:
        """When the next one at work would be done."""
        self.version += 1
        if self.at_work:
            left = max(0.0, self.at_work[0][0] - self.done)
            self.later(now + left * (BASE_S + SLOPE_S * self.many), self.finish, self.version)

    def finish(self, now: float, version: int) -> None:
        """The server is done with one, at the rate of the moment."""
        if version == self.version:
            self.advance(now)
            _, _, call, attempt = heapq.heappop(self.at_work)
            self.end(now, call, attempt)
            self.plan(now)

    def answer(self, now: float, call: list[float], attempt: float) -> None:
        """The answer comes: in time, or to nobody."""
        if call[0] == attempt:
            call[0] = ANSWERED
            self.good += now > self.horizon - 10
