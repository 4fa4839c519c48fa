"""What a sweep proves: all points judged together, the best with a guarantee, the knee of a load, which input matters."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sim.draws import bits, stream_key
from sim.report.sweep_table import sweep_table
from sim.report.sweep_words import sweep_words
from sim.stats.multiple import holm
from sim.stats.paired import pairs_p_value
from sim.stats.sensitivity import Bar, Index
from sim.sweeps import Sweep, SweepError, load_sweep, merge_sweeps, run_sweep
from sim.sweeps.summary import Summary
from tests.shares import THOROUGH
from tests.sweeps.conftest import TINY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sim.scenario import Scenario
    from sim.sweeps.plan import Point, Task

LOADS = ("workload.orders.arrivals.rate=10/s,20/s,30/s,40/s,50/s",)
SIX = ("services.back.workers=1,2,3,4,5,6",)


def noise(seed: int, *numbers: int) -> float:
    """A number from -1 to 1 that depends on these numbers only."""
    return bits(stream_key(seed, 0, "noise"), numbers[0], numbers[1]) / 2.0**62 - 1.0


class Shaped:
    """A runner whose metrics are functions of point and replication; 1 where there is none."""

    def __init__(self, **metrics: Callable[[Point, int], float]) -> None:
        self.metrics = {name.replace("__", "."): shape for name, shape in metrics.items()}

    def __call__(self, task: Task, _seed: int) -> Summary:
        """Pretend to run a task."""
        values = {path: self.metrics.get(path, lambda _point, _at: 1.0) for path in task.point.paths}
        return Summary(tuple(shape(task.point, task.replication) for shape in values.values()), task.key)


def workers(point: Point) -> int:
    """How many workers a point has."""
    return point.scenario.services["back"].workers


def test_all_points_are_judged_together(tiny: Scenario) -> None:
    """Of six points one differs clearly, one only if it were alone: the family proves the first, and says how many it has."""

    def errors(point: Point, at: int) -> float:
        shift = {3: 0.2, 5: 0.036}.get(workers(point), 0.0)
        return 0.3 + shift + 0.05 * noise(1, at, 0) + 0.05 * noise(1, at, workers(point))

    sweep = run_sweep(tiny, SIX, runs=10, runner=Shaped(errors=errors))
    family = sweep.differences("errors")
    with pytest.warns(DeprecationWarning, match="Sweep.family is called Sweep.differences now"):
        assert sweep.family("errors") == family
    raw = [pairs_p_value(sweep.values(0, "errors"), sweep.values(point, "errors")) for point in range(1, 6)]
    assert [one.p for one in family.values()] == raw
    assert [one.adjusted for one in family.values()] == list(holm(raw))
    assert raw[3] < 0.05 < family[4].adjusted
    assert [one.better for one in family.values()] == ["", "baseline", "", "", ""]
    assert {one.family for one in family.values()} == {5}
    assert sweep.difference(4, "errors", against=3).family == 1
    told = sweep.verdict("errors")
    assert told[0] == "errors: 1 of 5 points is proven to differ from point 0, at 5 % for all 5 comparisons together (Holm)"
    assert told[1].startswith("point 2 (services.back.workers=3) is worse than point 0 (services.back.workers=1) in errors: ")
    assert told[1].endswith("for all together")
    assert told[2] == "no proven difference in errors: points 1, 3, 4, 5"
    assert told[3].startswith("variance reduction by common random numbers: ")
    data = json.loads(json.dumps(sweep.to_dict(["errors"]), allow_nan=False))
    assert data["points"][2]["differences"]["errors"]["adjusted"] == pytest.approx(family[2].adjusted)
    assert data["verdicts"]["errors"] == told
    assert "better or worse where that is proven of all 5 together (Holm)" in sweep_table(sweep, ["errors"]).text()


def test_many_variants_are_judged_together(tiny: Scenario) -> None:
    """Three scenarios and no axis: each against the first, by name."""
    others = [tiny, tiny.replace("network.hop", "5ms").replace("name", "far"), tiny.replace("name", "like")]

    def goodput(point: Point, at: int) -> float:
        return 50.0 + noise(1, at, 0) - (5.0 if point.variant == "far" else 0.0) + 0.01 * noise(2, at, point.number)

    sweep = run_sweep(others, runs=6, runner=Shaped(goodput=goodput))
    told = sweep.verdict("goodput")
    assert told[0].startswith("goodput: 1 of 2 points is proven to differ from tiny at the same settings")
    assert told[1].startswith("point 1 (far) is worse than point 0 (tiny) in goodput: ")
    assert told[2] == "no proven difference in goodput: point 2"


def test_the_best_has_a_guarantee_or_is_left_open(tiny: Scenario) -> None:
    """A clear winner is named with what is guaranteed; two that are alike are left open, with how many runs decide."""

    def goodput(point: Point, at: int) -> float:
        return 40.0 + 2.0 * min(workers(point), 5) + 0.3 * noise(1, at, workers(point))

    sweep = run_sweep(tiny, SIX, runs=20, runner=Shaped(goodput=goodput))
    best = sweep.best("goodput", "1/s")
    assert best.point in {4, 5}  # 5 and 6 workers are alike: either is within 1/s of the best
    assert str(best).startswith(f"With 95 % confidence point {best.point} (services.back.workers=")
    assert "has the highest goodput of 6 points, or is within 1/s of it" in str(best)
    fine = sweep.best("goodput", 0.01)
    assert (fine.point, fine.left) == (None, (4, 5))
    assert f"at most {fine.selection.decided_by} replications decide (--runs {fine.selection.decided_by})" in str(fine)
    assert fine.selection.decided_by > 20
    longer = run_sweep(tiny, SIX, runs=fine.selection.decided_by, runner=Shaped(goodput=goodput))
    assert longer.best("goodput", 0.01).point in {4, 5}
    assert json.loads(json.dumps(best.to_dict(), allow_nan=False))["point"] == best.point


def test_less_can_be_best(tiny: Scenario) -> None:
    """The metric's direction decides; where it has none, it has to be said."""
    sweep = run_sweep(tiny, SIX, runs=10, runner=Shaped(errors=lambda point, at: 0.1 * workers(point) + 0.01 * noise(1, at, 0)))
    assert sweep.best("errors", "1pp").point == 0
    assert sweep.best("errors", "1pp", better="higher").point == 5
    with pytest.raises(SweepError, match="say which: better='lower' or 'higher'"):
        sweep.best("offered", "1/s")
    with pytest.raises(SweepError, match=r"write percentage points, such as 1pp"):
        sweep.best("errors", "10ms")
    with pytest.raises(SweepError, match="'10ms' is a duration; write for example 2/s"):
        sweep.best("goodput", "10ms")
    endless = run_sweep(tiny, SIX, runs=4, runner=Shaped(time_to_recover=lambda _point, _at: math.inf))
    with pytest.raises(SweepError, match="point 0 has replications without a finite 'time_to_recover'"):
        endless.best("time_to_recover", "1s")


