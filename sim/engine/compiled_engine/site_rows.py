"""The row of a place that calls; one of those of `sim.engine.compiled_engine.state`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine.family_rows import Budget, Crossing, Guard  # noqa: TC001 - rows are found by their names
from sim.engine.compiled_engine.kernel_rows import DelayQueue  # noqa: TC001 - the same
from sim.rows import Refs, Row
from sim.semantics.balancing import View  # noqa: TC001 - the same

if TYPE_CHECKING:
    from sim.engine.compiled_engine.state import HedgeSpec, Operation, Service


class Site(Row):
    """A place in a program that calls, or a flow's client."""

    operation: Operation
    service: Service
    edge: int
    timeout: int
    hop: int
    request_stream: int
    reply_stream: int
    retry: int
    retry_at: int
    retry_on: int  # a bit for each outcome that is followed by a retry
    retry_stream: int
    hop_delays: DelayQueue  # none: the heap
    timeout_delays: DelayQueue
    balance_stream: int
    guards: Refs[Guard]  # outermost first
    guard_count: int
    early_timeout: int  # in place of the other: it begins before one of the guards
    early_before: int
    budget: Budget  # of its retries, or none
    crossing: Crossing  # none: a hop and nothing more
    cancel_stream: int  # -1: callees work on when nobody waits for them
    deadline: int  # of the whole call, or -1
    hurries: int  # whether it may have one, its own or its caller's
    view: View  # none: it does not look at replicas; else the first of its caller
    view_of: int  # number of the replica of the caller that has it, and the next the following; -1: there is one
    hedge: HedgeSpec  # none: a call is not hedged
    asks: int  # whether it is, or has guards or a budget, or may have a deadline, or looks at replicas, or may be halted
    halts: int  # whether a replica of the caller may be halted
    inner: Site  # where a call goes on that has begun at a site of guards outside of its retry; none: it is no such
    held: int  # whether calls go on here that have begun at another one
