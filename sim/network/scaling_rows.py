"""Rows of a network about replicas that come and go; see `sim.semantics.scaling`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaler:
    """A service whose replicas come and go: ``replicas`` places from ``first`` on, of which ``begin`` have one at first.

    The rules of the autoscaler ``code`` have their settings at an address of the tables, and a state with a ``tail``; -1: it
    has none, and its replicas are only replaced. ``measure`` is what is measured, of the ``group`` for a lag, whose lag of a
    topic counts up to ``target`` (thousandths) for each of its ``partitions``, unless ``idle`` replicas may be; ``even``: as
    shared out evenly. A replica has so much ``capacity``, in thousandths of a worker. Times in ns.
    """

    name: str
    service: int
    first: int
    replicas: int
    begin: int
    code: int = -1
    settings: int = -1
    tail: int = 0
    every: int = 0
    start_up: int = 0
    drain: int = 0
    capacity: int = 0
    measure: int = -1
    group: int = -1
    partitions: int = 0
    target: int = 0
    idle: bool = True
    even: bool = False
