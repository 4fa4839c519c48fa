"""Of equals at most one sweep in twenty proves a difference, or one verdict claims one: see ``python -m tests.stats.aa``."""

from dataclasses import replace
from pathlib import Path

import pytest

from sim.engine import run_once
from sim.judgements.multiple_comparisons import claims_of
from sim.metrics.paths import resolve
from sim.network import compile as compile_network
from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.sweeps import run_sweep
from sim.sweeps.plan import Task
from sim.sweeps.summary import Summary, summarise
from tests.stats import aa, aa_quantiles, aa_verdicts

FEW = 40
BY_CHANCE = 8
"""More false alarms in forty sweeps have a probability of 1 in 7000 when each has one of twenty."""
AXIS = "services.idle.workers=1,2,3,4"


@pytest.mark.thorough
def test_few_sweeps_of_equal_points_prove_a_difference() -> None:
    """Forty sweeps: no more false alarms than one in twenty can give, and several times as many without Holm's rule."""
    found = aa.count_alarms(aa.sweeps(FEW))
    for one in found:
        assert one.sweeps == FEW
        assert one.false <= BY_CHANCE, one
    assert sum(one.alone for one in found) > 3 * 0.15 * FEW, "the trial would not notice"


@pytest.mark.calibration
def test_at_most_one_in_twenty_of_a_thousand() -> None:
    """Family-wise false alarms are at most 5 % over a thousand sweeps of equal configurations."""
    for found in aa.count_alarms(aa.sweeps(1000)):
        assert found.share <= aa.ALPHA, found


def test_equal_points_under_common_random_numbers_are_equal() -> None:
    """A sweep over a setting that changes nothing: every difference is exactly 0, and nothing is proven."""
    swept = run_sweep(aa.desks(2), [AXIS], runs=4)
    for metric in ("visits-0.latency.mean", "visits-1.goodput"):
        family = swept.differences(metric)
        assert len(family) == 3
        for one in family.values():
            assert (one.paired.difference.low, one.paired.difference.high) == (0.0, 0.0)
            assert not one.higher


def test_a_sweep_run_point_by_point_says_the_same() -> None:
    """The trial's short cut is none: desks side by side give what a sweep's own runs give, each point with its own numbers."""
    declared, points = aa.desks(3), 3
    compiled = compile_network(declared)

    def apart(task: Task, seed: int) -> Summary:
        record = run_once(compiled, seed=seed, replication=task.replication)
        mine = [path.replace("-0", f"-{task.point.number}") for path in task.point.paths]
        found = summarise(record, [resolve(path, declared) for path in mine])
        return replace(found, samples=aa.as_of_first(found, task.point.number))

    axis = f"services.idle.workers={','.join(map(str, range(1, points + 1)))}"
    slow = run_sweep(aa.desks(1), [axis], runs=3, seed=aa.SEED, runner=apart)
    short = next(aa.sweeps(1, points, 3))
    for metric in aa.METRICS:
        path = f"visits-0.{metric}"
        assert [slow.values(point, path) for point in range(points)] == [short.values(point, path) for point in range(points)]
        adjusted = [[one.adjusted for one in sweep.differences(path).values()] for sweep in (slow, short)]
        assert adjusted[0] == adjusted[1]
    values = {tuple(short.values(point, "visits-0.latency.mean")) for point in range(points)}
    assert len(values) == points


def test_the_bound_is_exact() -> None:
    """None of 59 proves a true share below 5 % (0.95^59 < 0.05); all of them proves nothing."""
    assert aa.Alarms("m", 59, 0, 0).bound == pytest.approx(1.0 - 0.05 ** (1 / 59))
    assert aa.Alarms("m", 59, 59, 59).bound == 1.0
    assert aa.Alarms("m", 2, 1, 1).chance == pytest.approx(1.0 - 0.95**2)


