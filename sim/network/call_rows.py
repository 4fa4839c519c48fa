"""Rows of what stands around calls: hedges, fallbacks, guards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hedge:
    """When further attempts of calls over an edge leave: ``after`` so many ns, or by a percentile of 1000, which is 0 then not.

    ``budget`` is their share of the calls, in `sim.semantics.hedging.ONE`, or -1. It has a state for each replica that calls.
    """

    name: str
    edge: int
    after: int
    mille: int
    calls_max: int
    budget: int
    failed_next: bool
    elsewhere: bool
    service: int
    first: int
    states: int


@dataclass(frozen=True, slots=True)
class Fallback:
    """What is done when steps of an operation fail, or a call over an edge, which is -1 where steps are tried.

    ``inside``: the one that it stands in, and one more; 0: in none.
    """

    name: str
    operation: int
    service: int
    edge: int
    inside: int


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard of the calls of one edge, its settings at an address of the tables.

    It has ``states`` states: one for each replica of the calling service, of which ``first`` is the first, or one for all.
    An attempt may wait at it for ``longest_wait`` ns (-1: without a limit), and is then counted in ``room``; -1: none waits.
    What it knows is that of the guard ``owner``: itself, or another one of the same pool, and then it has no states.
    """

    name: str
    edge: int
    code: int
    settings: int
    per_caller: bool
    first: int
    states: int
    service: int
    draws: bool
    stream: int
    ticks_every: int
    longest_wait: int = 0
    room: int = -1
    owner: int = -1
