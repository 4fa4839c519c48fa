"""YAML as everybody reads it: version 1.2 scalars, positions, and an exact way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import yaml_reader
from sim.scenario.yaml_reader import read_value, read_yaml
from sim.scenario.yaml_writer import write_yaml

SCALARS = {
    "5": 5,
    "-3": -3,
    "010": 10,
    "0o10": 8,
    "0x1F": 31,
    "1e3": 1000.0,
    "1.5": 1.5,
    ".5": 0.5,
    "true": True,
    "False": False,
    "null": None,
    "~": None,
    "on": "on",
    "no": "no",
    "Yes": "Yes",
    "y": "y",
    "1:30": "1:30",
    "1_000": "1_000",
    "2026-01-01": "2026-01-01",
    "'5'": "5",
    '"true"': "true",
    "0.1.2": "0.1.2",
    "=": "=",
}


@pytest.mark.parametrize(("text", "value"), SCALARS.items())
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    """Only true and false are booleans, only decimal digits are decimal, and 1e3 is a number."""
    found = read_value(text)
    assert found == value
    assert type(found) is type(value)


def test_positions_are_remembered() -> None:
    """Each value knows its line and column, each mapping its key's."""
    document = read_yaml(b"a:\n  - b: 1\n    c: {d: e}\n", "x.yaml")
    assert document.data == {"a": [{"b": 1, "c": {"d": "e"}}]}
    assert document.locate(("a", 0, "b")) == (2, 8)
    assert document.locate(("a", 0, "c", "d")) == (3, 12)
    assert document.locate(("a", 0, "c", "d"), key=True) == (3, 9)
    assert document.locate(("a", 0, "c")) == (3, 5)
    assert document.locate(("a", 0, "c", "missing")) == (3, 5)
    assert document.locate(("a",)) == (1, 1)


def test_keys_are_texts_whatever_they_look_like() -> None:
    """A service may be named 1 or on."""
    assert read_yaml(b"1: a\non: b\n", "x").data == {"1": "a", "on": "b"}


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=20)
    | st.sampled_from(["1e3", "on", "1:30", "0x1F", "~", "null", "5%", "-", "a: b", "# x", "10", ".5", "0o7"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc1", min_size=1, max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_what_is_written_is_read(data: object) -> None:
    """Writing data and reading it changes no value and no type."""
    found = read_yaml(write_yaml(data).encode(), "x")
    assert found.problems == []
    assert found.data == data


@pytest.mark.parametrize("text", [b"a: [1, {b: c}]\n", b"a: [1\n", b"a: 1\na: 2\n", b"\ta: 1\n", b"a: !!str 1\n"])
def test_the_pure_python_parser_says_the_same(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML has no C library, data and places are the same."""
    fast = read_yaml(text, "x")
    monkeypatch.setattr(yaml_reader, "_LOADER", yaml_reader.yaml.SafeLoader)
    slow = read_yaml(text, "x")
    assert slow.data == fast.data or fast.problems
    assert [(problem.line, problem.message) for problem in slow.problems] == [
        (problem.line, problem.message) for problem in fast.problems
    ]
