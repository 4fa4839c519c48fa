"""What is saved is what is loaded: counts, figures, charts and bytes."""

from __future__ import annotations

import io
import os
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import sim
from sim.loaded import load_saved
from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.results.result import Result
from sim.sweeps import Sweep, run_sweep

if TYPE_CHECKING:
    from pathlib import Path

    from sim.scenario import Scenario


def drawn(subject: Any, chart: str) -> bytes:
    """A chart as the bytes of an image."""
    axes = getattr(subject.plot, chart)()
    figure = axes.figure
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None}, dpi=50)
    return buffer.getvalue()


def test_a_result_comes_back_to_the_bit(result: Result, tmp_path: Path) -> None:
    """Every array of every record, what the ledger needs, every figure, and the fingerprint are equal."""
    loaded = Result.load(result.save(tmp_path / "a.npz"))
    assert loaded.fingerprint() == result.fingerprint()
    for before, after in zip(result.records, loaded.records, strict=True):
        for one, other in zip(before.arrays(), after.arrays(), strict=True):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)
        assert before.inside.keys() == after.inside.keys()
        for name in before.inside:
            assert np.array_equal(before.inside[name], after.inside[name])
        assert (before.events, before.log_lost) == (after.events, after.log_lost)
        after.check()
    assert loaded.to_dict() == result.to_dict()
    assert (loaded.seed, loaded.engine, loaded.scenario.digest()) == (result.seed, result.engine, result.scenario.digest())
    assert [str(one) for one in loaded.objectives()] == [str(one) for one in result.objectives()]


def test_charts_of_a_loaded_result_are_the_same(result: Result, comparison: Comparison, tmp_path: Path) -> None:
    """Pixel by pixel, of a run and of a comparison."""
    loaded, both = Result.load(result.save(tmp_path / "a.npz")), Comparison.load(comparison.save(tmp_path / "c.npz"))
    assert drawn(loaded, "goodput") == drawn(result, "goodput")
    assert drawn(both, "latency") == drawn(comparison, "latency")


def test_a_comparison_comes_back(comparison: Comparison, tmp_path: Path) -> None:
    """With its headline, its verdict, and the flow that was asked for, or chosen."""
    for one in (comparison, Comparison(comparison.a, comparison.b, flow="direct")):
        loaded = Comparison.load(one.save(tmp_path / "c.npz"))
        assert (loaded.flow, loaded.flow_reason) == (one.flow, one.flow_reason)
        assert loaded.to_dict() == one.to_dict()


def test_claims_of_a_comparison_come_back(comparison: Comparison, tmp_path: Path) -> None:
    """Each claim with its limit as it was asked for, share or text, judged alike; saved again it is the same to the byte."""
    claims = (("orders.latency.p50", "5%"), ("goodput", 0.123456), ("orders.errors", "10pp"))
    claimed = comparison.claiming(*claims)
    path = claimed.save(tmp_path / "c.npz")
    loaded = Comparison.load(path)
    assert [str(claim) for claim in loaded.claims] == [str(claim) for claim in claimed.claims]
    assert len(loaded.claims) == 3
    assert loaded.to_dict() == claimed.to_dict()
    assert loaded.save(tmp_path / "d.npz").read_bytes() == path.read_bytes()
    assert Comparison.load(comparison.save(path)).claims == ()


def test_a_sweep_comes_back(sweep: Sweep, tmp_path: Path) -> None:
    """Every value at every point, the differences, and the fingerprint."""
    loaded = Sweep.load(sweep.save(tmp_path / "s.npz"))
    assert loaded.to_dict() == sweep.to_dict()
    assert loaded.complete
    assert loaded.fingerprint() == sweep.fingerprint()
    for point in sweep.points:
        for path in point.paths:
            assert np.array_equal(loaded.values(point.number, path), sweep.values(point.number, path), equal_nan=True)


def test_an_unfinished_sweep_comes_back_as_it_is(sync: Scenario, tmp_path: Path) -> None:
    """What was not run is missing, what failed is named."""

    def runner(task: Any, seed: int) -> Any:
        if task.replication == 1:
            raise ArithmeticError("as planted")
        return EngineRunner()(task, seed)

    from sim.sweeps.runner import EngineRunner

    sweep = run_sweep(sync, ["services.front.workers=4,1"], runs=2, runner=runner, shard="1/2")
    loaded = Sweep.load(sweep.save(tmp_path / "s.npz"))
    assert (loaded.done, dict(loaded.failures)) == (sweep.done, dict(sweep.failures))
    assert not loaded.complete
    assert loaded.to_dict() == sweep.to_dict()


