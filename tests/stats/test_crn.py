"""Common random numbers save replications where people compare: see ``python -m tests.stats.crn``."""

import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sim.metrics.paths import resolve
from sim.scenario.loader import load
from tests.stats import crn

FEW = 20
SHIPPED = [pair for pair in crn.PAIRS if pair.counted]


def drawn(seed: int, n: int, alike: float) -> tuple[list[float], list[float]]:
    """Two samples of standard normal values with a correlation: the variance reduction is 1 / (1 - alike)."""
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal((3, n))
    a, b = np.sqrt(alike) * noise[2] + np.sqrt(1.0 - alike) * noise[:2]
    return a.tolist(), b.tolist()


def test_there_are_ten_pairs_of_shipped_configurations() -> None:
    """Each is two different configurations of shipped files, both valid, both with the metric; no pair comes twice."""
    assert len(SHIPPED) >= 10
    assert len({(pair.a, pair.b) for pair in crn.PAIRS}) == len(crn.PAIRS)
    for pair in crn.PAIRS:
        a, b = (load(crn.SCENARIOS / file, changes) for file, changes in (pair.a, pair.b))
        assert a.digest() != b.digest()
        assert a.run == b.run
        assert resolve(pair.metric, a)[0] == resolve(pair.metric, b)[0]


def test_metrics_were_chosen_by_the_rule() -> None:
    """Goodput where the scenario has a fault or a rush that makes requests fail, else a mean time."""
    for pair in crn.PAIRS:
        one = load(crn.SCENARIOS / pair.a[0], pair.a[1])
        rush = any(flow.arrivals.kind == "step" for flow in one.workload.values())
        lossless = not (one.faults or rush) or one.architecture == "event-driven"
        assert pair.metric.endswith(".mean" if lossless else ".goodput"), crn.name(pair)


@pytest.mark.parametrize("alike", [0.0, 0.5, 0.9])
def test_the_interval_of_the_factor_is_right(alike: float) -> None:
    """Of 300 samples of 50 pairs, about 95 % of the intervals contain the true factor."""
    found = [crn.saved(SHIPPED[0], *drawn(seed, 50, alike)) for seed in range(300)]
    right = sum(one.low <= 1.0 / (1.0 - alike) <= one.high for one in found)
    assert 0.90 * 300 < right < 0.99 * 300


def test_few_replications_show_it_already() -> None:
    """Balancing in turn or at random: one fifth of the replications, or fewer, say as much as unpaired runs would."""
    pair = next(pair for pair in SHIPPED if "random" in pair.question)
    with ThreadPoolExecutor(1) as pool:
        a, b = (crn.values(side, pair.metric, FEW, pool) for side in (pair.a, pair.b))
    found = crn.saved(pair, a, b)
    assert found.factor > 5.0
    assert found.low > 1.0
    unpaired = crn.saved(pair, a, b[1:] + b[:1])
    assert unpaired.low < 1.5 < found.low, "values of other replications have nothing in common"


@pytest.mark.calibration
def test_median_of_five_and_never_below_one() -> None:
    """Over all shipped pairs the median factor is at least 5, and none is below 1."""
    found = crn.measured(crn.PAIRS, crn.REPLICATIONS, 1)
    assert crn.holds(found), [(crn.name(one.pair), one.factor) for one in found]


def row(factor: float, *, counted: bool = True) -> crn.Saved:
    """A made-up result."""
    pair = crn.wirings("order-pipeline", "order.goodput", "?", counted=counted)
    return crn.Saved(pair, factor, factor / 2.0, factor * 2.0, (50.0, 60.0))


def test_it_holds_when_the_median_is_five_and_none_is_below_one() -> None:
    """Either can fail; a row that is shown only does not count."""
    assert crn.holds([row(1.0), row(5.0), row(90.0)])
    assert not crn.holds([row(1.0), row(4.9), row(90.0)])
    assert not crn.holds([row(0.9), row(5.0), row(90.0)])
    assert crn.holds([row(1.0), row(5.0), row(90.0), row(0.5, counted=False), row(0.5, counted=False)])


def test_the_command_writes_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a file or to the terminal, and its exit code says whether it holds."""
    results = iter([[row(6.0), row(7.0)], [row(6.0), row(0.9)]])
    monkeypatch.setattr(crn, "measured", lambda *_: next(results))
    assert crn.main(["--out", str(tmp_path / "table.md"), "--replications", "5"]) == 0
    text = (tmp_path / "table.md").read_text()
    assert "median **6.5**, least **6.00**" in text
    assert "| order-pipeline: sync, events | ? | order.goodput | 50 | 60 | 6.00 | 3.00 to 12.00 |" in text
    assert crn.main([]) == 1
    assert "IT DOES NOT HOLD" in capsys.readouterr().out


def test_a_side_of_several_pairs_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And every pair is measured, in order."""
    asked: list[crn.Side] = []

    def values(side: crn.Side, _metric: str, replications: int, _pool: object) -> list[float]:
        asked.append(side)
        return drawn(len(asked), replications, 0.0)[0]

    monkeypatch.setattr(crn, "values", values)
    found = crn.measured(crn.PAIRS, FEW, 1)
    assert [one.pair for one in found] == list(crn.PAIRS)
    assert len(asked) == len({(side, pair.metric) for pair in crn.PAIRS for side in (pair.a, pair.b)})
    assert statistics.median(one.factor for one in found) < 2.0