def goodput_to_thirty(point: Point, at: int) -> float:
    """Goodput that follows the load up to 30/s, and collapses beyond."""
    load = point.scenario.workload["orders"].arrivals.rate  # type: ignore[attr-defined]
    return float(load if load <= 30.0 else 60.0 - load) * (1.0 + 0.001 * noise(1, at, round(load)))


def offered(point: Point, _at: int) -> float:
    """What is declared is offered."""
    return float(point.scenario.workload["orders"].arrivals.rate)  # type: ignore[attr-defined]


def test_the_knee_of_a_load(tiny: Scenario) -> None:
    """A sweep over a load has a curve with its knee, peak and collapse, in words and as data, in whatever order it came."""
    shaped = Shaped(orders__goodput=goodput_to_thirty, orders__offered=offered)
    sweep = run_sweep(tiny, ("workload.orders.arrivals.rate=40/s,10/s,50/s,20/s,30/s",), runs=5, runner=shaped)
    (curve,) = sweep.load_curves()
    assert curve.points == (1, 3, 4, 0, 2)
    assert (curve.knee.knee, curve.knee.peak_load) == (30.0, 30.0)
    assert curve.knee.collapse.mean == pytest.approx(2.0 / 3.0, abs=0.01)
    assert "tiny: orders goodput follows the offered load within 5 % up to 30/s" in str(curve)
    assert str(curve) in sweep_words(sweep)
    data = sweep.to_dict()["load_curves"][0]
    assert [row["load"] for row in data["loads"]] == [10.0, 20.0, 30.0, 40.0, 50.0]
    assert data["knee"] == 30.0
    assert data["knees"]["mean"] == 30.0


def test_each_setting_has_its_own_curve(tiny: Scenario) -> None:
    """Other axes and variants split the curves; no load, or too few, is said."""
    shaped = Shaped(orders__goodput=goodput_to_thirty, orders__offered=offered)
    sweep = run_sweep(tiny, (*LOADS, "services.back.workers=1,2"), runs=3, runner=shaped)
    assert [curve.settings for curve in sweep.load_curves()] == [
        (("services.back.workers", "1"),),
        (("services.back.workers", "2"),),
    ]
    with pytest.raises(SweepError, match="a load is a path such as"):
        run_sweep(tiny, SIX, runs=3, runner=shaped).load_curves()
    few = run_sweep(tiny, ("workload.orders.arrivals.rate=10/s,20/s",), runs=3, runner=shaped)
    with pytest.raises(SweepError, match="a curve takes 3 loads"):
        few.load_curves()
    assert few.to_dict()["load_curves"] == []


