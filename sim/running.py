"""Run replications of networks on threads: what is run comes in, its records go out.

    networks --engine, on threads--> records, by (number of the network, number of the replication)

A replication depends on the seed and on its number alone: the records are the same for any number of threads. The
compiled engine lets go of Python's lock, so threads share one machine's cores; the SimPy engine runs one replication
at a time.
"""

from __future__ import annotations

import threading
from itertools import takewhile
from typing import TYPE_CHECKING

from sim.engine import EngineName, run_once
from sim.machine import refuse_more
from sim.worker_threads import run_on_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sim.engine.extensions import Extensions
    from sim.network import Network
    from sim.record.record import Record
    from sim.results.result import Result

GRACE = 0.2
"""Seconds that replications are given to end after Ctrl-C."""


class InterruptedRunError(KeyboardInterrupt):
    """Ctrl-C within a run: like any, and it has what was finished.

    Attributes:
        records: of the first replications, as many as were finished without a gap.
        result: the same as a `Result`; None when there are none.
        sides: of a comparison that was run until it was precise: what each side has, of those that have something.
    """

    def __init__(self, records: tuple[Record, ...] = ()) -> None:
        super().__init__()
        self.records = records
        self.result: Result | None = None
        self.sides: tuple[Result, ...] = ()


def run_records(
    network: Network,
    wanted: range,
    seed: int,
    engine: EngineName,
    threads: int,
    progress: Callable[[int, int], None] | None,
    extensions: Extensions | None,
    note: Callable[[int, Record], None],
) -> tuple[Record, ...]:
    """Run the replications wanted; when one fails, or on Ctrl-C, the others are left.

    Raises `InterruptedRunError` on Ctrl-C when replications are finished, with their records.
    """
    records: dict[tuple[int, int], Record] = {}

    def told() -> None:
        if progress is not None:
            progress(len(records), len(wanted))

    try:
        run_tasks([network], [(0, number) for number in wanted], seed, engine, threads, extensions, records, told, note)
    except KeyboardInterrupt:
        kept = takewhile(records.__contains__, ((0, number) for number in wanted))
        raise InterruptedRunError(tuple(records[task] for task in kept)) from None
    return tuple(records[0, number] for number in wanted)


def run_tasks(
    networks: Sequence[Network],
    tasks: Sequence[tuple[int, int]],
    seed: int,
    engine: EngineName,
    threads: int,
    extensions: Extensions | None = None,
    records: dict[tuple[int, int], Record] | None = None,
    told: Callable[[], None] | None = None,
    note: Callable[[int, Record], None] | None = None,
) -> dict[tuple[int, int], Record]:
    """Run replications, each a (number of its network, its own number); returns their records, which also fill ``records``.

    ``told`` is called after each one; ``note``, with its number and its record, in the thread that ran it.
    """
    found = {} if records is None else records
    left = threading.Event()

    def watch(_events: int) -> None:
        if left.is_set():
            raise InterruptedRunError
        refuse_more(0, "a replication")

    def work(taken: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], Record]]:
        for side, number in taken:
            network = networks[side]
            record = run_once(network, seed=seed, replication=number, engine=engine, extensions=extensions, watch=watch)
            if note is not None:
                note(number, record)
            yield (side, number), record

    def done(task: tuple[int, int], record: Record) -> None:
        found[task] = record
        if told is not None:
            told()

    run_on_threads(tasks, work, done, threads=threads, leave=left.set, grace=GRACE)
    return found
