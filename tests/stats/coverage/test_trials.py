"""Each statistic is right as often as it says, over a thousand repetitions; see ``python -m tests.stats.coverage``."""

from pathlib import Path

import numpy as np
import pytest

from tests.stats.coverage import __main__ as command
from tests.stats.coverage import trials
from tests.stats.coverage.queues import chance, wait_exact, waits
from tests.stats.coverage.trials import Row

MACROS = 1000


@pytest.mark.parametrize(("load", "servers"), [(0.5, 1), (0.8, 1), (0.8, 2)])
def test_the_recursion_gives_the_exact_waits(load: float, servers: int) -> None:
    """The trials' own queues agree with the closed forms: else they would judge nothing."""
    means = waits(chance(0, servers), 1000, 2000, load=load, servers=servers, cut=0.25)
    assert np.mean(means) == pytest.approx(wait_exact(load, servers), rel=0.03)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(lambda: trials.queue_means(MACROS, load=0.5, n=10, customers=1000), id="M/M/1, load 0.5"),
        pytest.param(lambda: trials.queue_means(MACROS, load=0.8, customers=2000), id="M/M/1, load 0.8"),
        pytest.param(lambda: trials.queue_means(MACROS, load=0.8, servers=2, customers=2000), id="M/M/2, load 0.8"),
        pytest.param(lambda: trials.skewed_means(MACROS), id="skewed"),
        pytest.param(lambda: trials.sequential(MACROS), id="sequential"),
        pytest.param(lambda: trials.family(MACROS, designs=5), id="family"),
        pytest.param(lambda: trials.selection(MACROS, alike=0.5)[0], id="selection"),
        pytest.param(lambda: trials.equivalence(MACROS), id="equivalence"),
        pytest.param(lambda: trials.recovered(MACROS), id="recovered"),
        pytest.param(lambda: trials.median_recovered(MACROS), id="median recovered"),
        pytest.param(lambda: trials.ranks(MACROS), id="ranks"),
    ],
)
def test_it_is_right_as_often_as_it_says(row: object) -> None:
    """The measured share is in its band."""
    found: Row = row()  # type: ignore[operator]
    assert found.trials == MACROS
    assert found.holds, f"{found.what}, {found.setting}: {found.measured:.2%}"


def test_common_random_numbers_halve_the_runs_of_a_selection() -> None:
    """About 400 runs without them and 210 at a correlation of 0.5, as measured for the recipe."""
    apart, alike = (trials.selection(60, alike=alike)[1] for alike in (0.0, 0.5))
    assert 340 < apart < 460
    assert 180 < alike < 240


def test_the_skewed_p_value_is_too_bold_for_a_large_family() -> None:
    """Why Student's is the default there: with skewed values and n = 20 the adjusted one gives more false proofs."""
    bold, careful = (trials.family(60, designs=30, skewed=True, statistic=one) for one in ("skew", "student"))
    assert careful.measured < bold.measured


def test_a_cut_from_the_mean_over_runs_takes_the_start_away() -> None:
    """From a queue of 200 on, the mean is far off without a cut, and within 5 % of the exact 4 with it."""
    whole, rest = trials.warm_up_bias(5)
    assert whole > 8.0
    assert rest == pytest.approx(4.0, rel=0.05)


def test_the_command_writes_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a file or to the terminal, and its exit code says whether all is in its band."""
    good, bad = Row("a", "b", "95 %", 950, 1000, 0.93, 0.97), Row("c", "d", "95 %", 900, 1000, 0.93, 0.97)
    monkeypatch.setattr(command, "rows", lambda size: iter([good] if size < 1 else [good, bad]))
    assert command.main(["--out", str(tmp_path / "table.md"), "--size", "0.1"]) == 0
    assert "| a | b | 95 % | 95.00% | 0.69% | 1000 | 93.0% to 97.0% | yes |" in (tmp_path / "table.md").read_text()
    assert command.main([]) == 1
    assert "| 90.00% | 0.95% | 1000 | 93.0% to 97.0% | NO |" in capsys.readouterr().out


def test_all_trials_run() -> None:
    """At the smallest size, each with at least a few repetitions."""
    assert all(row.trials == command.REPETITIONS_MIN for row in command.rows(0.0))