INPUTS = ("faults.slow.factor=1..20:log", "network.hop=1ms..5ms", "services.back.workers=1,2,3,4")


def plane(point: Point, at: int) -> float:
    """Goodput falls with the logarithm of the factor, rises with the workers, and never heard of the hop."""
    factor = point.scenario.faults["slow"].factor  # type: ignore[attr-defined]
    return 50.0 - 6.0 * math.log(factor) / math.log(20.0) + workers(point) + noise(3, at, 0)


@pytest.mark.parametrize(("sample", "points"), [("morris:20", 80), pytest.param("sobol-indices:64", 320, marks=THOROUGH)])
def test_which_input_matters(tiny: Scenario, tmp_path: Path, sample: str, points: int) -> None:
    """Laid out, stored, read again, put together from shards: the analysis is the same, and names what matters."""
    sweep = run_sweep(tiny, INPUTS, sample=sample, runs=3, runner=Shaped(goodput=plane), folder=tmp_path / "whole")
    assert len(sweep.points) == points
    found = sweep.sensitivity("goodput")
    assert found.names == ("faults.slow.factor", "network.hop", "services.back.workers")
    assert [row.matters for row in found.rows] == [True, False, True]
    assert found.ranked[0] == 0
    told = found.sentences()
    assert "not proven to matter to goodput: network.hop" in told
    assert "faults.slow.factor" in told[0]
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["inputs"].keys() == set(found.names)
    assert load_sweep(tmp_path / "whole").sensitivity("goodput").to_dict() == found.to_dict()
    for part in ("1", "2"):
        run_sweep(
            tiny, INPUTS, sample=sample, runs=3, runner=Shaped(goodput=plane), folder=tmp_path / part, shard=f"{part}/2"
        )
    merged = merge_sweeps([tmp_path / "1", tmp_path / "2"], tmp_path / "merged")
    assert merged.sensitivity("goodput").to_dict() == found.to_dict()
    text = sweep_table(sweep, ["goodput"]).text()
    assert all(name in text for name in found.names)
    assert sweep_words(sweep, ["goodput"]) == told
    assert sweep.verdict("goodput") == []


def test_indices_that_few_base_points_do_not_tell_are_not_stated(tiny: Scenario) -> None:
    """Of a wide interval it is said that it does not tell; a total below first-order is no finding; shares end at 0 and 1."""
    sweep = run_sweep(tiny, INPUTS, sample="sobol-indices:16", runs=1, runner=Shaped(goodput=plane))
    found = sweep.sensitivity("goodput")
    bars = [[(0.4, 0.2, 1.3), (0.3, 0.2, 0.4)], [(0.5, 0.4, 0.6), (0.4, 0.3, 0.5)], [(0.4, 0.3, 0.5), (0.4, 0.3, 0.5)]]
    pairs = [[Bar(value=value, low=low, high=high) for value, low, high in each] for each in bars]
    rows = tuple(Index(first=first, total=total) for first, total in pairs)
    told = replace(found, rows=rows).sentences()
    assert any(text.startswith("too few base points to tell how much") and "40 [20, 100] % by itself" in text for text in told)
    assert any(text.endswith("by itself and with interactions: 16 base points do not tell them apart") for text in told)
    assert any("by itself, for 40 [30, 50] % with interactions" in text for text in told)
    assert found.counted == "95 % interval by resampling the 16 base points (n = 1 a point)"


def test_the_effects_have_the_size_that_they_have(tiny: Scenario) -> None:
    """6 over the range of the factor, down; the frame and the bars say the same."""
    sweep = run_sweep(tiny, INPUTS, sample="morris:20", runs=3, runner=Shaped(goodput=plane))
    found = sweep.sensitivity("goodput")
    assert found.bars["mu_star"][0][0] == pytest.approx(6.0, abs=1e-3)
    assert found.sentences()[0].startswith("goodput changes by 6/s")
    assert "(down) when faults.slow.factor goes through its range" in found.sentences()[0]
    pytest.importorskip("pandas")
    frame = found.to_frame()
    assert list(frame.columns) == ["input", "index", "value", "low", "high"]
    assert frame.value[0] == pytest.approx(6.0, abs=1e-3)


