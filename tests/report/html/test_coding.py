"""Series as short texts come back as they were, to a step."""

from __future__ import annotations

import base64
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.report.html.coding import pack, step_for, unpack

NUMBERS = st.lists(st.one_of(st.just(math.nan), st.just(0.0), st.floats(0.0, 1e9)), min_size=1, max_size=300)


@given(NUMBERS)
@example([5e-324])
@example([math.nan])
def test_what_is_packed_comes_back(numbers: list[float]) -> None:
    """Every value comes back within half a step, and none as none; the step is about a thousandth of the highest."""
    values = np.array(numbers)
    packed = pack(values)
    found = unpack(packed, len(values))
    assert np.array_equal(np.isnan(found), np.isnan(values))
    assert np.all(np.abs(found - values)[~np.isnan(values)] <= packed["step"] * 0.5000001)
    highest = np.nanmax(values, initial=0.0)
    assert highest == 0.0 or packed["step"] <= 2.5 * max(highest, 1e-6) / 1000


def test_what_does_not_change_costs_next_to_nothing() -> None:
    """Ten thousand equal values take a few bytes; a rough series about a byte a value."""
    assert len(pack(np.full(10_000, 3.0))["data"]) <= 12
    rough = 500.0 + 30.0 * np.sin(np.arange(600) * 1.7)
    assert len(base64.b64decode(pack(rough)["data"])) <= 1.3 * 600


@pytest.mark.parametrize(("highest", "step"), [(0.0, 1.0), (1.0, 0.001), (0.3, 0.0005), (1500.0, 2.0), (5000.0, 5.0)])
def test_steps_are_round(highest: float, step: float) -> None:
    """1, 2 or 5 times a power of ten."""
    assert step_for(np.array([0.0, highest])) == step


@pytest.mark.parametrize(("data", "count"), [("", 3), ("AAM=", 2), ("AAM=", 4), ("AP//////DA==", 5)])
def test_a_series_of_another_length_is_refused(data: str, count: int) -> None:
    """What is too short or too long, by billions even, is an error and not a guess."""
    with pytest.raises(ValueError, match=f"where {count} were expected"):
        unpack({"step": 1.0, "data": data}, count)
