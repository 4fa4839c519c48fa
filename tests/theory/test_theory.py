"""The simulator against queueing theory: short runs by default, the whole suite by ``-m theory``.

Both judge by the same rule as the report: right to four standard errors, and sharp enough to have noticed otherwise.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.shares import share
from tests.theory.case import Case, theory, verdicts
from tests.theory.judge import Bar, Verdict, mean_and_se
from tests.theory.suite import suite
from tests.theory.uncovered import UNCOVERED

CASES = suite()
FAST = [case for case in CASES if case.fast is not None]


def _judge(case: Case, effort: float) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = verdicts(case, effort=effort, pool=pool)
    measured = {verdict.figure.partition(" (")[0] for verdict in found}
    assert measured | set(case.left) == set(case.known.expected), "an expected figure is dropped without a reason"
    assert not measured & set(case.left)
    failed = [str(verdict) for verdict in found if not verdict.passed]
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("case", share(FAST, 3, ids=[case.known.id for case in FAST]))
def test_a_short_run_shows_what_theory_says(case: Case) -> None:
    """One case of each mechanism, short, but with standard errors below the cap; every third by default."""
    assert case.fast is not None
    _judge(case, case.fast)


@pytest.mark.theory
@pytest.mark.parametrize("case", CASES, ids=[case.known.id for case in CASES])
def test_theory(case: Case) -> None:
    """Every case at full length."""
    _judge(case, 1.0)


def test_every_case_is_covered_or_says_what_is_missing() -> None:
    """No case of theory.json is forgotten, and none is both covered and missing."""
    covered = {case.known.id for case in CASES}
    assert covered & set(theory()) | set(UNCOVERED) == set(theory())
    assert not covered & set(UNCOVERED)
    assert len(covered) == len(CASES)


def _verdict(exact: float, values: list[float], bar: Bar) -> Verdict:
    mean, se = mean_and_se(values)
    return Verdict("case", "figure", exact, mean, se, len(values), bar)


def test_noise_alone_does_not_pass() -> None:
    """A figure whose standard error is too large fails even when its mean is right."""
    noisy = _verdict(10.0, [1.0, 19.0] * 8, Bar())
    assert noisy.is_right
    assert not noisy.is_sharp
    assert noisy.word == "FAIL: noisy"


def test_a_sharp_and_wrong_figure_does_not_pass() -> None:
    """A figure that is off by more than four standard errors fails, however small the difference."""
    wrong = _verdict(10.0, [10.09, 10.11] * 8, Bar())
    assert wrong.is_sharp
    assert wrong.word == "FAIL: off"


def test_too_few_replications_do_not_pass() -> None:
    """Nine replications are not enough, however well they agree."""
    assert not _verdict(1.0, [1.0] * 9, Bar()).passed
    assert _verdict(1.0, [1.0] * 10, Bar()).passed


def test_a_reference_with_noise_of_its_own_widens_the_bound() -> None:
    """Against a simulated reference the difference is judged by both standard errors."""
    values = [10.09, 10.11] * 8
    assert not _verdict(10.0, values, Bar()).is_right
    assert _verdict(10.0, values, Bar(reference_se=0.03)).is_right
