"""The readable engine: every request, every handler and every delivery is a process that reads like what it models.

    load -> arrive -> client -> call -> send -> reach -> begin -> span -> steps -> finish -> reply -> returned -> settle
                                 ^ retry  `-> expire (timeout)              |                            calls.py, steps.py
                                 `------------------------------------      publish -> appear                     broker.py
                                                            log.py    append -> deliver -> consume -> handled -> commit
                                                            queue.py  arrive -> deliver -> consume -> handled -> acknowledge
    alter -> set_pace; crash -> kill -> abandon, silence; eject; restart                                          faults.py

It is the specification: functions that move one `Run`. The compiled engine has functions of the same names, in files of the
same names, in the same order, and does the same to the bit.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine import admission, balancing, budgets, caches, guards, health, leaks, scaling
from sim.engine.simpy_engine.books import close_books
from sim.engine.simpy_engine.broker import appear
from sim.engine.simpy_engine.broker_state import ConsumerGroup, QueueReaders
from sim.engine.simpy_engine.clock import Process
from sim.engine.simpy_engine.faults import alter
from sim.engine.simpy_engine.held_back import over
from sim.engine.simpy_engine.leaving import cancel, expire
from sim.engine.simpy_engine.log import form
from sim.engine.simpy_engine.queue import open_queue
from sim.engine.simpy_engine.relays import open_relays
from sim.engine.simpy_engine.run import Run
from sim.engine.simpy_engine.steps import steps
from sim.engine.simpy_engine.workload import enter, load
from sim.errors import RunawayError
from sim.network import place_names
from sim.record import recorder, tally
from sim.semantics.order import ALTER, WINDOW, crowded, rank_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.network import Network
    from sim.record.recording import Recording


SELDOM = (50_000, 20, 50)


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Let Python look for garbage cycles seldom: a run makes many short-lived objects and next to no cycles."""
    before = gc.get_threshold()
    if before == SELDOM:  # another thread's run has seen to it
        yield
        return
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def prepare(network: Network, recording: Recording, seed: int, replication: int) -> Run:
    """A run at time 0, in which all operations do their declared steps and the environment changes as declared."""
    verbs: Any = {"handler": steps, "alter": alter, "expire": expire, "cancel": cancel, "appear": appear, "over": over}
    return Run(network, recording, seed, replication, **verbs)


def to_horizon(run: Run) -> int:
    """Run to the horizon and close the books; returns the number of events fired."""
    network, clock = run.network, run.clock
    guards.begin(run)
    budgets.begin(run)
    admission.begin(run)
    balancing.begin(run)
    health.begin(run)
    caches.begin(run)
    leaks.begin(run)
    scaling.begin(run)
    for readers in run.groups:
        if isinstance(readers, QueueReaders):
            open_queue(run, readers)
        elif isinstance(readers, ConsumerGroup):
            form(run, readers)
    for index, fault in enumerate(network.faults_of(run.seed, run.replication)):
        clock.after(fault.at, rank_of(ALTER, index), run.alter, run, fault)
    open_relays(run)
    if network.window < network.horizon:
        clock.after(network.window, rank_of(WINDOW, 0), window, run)
    for flow, spec in enumerate(network.flows):
        if spec.closed is None:
            Process(clock, load(run, flow))
        else:
            clock.after(0, 0, enter, run, flow)
    clock.places = place_names(network)
    try:
        with seldom_collecting():
            fired = clock.run_to(network.horizon)
    except RunawayError as error:
        if error.place is None:
            raise
        raise RunawayError(error.time_ns, crowded(clock.places[error.place])) from None
    close_books(run)
    run.recording.write_back(run.r)
    return fired


def window(run: Run) -> None:
    """A window of the record ends."""
    now = run.clock.now
    recorder.window(run.r, now)
    if tally.journal_is_long(run.r):
        run.recording.take_journal(run.r)
    if now + run.network.window < run.network.horizon:
        run.clock.after(run.network.window, rank_of(WINDOW, 0), window, run)
