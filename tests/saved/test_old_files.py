"""Files of format 1, written when it was new and kept here since: every later version reads them, with the same numbers.

data/format1-run.npz      shop-sync of conftest.py, 4 s, 3 replications          data/format1.json: what they say
data/format1-compare.npz  the same beside shop-events
data/format1-sweep.npz    both over services.front.workers=4,1

They are never written again. A version that counts more says in `sim.saved.layout.CAME_LATER` what stood there before; a
version with a new format adds files of its own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sim.judgements.baseline import compare_to_baseline
from sim.loaded import load_saved, notes_of
from sim.record.record import SEMANTICS
from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.results.result import Result
from sim.sweeps import Sweep
from sim.sweeps.summary import METRICS

if TYPE_CHECKING:
    from sim.scenario import Scenario

DATA = Path(__file__).parent / "data"
KNOWN: dict[str, Any] = json.loads((DATA / "format1.json").read_text(encoding="utf-8"))


def values_of(kind: str, loaded: Any, path: str) -> list[float]:
    """A metric's values in the file: of the run, of side b, of point 2."""
    if kind == "sweep":
        found: list[float] = loaded.values(2, path)
        return found
    return (loaded.b if kind == "compare" else loaded).values(path)


@pytest.mark.parametrize(("kind", "expected"), [("run", Result), ("compare", Comparison), ("sweep", Sweep)])
def test_files_of_format_1_load(kind: str, expected: type) -> None:
    """The fingerprint is the one they had; so are the values, as long as metrics mean what they meant."""
    loaded = load_saved(DATA / f"format1-{kind}.npz")
    assert isinstance(loaded, expected)
    judged: Any = loaded.b if isinstance(loaded, Comparison) else loaded
    assert judged.fingerprint() == KNOWN[kind]["fingerprint"]
    assert any("semantics" in note for note in notes_of(loaded)) == (KNOWN["semantics"] != SEMANTICS)
    if KNOWN["metrics"] == METRICS:
        for path, values in KNOWN[kind]["values"].items():
            assert [repr(value) for value in values_of(kind, loaded, path)] == values
    assert loaded.to_dict()


def test_an_old_file_is_a_baseline(sync: Scenario) -> None:
    """What runs today can be held against it; as long as runs mean what they meant, nothing changed."""
    base = load_saved(DATA / "format1-run.npz")
    now = run_replications(sync.with_overrides(["run.horizon=4s"]), replications=3)
    found = compare_to_baseline(now, base, gate=["goodput", "orders.latency.p50"])
    assert {change.evidence.design for change in found.changes} == {"paired"}
    if KNOWN["semantics"] == SEMANTICS:
        assert len(found.of("no change")) == 2


def test_an_old_file_can_be_saved_again(tmp_path: Path) -> None:
    """It keeps what wrote it."""
    for kind in ("run", "compare", "sweep"):
        loaded: Any = load_saved(DATA / f"format1-{kind}.npz")
        again: Any = load_saved(loaded.save(tmp_path / "again.npz"))
        assert again.to_dict() == loaded.to_dict()
        one, other = (each.b if kind == "compare" else each for each in (loaded, again))
        assert one.origin == other.origin
