"""How often the interval of a pooled quantile is right where answers take two or three values, and the quantile is near a jump.

    share of answers at or below 2 ms:  0.985   0.989   0.9895    0.99    0.9905   0.991   0.995
    the 99 % quantile:                 102 ms  102 ms  102 ms     both    2 ms     2 ms    2 ms

To be right is to hold the true quantile; at a share of exactly 0.99 both 2 ms and 102 ms are quantiles, and both must be held.
Away from the jump an interval is right far more often than 95 %, as only one of its sides can be wrong. A row is about the
share at which it is right least often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.stats.pooled import Pooled, pooled_quantile
from sim.stats.sample import Sample
from tests.stats.coverage.queues import chance
from tests.stats.coverage.trials import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tests.stats.coverage.queues import Floats

Q = 0.99
SHARES = (0.985, 0.989, 0.9895, 0.99, 0.9905, 0.991, 0.995)
VALUES = (2_000_000, 102_000_000, 202_000_000)
"""In ns; the first, and with a retry or two."""
SECOND_TRY = 0.8
"""Of those that take longer than the first value, how many take the second of three."""
CLUSTERED = 2.0
"""Shape of the gamma distribution by which the share of longer answers differs from run to run: by 71 % of its mean."""
LEAST = 0.935
JUDGED = 1000
"""With fewer trials the worst of several shares is below the least by chance."""
SECOND = 1e9
KINDS = ("alike", "varying", "clustered")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Runs near a jump.

    Attributes:
        n: how many runs there are.
        size: answers of a run, on average.
        kind: ``alike``: as many in each run; ``varying``: from half to one and a half times as many; ``clustered``: as many,
            but each run has a share of longer answers of its own.
        points: how many values there are.
    """

    n: int
    size: int
    kind: str = "alike"
    points: int = 2

    def __str__(self) -> str:
        """Return it as the table has it."""
        return f"{self.points} values, {self.n} runs of {self.size} answers, {self.kind}"


SETTINGS = (
    *(Setting(n=n, size=size, kind=kind) for n in (10, 30, 100) for size in (500, 2000) for kind in KINDS),
    *(Setting(n=n, size=500, points=3) for n in (10, 30)),
)


def samples(setting: Setting, share: float, generator: np.random.Generator) -> list[Sample]:
    """The runs of one trial."""
    n, size = setting.n, setting.size
    totals = np.full(n, size)
    longer = np.full(n, 1.0 - share)
    if setting.kind == "varying":
        totals = generator.integers(size // 2, size + size // 2, n, endpoint=True)
    if setting.kind == "clustered":
        longer *= generator.standard_gamma(CLUSTERED, n) / CLUSTERED
    beyond = generator.binomial(totals, np.minimum(longer, 1.0))
    more = generator.binomial(beyond, 1.0 - SECOND_TRY) if setting.points == len(VALUES) else np.zeros(n, dtype=np.int64)
    rows = np.stack([totals - beyond, beyond - more, more], axis=1)
    return [sample_of(row) for row in rows]


def sample_of(counts: NDArray[np.int64], values: Sequence[int] = VALUES) -> Sample:
    """A run with so many answers of each value."""
    held = np.flatnonzero(counts)
    cells, reached = np.array(values)[held], counts[held].cumsum()
    total = int(reached[-1]) if len(held) else 0
    ends = (int(cells[0]), int(cells[-1])) if total else (-1, -1)
    return Sample(cells, cells, reached, reached, total, *ends)


def truths(share: float) -> list[float]:
    """The quantiles in seconds, of which there are two when the share is the quantile's level."""
    return [VALUES[place] / SECOND for place, is_one in enumerate((share >= Q, share <= Q)) if is_one]


def right(found: Pooled, share: float) -> bool:
    """Whether the interval holds the true quantile, or both."""
    return all(found.low <= truth <= found.high for truth in truths(share))


def hits(setting: Setting, share: float, macros: int) -> int:
    """How many of so many trials are right."""
    key = setting.n, setting.size, KINDS.index(setting.kind), setting.points
    generator = chance(13, *key, round(10_000 * share))
    return sum(right(pooled_quantile(samples(setting, share, generator), Q), share) for _ in range(macros))


def row(setting: Setting, macros: int) -> Row:
    """Coverage at the share where it is least."""
    counts: Floats = np.array([hits(setting, share, macros) for share in SHARES])
    worst = int(counts.argmin())
    what = f"{setting}; share at the jump {SHARES[worst]:g}, the worst of {len(SHARES)}"
    return Row(
        "interval of the p99 near a jump", what, ">= 93.5 %", int(counts[worst]), macros, LEAST, 1.0, judged=macros >= JUDGED
    )
