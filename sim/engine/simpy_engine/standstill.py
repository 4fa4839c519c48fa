"""Replicas whose world stops, that have fewer cores, or lose workers: halt, set cores, leak, workers back, take up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import processors
from sim.engine.simpy_engine.attempts import hand_on
from sim.record import fields, recorder
from sim.record.leaks import leaked, restarted
from sim.semantics.leaks import change

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica


def halt(run: Run, replica: Replica, until: int) -> None:
    """A replica stops until then, and takes up nothing that comes; or goes on: 0."""
    recorder.note(run.r, run.clock.now, fields.facts.FACT_HALTED, replica.number, until)
    replica.halted_until = until
    replica.opens = replica.up and until == 0


def set_cores(run: Run, replica: Replica, lost: int) -> None:
    """So many cores of a replica are lost."""
    recorder.note(run.r, run.clock.now, fields.facts.FACT_CORES_LOST, replica.number, lost)
    processors.set_cores(run, replica.processor, lost)


def leak(run: Run, replica: Replica, total: int) -> None:
    """So many workers of a replica are to be taken by nobody: one more is lost, or some are given back."""
    more = change(total, replica.leak, replica.leaked, replica.spec.workers, replica.up)
    replica.leak = total
    recorder.note(run.r, run.clock.now, fields.facts.FACT_LEAKED, replica.number, total)
    replica.leaked += more
    replica.busy += more
    leaked(run.r, run.clock.now, run.leaks.workers[replica.service], more)
    if more < 0:
        take_up(run, replica)


def workers_back(run: Run, replica: Replica) -> None:
    """A replica went down: the workers that it lost are there again."""
    if replica.leaked:
        restarted(run.r, run.clock.now, run.leaks.workers[replica.service], replica.leaked)
        replica.leaked = 0


def take_up(run: Run, replica: Replica) -> None:
    """There may be free workers at a replica where somebody waits for one: they have them."""
    while replica.busy < replica.spec.workers and (any(replica.lines) or (replica.loop is not None and replica.loop.resuming)):
        hand_on(run, replica)
