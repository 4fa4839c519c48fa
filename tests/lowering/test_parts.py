"""A module cut in parts does what the whole one does, whoever makes which part."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from sim.engine.compiled_engine.sources import PARTS, ir
from sim.lowering import at_once, machine
from sim.lowering.at_once import object_codes
from sim.lowering.machine import loaded, object_code
from sim.lowering.module import lowered
from sim.lowering.parts import parted
from sim.shared import Words, entrance, rare

DEFINED = re.compile(r"^define (?!internal|available)(?:hidden )?\w+ @([\w.]+)\(", re.MULTILINE)
NAME = "tests.lowering.test_parts."


@rare
def odd(m: Words, value: int) -> int:
    """Called from two others."""
    m[1] = m[1] + value // 3 - (value & 7)
    return m[1] ^ value


def small(value: int) -> int:
    """Expanded wherever it is called."""
    return value * 5 - (value >> 2) + value % 7


@entrance
def left(m: Words) -> None:
    """One of two that call each other by way of `odd`."""
    for step in range(5):
        m[2] = m[2] + odd(m, small(m[0] + step))


@entrance
def right(m: Words) -> None:
    """The other one, with a function that only it calls."""
    m[3] = odd(m, m[2]) - only_here(m)


@entrance
def only_here(m: Words) -> int:
    """Called at one place."""
    return small(m[1]) + (m[2] | 12)


def entry(m: Words) -> None:
    """Calls both, twice."""
    for _ in range(2):
        left(m)
        right(m)
        m[0] = m[0] * 3 + odd(m, m[3])
    left(m)
    right(m)


TEXT = lowered(entry, "entry")


def run(codes: list[bytes], value: int) -> list[int]:
    """The memory after a run that begins with a value."""
    memory = np.array([value, 1, 2, 3], dtype=np.int64)
    loaded(codes, "entry", memories=1)(int(memory.ctypes.data))
    return list(memory.tolist())


@pytest.mark.parametrize("number", [1, 2, 3, 7])
def test_parts_do_what_the_whole_does(number: int) -> None:
    """However many they are, linked in whatever order."""
    whole = [object_code(TEXT)]
    codes = [object_code(part) for part in parted(TEXT, number)]
    for value in (0, 1, -1, 12345678901234, -(1 << 62)):
        assert run(codes, value) == run(codes[::-1], value) == run(whole, value)


def test_every_function_lies_in_one_part_and_one_called_at_one_place_with_its_caller() -> None:
    """Nothing is made twice, and LLVM sees what it may expand."""
    parts = parted(TEXT, 3)
    assert len(set(parts)) == 3
    bodies = [part.split("declare hidden")[0] for part in parts]
    for name in ("entry", f"{NAME}left", f"{NAME}right", f"{NAME}odd"):
        places = [re.findall(rf"^define (?!available)[^\n]*@{re.escape(name)}\(", part, re.MULTILINE) for part in parts]
        assert sum(map(len, places)) == 1, name
    (with_right,) = [body for body in bodies if f"@{NAME}right(" in "".join(re.findall(r"^define [^\n]*", body, re.MULTILINE))]
    assert re.search(rf"^define internal i64 @{re.escape(NAME)}only_here\(", with_right, re.MULTILINE)


def test_the_kernel_is_cut_into_parts_of_much_the_same_size() -> None:
    """So that two processors are through with it at much the same time; what both need is made in one of them."""
    parts = parted(ir(), PARTS)
    sizes = [part.count("\n") for part in parts]
    assert max(sizes) < 1.6 * min(sizes)
    twice = [name for name, times in Counter(name for part in parts for name in DEFINED.findall(part)).items() if times > 1]
    assert not twice
    assert parts == parted(ir(), PARTS)


def test_another_process_makes_the_same_machine_code() -> None:
    """A part is the same bytes whichever process makes it."""
    parts = parted(TEXT, 2)
    assert at_once._in_a_process(parts[1]) == object_code(parts[1])
    assert object_codes(parts) == [object_code(part) for part in parts]


@pytest.mark.parametrize("how", ["no such program", "fails", "answers something else", "frozen", "one processor"])
def test_a_process_that_does_not_do_it_costs_only_time(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no second process makes its part, this one makes all of them."""
    parts = parted(TEXT, 2)
    made = [object_code(part) for part in parts]
    here: list[str] = []
    monkeypatch.setattr(machine, "object_code", lambda text: here.append(text) or made[parts.index(text)])
    if how == "no such program":
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
    elif how == "frozen":
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    elif how == "one processor":
        monkeypatch.setattr(at_once.os, "cpu_count", lambda: 1)
    else:
        text = "import sys; sys.exit(1)" if how == "fails" else "print('hello')"
        original = subprocess.run
        monkeypatch.setattr(at_once.subprocess, "run", lambda _, **given: original([sys.executable, "-c", text], **given))
    assert object_codes(parts) == made
    assert here == parts
