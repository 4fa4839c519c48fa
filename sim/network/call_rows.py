"""Rows of what stands around calls: hedges, fallbacks, guards, budgets of retries."""

from __future__ import annotations

from dataclasses import dataclass

from sim.record.outcomes import OUTCOME_COUNT

ALL_FAILURES = (1 << OUTCOME_COUNT) - 2  # a bit for each outcome but `ok`


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
    tail: int = 0  # words that follow each state
    failing: int = ALL_FAILURES  # a bit for each outcome that it learns to be a failure
    ignored: int = 0  # a bit for each that it learns nothing from
    hears_refusals: bool = False  # whether it learns how an attempt ended that a guard further in kept from leaving
    slot: str = ""  # the key under which it is declared


@dataclass(frozen=True, slots=True)
class Budget:
    """A retry budget of the calls of one edge: as a guard, with a ``tail`` of words behind each of its states."""

    name: str
    edge: int
    code: int
    settings: int
    per_caller: bool
    first: int
    states: int
    service: int
    tail: int
