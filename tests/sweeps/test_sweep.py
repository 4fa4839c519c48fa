"""What a sweep says: estimates and paired differences, from the engine to the command line."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from sim.cli import main
from sim.metrics.paths import UnknownMetricError
from sim.replications import run_replications
from sim.stats.paired import compare_pairs
from sim.sweeps import SweepError, load_sweep, run_sweep
from tests.sweeps.conftest import TINY, Stub, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sim.scenario import Scenario
    from sim.sweeps import Sweep
    from sim.sweeps.plan import Task
    from sim.sweeps.summary import Summary

FACTORS = ("faults.slow.factor=1,20",)


@pytest.fixture(scope="module")
def done(tiny: Scenario) -> Sweep:
    """Two points, run by the compiled engine in memory."""
    return run_sweep(tiny, FACTORS, jobs=2)


def test_a_point_is_what_a_run_of_it_would_be(tiny: Scenario, done: Sweep) -> None:
    """Every value kept is that of `run` with the same override; points share random numbers, so differences are pairs."""
    results = [run_replications(tiny.with_overrides([f"faults.slow.factor={factor}"])) for factor in (1, 20)]
    for point, result in enumerate(results):
        for path in done.points[point].paths:
            assert repr(done.values(point, path)) == repr(result.values(path)), path
        assert str(done.estimate(point, "orders.errors")) == str(result.estimate("orders.errors"))
    before, after = (result.values("errors") for result in results)
    found = done.difference(1, "errors")
    assert found.paired == compare_pairs(
        before, after, unit="share", infinite=results[0].metric("errors").infinite, missing=results[0].metric("errors").missing
    )
    assert (found.baseline, found.better) == (0, "baseline")
    assert done.values(0, "offered") == done.values(1, "offered")


def test_threads_and_engines_file_the_same(tiny: Scenario, tmp_path: Path) -> None:
    """One worker, two workers and the SimPy engine leave the same bytes."""
    for name, given in {"1": {"jobs": 1}, "2": {"jobs": 2}, "simpy": {"engine": "simpy"}}.items():
        run_sweep(tiny, FACTORS, runs=2, folder=tmp_path / name, **given)  # type: ignore[arg-type]
    assert tree(tmp_path / "1") == tree(tmp_path / "2") == tree(tmp_path / "simpy")


def test_variants_are_compared_at_the_same_settings(tiny: Scenario) -> None:
    """With several scenarios the baseline of a point is the first scenario at the same settings."""
    made = run_sweep([tiny, tiny.replace("network.hop", "5ms")], FACTORS, runs=3, runner=Stub())
    assert made.plan.variants == ("tiny", "tiny-2")
    assert [(point.variant, made.baseline(point.number)) for point in made.points] == [
        ("tiny", 0),
        ("tiny-2", 0),
        ("tiny", 2),
        ("tiny-2", 2),
    ]


def test_a_failing_run_is_told_and_in_no_figure(tiny: Scenario, tmp_path: Path) -> None:
    """One run of eight fails: the others are stored, the failure is told, and its point shows that a value is missing."""

    class Failing(Stub):
        def __call__(self, task: Task, seed: int) -> Summary:
            if (task.point.number, task.replication) == (1, 2):
                message = "stuck"
                raise RuntimeError(message)
            return super().__call__(task, seed)

    made = run_sweep(tiny, FACTORS, folder=tmp_path, runner=Failing(), jobs=2)
    assert list(made.failures.values()) == ["RuntimeError: stuck"]
    assert (made.done, made.complete) == (7, False)
    assert math.isnan(made.values(1, "goodput")[2])
    assert made.estimate(1, "goodput").missing == 1
    assert not made.estimate(1, "goodput").estimable
    assert made.estimate(1, "goodput").note.endswith(" or ended in an error or at a limit")
    assert made.estimate(0, "goodput").estimable
    again = run_sweep(tiny, FACTORS, folder=tmp_path, runner=Stub())
    assert (again.ran, again.complete) == (1, True)


def test_what_can_be_asked_of_a_sweep(done: Sweep) -> None:
    """Plain data without NaN, a frame with a row for each run, ten lines, escaped HTML; unknown metrics are refused."""
    data = json.loads(json.dumps(done.to_dict(), allow_nan=False))
    assert [point["settings"] for point in data["points"]] == [{"faults.slow.factor": "1"}, {"faults.slow.factor": "20"}]
    assert set(data["points"][1]["differences"]) == set(done.metrics)
    frame = done.to_frame(["errors"])
    assert list(frame.columns) == ["point", "variant", "faults.slow.factor", "replication", "errors"]
    assert list(frame["errors"]) == done.values(0, "errors") + done.values(1, "errors")
    assert list(frame["faults.slow.factor"]) == [1] * 4 + [20] * 4
    assert len(repr(done).splitlines()) <= 10
    assert done._repr_html_().count("<tr>") == 3
    with pytest.raises(UnknownMetricError, match="did you mean"):
        done.estimate(0, "orders.erors")
    with pytest.raises(SweepError, match="does not keep"):
        done.estimate(0, "orders.latency.p99.9")
    for ask in (done.values, done.estimate, done.difference, lambda point, _: done.objectives(point)):
        for number in (-1, 2):
            with pytest.raises(SweepError, match=f"no point {number}; points are numbered from 0 to 1"):
                ask(number, "errors")
    with pytest.raises(UnknownMetricError, match="did you mean"):
        done.to_frame(["erors"])
    assert list(done.to_frame("errors")["errors"]) == list(frame["errors"])
    assert done.to_dict("errors") == done.to_dict(["errors"])


def test_progress_begins_with_what_was_found(tiny: Scenario, tmp_path: Path) -> None:
    """The first call says what is there already, the last one that all is done."""
    calls: list[tuple[int, int]] = []
    run_sweep(tiny, FACTORS, runs=2, folder=tmp_path, runner=Stub())
    run_sweep(tiny, FACTORS, runs=3, folder=tmp_path, runner=Stub(), progress=lambda *given: calls.append(given))
    assert calls == [(4, 6), (5, 6), (6, 6)]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command beside tiny.yaml: its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY), encoding="utf-8")

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(list(words))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def test_the_command(cli: Any, tmp_path: Path) -> None:
    """A table of points on stdout, ten lines of progress with rate on stderr; repeated, everything is found."""
    words = ("sweep", "tiny.yaml", "--over", "faults.slow.factor=1..20:log:5")
    code, out, err = cli(*words)
    assert code == 0
    assert "tiny: 5 points, 20 of 20 runs" in out
    assert " worse" in out
    assert err.count("sweep: ") == 10
    assert "runs/s" in err
    folder = tmp_path / out.rsplit("folder  ", 1)[1].strip()
    assert load_sweep(folder).complete
    assert "20 found" in cli(*words)[2]
    code, out, err = cli(*words, "--format", "json", "-q", "--metrics", "errors,orders.latency.p50")
    assert set(json.loads(out)["points"][0]["metrics"]) == {"errors", "orders.latency.p50"}
    assert not err
    assert cli(*words, "--format", "markdown")[1].startswith("| point |")


def test_shards_by_the_command(cli: Any, tmp_path: Path) -> None:
    """Two shards and a merge are the whole; one of them alone is inconclusive."""
    words = ("sweep", "tiny.yaml", "--over", "faults.slow.factor=1,20", "--runs", "3", "-q")
    for number in ("1", "2"):
        assert cli(*words, "--shard", f"{number}/2", "-o", number)[0] == 0
    assert cli(*words, "-o", "whole")[0] == 0
    code, _, err = cli("merge", "1", "-o", "part")
    assert (code, "3 of 6 runs are missing" in err) == (4, True)
    assert cli("merge", "1", "2", "-o", "merged")[0] == 0
    assert tree(tmp_path / "merged") == tree(tmp_path / "whole")
    torn = min((tmp_path / "2" / "runs").iterdir())
    torn.write_bytes(b"torn")
    code, _, err = cli("merge", "1", "2", "-o", "torn")
    assert code == 4
    assert f"damaged, and not merged: 1 files, the first 2/runs/{torn.name}" in err
    assert "damaged in torn" not in err
    err = cli(*words[:-1], "--shard", "2/2", "-o", "2")[2]
    assert f"1 file was damaged in 2 and counted as absent, the first {torn.name}" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--over", "faults.slwo.factor=1,2"), "did you mean 'slow'?"),
        (("--over", "faults.slow.factor=1..20"), "without a number of values"),
        (("--sample", "lhs:5"), "nothing to sample"),
        (("--shard", "3/2"), "not a shard"),
        (("--metrics", "orders.latncy.p99"), "did you mean"),
        (("-o", "tiny.yaml"), "tiny.yaml is a file"),
        (("-o", ""), "it is empty; name a folder"),
    ],
)
def test_what_the_command_refuses(cli: Any, words: tuple[str, ...], said: str) -> None:
    """Wrong usage is exit code 2 and a sentence."""
    code, out, err = cli("sweep", "tiny.yaml", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_another_sweeps_folder_by_the_command(cli: Any, tmp_path: Path) -> None:
    """A chosen folder is not taken from another sweep, exit code 2, unless told to; the default one is the command's own."""
    words = ("sweep", "tiny.yaml", "--runs", "2", "-q")
    assert cli(*words, "--over", "faults.slow.factor=1,20", "-o", "mine")[0] == 0
    before = tree(tmp_path / "mine")
    code, out, err = cli(*words, "--over", "faults.slow.factor=1,5", "-o", "mine")
    assert (code, out) == (2, "")
    assert "mine holds another sweep: 1 of its 2 points are not asked for: faults.slow.factor=20; choose another folder" in err
    assert tree(tmp_path / "mine") == before
    assert cli(*words, "--over", "faults.slow.factor=1,5", "-o", "mine", "--replan")[0] == 0
    for runs in ("3", "2"):
        assert cli("sweep", "tiny.yaml", "--runs", runs, "-q", "--over", "faults.slow.factor=1,20")[0] == 0


