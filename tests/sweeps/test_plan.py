"""Axes, grids and samples: what is asked for is what is run, and every mistake is told with its remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sim.scenario import ScenarioError
from sim.sweeps import SweepError
from sim.sweeps.axes import parse_axis, split
from sim.sweeps.plan import plan, plan_of, sweep_problems

if TYPE_CHECKING:
    from sim.scenario import Scenario

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("services.back.replicas=2,4,8", ("2", "4", "8")),
        ("network.hop=0s, 1ms ,2.5ms", ("0s", "1ms", "2.5ms")),
        ("faults.slow.factor=1..16:log:5", ("1", "2", "4", "8", "16")),
        ("faults.slow.factor=1..2:lin:5", ("1", "1.25", "1.5", "1.75", "2")),
        ("services.back.replicas=1..8:log:6", ("1", "2", "3", "5", "8")),
        ("services.front.operations.buy.1.timeout=10ms..1s:lin:4", ("10ms", "340ms", "670ms", "1s")),
        ("services.front.operations.buy.1.timeout=10ms..1s:log:3", ("10ms", "100ms", "1s")),
        ("workload.orders.arrivals.rate=600/min..90/s:lin:3", ("600/min", "50/s", "90/s")),
        ("network.hop={kind: uniform, low: 1ms, high: 2ms},1ms", ("{kind: uniform, low: 1ms, high: 2ms}", "1ms")),
        ("services.back.queue_max=null,10", ("null", "10")),
    ],
)
def test_what_an_axis_means(tiny: Scenario, text: str, values: tuple[str, ...]) -> None:
    """Lists keep their texts; ranges have both ends as written, round values between, whole ones where the field is."""
    assert parse_axis(text, tiny).values() == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services.back.replicas", "not path=values; write for example"),
        ("=1,2", "not path=values"),
        ("services.back.replicas=", "not path=values"),
        ("services.bakc.replicas=1,2", "did you mean 'back'?"),
        ("services.back.replica=1..3:lin:3", "did you mean 'replicas'?"),
        ("services.back.replicas=1,,2", "empty value"),
        ("services.back.replicas=1,2,1", "the value 1 twice"),
        ("services.back.replicas=5..2:lin:3", "from low to high; write 2..5"),
        ("faults.slow.factor=1..20:lgo:8", "unknown spacing 'lgo'; did you mean 'log'?"),
        ("faults.slow.factor=0..20:log:8", "starts above 0"),
        ("faults.slow.factor=1..20:log:1", "'1' is not a number of values from 2"),
        ("faults.slow.factor=1..20:log:many", "'many' is not a number of values"),
        ("faults.slow.factor=1..20", "a range without a number of values; write for example"),
        ("faults.slow.factor=1..x:lin:3", "'x' is not the end of a range"),
        ("network.hop=1ms..20:lin:3", "is a duration and 20 a number"),
        ("network.hop=1.5.5ms..2ms:lin:3", "not a duration"),
        ("run.seed=1,2,3", "the same for all points"),
        ("run.replications=1..3:lin:3", "the same for all points"),
    ],
)
def test_what_an_axis_cannot_be(tiny: Scenario, text: str, said: str) -> None:
    """A mistake in an axis is answered with what would be right."""
    with pytest.raises((SweepError, ScenarioError)) as caught:
        parse_axis(text, tiny).values()
    assert said in str(caught.value)


def test_commas_inside_brackets_do_not_split() -> None:
    """Only commas between values split them."""
    assert split("{a: [1, 2], b: 'x,y'},3") == ["{a: [1, 2], b: 'x,y'}", "3"]


def test_a_grid_has_every_combination(tiny: Scenario) -> None:
    """The last axis varies fastest; every scenario has the values of its point, and the same runs."""
    made = plan({"tiny": tiny}, ["services.back.workers=1,2", "faults.slow.factor=2,3"], runs=3)
    found = [(point.scenario.services["back"].workers, point.scenario.faults["slow"].factor) for point in made.points]  # type: ignore[attr-defined]
    assert found == [(1, 2.0), (1, 3.0), (2, 2.0), (2, 3.0)]
    assert [task.replication for task in made.tasks] == [0, 1, 2] * 4
    assert len({task.key for task in made.tasks}) == 12
    assert plan({"tiny": tiny}).points[0].label == "as it is"


def test_a_plan_reads_as_it_was_written(tiny: Scenario) -> None:
    """A plan written and read files its runs under the same keys, derived defaults included."""
    made = plan({"b": tiny, "a": tiny.replace("network.hop", "1ms")}, ["run.horizon=6s,7000s"], metrics=["errors"])
    again = plan_of(made.to_dict())
    assert [task.key for task in again.tasks] == [task.key for task in made.tasks]
    assert again.variants == ("b", "a")
    assert again.to_dict() == made.to_dict()


@pytest.mark.parametrize(("kind", "count"), [("lhs", 10), ("sobol", 16)])
def test_samples_fill_the_ranges(tiny: Scenario, kind: str, count: int) -> None:
    """Each of n equal parts of each range has one value; the seed decides; lists take turns."""
    over = ["faults.slow.factor=2..22", "network.hop=1ms..1s", "services.back.workers=1,2"]
    made = plan({"tiny": tiny}, over, sample=f"{kind}:{count}", seed=5)
    factors = [point.scenario.faults["slow"].factor for point in made.points]  # type: ignore[attr-defined]
    assert sorted(int((factor - 2) / 20 * count) for factor in factors) == list(range(count))
    assert {point.scenario.services["back"].workers for point in made.points} == {1, 2}
    assert plan({"tiny": tiny}, over, sample=f"{kind}:{count}", seed=5).points[3].settings == made.points[3].settings
    assert plan({"tiny": tiny}, over, sample=f"{kind}:{count}", seed=6).points[3].settings != made.points[3].settings


@pytest.mark.parametrize(
    ("sample", "over", "said"),
    [
        ("lhs", ("faults.slow.factor=1..2",), "not a sample; write lhs:50"),
        ("mc:5", ("faults.slow.factor=1..2",), "not a sample"),
        ("sobol:50", ("faults.slow.factor=1..2",), "write sobol:32 or sobol:64"),
        ("lhs:5", (), "nothing to sample"),
        ("", ("faults.slow.factor=1,2", "faults.slow.factor=3,4"), "two axes vary"),
        ("", ("faults.slow.factor=1..9:lin:9999", "network.hop=1ms..1s:lin:9999"), "more than 100000 points"),
        ("lhs:90000", ("faults.slow.factor=1..2",), "too many"),
    ],
)
def test_what_a_sweep_cannot_be(tiny: Scenario, sample: str, over: tuple[str, ...], said: str) -> None:
    """A set of points that cannot be is refused before anything is run."""
    with pytest.raises(SweepError, match=said):
        plan({"tiny": tiny}, over, sample=sample, runs=20)


def test_every_bad_point_is_told(tiny: Scenario) -> None:
    """A value that makes no valid scenario stops the sweep before it starts, and names the value."""
    with pytest.raises(ScenarioError) as caught:
        plan({"tiny": tiny}, ["services.back.workers=0,1,x"])
    assert "services.back.workers=0" in str(caught.value)
    assert "services.back.workers=x" in str(caught.value)
    with pytest.raises(ScenarioError, match=r"point 'run.horizon=2s': faults.slow.at: begins at 2s, when the run is over"):
        plan({"tiny": tiny}, ["run.horizon=2s,6s"])


def test_keys_are_the_same_in_every_process(tiny: Scenario) -> None:
    """What a run is stored under does not depend on the process's hash seed."""
    code = (
        "from sim.scenario import Scenario; from sim.sweeps.plan import plan; from tests.sweeps.conftest import *;"
        "print(plan({'tiny': Scenario.model_validate(TINY)}, OVER).tasks[5].key)"
    )
    keys = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert keys == {plan({"tiny": tiny}, ["services.back.workers=1,2"]).tasks[5].key}


