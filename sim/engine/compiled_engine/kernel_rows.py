"""Rows of the kernel itself, whatever it runs: those of its agenda and its calendar, and the pools that others come from."""

from __future__ import annotations

from sim.rows import Row


class Event(Row):
    """An event in the heap; what it concerns is the address of a row, by its kind."""

    time: int
    rank: int
    argument: int


class Agenda(Row):
    """Something that follows without delay."""

    action: int
    a: int
    b: int


class Node(Row):
    """An event of a constant delay, in its fixed-delay queue; without a time it is in none."""

    time: int
    rank: int
    next: Node
    previous: Node
    of: int  # the row that it concerns


class DelayQueue(Row):
    """A fixed-delay queue: events of one constant delay, sorted by construction; also the first one's time and rank."""

    head: Node
    tail: Node
    time: int
    rank: int
    place: int  # in World.order


class Chunk(Row):
    """Rows of a pool that were made together; they follow it."""

    before: Chunk
    count: int


class Pool(Row):
    """Rows of one kind that are taken as they are needed."""

    free: int  # the address of the first free one, which leads to the next; 0: none
    size: int  # words of a row
    chunk: Chunk  # the newest
