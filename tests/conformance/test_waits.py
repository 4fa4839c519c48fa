"""Both engines tell the same history where most calls have guards at which attempts wait, in any order, with ties or none."""

from __future__ import annotations

import pytest

from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import numbered_waits


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(10))
def test_many_scenarios_with_waits_at_guards_conform(part: int) -> None:
    """Thousands of numbered examples; the first dozen are among those of `test_generated.py`."""
    for n in range(100 + 200 * part, 300 + 200 * part):
        assert_conform(Scenario.model_validate(numbered_waits(n)), seed=n)
