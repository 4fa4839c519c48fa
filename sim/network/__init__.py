"""From names and nesting to numbers in rows: ``compile(scenario) -> Network``. The only package that knows both sides.

    model.py       the rows of a network, the codes of its programs and of its fault schedule
    compiler.py    streams, tables and numbers, and the order in which everything is numbered
    lower/         one file per family of mechanics: services, steps, calls, flows, brokers, faults

Streams are named by what is drawn, never by who asks, so that adding a service, a retry or a fault shifts no other draw,
and an operation meets the same service times for the same trace in both architectures.
"""

from sim.network.compiler import compile  # noqa: A004 - the verb of the pipeline
from sim.network.model import (
    CALL,
    CHOOSE,
    CRASH,
    EFFECT,
    EJECT,
    END,
    FAIL,
    FAILURE,
    INSTRUCTION,
    JUMP,
    OF_FAMILIES,
    PACE,
    PARALLEL,
    PUBLISH,
    RESTART,
    WORK,
    Channel,
    Edge,
    Flow,
    Group,
    Guard,
    LogGroup,
    Network,
    Operation,
    Queue,
    QueueGroup,
    ScheduledFault,
    Service,
    Site,
    Topic,
    place_names,
)

__all__ = [
    "CALL",
    "CHOOSE",
    "CRASH",
    "EFFECT",
    "EJECT",
    "END",
    "FAIL",
    "FAILURE",
    "INSTRUCTION",
    "JUMP",
    "OF_FAMILIES",
    "PACE",
    "PARALLEL",
    "PUBLISH",
    "RESTART",
    "WORK",
    "Channel",
    "Edge",
    "Flow",
    "Group",
    "Guard",
    "LogGroup",
    "Network",
    "Operation",
    "Queue",
    "QueueGroup",
    "ScheduledFault",
    "Service",
    "Site",
    "Topic",
    "compile",
    "place_names",
]