def test_effects_on_shares_are_in_percentage_points(tiny: Scenario) -> None:
    """From 1 to 4 workers the share rises by 0.06: by 6 points, not by 6 %, which would be another figure."""
    shaped = Shaped(errors=lambda point, at: 0.02 * workers(point) + 0.001 * at)
    sweep = run_sweep(tiny, INPUTS, sample="morris:20", runs=2, runner=shaped)
    row = next(line for line in sweep_table(sweep, ["errors"]).text().splitlines() if "workers" in line)
    assert "6.000 [6.000, 6.000] pp" in " ".join(row.split()), row
    assert "errors changes by 6 [6, 6] points (up)" in sweep_words(sweep, ["errors"])[0]


@pytest.mark.parametrize("axis", ["services.back.workers=1..3", "services.back.workers=1,3", "services.back.workers=1,2,3"])
def test_whole_numbers_and_lists_do_not_blow_effects_up(tiny: Scenario, tmp_path: Path, axis: str) -> None:
    """One unit a worker is two from 1 to 3, though a design's steps of 2/3 become 1/2 or 1; also when it is read again."""
    runner = Shaped(goodput=lambda point, at: float(workers(point)) + at)
    sweep = run_sweep(tiny, (axis, INPUTS[1]), sample="morris:20", runs=2, runner=runner, folder=tmp_path / "out")
    rows = sweep.sensitivity("goodput").rows
    assert [row.mu for row in rows] == pytest.approx([2.0, 0.0])
    assert load_sweep(tmp_path / "out").sensitivity("goodput").rows == rows
    assert Sweep.load(sweep.save(tmp_path / "sweep.evf")).sensitivity("goodput").rows == rows


def test_ranges_that_an_earlier_version_did_not_note(tiny: Scenario) -> None:
    """Without them nobody knows how far an input went: refused, with the remedy."""
    sweep = run_sweep(tiny, INPUTS, sample="morris:20", runs=1, runner=Shaped())
    older = replace(sweep, plan=replace(sweep.plan, over=()))
    with pytest.raises(SweepError, match="did not note its ranges; repeat its command"):
        older.sensitivity("goodput")


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ("morris:19", "take 20 paths at least"),
        ("sobol-indices:100", "a power of 2"),
        ("sobol-indices:8", "16 at least"),
        ("morris", "is not a sample"),
    ],
)
def test_designs_that_will_not_do_are_refused(tiny: Scenario, sample: str, message: str) -> None:
    """With what would do; and points of another layout have no sensitivity."""
    with pytest.raises(SweepError, match=message):
        run_sweep(tiny, INPUTS, sample=sample, runs=1, runner=Shaped())


def test_a_sweep_that_is_no_design_has_no_sensitivity(tiny: Scenario) -> None:
    """Nor has a metric that some run lacks; both say what to do."""
    with pytest.raises(SweepError, match="sweep with --sample morris:20 or sobol-indices:256"):
        run_sweep(tiny, SIX, runs=3, runner=Shaped()).sensitivity()
    endless = Shaped(time_to_recover=lambda _point, _at: math.inf)
    with pytest.raises(SweepError, match="no finite 'time_to_recover'; finish the sweep, or analyse"):
        run_sweep(tiny, INPUTS, sample="morris:20", runs=1, runner=endless).sensitivity("time_to_recover")


def test_a_recovery_that_is_not_seen_has_a_median(tiny: Scenario) -> None:
    """A sweep keeps no length of watching, so there is the median with its interval, and no mean."""

    def recovery(_point: Point, at: int) -> float:
        return math.inf if at % 4 == 3 else float(at)

    found: Any = run_sweep(tiny, SIX, runs=12, runner=Shaped(time_to_recover=recovery)).estimate(0, "time_to_recover")
    assert found.survival.unseen == 3
    assert found.survival.median == 6.0
    assert math.isnan(found.survival.mean)
    assert TINY["name"] == "tiny"


def test_many_differences_are_counted_and_endless_ones_are_told_by_pairs(tiny: Scenario) -> None:
    """Eight are told one by one, the others by number; where values have no end, the pairs that tell are counted."""
    over = ("services.back.workers=1,2,3,4,5,6,7,8,9,10,11",)
    shaped = Shaped(
        goodput=lambda point, at: 5.0 * workers(point) + noise(1, at, 0),
        time_to_recover=lambda point, at: math.inf if workers(point) == 2 else 3.0 + noise(1, at, 0),
    )
    sweep = run_sweep(tiny, over, runs=10, runner=shaped)
    told = sweep.verdict("goodput")
    assert "10 of 10 points are proven to differ" in told[0]
    assert told[9] == "and 2 more points that differ: points 9, 10"
    endless = sweep.verdict("time_to_recover")
    assert "point 1 (services.back.workers=2) is worse than point 0" in endless[1]
    assert "lower in 10 of 10 pairs" in endless[1]