def test_axes_that_go_together(tiny: Scenario) -> None:
    """--zip: the first values of all axes are a point, then the second ones; unequal numbers of values are refused."""
    over = ("services.back.workers=1,2,4", "faults.slow.factor=1..20:log:3")
    made = plan({"tiny": tiny}, over, zipped=True)
    assert [point.label for point in made.points] == [
        "services.back.workers=1, faults.slow.factor=1",
        "services.back.workers=2, faults.slow.factor=4.47214",
        "services.back.workers=4, faults.slow.factor=20",
    ]
    assert [point.label for point in plan_of(made.to_dict()).points] == [point.label for point in made.points]
    with pytest.raises(SweepError, match=r"same number of values: 'services\.back\.workers=1,2' has 2, .* has 3"):
        plan({"tiny": tiny}, ("services.back.workers=1,2", over[1]), zipped=True)
    with pytest.raises(SweepError, match="at least two"):
        plan({"tiny": tiny}, over[:1], zipped=True)
    with pytest.raises(SweepError, match="leave out one"):
        plan({"tiny": tiny}, over, zipped=True, sample="lhs:5")


OWN = {"over": ["services.back.workers=1,2", "faults.slow.factor=1,20"], "zip": True, "metrics": ["orders.latency.p99.9"]}


def test_whole_numbers_that_go_together_stay_in_step(tiny: Scenario) -> None:
    """Seven steps from 1 to 4, evenly and in the logarithm: a value that comes up again keeps its place beside the other."""
    over = ("services.back.workers=1..4:lin:7", "services.front.workers=1..4:log:7", "network.hop=1ms..7ms:lin:7")
    pairs = [tuple(value for _, value in point.settings) for point in plan({"tiny": tiny}, over, zipped=True).points]
    assert [one[:2] for one in pairs] == [("1", "1"), ("2", "1"), ("2", "2"), ("2", "2"), ("3", "3"), ("4", "3"), ("4", "4")]
    assert [one[2] for one in pairs] == [f"{number}ms" for number in range(1, 8)]
    assert len(plan({"tiny": tiny}, over[:2], zipped=True).points) == 6  # the fourth is the third again