def test_the_command_writes_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a file or to the terminal, and its exit code says whether there were too many."""
    alarms = iter([[aa.Alarms("goodput", 1000, false, 700)] for false in (50, 51, 50)])
    claims = iter([aa_verdicts.FalseClaims(1000, false, "three", 200) for false in (64, 64, 65) for _ in range(3)])
    monkeypatch.setattr(aa, "sweeps", lambda _count: iter(()))
    monkeypatch.setattr(aa, "count_alarms", lambda _: next(alarms))
    monkeypatch.setattr(aa_verdicts, "count_false", lambda *_: next(claims))
    alike = [aa_quantiles.Alarms(1000, 64, "jump", "latency.p99")]
    monkeypatch.setattr(aa_quantiles, "count_false", lambda *_: alike)
    assert aa.main(["--out", str(tmp_path / "table.md")]) == 0
    text = (tmp_path / "table.md").read_text()
    assert "| goodput | 1000 | 50 | 5.0% |" in text
    assert "| three | 1000 | 64 (6.4%) | 64 | 200 (20.0%) | yes |" in text
    assert "| jump | latency.p99 | 1000 | 64 (6.4%) | 64 | yes |" in text
    for _ in range(2):
        assert aa.main([]) == 1
        assert "| NO |" in capsys.readouterr().out


@pytest.mark.thorough
@pytest.mark.parametrize("setting", aa_verdicts.SETTINGS, ids=lambda one: one.name)
def test_few_verdicts_on_equals_make_a_claim(setting: aa_verdicts.Setting) -> None:
    """Sixty comparisons of a shop with itself: no more false claims than one in twenty can give, and more without a family."""
    found = aa_verdicts.count_false(setting.name, aa_verdicts.comparisons(setting, 60))
    assert found.comparisons == 60
    assert found.false <= 10, found
    assert found.alone > found.false, "the trial would not notice"


@pytest.mark.calibration
@pytest.mark.parametrize("setting", aa_verdicts.SETTINGS, ids=lambda one: one.name)
def test_of_a_thousand_verdicts_on_equals_few_make_a_claim(setting: aa_verdicts.Setting) -> None:
    """At most 64 of a thousand, 5 % and two standard errors: with ten runs, with three, with heavy tails."""
    found = aa_verdicts.count_false(setting.name, aa_verdicts.comparisons(setting, 1000))
    assert found.false <= 64, found


def test_the_sides_of_a_trial_are_what_is_run() -> None:
    """Replications 0 to 2 against 3 to 5 of the same scenario and seed; and the words count what the family has proven."""
    setting = aa_verdicts.SETTINGS[1]
    made = next(aa_verdicts.comparisons(setting, 1))
    scenario = aa_verdicts.shop(setting.work)
    for side, first in ((made.a, 0), (made.b, 3)):
        alone = run_replications(scenario, replications=3, seed=aa_verdicts.SEED, first=first)
        assert side.fingerprint() == alone.fingerprint()
    assert made.a.fingerprint() != made.b.fingerprint()
    slow = scenario.replace("services.pay.operations.charge[0].work.mean", "60ms")
    apart = Comparison(run_replications(scenario, replications=8), run_replications(slow, replications=8))
    claims = aa_verdicts.claims_in(apart)
    assert any(" fails less: " in sentence for sentence in claims)
    assert bool(claims) == any(claim.better for claim in claims_of(apart).values())


@pytest.mark.thorough
@pytest.mark.parametrize("setting", aa_quantiles.SETTINGS, ids=lambda one: one.name)
def test_few_quantiles_of_equals_are_said_to_differ(setting: aa_quantiles.Setting) -> None:
    """A hundred comparisons: no more than chance gives, also where the quantile lies at a jump to others or to failures."""
    for found in aa_quantiles.count_false(setting, 100):
        assert found.comparisons == 100
        assert found.false <= 12, found


@pytest.mark.calibration
@pytest.mark.parametrize("setting", aa_quantiles.SETTINGS, ids=lambda one: one.name)
def test_of_a_thousand_quantiles_of_equals_few_are_said_to_differ(setting: aa_quantiles.Setting) -> None:
    """At most 64 of a thousand, 5 % and two standard errors."""
    for found in aa_quantiles.count_false(setting, 1000):
        assert found.holds, found


def test_quantiles_on_either_side_of_a_jump_that_is_there_are_told_apart() -> None:
    """Where 0.4 % are tried again against 1.6 %, the p99 is 2 ms against 104 ms, and that is proven."""
    few, many = (replace(aa_quantiles.JUMPS[0], fails=share) for share in ("0.4%", "1.6%"))
    for comparison, flow in aa_quantiles.comparisons(few, 20, other=many):
        row = comparison.row(f"{flow}.latency.p99")
        assert (row.better, row.p < 0.05) == ("a", True)
