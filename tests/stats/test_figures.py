"""Figures are printed with their unit, and with no more digits than they deserve."""

import math

import pytest

from sim.stats.figures import format_interval, format_number, format_value, rounded


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.41234, "s", "412 ms"),
        (12.3456, "s", "12.3 s"),
        (0.0000025, "s", "2.5 us"),
        (2e-8, "s", "20 ns"),
        (0.0, "s", "0 s"),
        (0.01234, "share", "1.23 %"),
        (0.17, "points", "17 points"),
        (97.514, "1/s", "97.5/s"),
        (512.0, "messages", "512 messages"),
        (1234567.0, "1", "1 234 567"),
        (1.0, "1", "1"),
        (0.00123456, "1", "0.00123"),
        (-3.14159, "1", "-3.14"),
        (math.inf, "s", "infinite"),
        (math.nan, "s", "-"),
    ],
)
def test_a_value_has_its_unit(value: float, unit: str, text: str) -> None:
    """Three significant digits, and the step of the unit that suits."""
    assert format_value(value, unit) == text


def test_an_interval_names_a_shared_unit_once() -> None:
    """And each unit where they differ."""
    assert format_interval(0.41, 0.38, 0.45, "s") == "410 [380, 450] ms"
    assert format_interval(1.2, 0.9, 1.5, "s") == "1.2 s [900 ms, 1.5 s]"
    assert format_interval(10.0, 9.0, 11.0, "1/s") == "10/s [9/s, 11/s]"
    assert format_interval(3.0, 2.0, 4.0, "1") == "3 [2, 4]"
    assert format_interval(3000.0, 2000.0, 4000.0, "1") == "3 000 [2 000, 4 000]"


def test_numbers_in_files_have_twelve_digits() -> None:
    """Enough for everybody, and the same on every machine."""
    assert rounded(1 / 3) == 0.333333333333
    assert rounded(math.inf) is None
    assert format_number(1e15) == "1e+15"
