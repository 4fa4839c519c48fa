"""The recorder's verbs about replicas that come and go.

    started --> came --> left --> gone          given up: not wanted any more before it came
    synced --> raised, lowered, or as before    replaced: withdrawn, and there again
"""

from sim.record.fields.facts import FACT_BACK, FACT_CAME, FACT_GONE, FACT_LEAVING, FACT_SCALED, FACT_STARTING, FACT_WITHDRAWN
from sim.record.fields.scalers import (
    LEVEL_READY,
    LEVEL_RUNNING,
    LEVEL_THERE,
    LEVEL_WANTED,
    SCALER_CAME,
    SCALER_GIVEN_UP,
    SCALER_GONE,
    SCALER_LEFT,
    SCALER_LOWERED,
    SCALER_RAISED,
    SCALER_REPLACED,
    SCALER_STARTED,
    SCALER_SYNCS,
    SCALER_THERE_MAX,
    SCALER_WANTED_MAX,
    SCALERS,
)
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def replicas_stand(r: Words, now: int, scaler: int, wanted: int, there: int, running: int, ready: int) -> None:
    """So many replicas are wanted, there, running and ready from now on."""
    w = advance(r, now, SCALERS.at, scaler)
    level = r[SCALERS.level_at] + scaler * r[SCALERS.levels_at]
    r[level + LEVEL_WANTED] = wanted
    r[level + LEVEL_THERE] = there
    r[level + LEVEL_RUNNING] = running
    r[level + LEVEL_READY] = ready
    r[w + SCALER_WANTED_MAX] = max(r[w + SCALER_WANTED_MAX], wanted)
    r[w + SCALER_THERE_MAX] = max(r[w + SCALER_THERE_MAX], there)


@shared
def scaling_begins(r: Words, scaler: int, count: int) -> None:
    """The run begins with so many replicas."""
    r[r[SCALERS.window_at] + scaler * r[SCALERS.fields_at] + SCALER_STARTED] += count
    replicas_stand(r, 0, scaler, count, count, count, count)


@shared
def synced(r: Words, now: int, scaler: int, before: int, wanted: int) -> None:
    """An autoscaler has looked at its metric."""
    w = advance(r, now, SCALERS.at, scaler)
    r[w + SCALER_SYNCS] += 1
    if wanted > before:
        r[w + SCALER_RAISED] += 1
    if wanted < before:
        r[w + SCALER_LOWERED] += 1
    note(r, now, FACT_SCALED, scaler, wanted)


@shared
def replica_starts(r: Words, now: int, scaler: int, replica: int) -> None:
    """A replica starts up."""
    r[advance(r, now, SCALERS.at, scaler) + SCALER_STARTED] += 1
    note(r, now, FACT_STARTING, replica, 0)


@shared
def replica_came(r: Words, now: int, scaler: int, replica: int) -> None:
    """Its start-up is over."""
    r[advance(r, now, SCALERS.at, scaler) + SCALER_CAME] += 1
    note(r, now, FACT_CAME, replica, 0)


@shared
def replica_leaves(r: Words, now: int, scaler: int, replica: int) -> None:
    """A replica is to go: nothing new comes to it."""
    r[advance(r, now, SCALERS.at, scaler) + SCALER_LEFT] += 1
    note(r, now, FACT_LEAVING, replica, 0)


@shared
def replica_gone(r: Words, now: int, scaler: int, replica: int, unready: bool) -> None:  # noqa: FBT001
    """It is gone; ``unready``: before its start-up was over."""
    r[advance(r, now, SCALERS.at, scaler) + (SCALER_GIVEN_UP if unready else SCALER_GONE)] += 1
    note(r, now, FACT_GONE, replica, unready)


@shared
def replica_withdrawn(r: Words, now: int, scaler: int, replica: int) -> None:
    """A replica is to be replaced: nothing new comes to it."""
    advance(r, now, SCALERS.at, scaler)
    note(r, now, FACT_WITHDRAWN, replica, 0)


@shared
def replica_replaced(r: Words, now: int, scaler: int, replica: int) -> None:
    """Another one has its place."""
    r[advance(r, now, SCALERS.at, scaler) + SCALER_REPLACED] += 1
    note(r, now, FACT_BACK, replica, 0)
