"""Rows of who is admitted by replicas: their limits, what services shed, and the requests that are in flight."""

from __future__ import annotations

from sim.policies.limits._windows import WindowState  # noqa: TC001 - rows are found by their names
from sim.rows import Row, inside


class Shedding(Row):
    """What a service sheds: whose rule is asked, and of what it takes its share."""

    code: int
    settings: int
    of_limit: int
    most: int
    last: int


class Limiter(Row):
    """The limit of a replica."""

    code: int
    settings: int
    state: int  # of its kind
    size: int  # words of that
    limit: int
    in_flight: int
    number: int
    draws: int
    window_settings: int  # 0: it learns from each request
    window: WindowState = inside()


class Admission(Row):
    """A request in flight where there is a limit."""

    next: Admission  # of those that are free
    since: int
    in_flight: int  # how many there were when it came, itself included
