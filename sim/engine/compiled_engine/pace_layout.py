"""What does the work of replicas, and handlers that give their workers back, laid out in the kernel's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine.processors import JOBS_AT_FIRST
from sim.engine.compiled_engine.state import EventLoop, Job, Processor, Replica
from sim.network.pace_rows import SHARED
from sim.semantics.processors import ProcessorState
from sim.semantics.rules import PACE_ONE

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image

STATE = Processor.fields["state"].offset


def fill(image: Image) -> None:
    """A row for each replica of a service that has cores or contention, or whose handlers give their workers back."""
    network = image.network
    for number, processor in enumerate(network.processors):
        for replica in replicas_of(image, processor.service):
            row = image.rows(1, Processor.SIZE)[0]
            image.put(Replica, replica, processor=row)
            image.put(Processor, row, number=number, cores=processor.cores, declared=processor.cores, gated=processor.gated)
            image.put(Processor, row, together=processor.together, job_capacity=JOBS_AT_FIRST)
            image.put(Processor, row, jobs=image.room_for(JOBS_AT_FIRST * Job.SIZE))
            shared = processor.cores if processor.sharing == SHARED else 0
            image.put(ProcessorState, row + STATE, cores=shared, serial=processor.serial, crosstalk=processor.crosstalk)
            image.put(ProcessorState, row + STATE, pace=PACE_ONE, together=PACE_ONE)
    for number, loop in enumerate(network.event_loops):
        for replica in replicas_of(image, loop.service):
            row = image.rows(1, EventLoop.SIZE)[0]
            image.put(Replica, replica, loop=row)
            image.put(EventLoop, row, number=number, resumed=loop.resumed)


def replicas_of(image: Image, service: int) -> list[int]:
    """The rows of the replicas of a service."""
    spec = image.network.services[service]
    return image.replicas[spec.replica_first : spec.replica_first + spec.replicas]
