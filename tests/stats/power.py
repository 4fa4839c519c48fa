"""Do verdicts find what is there? ``python -m tests.stats.power --out reports/validation/power.md``.

    n pairs, differences normal, mean 3 standard errors  --> a claim, alone or in a family --> claimed how often?

Alone a claim is a t test, and is made as often as the noncentral t with n - 1 degrees of freedom says. In a family it is made
less often, but at least as often as by Bonferroni's rule, which compares every p value with 5 % over the number of claims.
"""

from __future__ import annotations

import argparse
import math
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.judgements.multiple_comparisons import ALPHA, judge_together
from sim.results.comparison import Row
from sim.stats.intervals import estimate, t_quantile
from sim.stats.paired import compare_pairs
from tests.stats import power_quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SEED = 1
TRIALS = 10_000
ERRORS = 3.0
"""How many standard errors the true difference is."""
SIZES = (3, 5, 10, 30)
"""Pairs."""
FAMILY = 6
"""Claims of a verdict on a scenario with faults."""
WITHIN = 0.03
"""By how much a share may be off what theory says of a single claim."""


@dataclass(frozen=True)
class Power:
    """How often the true claims of ``trials`` families were made.

    Attributes:
        n: pairs.
        claims, true: how many claims a family has, and of how many of them there is a difference.
        trials: how many families.
        made: how many true claims were made, of all families.
        bonferroni: how many would have been by Bonferroni's rule.
        wrong: how many claims were made of the wrong side, or of nothing.
    """

    n: int
    claims: int
    true: int
    trials: int
    made: int
    bonferroni: int
    wrong: int

    @property
    def share(self) -> float:
        """Of the true claims that were made."""
        return self.made / (self.trials * self.true)

    @property
    def theory(self) -> float:
        """Probability of a claim at 5 % over the number of claims: of a noncentral t beyond the quantile."""
        from scipy.special import nctdtr

        return float(1.0 - nctdtr(self.n - 1, ERRORS, t_quantile(self.n - 1, 1.0 - ALPHA / self.claims)))

    @property
    def holds(self) -> bool:
        """Whether a single claim is as powerful as a t test, and one in a family at least as powerful as Bonferroni's."""
        if self.claims == 1:
            return abs(self.share - self.theory) <= WITHIN
        return self.made >= self.bonferroni and self.share >= self.theory - WITHIN


def row_of(number: int, differences: Sequence[float]) -> Row:
    """A row of a comparison with these differences; less is better."""
    a = [100.0] * len(differences)
    b = [100.0 + one for one in differences]
    pair = compare_pairs(a, b)
    return Row(
        path=f"metric-{number}",
        subject="",
        metric="metric",
        label="metric",
        unit="1",
        direction="lower",
        a=estimate(a),
        b=estimate(b),
        paired=pair,
        better="",
        p=pair.p,
    )


def measured(n: int, claims: int, true: int, trials: int = TRIALS) -> Power:
    """Make families of claims about normal differences, of which ``true`` lie 3 standard errors above 0, and judge them."""
    chance = np.random.Generator(np.random.PCG64([SEED, n, claims, true]))
    made = bonferroni = wrong = 0
    for _ in range(trials):
        values: NDArray[np.float64] = chance.standard_normal((claims, n))
        values[:true] += ERRORS / math.sqrt(n)
        rows = [row_of(number, one.tolist()) for number, one in enumerate(values)]
        found = list(judge_together([(row, "is less", "a metric") for row in rows]).values())
        made += sum(one.better == "a" for one in found[:true])
        bonferroni += sum(one.row.p <= ALPHA / claims and one.row.leaning == "a" for one in found[:true])
        wrong += sum(one.better == "b" for one in found[:true]) + sum(bool(one.better) for one in found[true:])
    return Power(n, claims, true, trials, made, bonferroni, wrong)


def every(trials: int = TRIALS) -> list[Power]:
    """One claim alone; one, half and all of a family true."""
    alone = [measured(n, 1, 1, trials) for n in SIZES]
    return [*alone, *(measured(n, FAMILY, true, trials) for n in SIZES for true in (1, FAMILY // 2, FAMILY))]


def table(found: Sequence[Power], command: str) -> str:
    """The table, with what was measured and what had to be."""
    used = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    lines = [
        "# How often a verdict claims a difference that is there",
        "",
        f"`{command}`, seed {SEED}, Python {platform.python_version()}, {used}.",
        "",
        f"Differences of n pairs are normal, and the true one is {ERRORS:g} standard errors. Judged as the claims of a verdict",
        "are (`sim.judgements.multiple_comparisons`): Student's p, adjusted after Holm. To hold, a claim alone is made as",
        f"often as the noncentral t with n - 1 degrees of freedom says, within {100 * WITHIN:g} points, and in a family at",
        "least as often as by Bonferroni's rule on the same samples; theory is that of Bonferroni's rule there.",
        "",
        "| n | claims | true | families | true claims made | by Bonferroni's rule | theory | claims of nothing | holds |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {one.n} | {one.claims} | {one.true} | {one.trials} | {one.share:.1%} "
        f"| {one.bonferroni / (one.trials * one.true):.1%} | {one.theory:.1%} | {one.wrong / one.trials:.2%} "
        f"| {'yes' if one.holds else 'NO'} |"
        for one in found
    ]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write the table; 1 when a claim is made less often than it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.stats.power", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="write the Markdown table there; else to the terminal")
    parser.add_argument("--trials", type=int, default=TRIALS, help=f"families of each kind (default {TRIALS})")
    parser.add_argument("--comparisons", type=int, default=1000, help="comparisons of quantiles of each kind (default 1000)")
    options = parser.parse_args(arguments)
    found = every(options.trials)
    quantiles = [power_quantiles.measured(case, options.comparisons) for case in power_quantiles.CASES]
    text = table(found, f"python -m tests.stats.power --trials {options.trials} --comparisons {options.comparisons}")
    text += "\n".join(["", *power_quantiles.table(quantiles), ""])
    if options.out:
        options.out.write_text(text)
    else:
        sys.stdout.write(text)
    return int(not all(one.holds for one in (*found, *quantiles)))


if __name__ == "__main__":
    sys.exit(main())
