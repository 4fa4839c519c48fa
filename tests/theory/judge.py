"""Is a mean of replications what theory says? A test that a noisy simulator cannot pass.

    pass  =  |mean - exact| <= 4 SE        the figure is right
       and   SE / exact <= cap             and we would have noticed if it were not

SE is the standard error of the mean over at least ten independent replications (of sqrt(SE² + SE_ref²) where the
expected figure is itself simulated). Without the cap, noise passes everything.

Caps: 1 % for means and probabilities up to 80 % load, 2 % from 90 % load on, 3 % for percentiles, standard deviations,
probabilities of tails. Slack, beside the 4 SE: 1 % for percentiles, whose histogram buckets are that wide, and for fluid
limits, which leave out a message or two. Floor: probabilities (and the like, named in the case) are judged to
an absolute 1e-5, or to what the case says, where an exact value is so small that a share of it means nothing.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

CAP_MEAN = 0.01
CAP_HEAVY = 0.02
CAP_TAIL = 0.03
SLACK_BUCKET = 0.004
SLACK_FLUID = 0.01
FLOOR = 1e-5
SIGMAS = 4.0
REPLICATIONS_MIN = 10
_TAIL = re.compile(r"_p\d+$|^p\d+$|^sd$|^sd_")


@dataclass(frozen=True)
class Bar:
    """How one figure is judged. All but ``reference_se`` and ``floor`` are relative to the exact value.

    cap:          largest standard error.
    slack:        deviation that is allowed beside four standard errors.
    floor:        absolute: smaller deviations and standard errors never count.
    reference_se: absolute standard error of the expected figure, when it was simulated.
    """

    cap: float = CAP_MEAN
    slack: float = 0.0
    floor: float = FLOOR
    reference_se: float = 0.0


TAIL = Bar(cap=CAP_TAIL, slack=SLACK_BUCKET)
HEAVY = Bar(cap=CAP_HEAVY)
FLUID = Bar(slack=SLACK_FLUID)


def usual_bar(figure: str, *, heavy: bool) -> Bar:
    """The bar of a figure by its name: percentiles and standard deviations are tails."""
    if _TAIL.search(figure):
        return TAIL
    return HEAVY if heavy else Bar()


@dataclass(frozen=True)
class Verdict:
    """One figure of one case: what was expected, what was measured, and whether that will do."""

    case: str
    figure: str
    exact: float
    mean: float
    se: float
    n: int
    bar: Bar

    @property
    def spread(self) -> float:
        """Standard error of the difference."""
        return math.hypot(self.se, self.bar.reference_se)

    @property
    def z(self) -> float:
        """Difference in standard errors; 0 for equal figures, infinite for a difference without noise."""
        difference = self.mean - self.exact
        if abs(difference) <= 1e-9 * max(1.0, abs(self.exact)):
            return 0.0
        return difference / self.spread if self.spread > 0.0 else math.copysign(math.inf, difference)

    @property
    def relative_se(self) -> float:
        """Standard error over the exact value."""
        return self.se / abs(self.exact) if self.exact else (0.0 if self.se == 0.0 else math.inf)

    @property
    def is_right(self) -> bool:
        """Whether the figure is near enough."""
        bound = max(SIGMAS * self.spread, self.bar.slack * abs(self.exact), self.bar.floor)
        return abs(self.mean - self.exact) <= bound

    @property
    def is_sharp(self) -> bool:
        """Whether a wrong figure would have been noticed."""
        return self.n >= REPLICATIONS_MIN and self.se <= max(self.bar.cap * abs(self.exact), self.bar.floor)

    @property
    def passed(self) -> bool:
        """Right and sharp."""
        return self.is_right and self.is_sharp

    @property
    def word(self) -> str:
        """The verdict in a word; a figure that needs its slack or its floor to pass says so."""
        if self.passed:
            by_noise = abs(self.mean - self.exact) <= SIGMAS * self.spread or self.z == 0.0
            by_cap = self.se <= self.bar.cap * abs(self.exact)
            return "pass" if by_noise and by_cap else "pass by slack" if by_cap else "pass by floor"
        return "FAIL: off" if not self.is_right else "FAIL: noisy"

    def __str__(self) -> str:
        """The figure in one line."""
        return (
            f"{self.case} {self.figure}: exact {self.exact:.6g}, ours {self.mean:.6g} +- {self.se:.2g} "
            f"(z {self.z:+.2f}, SE {self.relative_se:.2%} of exact, cap {self.bar.cap:.0%}, n {self.n}): {self.word}"
        )


def mean_and_se(values: list[float]) -> tuple[float, float]:
    """Mean of independent replications and its standard error."""
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))
