"""Of sweeps of equal configurations at most one in twenty proves a difference: see ``python -m tests.stats.aa``."""

from pathlib import Path

import pytest

from sim.engine import run_once
from sim.metrics.paths import resolve
from sim.network import compile as compile_network
from sim.sweeps import run_sweep
from sim.sweeps.plan import Task
from sim.sweeps.summary import Summary, summarise
from tests.stats import aa

FEW = 40
BY_CHANCE = 8
"""More false alarms in forty sweeps have a probability of 1 in 7000 when each has one of twenty."""
AXIS = "services.idle.workers=1,2,3,4"


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
        family = swept.family(metric)
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
        return summarise(record, [resolve(path, declared) for path in mine])

    axis = f"services.idle.workers={','.join(map(str, range(1, points + 1)))}"
    slow = run_sweep(aa.desks(1), [axis], runs=3, seed=aa.SEED, runner=apart)
    short = next(aa.sweeps(1, points, 3))
    for metric in aa.METRICS:
        path = f"visits-0.{metric}"
        assert [slow.values(point, path) for point in range(points)] == [short.values(point, path) for point in range(points)]
        assert [one.adjusted for one in slow.family(path).values()] == [one.adjusted for one in short.family(path).values()]
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
    alarms = iter([[aa.Alarms("goodput", 1000, 50, 700)], [aa.Alarms("goodput", 1000, 51, 700)]])
    monkeypatch.setattr(aa, "sweeps", lambda _count: iter(()))
    monkeypatch.setattr(aa, "count_alarms", lambda _: next(alarms))
    assert aa.main(["--out", str(tmp_path / "table.md")]) == 0
    assert "| goodput | 1000 | 50 | 5.0% |" in (tmp_path / "table.md").read_text()
    assert aa.main([]) == 1
    assert "| NO |" in capsys.readouterr().out
