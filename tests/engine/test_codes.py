"""What words of rows mean: within one group no code stands for two things."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from sim.engine.compiled_engine import codes
from sim.network import model


def groups(path: str) -> list[dict[str, int]]:
    """The whole numbers that a module names, in groups, each of which begins with a comment; widths in bits left out."""
    found: list[dict[str, int]] = [{}]
    for line in Path(path).read_text().splitlines():
        given = re.match(r"([A-Z][A-Z_]*) = (-?\d+)(?:  #|$)", line)
        if line.startswith("# "):
            found.append({})
        elif given and not given[1].endswith("_BITS"):
            found[-1][given[1]] = int(given[2])
    return found


def doubled(names: dict[str, int]) -> list[str]:
    """Those that have a number that another one has."""
    times = Counter(names.values())
    return [name for name, number in names.items() if times[number] > 1]


def test_no_code_of_the_kernel_stands_for_two_things() -> None:
    """States, callers and what is on the agenda are told from each other by their numbers alone."""
    found = groups(codes.__file__)
    assert [len(next(one for one in found if name in one)) for name in ("RUNNING", "GONE", "OVER", "DO_LOAD")] == [8, 7, 10, 21]
    assert [doubled(one) for one in found if doubled(one)] == []


def test_no_instruction_is_another_one() -> None:
    """Steps of all families have numbers of their own."""
    names = next(one for one in groups(model.__file__) if "WORK" in one)
    instructions = dict(list(names.items())[: list(names).index("OF_FAMILIES")])
    assert {"YIELD", "FELL_BACK", "SAGA_TOLD", "RELOAD"} <= set(instructions)
    assert doubled(instructions) == []