def test_limits_by_the_command(cli: Any, tmp_path: Path) -> None:
    """A run over its limit is named with point, replication and limit, the exit code is 3, and averages count it missing."""
    words = ("sweep", "tiny.yaml", "--over", "faults.slow.factor=1,20", "--runs", "2")
    assert cli(*words, "-o", "whole", "-q")[0] == 0
    code, out, err = cli(*words, "--max-events", "1000", "--format", "json", "-o", "cut")
    merged = cli("merge", "cut", "-o", "both")
    for ended, said in ((code, err), (merged[0], merged[2])):
        assert ended == 3
        assert "failed: point 0 (faults.slow.factor=1), replication 0: RunawayError: stopped at " in said
    assert "max-events: more than 1000 events" in err
    data = json.loads(out)
    assert [(one["point"], one["replication"]) for one in data["failures"]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert (data["complete"], data["done"], data["total"]) == (False, 0, 4)
    assert data["points"][0]["metrics"]["errors"]["missing"] == 2
    assert cli(*words, "--max-wall", "1s")[0] == 2
    code, out, _ = cli(*words, "-o", "again", "--executor", "processes", "--max-wall", "60s", "--max-memory", "1GiB")
    assert (code, "2 points, 4 of 4 runs" in out) == (0, True)
    assert tree(tmp_path / "again") == tree(tmp_path / "whole")
