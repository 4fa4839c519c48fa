"""What a matrix cannot tell, and what would: how many replications the differences need that are clear by themselves only.

    99 differences, all judged together (Holm)      goal of each: 5 % / 99
    p of one of 3 replications    0.011             as clear in 8 replications: 0.0004      -->  --runs 8
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.stats.intervals import LEVEL, N_MIN
from sim.stats.multiple import enough

if TYPE_CHECKING:
    from sim.results.cells import Contrast
    from sim.results.matrix import Matrix

ALPHA = 1.0 - LEVEL


def doubt_of(matrix: Matrix) -> str:
    """Return how many differences too few replications leave unproven, and how many would do; '' where none is."""
    n, family = matrix.replications, [one for one in matrix.contrasts if one.compared and one.leaning]
    if not family:
        return ""
    goal = ALPHA / len(family)
    if n < N_MIN:
        least = enough(1.0, n, goal)
        said = f"Nothing can be told of {len(family)} differences: fewer than {N_MIN} replications prove nothing"
        return f"{said}, and of so many together the clearest one needs {least}; write --runs {least}, or more."
    clear = [one for one in family if one.p <= ALPHA and not one.better]
    if not clear:
        return ""
    runs = sorted(filter(None, (enough(one.p, n, goal, spread=_spread(one)) for one in clear)))
    said = f"{len(clear)} of {len(family)} differences are clear by themselves, and cannot be told together with all others"
    told = f"{said} (Holm) from {n} replications"
    if not runs:
        return f"{told}; more replications tell (--runs)."
    number = f"all of them with --runs {runs[-1]}" if len(runs) == len(clear) else f"{len(runs)} of them with --runs {runs[-1]}"
    return f"{told}: as clear as they are, the first is with --runs {runs[0]}, and {number}."


def _spread(one: Contrast) -> bool:
    """Whether the differences of its pairs differ from each other."""
    return not one.difference.estimable or one.difference.low < one.difference.high
