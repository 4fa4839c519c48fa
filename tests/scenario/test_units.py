"""Quantities: what is read, what is refused, and that they print as they read."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.units import (
    DURATION_NS_MAX,
    format_duration,
    format_rate,
    parse_duration,
    parse_rate,
    parse_share,
)

DURATIONS = {
    "0s": 0,
    "5ns": 5,
    "10us": 10_000,
    "10µs": 10_000,
    "0.5ms": 500_000,
    "250ms": 250_000_000,
    "1.5s": 1_500_000_000,
    "1e3ms": 1_000_000_000,
    "2m": 120_000_000_000,
    "1h30m": 5_400_000_000_000,
    "1d": 86_400_000_000_000,
}


@pytest.mark.parametrize(("text", "nanoseconds"), DURATIONS.items())
def test_durations_are_exact_nanoseconds(text: str, nanoseconds: int) -> None:
    """A text with units is a whole number of nanoseconds, with no float in between."""
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["250ms", "1.5s", "2m", "10us", "5ns", "0s", "90s", "45s", "300ms", "500us", "90m"])
def test_durations_print_as_people_write_them(text: str) -> None:
    """The shortest exact text is the usual one."""
    assert format_duration(parse_duration(text)) == text


@given(st.integers(0, DURATION_NS_MAX))
def test_every_duration_reads_back(nanoseconds: int) -> None:
    """Printing and reading a duration changes nothing, to the nanosecond."""
    text = format_duration(nanoseconds)
    if len(text) <= 30:
        assert parse_duration(text) == nanoseconds


def test_timedelta_is_a_duration() -> None:
    """In Python a timedelta is accepted, exactly."""
    assert parse_duration(dt.timedelta(days=1, microseconds=3)) == 86_400_000_003_000


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (5, "needs a unit"),
        (0.5, "needs a unit"),
        ("5", "needs a unit"),
        (None, "got nothing"),
        (True, "got true"),
        ([], "got a list"),
        ("5 parsecs", "not a duration"),
        ("250 ms", "not a duration"),
        ("", "not a duration"),
        ("-5ms", "has a sign"),
        ("+5ms", "has a sign"),
        ("0.5ns", "whole number of nanoseconds"),
        ("1m1h", "from long to short"),
        ("1s1s", "from long to short"),
        ("9999999h", "longer than the longest"),
        ("1" * 40 + "s", "not a duration"),
        (dt.timedelta(seconds=-1), "negative"),
        ("\u0665s", "not a duration"),
    ],
)
def test_what_is_not_a_duration_is_refused_with_the_remedy(value: object, reason: str) -> None:
    """Each refusal says what is wrong, and after a semicolon what would be right."""
    with pytest.raises(ValueError, match=reason) as error:
        parse_duration(value)
    assert "; " in str(error.value)


@pytest.mark.parametrize(
    ("text", "per_second"), [("200/s", 200.0), ("12000/min", 200.0), ("3/h", 3 / 3600), ("0.5/s", 0.5), ("0/s", 0.0)]
)
def test_rates_are_per_second(text: str, per_second: float) -> None:
    """A rate is a float per second, whatever it was written per."""
    assert parse_rate(text) == per_second


@pytest.mark.parametrize("text", ["200/s", "1/min", "3/h", "0.1/s", "0/s", "7/h"])
def test_rates_print_as_people_write_them(text: str) -> None:
    """A rate prints per second, minute or hour, as it reads back exactly."""
    assert format_rate(parse_rate(text)) == text


@given(st.floats(1e-6, 1e8))
def test_every_rate_reads_back(per_second: float) -> None:
    """Printing and reading a rate changes no bit."""
    assert parse_rate(format_rate(per_second)) == per_second


@pytest.mark.parametrize("value", [5, "5", None, "200rps", "200 /s", "-1/s", "1/fortnight", "1e12/s", "20s"])
def test_what_is_not_a_rate_is_refused_with_the_remedy(value: object) -> None:
    """Bare numbers, other units and signs are refused."""
    with pytest.raises(ValueError, match="; "):
        parse_rate(value)


@pytest.mark.parametrize(("value", "share"), [("5%", 0.05), ("0.1%", 0.001), (0.25, 0.25), (1, 1.0), ("100%", 1.0)])
def test_shares_are_numbers_or_percentages(value: object, share: float) -> None:
    """A share is from 0 to 1; percentages are exact decimals."""
    assert parse_share(value) == share


@pytest.mark.parametrize("value", [1.5, -0.1, "110%", "-5%", "0.5", "half", True, None, float("nan")])
def test_what_is_not_a_share_is_refused(value: object) -> None:
    """Texts without %, numbers outside 0 to 1, NaN and booleans are refused."""
    with pytest.raises(ValueError, match=r"share|between"):
        parse_share(value)
