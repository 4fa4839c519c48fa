"""Effects in saved files: they come back to the bit; a file that is older than effects has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.replications import run_replications
from sim.results.result import Result
from sim.saved.container import save
from sim.saved.errors import SavedError
from sim.saved.results import packed
from sim.scenario.scenario import Scenario
from sim.sweeps.summary import METRICS
from tests.effects.scene import troubled_shop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def troubled() -> Result:
    """Two replications of a shop in which everything happens to effects."""
    return run_replications(Scenario.model_validate(troubled_shop()), replications=2)


def test_effects_come_back(troubled: Result, tmp_path: Path) -> None:
    """Counts, levels, fingerprint and metrics are equal, and the books still balance."""
    loaded = Result.load(troubled.save(tmp_path / "a.npz"))
    assert loaded.fingerprint() == troubled.fingerprint()
    for before, after in zip(troubled.records, loaded.records, strict=True):
        assert np.array_equal(before.effects, after.effects)
        assert np.array_equal(before.effect_levels, after.effect_levels)
        after.check()
    assert loaded.values("effects_undone") == troubled.values("effects_undone")
    assert loaded.to_xarray()["effect_undone"].dims == ("replication", "window", "effect")


def test_effects_cannot_be_left_out_of_a_file(troubled: Result, tmp_path: Path) -> None:
    """A file of a scenario with effects that has no table of them is refused, not read as none."""
    header, arrays = packed("run", {"a": troubled}, METRICS)
    del header["columns"]["effects"]
    path = save(tmp_path / "a.npz", header, arrays)
    with pytest.raises(SavedError, match="effects"):
        Result.load(path)
