"""An option of one value is given once: the second of two gates would be the only one."""

from __future__ import annotations

import pytest

from sim.cli import main

TWICE = [
    (("compare", "a.yaml", "b.yaml", "--gate", "goodput", "--gate=errors"), "--gate", "; give several by commas"),
    (("run", "a.yaml", "--runs", "3", "--runs", "3"), "--runs", ""),
    (("run", "a.yaml", "-j", "1", "--jobs", "2"), "--jobs", ""),
]


@pytest.mark.parametrize(("words", "option", "more"), TWICE)
def test_an_option_of_one_value_is_given_once(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], option: str, more: str
) -> None:
    """By whichever of its names: it is refused, and said how several values are given where that can be."""
    assert main(words) == 2
    assert f"{option} is given twice, and takes one value{more}" in capsys.readouterr().err


def test_options_of_many_values_are_given_as_often_as_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    """Changes of values are."""
    assert main(("show", "tandem", "-s", "run.horizon=1s", "-s", "run.warmup=0s")) == 0
    assert "tandem" in capsys.readouterr().out
