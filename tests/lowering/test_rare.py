"""Rare functions: they, and what only they call, are made small; what is called often is made as if there were none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from sim.lowering.arithmetic import GROUPS
from sim.lowering.machine import loaded, object_code
from sim.lowering.module import lowered
from sim.lowering.often import OFTEN, RARE
from sim.shared import rare

if TYPE_CHECKING:
    from sim.shared import Words


def doubled(value: int) -> int:
    """Called by both."""
    return 2 * value


def of_rare_ones(value: int) -> int:
    """Called by rare functions only, by one of them under a condition."""
    return doubled(value) + 1


@rare
def seldom(value: int) -> int:
    """A rare function, which is met first."""
    return of_rare_ones(value) + doubled(value)


@rare
def more_seldom(value: int) -> int:
    """Another one, which calls the first."""
    return seldom(value) if value > 10 else of_rare_ones(value)


def often(value: int) -> int:
    """Called by the entry."""
    return doubled(value) - 1


def entry(m: Words) -> None:
    """Calls all of them, rare ones first."""
    m[0] = seldom(m[0])
    m[1] = more_seldom(m[1])
    m[2] = often(m[2])


def test_what_only_rare_functions_call_is_rare() -> None:
    """However they are met: the group of each function's attributes says so."""
    head = re.compile(r"^define \S.*?@(?:tests\.lowering\.test_rare\.)?(\w+)\(.*?\) (#\d) ", re.MULTILINE)
    groups = dict(head.findall(lowered(entry, "entry")))
    assert {groups[name] for name in ("entry", "often", "doubled")} == {GROUPS[OFTEN]}
    assert {groups[name] for name in ("seldom", "more_seldom", "of_rare_ones")} == {GROUPS[RARE]}


def test_rare_functions_mean_the_same() -> None:
    """The attributes change how the code is made, and not what it does."""
    plain, machine = [7, 12, 5], np.array([7, 12, 5], dtype=np.int64)
    entry(plain)
    loaded([object_code(lowered(entry, "entry"))], "entry", memories=1)(int(machine.ctypes.data))
    assert machine.tolist() == plain == [29, 49, 9]
