"""Which calls are expanded: by the size of what is called, the number of places, and how often the caller runs."""

from __future__ import annotations

import re

from sim.lowering.expansion import LIMITS
from sim.lowering.module import lowered
from sim.lowering.often import FEW
from sim.shared import Words, entrance, rare


def small(value: int) -> int:
    """Small enough for every caller but a rare one."""
    return value * 3 + (value & 5) - (value | 6) + (value ^ 9)


def middling(m: Words) -> None:
    """Larger than is expanded behind an entrance, at each of several places."""
    m[0], m[1], m[2], m[3] = m[1] + 1, m[2] * 2, m[3] - 3, m[0] ^ 4
    m[4], m[5], m[6], m[7] = m[5] + 1, m[6] * 2, m[7] - 3, m[4] ^ 4
    m[0], m[1], m[2], m[3] = m[1] + 1, m[2] * 2, m[3] - 3, m[0] ^ 4


@entrance
def way_in(m: Words) -> None:
    """An entrance is never expanded, and what it reaches less."""
    m[0] = small(m[0])
    middling(m)
    behind(m)


def behind(m: Words) -> None:
    """Only an entrance reaches it, at one place."""
    middling(m)


@rare
def seldom(m: Words) -> None:
    """Nothing of any size is expanded here."""
    m[0] = small(m[0])


def entry(m: Words) -> None:
    """Reaches all of them."""
    m[0] = small(m[0]) + small(m[1])
    middling(m)
    way_in(m)
    seldom(m)


def expansions() -> set[tuple[str, str]]:
    """Which calls the text marks: (caller, called)."""
    found = set()
    for body in re.split(r"(?m)^(?=define )", lowered(entry, "entry"))[1:]:
        caller, *called = re.findall(r"@(?:tests\.lowering\.test_expansion\.)?(\w+)\(", body.split("\n")[0])
        assert not called
        marked = re.findall(r"call \w+ @tests\.lowering\.test_expansion\.(\w+)\(.*\) alwaysinline$", body, re.MULTILINE)
        found |= {(caller, name) for name in marked}
    return found


def test_calls_are_expanded_by_size_and_caller() -> None:
    """Small functions nearly everywhere, larger ones where most runs go, entrances and rare functions nowhere."""
    assert expansions() == {("entry", "small"), ("entry", "middling"), ("way_in", "small"), ("way_in", "behind")}


def test_the_example_lies_between_the_limits() -> None:
    """So that the test above is about the limits that there are: what is larger than one of them, and not than the other."""
    text = lowered(entry, "entry")
    body = re.search(r"define internal void @tests\.lowering\.test_expansion\.middling.*?^\}", text, re.DOTALL | re.MULTILINE)
    assert body is not None
    assert LIMITS[FEW] < body[0].count("\n") - 2 <= max(LIMITS.values())
