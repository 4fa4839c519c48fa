"""A claim that is true is made as often as it can be: see ``python -m tests.stats.power``."""

from pathlib import Path

import pytest

from tests.stats import power, power_quantiles

FEW = 600


@pytest.mark.parametrize(("n", "expected"), [(3, 0.3874), (10, 0.7611)])
def test_theory_is_the_noncentral_t(n: int, expected: float) -> None:
    """Of two sizes, as a table of the noncentral t with 2 and 9 degrees has them, at 3 and beyond 4.303 and 2.262."""
    assert power.Power(n, 1, 1, 1, 0, 0, 0).theory == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("n", [3, 10])
def test_a_claim_alone_is_a_t_test(n: int) -> None:
    """Six hundred differences of three standard errors: claimed as often as theory says, within three of its errors."""
    found = power.measured(n, 1, 1, FEW)
    assert abs(found.share - found.theory) < 3.0 * (0.25 / FEW) ** 0.5
    assert found.wrong <= FEW // 100


def test_a_family_is_no_less_powerful_than_bonferroni_s_rule() -> None:
    """With all of six claims true Holm's rule makes more of them, on the same samples, and never fewer."""
    one, every = power.measured(10, 6, 1, FEW), power.measured(10, 6, 6, FEW)
    assert one.made >= one.bonferroni
    assert every.made > every.bonferroni
    assert every.share > every.theory
    assert one.wrong <= 2 * 0.05 * FEW


def test_the_command_writes_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a file or to the terminal, and its exit code says whether claims are made too seldom."""
    found = iter([[power.Power(10, 1, 1, 1000, 761, 761, 1)], [power.Power(10, 1, 1, 1000, 660, 660, 1)]])
    monkeypatch.setattr(power, "every", lambda _trials: next(found))
    monkeypatch.setattr(power_quantiles, "measured", lambda case, _: power_quantiles.Found(case, 1000, 500, 550))
    assert power.main(["--out", str(tmp_path / "table.md")]) == 0
    text = (tmp_path / "table.md").read_text()
    assert "| 10 | 1 | 1 | 1000 | 76.1% |" in text
    assert "| lognormal work, no queue | p99 | 12% longer | 1000 | 50.0% | 55.0% | yes |" in text
    assert power.main([]) == 1
    assert "| NO |" in capsys.readouterr().out


@pytest.mark.calibration
def test_every_claim_has_its_power() -> None:
    """Alone within three points of theory, in a family at least Bonferroni's, for all numbers of pairs."""
    assert all(found.holds for found in power.every(4000))


@pytest.mark.thorough
def test_a_quantile_of_all_answers_is_found_as_often_as_by_a_paired_t_test() -> None:
    """Two hundred comparisons with a slower desk: about as often by the one as by the other, and neither always nor never."""
    found = power_quantiles.measured(power_quantiles.CASES[1], 200)
    assert 0.4 * 200 < found.paired < 0.9 * 200
    assert abs(found.pooled - found.paired) <= 0.06 * 200


@pytest.mark.calibration
@pytest.mark.parametrize("case", power_quantiles.CASES, ids=lambda one: f"{one.setting.name}, {one.detail}")
def test_quantiles_have_the_power_of_a_paired_t_test(case: power_quantiles.Case) -> None:
    """Within a few points over a thousand comparisons."""
    assert power_quantiles.measured(case, 1000).holds