@pytest.mark.parametrize("axis", ["services.back.workers=1..4", "services.back.workers=1..4:log"])
def test_a_sample_draws_whole_numbers_evenly(tiny: Scenario, axis: str) -> None:
    """The ends come up as often as those between, not half as often; in the logarithm smaller ones more often."""
    drawn = plan({"tiny": tiny}, [axis, "network.hop=1ms..9ms"], sample="lhs:200").points
    counts = [sum(dict(point.settings)["services.back.workers"] == str(number) for point in drawn) for number in (1, 2, 3, 4)]
    if axis.endswith("log"):
        assert counts == sorted(counts, reverse=True)
        assert counts[0] > 2 * counts[3]
    else:
        assert counts == [50] * 4


@pytest.mark.parametrize(
    "axis", ["network.hop=1s,1000ms", "services.back.workers=2,+2", "network.hop=1000ns..1002ns:lin:5"]
)
def test_the_same_point_is_written_once(tiny: Scenario, axis: str) -> None:
    """Two spellings of a value are no two points: they would be judged as two, and count as two in the family."""
    with pytest.raises(SweepError, match="are the same point; write it once"):
        plan({"tiny": tiny}, [axis])
    assert len(plan({"tiny": tiny, "again": tiny}, ["network.hop=1s,2s"]).points) == 4
    assert len(plan({"tiny": tiny}, ["objectives=[orders.errors < 5%],[orders.errors < 9%]"]).points) == 2


def test_a_sweep_of_the_scenario_itself(tiny: Scenario) -> None:
    """``sweep:`` in the file is what is varied unless the command says so; it changes no run, and is refused by its place."""
    own = tiny.replace("sweep", OWN)
    made = plan({"tiny": own})
    assert [dict(point.settings)["faults.slow.factor"] for point in made.points] == ["1", "20"]
    assert "orders.latency.p99.9" in made.points[0].paths
    other = plan({"tiny": own}, ("services.back.workers=3",), metrics=("errors",))
    assert [point.label for point in other.points] == ["services.back.workers=3"]
    assert [task.key for task in other.tasks] == [task.key for task in plan({"tiny": tiny}, ("services.back.workers=3",)).tasks]
    assert tiny.digest() == own.replace("sweep", None).digest()
    assert "sweep" not in tiny.resolved()
    two = own.replace("sweep", {**OWN, "over": ["services.back.workers=1,2,3", "faults.slow.factor=2..20"]})
    assert len(plan({"tiny": two}, sample="lhs:7").points) == 7
    assert len(plan({"tiny": two.replace("sweep.over", OWN["over"])}, zipped=True).points) == 2
    with pytest.raises(SweepError, match="'two' has a sweep of its own that 'own' has not; say by --over"):
        plan({"own": own, "two": two})
    assert len(plan({"own": own, "again": own}).points) == 2 * len(made.points)
    more = own.replace("sweep.metrics", ["orders.latency.p99.99"])
    for over in ((), ("services.back.workers=1,2",)):
        assert plan({"own": own, "more": more}, over).metrics == ("orders.latency.p99.9", "orders.latency.p99.99")
        assert plan({"own": own, "more": more}, over, metrics=["errors"]).metrics == ("errors",)
    assert len(plan({"own": own, "two": two}, ("services.back.workers=1,2",)).points) == 4
    with pytest.raises(SweepError, match="does not vary itself"):
        plan({"tiny": own}, ("sweep.zip=true,false",))
    assert not sweep_problems(own)
    wrong = own.replace("sweep", {"over": ["services.bakc.workers=1,2", "faults.slow.factor=1,2,3", "run.seed=1,2"]})
    assert [problem.loc for problem in sweep_problems(wrong)] == [("sweep", "over", 0), ("sweep", "over", 2)]
    uneven = own.replace("sweep", {**OWN, "over": ["services.back.workers=1,2", "faults.slow.factor=1"], "metrics": ["er"]})
    assert [problem.loc for problem in sweep_problems(uneven)] == [("sweep", "metrics", 0), ("sweep",)]
