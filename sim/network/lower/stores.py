"""Stores and transactions: the steps of a transaction stand between its begin and its commit, and their failures roll it back.

    BEGIN  steps ... COMMIT  JUMP  ROLL_BACK
             '-- fails --------------^   fails in turn, as the step did; the jump leads behind it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import share_to_threshold
from sim.network.lower.steps import lead_failures, lower, lower_all
from sim.network.model import BEGIN, COMMIT, INSTRUCTION, JUMP, ROLL_BACK, WRITE, Store
from sim.scenario.steps import Transaction, Write
from sim.stores.transactions import NO_WAIT_MAX

if TYPE_CHECKING:
    from sim.network.compiler import Compiler


def lower_stores(compiler: Compiler) -> tuple[Store, ...]:
    """Return the rows of all stores, which have their numbers from here on."""
    stores = compiler.scenario.stores
    compiler.store_numbers = {name: number for number, name in enumerate(stores)}
    return tuple(
        Store(name, one.connections, compiler.distribution(one.commit), share_to_threshold(one.aborts))
        for name, one in stores.items()
    )


def begin_transaction(compiler: Compiler, store: str, wait_max: int | None) -> int:
    """Append the begin of a transaction; returns its address, for `end_transaction`."""
    return compiler.emit(BEGIN, compiler.store_numbers[store], NO_WAIT_MAX if wait_max is None else wait_max)


def end_transaction(compiler: Compiler, operation: str, begin: int) -> None:
    """Append the commit of the transaction that began at an address, and its rollback, where failures in between lead."""
    first, last = begin + INSTRUCTION, len(compiler.program)
    compiler.emit(COMMIT, compiler.draw_stream(operation, "commit"), compiler.draw_stream(operation, "abort"))
    jump = compiler.emit(JUMP)
    lead_failures(compiler, first, last, compiler.emit(ROLL_BACK))
    compiler.program[jump + 1] = len(compiler.program)


@lower.register(Transaction)
def _transaction(step: Transaction, compiler: Compiler, operation: str) -> None:
    begin = begin_transaction(compiler, step.transaction.store, step.transaction.wait_max)
    lower_all(step.steps, compiler, operation)
    end_transaction(compiler, operation, begin)


@lower.register(Write)
def _write(step: Write, compiler: Compiler, _operation: str) -> None:
    compiler.emit(WRITE, step.rows)
