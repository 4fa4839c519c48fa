"""Small scenarios with one saga, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.record import fields as f
from tests.engine.story import Data, once, scene

if TYPE_CHECKING:
    from sim.record.record import Record
    from tests.engine.story import Story

ENDS = ("completed", "compensated", "parked")


def service(**operations: list[Any]) -> Data:
    """A service with plenty of workers."""
    return {"workers": 50, "operations": operations}


def trip(steps: list[Data], services: Data, **more: Any) -> Data:
    """At 1000 ms a client asks ``a.go`` for the saga ``trip`` of these steps."""
    saga = {key: more.pop(key) for key in ("answer", "undo_retry", "deadline", "state", "by") if key in more}
    client = more.pop("client", {})
    replicas = more.pop("replicas", 1)
    go = [{"saga": "trip", "steps": steps, **saga}]
    orders = {"workers": 50, "replicas": replicas, "operations": {"go": go}}
    return scene({"a": orders, **services}, {"f": once("a.go", "1000ms", hop="0s", **client)}, **more)


def ends(record: Record, saga: int = 0) -> dict[str, int]:
    """How many sagas ended how, without those that are none."""
    counts = record.tables["sagas"][:, saga].sum(axis=0)
    columns = (f.sagas.SAGA_COMPLETED, f.sagas.SAGA_COMPENSATED, f.sagas.SAGA_PARKED)
    return {name: int(counts[column]) for name, column in zip(ENDS, columns, strict=True) if counts[column]}


def counted(record: Record, column: int) -> int:
    """A counter of the saga."""
    return int(record.tables["sagas"][:, 0, column].sum())


def visited(story: Story) -> list[str]:
    """The operations that did their work, in that order, whatever came of it."""
    names = [one.name for one in story.record.network.operations]
    found = [(time, name) for name in names for time in story.times("ended", name)]
    return [name for _, name in sorted(found) if not name.startswith("a.")]


def effects(record: Record) -> dict[str, int]:
    """How often each effect was applied, for the first time or doubled; without those that were not."""
    counts = record.effects.sum(axis=0)
    found = {one.name.partition(": ")[2]: int(counts[row, [f.effects.EFFECT_APPLIED, f.effects.EFFECT_DOUBLED]].sum())
             for row, one in enumerate(record.network.effects)}
    return {name: count for name, count in found.items() if count}