def test_variants_of_a_sweep_keep_their_own_metrics(sync: Scenario, events: Scenario, tmp_path: Path) -> None:
    """Consumer groups are measured where there are some."""
    sweep = run_sweep([sync, events], ["services.front.workers=4,2"], runs=2)
    loaded = Sweep.load(sweep.save(tmp_path / "s.npz"))
    assert [point.paths for point in loaded.points] == [point.paths for point in sweep.points]
    assert loaded.values(1, "payers.lag_peak") == sweep.values(1, "payers.lag_peak")


def test_equal_contents_are_equal_bytes(result: Result, comparison: Comparison, sweep: Sweep, tmp_path: Path) -> None:
    """Saved twice, or loaded and saved again, or run again: the same file to the byte, whenever it is written."""
    again = run_replications(result.scenario)
    first, second = result.save(tmp_path / "a.npz").read_bytes(), again.save(tmp_path / "b.npz").read_bytes()
    assert first == second
    for one in (result, comparison, sweep):
        path = one.save(tmp_path / "x.npz")  # type: ignore[attr-defined]
        content = path.read_bytes()
        os.utime(path, (1, 1))
        assert load_saved(path).save(tmp_path / "y.npz").read_bytes() == content


def test_numpy_and_any_unzip_show_what_is_in_it(result: Result, tmp_path: Path) -> None:
    """The file is a zip of arrays without pickles; no entry knows when it was written."""
    with np.load(result.save(tmp_path / "a.npz"), allow_pickle=False) as arrays:
        assert arrays["a.services"].shape == (6, 5, 2, result.records[0].services.shape[-1])
        assert {name for name in arrays.files if name.startswith("a.")} == set(arrays.files) - {"header.json"}
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None


def test_the_event_log_is_kept(sync: Scenario, tmp_path: Path) -> None:
    """Records with a log have it afterwards."""
    records = tuple(sim.run_once(sync, replication=number, engine="compiled", log_facts=100) for number in range(2))
    loaded = Result.load(Result(sync, records, 1, "simpy").save(tmp_path / "a.npz"))
    for before, after in zip(records, loaded.records, strict=True):
        assert len(after.log) == 100
        assert np.array_equal(before.log, after.log)
        assert after.log_lost == before.log_lost


def test_whether_a_precision_was_reached_is_kept(sync: Scenario, tmp_path: Path) -> None:
    """What was asked, what was seen at each look, and the figures."""
    result = sim.run(sync, precision="orders.errors:50%, goodput:20%", runs_max=60)
    loaded = Result.load(result.save(tmp_path / "a.npz"))
    assert loaded.precision is not None
    assert result.precision is not None
    assert loaded.precision.to_dict() == result.precision.to_dict()
    assert loaded.precision.required == result.precision.required
    both = sim.compare(sync, sync.replace("name", "other"), precision="goodput:20%", runs_max=60)
    again = Comparison.load(both.save(tmp_path / "c.npz"))
    assert again.precision is not None
    assert again.to_dict() == both.to_dict()


def test_load_saved_reads_whatever_there_is(result: Result, comparison: Comparison, sweep: Sweep, tmp_path: Path) -> None:
    """A run, a comparison, a sweep; the folder of a sweep; and it says what a folder lacks."""
    for one in (result, comparison, sweep):
        loaded = sim.load_saved(one.save(tmp_path / "x.npz"))  # type: ignore[attr-defined]
        assert type(loaded) is type(one)
    run_sweep(result.scenario, ["services.front.workers=4,1"], runs=1, folder=tmp_path / "sweep")
    assert isinstance(sim.load_saved(tmp_path / "sweep"), Sweep)
    with pytest.raises(sim.SavedError, match=r"holds neither result\.npz nor sweep\.json"):
        sim.load_saved(tmp_path)
    with pytest.raises(sim.SavedError, match="holds a comparison, not a result"):
        Result.load(comparison.save(tmp_path / "x.npz"))


@pytest.mark.parametrize("broken", ["new", "write", "sync", "rename"])
def test_a_disk_that_refuses_leaves_the_old_file(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """The error names the file, what was there is still there, and nothing is left beside it."""
    path = tmp_path / "a.npz"
    path.write_bytes(b"before")

    def full(*_args: Any, **_keywords: Any) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(f"sim.files.Files.{broken}", full)
    with pytest.raises(OSError, match="No space left on device") as raised:
        result.save(path)
    assert raised.value.filename == str(path)
    assert path.read_bytes() == b"before"
    assert [one.name for one in tmp_path.iterdir()] == ["a.npz"]


def test_saving_into_a_folder_that_is_not_there_says_so(result: Result, tmp_path: Path) -> None:
    """The error is the system's, and names the file that was asked for."""
    with pytest.raises(FileNotFoundError) as raised:
        result.save(tmp_path / "none" / "a.npz")
    assert raised.value.filename == str(tmp_path / "none" / "a.npz")
