"""What decides an exit code is said in every form, and what no run can change is refused before any run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sim.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIO = """
name: {name}
architecture: synchronous
services:
  front: {{workers: 4, operations: {{buy: [{{work: 2ms}}, {{call: back.pay, timeout: 100ms}}]}}}}
  back: {{operations: {{pay: [{{work: {{kind: exponential, mean: 5ms}}}}]}}}}
workload:
  orders: {{operation: front.buy, arrivals: {{kind: poisson, rate: 20/s}}, timeout: 1s}}
objectives: {objectives}
run: {{horizon: 4s, replications: 6, seed: 3}}
"""
SWEEP = ("sweep", "shop.yaml", "--over", "services.back.workers=1,2", "-o", "points")
BEST = ("--best", "goodput", "--within", "1/s")


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command in a folder of its own, on the readable engine: its exit code, stdout and stderr as one line."""
    monkeypatch.chdir(tmp_path)
    write("shop")

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--engine", "simpy", "-q"])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, " ".join(err.split())

    return run


def write(name: str, objectives: str = "[]", called: str = "") -> str:
    """A shop with these objectives in a file of that name."""
    Path(f"{name}.yaml").write_text(SCENARIO.format(name=called or name, objectives=objectives), encoding="utf-8")
    return f"{name}.yaml"


def flat(text: str) -> str:
    """A text without its line breaks."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--best", "goodput", "--within", "banana"), "the difference that matters in 'goodput'"),
        (("--best", "goodput", "--within", "2"), "'2' is a number; write for example 2/s"),
        (("--best", "goodput", "--within", "0/s"), "above 0"),
        (("--best", "offered", "--within", "2/s"), "neither more nor less of 'offered' is better"),
        ((*BEST, "--runs", "2"), "at least 3 replications each"),
    ],
)
def test_a_best_that_cannot_be_asked_for_is_refused_before_any_run(cli: Any, words: tuple[str, ...], said: str) -> None:
    """A size that cannot be read, a metric without a better side, too few replications: 2, and there is no folder yet."""
    code, out, err = cli(*SWEEP, *words)
    assert (code, out) == (2, "")
    assert said in err
    assert not Path("points").exists()


def test_a_single_point_is_no_choice(cli: Any) -> None:
    """Of one point no best is asked; that too is said before it is run."""
    code, out, err = cli("sweep", "shop.yaml", "--over", "services.back.workers=1", "-o", "points", *BEST)
    assert (code, out) == (2, "")
    assert "the best is selected from 2 to " in err
    assert not Path("points").exists()


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_failed_runs_are_shown_although_no_best_can_be_chosen(cli: Any, form: str) -> None:
    """The points, the failures and one sentence on the best; the code is that of failed runs, 3."""
    code, out, err = cli(*SWEEP, *BEST, "--max-events", "300", "--format", form)
    assert code == 3
    assert "failed: point 0 (services.back.workers=1), replication " in err
    assert "max-events" in err
    assert "No best point can be chosen by goodput: " in flat(out)
    if form == "json":
        data = json.loads(out)
        assert (data["best"]["path"], data["best"]["point"], len(data["points"])) == ("goodput", None, 2)
        assert f": {len(data['failures'])} of 12 runs failed" in data["best"]["sentence"]


def test_a_shard_says_that_the_best_is_still_to_come(cli: Any) -> None:
    """Half of the runs are printed, and why they do not decide: 4. With the other half the same folder has a best."""
    code, out, _ = cli(*SWEEP, *BEST, "--shard", "1/2")
    assert code == 4
    assert "2 points, 6 of 12 runs" in out
    assert "No best point can be chosen by goodput yet: 6 of 12 runs are missing" in flat(out)
    code, out, _ = cli(*SWEEP, *BEST)
    assert code == 0
    assert "With 95 % confidence " in flat(out)


def test_a_best_by_a_time_without_an_end_is_open(cli: Any) -> None:
    """Every run is there, one has no value: the sweep is printed with the reason, and the code is 4."""
    code, out, _ = cli(*SWEEP, "--best", "orders.latency.p99.9", "--within", "10ms")
    assert code == 4
    assert "2 points, 12 of 12 runs" in out
    assert "No best point can be chosen by orders.latency.p99.9: point 0 has replications without a finite" in flat(out)


def test_a_baseline_without_a_common_point_is_refused_before_any_run(cli: Any) -> None:
    """Both plans are known beforehand: 2, and there is no folder yet; with one point in common it is held."""
    assert cli(*SWEEP, "--save", "base.npz")[0] == 0
    other = ("sweep", "shop.yaml", "-o", "others", "--baseline", "base.npz", "--over")
    code, out, err = cli(*other, "services.back.workers=3,4")
    assert (code, out) == (2, "")
    assert "the sweep and its baseline have no point in common" in err
    assert not Path("others").exists()
    code, out, _ = cli(*other, "services.back.workers=2,3")
    assert code == 0
    assert "the baseline has 1 of the 2 points" in out
