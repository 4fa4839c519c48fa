"""Streams of events: a load and an append each have a connection of the store; a conflict leads back to the load.

    load        BEGIN  LOAD
    append      BEGIN  APPEND  JUMP  RELOAD  JUMP
                          '-- fails ----^      '--> to the BEGIN of the load; the first jump leads behind them all
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.lower.steps import lower, lower_all
from sim.network.lower.stores import begin_transaction
from sim.network.model import APPEND, BY_STORE, FAILURE, INSTRUCTION, JUMP, LOAD, PUBLISH, RELOAD
from sim.network.store_rows import Append as AppendRow
from sim.network.store_rows import EventStream
from sim.scenario.stream_steps import Append, Load
from sim.scenario.streams import aggregates

if TYPE_CHECKING:
    from sim.network.compiler import Compiler


def lower_event_streams(compiler: Compiler) -> tuple[EventStream, ...]:
    """Return the rows of all streams of events, which have their numbers from here on; stores have theirs."""
    rows: list[EventStream] = []
    for store, settings in compiler.scenario.stores.items():
        for name, stream in settings.streams.items():
            compiler.event_stream_numbers[name] = len(rows)
            compiler.event_stream_stores[name] = store
            snapshot = stream.snapshot
            undone = 0
            if stream.publishes and store in compiler.failovers:
                undone = 1 + compiler.dual_writes.setdefault(stream.publishes, len(compiler.dual_writes))
            rows.append(
                EventStream(
                    name=name,
                    store=compiler.store_numbers[store],
                    aggregates=aggregates(compiler.scenario),
                    replay=stream.replay,
                    every=0 if snapshot is None else snapshot.every,
                    snapshot_load=0 if snapshot is None else snapshot.load,
                    snapshot_write=0 if snapshot is None else snapshot.write,
                    initial=stream.initial,
                    undone=undone,
                )
            )
    return tuple(rows)


@lower.register(Load)
def _load(step: Load, compiler: Compiler, operation: str) -> None:
    stream = step.load.stream
    store = compiler.event_stream_stores[stream]
    compiler.loaded_at[operation, stream] = begin_transaction(compiler, store, step.load.wait_max)
    compiler.emit(LOAD, compiler.event_stream_numbers[stream])


@lower.register(Append)
def _append(step: Append, compiler: Compiler, operation: str) -> None:
    settings = step.append
    stream, loaded_at = settings.stream, compiler.loaded_at.get((operation, settings.stream))
    retry, retry_at = compiler.retry(settings.on_conflict)
    begin_transaction(compiler, compiler.event_stream_stores[stream], settings.wait_max)
    at = compiler.emit(APPEND, len(compiler.appends))
    retried = settings.on_conflict is not None and loaded_at is not None
    row = AppendRow(
        stream=compiler.event_stream_numbers[stream],
        events=settings.events,
        checked=loaded_at is not None,
        retried=retried,
        retry=retry,
        retry_at=retry_at,
        retry_stream=compiler.draw_stream(operation, "conflict"),
        commit_stream=compiler.draw_stream(operation, "commit"),
        abort_stream=compiler.draw_stream(operation, "abort"),
    )
    compiler.appends.append(row)
    if loaded_at is not None and retried:
        jump = compiler.emit(JUMP)
        compiler.program[at + FAILURE] = compiler.emit(RELOAD, len(compiler.appends) - 1)
        compiler.emit(JUMP, loaded_at)
        compiler.program[jump + 1] = len(compiler.program)
    first = len(compiler.program)
    lower_all(step.then, compiler, operation)
    for at in range(first, len(compiler.program), INSTRUCTION):
        if compiler.program[at] == PUBLISH:
            compiler.program[at + 2] |= BY_STORE