def test_points_that_are_watched_for_less_are_not_worse(tiny: Scenario) -> None:
    """Not recovered within 4 s need not be longer than 9 s, which a longer run saw; it is longer than 3 s."""
    over = ("faults.slow.for=9s,1s",)
    longer = tiny.replace("run.horizon", "20s")  # from the fault's end watched for 4 s, and for 12 s

    def recovered_after(seconds: float) -> Shaped:
        return Shaped(time_to_recover=lambda point, _at: math.inf if point.number == 0 else seconds)

    unknown = run_sweep(longer, over, runs=10, runner=recovered_after(9.0))
    assert unknown.difference(1, "time_to_recover").better == ""
    assert unknown.verdict("time_to_recover")[1] == "no proven difference in time_to_recover: point 1"
    known = run_sweep(longer, over, runs=10, runner=recovered_after(3.0))
    assert known.difference(1, "time_to_recover").better == "point"
    assert known.difference(1, "time_to_recover", against=0).better == "point"


def test_points_of_another_time_are_not_compared(tiny: Scenario) -> None:
    """A run of twice the time loses twice as much: no point is worse, or best, for that; words and table say which and why."""
    shaped = Shaped(lost=lambda point, at: point.scenario.run.horizon / 2e9 + 0.1 * noise(4, at, 0))
    sweep = run_sweep([tiny, tiny.replace("run.horizon", "12s")], runs=8, runner=shaped)
    why = "horizon 6s and 12s"
    assert sweep.verdict("lost") == [f"point 1 is not compared: it runs over another time than the baseline ({why})"]
    assert sweep.to_dict(["lost"])["points"][1]["differences"] == {}
    with pytest.raises(SweepError, match=f"points 0 and 1 cannot be paired: {why}"):
        sweep.difference(1, "lost")
    with pytest.raises(SweepError, match=f"run over different times cannot be told: {why}"):
        sweep.best("lost", 1.0)
    text = sweep_table(sweep, ["lost"]).text()
    assert "not compared (1)" in text
    assert f"(1) another time than the baseline: {why}" in text
    both = run_sweep(tiny, ["run.horizon=6s,12s", "services.back.workers=1,2"], runs=8, runner=shaped)
    assert set(both.differences("lost")) == {1}
    assert f"points 2, 3 are not compared: they run over another time than the baseline ({why})" in both.verdict("lost")


def test_what_cannot_be_said_of_a_sweep_is_refused(tiny: Scenario) -> None:
    """A single point has no best, a difference of nothing decides nothing, a broken curve has no knee."""

    class Broken(Shaped):
        def __call__(self, task: Task, seed: int) -> Summary:
            if task.replication == 1:
                message = "stuck"
                raise RuntimeError(message)
            return super().__call__(task, seed)

    single = run_sweep(tiny, runs=3, runner=Shaped())
    with pytest.raises(SweepError, match="from 2 to 500 points"):
        single.best("goodput", 1.0)
    assert single.verdict("goodput") == []
    with pytest.raises(SweepError, match="delta is 0; give the smallest difference that matters"):
        run_sweep(tiny, SIX, runs=3, runner=Shaped()).best("goodput", 0.0)
    broken = run_sweep(tiny, LOADS, runs=3, runner=Broken())
    with pytest.raises(SweepError, match="some runs of the curve are missing"):
        broken.load_curves()
    assert broken.differences("errors")[1].p == 1.0


def test_a_sensitivity_shows_itself(tiny: Scenario) -> None:
    """In sentences, as an escaped list; of a variant that is there."""
    variants = [tiny, tiny.replace("name", "other")]
    sweep = run_sweep(variants, INPUTS, sample="morris:20", runs=2, runner=Shaped(goodput=plane))
    found = sweep.sensitivity("goodput", "other")
    assert found.variant == "other"
    assert repr(found).count("\n") == 3
    assert found._repr_html_().count("<li>") == 4
    with pytest.raises(SweepError, match="there is no variant 'third'; there are tiny, other"):
        sweep.sensitivity("goodput", "third")
    assert "variant" in sweep_table(sweep, ["goodput"]).text()
    endless = run_sweep(tiny, INPUTS, sample="morris:20", runs=1, runner=Shaped(goodput=lambda *_: math.inf))
    assert "no sensitivity" in sweep_words(endless, ["goodput"])[0]
    assert sweep_table(endless, ["goodput"]).rows == ()
