"""The recorder's verbs about what is taken by nobody: places that leak, handlers that hang.

    free or taken --lost--> leaked --the fault ends--> back         begun --the fault ends--> over
                               '---- a restart ------> restarted      '---- a crash --------> killed
"""

from sim.record.fields.hangs import HANG_BEGUN, HANG_MAX, HANGS, LEVEL_HUNG
from sim.record.fields.leaks import LEAK_BACK, LEAK_LOST, LEAK_MAX, LEAK_RESTARTED, LEAKS, LEVEL_LEAKED
from sim.record.recorder import advance
from sim.shared import Words, shared


@shared
def leaked(r: Words, now: int, row: int, more: int) -> None:
    """So many places more are lost; or given back, below 0."""
    w = advance(r, now, LEAKS.at, row)
    level = r[LEAKS.level_at] + row * r[LEAKS.levels_at] + LEVEL_LEAKED
    r[level] += more
    if more > 0:
        r[w + LEAK_LOST] += more
        r[w + LEAK_MAX] = max(r[w + LEAK_MAX], r[level])
    else:
        r[w + LEAK_BACK] -= more


@shared
def restarted(r: Words, now: int, row: int, count: int) -> None:
    """So many lost places are there again, as what they are of went down."""
    w = advance(r, now, LEAKS.at, row)
    r[r[LEAKS.level_at] + row * r[LEAKS.levels_at] + LEVEL_LEAKED] -= count
    r[w + LEAK_RESTARTED] += count


@shared
def hung(r: Words, now: int, row: int) -> None:
    """A handler hangs from now on."""
    w = advance(r, now, HANGS.at, row)
    level = r[HANGS.level_at] + row * r[HANGS.levels_at] + LEVEL_HUNG
    r[level] += 1
    r[w + HANG_BEGUN] += 1
    r[w + HANG_MAX] = max(r[w + HANG_MAX], r[level])


@shared
def hangs_no_more(r: Words, now: int, row: int, how: int) -> None:
    """A handler hangs no more: ``how`` is the counter."""
    w = advance(r, now, HANGS.at, row)
    r[r[HANGS.level_at] + row * r[HANGS.levels_at] + LEVEL_HUNG] -= 1
    r[w + how] += 1
