"""Stores and transactions: the steps of a transaction stand between its begin and its commit, and their failures roll it back.

    BEGIN  steps ... COMMIT  JUMP  ROLL_BACK
             '-- fails --------------^   fails in turn, as the step did; the jump leads behind it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import share_to_threshold
from sim.network.lower.steps import lead_failures, lower, lower_all
from sim.network.model import BEGIN, COMMIT, INSTRUCTION, JUMP, OUTBOX, PAIR, ROLL_BACK, WRITE
from sim.network.store_rows import DualWrite, Failover, Relay, Store
from sim.scenario.row_steps import Outbox, Write
from sim.scenario.step_walks import own_steps
from sim.scenario.steps import Publish, Transaction
from sim.scenario.targets import reach_of_losses
from sim.stores.relays import FIXED_DELAY, FIXED_RATE, WHILE_FULL
from sim.stores.transactions import NO_WAIT_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.network.compiler import Compiler


TIMINGS = {"fixed_delay": FIXED_DELAY, "fixed_rate": FIXED_RATE, "while_full": WHILE_FULL}


def lower_stores(compiler: Compiler) -> tuple[Store, ...]:
    """Return the rows of all stores, which have their numbers from here on."""
    stores = compiler.scenario.stores
    compiler.store_numbers = {name: number for number, name in enumerate(stores)}
    relays = {one.store: number for number, one in enumerate(compiler.scenario.relays.values())}
    reach = {name: reach_of_losses(compiler.scenario, name) for name in stores}
    compiler.failovers = {name: number for number, name in enumerate(name for name in stores if reach[name] > 0)}
    return tuple(
        Store(
            name=name,
            connections=one.connections,
            commit=compiler.distribution(one.commit),
            aborts=share_to_threshold(one.aborts),
            relay=relays.get(name, -1),
            lock_wait_max=NO_WAIT_MAX if one.lock_wait_max is None else one.lock_wait_max,
            versions=one.isolation == "version",
            loses=reach[name],
            failover=compiler.failovers.get(name, -1),
        )
        for name, one in stores.items()
    )


def failover_rows(compiler: Compiler) -> tuple[Failover, ...]:
    """Return the rows of the stores whose latest commits may be lost."""
    return tuple(Failover(name, compiler.store_numbers[name]) for name in compiler.failovers)


def lower_relays(compiler: Compiler) -> tuple[Relay, ...]:
    """Return the rows of all relays; their instances are numbered one after the other."""
    rows: list[Relay] = []
    first = 0
    for name, one in compiler.scenario.relays.items():
        adaptive = one.adaptive
        rows.append(
            Relay(
                name=name,
                store=compiler.store_numbers[one.store],
                first=first,
                instances=one.instances,
                batch=one.batch,
                every=one.every,
                least=one.every if adaptive is None else adaptive.min,
                most=one.every if adaptive is None else adaptive.max,
                timing=TIMINGS[one.timing],
                polls=one.kind != "log_tail",
                wakes=one.kind != "poll",
                leader=one.claim == "leader",
                delay=one.delay,
                mark=one.mark,
            )
        )
        first += one.instances
    return tuple(rows)


def lower_pairs(compiler: Compiler, steps: Sequence[object]) -> None:
    """Let a handler that has transactions, or a branch, say at its begin to what it publishes by itself: it may do one only."""
    flat = list(own_steps(steps))
    if not any(isinstance(step, Transaction) for step in flat):
        return
    channels = dict.fromkeys(step.publish for step in flat if isinstance(step, Publish))
    if channels:
        numbers = [compiler.dual_writes.setdefault(channel, len(compiler.dual_writes)) for channel in channels]
        compiler.emit(PAIR, compiler.table([len(numbers), *numbers]))


def dual_write_rows(compiler: Compiler) -> tuple[DualWrite, ...]:
    """Return the rows of all topics and queues that handlers with transactions publish to."""
    return tuple(DualWrite(channel, compiler.channel_numbers[channel]) for channel in compiler.dual_writes)


def begin_transaction(compiler: Compiler, store: str, wait_max: int | None) -> int:
    """Append the begin of a transaction; returns its address, for `end_transaction`."""
    return compiler.emit(BEGIN, compiler.store_numbers[store], NO_WAIT_MAX if wait_max is None else wait_max)


def end_transaction(compiler: Compiler, operation: str, begin: int) -> int:
    """Append the commit of the transaction that began at an address, and its rollback, where failures in between lead.

    Returns the address of the commit.
    """
    first, last = begin + INSTRUCTION, len(compiler.program)
    commit = compiler.emit(COMMIT, compiler.draw_stream(operation, "commit"), compiler.draw_stream(operation, "abort"))
    jump = compiler.emit(JUMP)
    lead_failures(compiler, first, last, compiler.emit(ROLL_BACK))
    compiler.program[jump + 1] = len(compiler.program)
    return commit


@lower.register(Transaction)
def _transaction(step: Transaction, compiler: Compiler, operation: str) -> None:
    begin = begin_transaction(compiler, step.transaction.store, step.transaction.wait_max)
    lower_all(step.steps, compiler, operation)
    end_transaction(compiler, operation, begin)


@lower.register(Write)
def _write(step: Write, compiler: Compiler, _operation: str) -> None:
    lock = 0
    if step.key is not None:
        lock = 2 * compiler.locked_rows.setdefault(step.write, 1 + len(compiler.locked_rows)) + (step.key == "flow")
    compiler.emit(WRITE, step.rows, lock)


@lower.register(Outbox)
def _outbox(step: Outbox, compiler: Compiler, _operation: str) -> None:
    undone = 1 + compiler.dual_writes.setdefault(step.outbox, len(compiler.dual_writes)) if compiler.failovers else 0
    compiler.emit(OUTBOX, compiler.channel_numbers[step.outbox], undone)
