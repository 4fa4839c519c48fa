"""Rows of services that say how many requests may be in flight at a replica, and who is refused before that."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limiter:
    """A service with a concurrency limit: whose rules are asked, with which settings.

    ``window`` is the address of the settings of its window, -1 where it learns from each request.
    """

    name: str
    service: int
    code: int
    settings: int
    window: int
    draws: bool


@dataclass(frozen=True, slots=True)
class Shedding:
    """A service that sheds: whose rules, with which settings; of the limit, or of a queue of so ``most`` requests.

    ``last``: the rank of the lowest priority of any flow.
    """

    code: int
    settings: int
    of_limit: bool
    most: int
    last: int
