"""The recorder's verbs about work that shares cores, or slows itself down.

    asked --> waiting --> begun --> done, or killed: it went down, or was given up
                 '-- left: the same while it waited
"""

from sim.record.fields.facts import FACT_CORE_LEFT, FACT_CORE_TAKEN, FACT_CORE_WAITING
from sim.record.fields.processors import (
    AT_WORK_MAX,
    CORE_ASKED,
    CORE_BEGUN,
    CORE_DONE,
    CORE_KILLED,
    CORE_LEFT,
    CORE_WAITED,
    CORE_WAITING_MAX,
    CORE_WORKED,
    LEVEL_AT_WORK,
    LEVEL_CORE_OPEN_WAITED,
    LEVEL_CORE_OPEN_WORKED,
    LEVEL_CORE_WAITING,
    LEVEL_CORES_IN_USE,
    PROCESSORS,
)
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of(r: Words, processor: int) -> int:
    """The address of a processor's levels."""
    return r[PROCESSORS.level_at] + processor * r[PROCESSORS.levels_at]


@shared
def core_waiting(r: Words, now: int, processor: int, ident: int) -> None:
    """Work finds no core, and waits for one."""
    w = advance(r, now, PROCESSORS.at, processor)
    level = levels_of(r, processor)
    r[w + CORE_ASKED] += 1
    r[level + LEVEL_CORE_WAITING] += 1
    r[w + CORE_WAITING_MAX] = max(r[w + CORE_WAITING_MAX], r[level + LEVEL_CORE_WAITING])
    note(r, now, FACT_CORE_WAITING, ident, r[level + LEVEL_CORE_WAITING])


@shared
def core_taken(r: Words, now: int, processor: int, ident: int, waited: int, cores: int) -> None:
    """Work begins, after so many ns of waiting, or -1: at once; so many cores more are in use."""
    w = advance(r, now, PROCESSORS.at, processor)
    level = levels_of(r, processor)
    if waited < 0:
        r[w + CORE_ASKED] += 1
    else:
        r[w + CORE_WAITED] += waited
        r[level + LEVEL_CORE_WAITING] -= 1
    r[w + CORE_BEGUN] += 1
    r[level + LEVEL_AT_WORK] += 1
    r[level + LEVEL_CORES_IN_USE] += cores
    r[w + AT_WORK_MAX] = max(r[w + AT_WORK_MAX], r[level + LEVEL_AT_WORK])
    note(r, now, FACT_CORE_TAKEN, ident, waited)


@shared
def core_not_taken(r: Words, now: int, processor: int, ident: int, waited: int) -> None:
    """Work waits for a core no more, after so many ns: who does it goes down, or gives up."""
    w = advance(r, now, PROCESSORS.at, processor)
    r[w + CORE_LEFT] += 1
    r[w + CORE_WAITED] += waited
    r[levels_of(r, processor) + LEVEL_CORE_WAITING] -= 1
    note(r, now, FACT_CORE_LEFT, ident, waited)


@shared
def core_free(r: Words, now: int, processor: int, ident: int, worked: int, cores: int, done: bool) -> None:  # noqa: FBT001
    """Work is over after so many ns, done or not; so many cores less are in use."""
    w = advance(r, now, PROCESSORS.at, processor)
    level = levels_of(r, processor)
    r[w + (CORE_DONE if done else CORE_KILLED)] += 1
    r[w + CORE_WORKED] += worked
    r[level + LEVEL_AT_WORK] -= 1
    r[level + LEVEL_CORES_IN_USE] -= cores
    note(r, now, FACT_CORE_LEFT, ident, worked)


@shared
def cores_changed(r: Words, now: int, processor: int, by: int) -> None:
    """Cores are lost, or back: so many more of them are in use."""
    advance(r, now, PROCESSORS.at, processor)
    r[levels_of(r, processor) + LEVEL_CORES_IN_USE] += by


@shared
def still_at_core(r: Words, processor: int, waiting: bool, elapsed: int) -> None:  # noqa: FBT001
    """Work waits for a core when the books are closed, or goes on, and has for so many ns."""
    r[levels_of(r, processor) + (LEVEL_CORE_OPEN_WAITED if waiting else LEVEL_CORE_OPEN_WORKED)] += elapsed
