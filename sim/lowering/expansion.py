"""Which calls are expanded where they stand: decided once for the whole module, before LLVM optimises anything.

    fire --> family_event --> relays.poll --> recorder.advance        marked calls are expanded first, all at once,
         marked           not          marked             not         and each function is then optimised once

LLVM would expand from the leaves upwards, and optimise a body again in each function that it came into: with chains of calls as
long as the kernel's, that is most of its time. What is decided here depends on the text alone, so that it is the same on every
machine. The size of a function is the number of its instructions, without those on locals, which vanish, and with all
that is expanded in it.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from sim.lowering.often import FEW, OFTEN, RARE

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMITS = {OFTEN: 130, FEW: 45, RARE: 5}
"""Functions up to this size are expanded where one of these calls them."""
LARGEST = {OFTEN: 400, FEW: 150, RARE: 0}
"""Those that are called at one place only are expanded there up to this size; larger ones LLVM expands, once optimised."""

CALLED = re.compile(r" call \w+ @([\w.]+)\(")
DEFINED = re.compile(r"^(define [^\n]*?@([\w.]+)\([^\n]* alwaysinline .*?^\})", re.DOTALL | re.MULTILINE)


class Lowered:
    """A function in IR: its name, its text, how often it is called, and whether its calls may be expanded at all."""

    def __init__(self, name: str, text: str, often: int, *, alone: bool) -> None:
        self.name, self.text, self.often, self.alone = name, text, often, alone

    @cached_property
    def calls(self) -> Counter[str]:
        """The functions that it calls, and at how many places."""
        return Counter(CALLED.findall(self.text))

    @cached_property
    def own_size(self) -> int:
        """The number of its instructions, without those on locals."""
        return sum(line.startswith("  ") and ".slot" not in line for line in self.text.split("\n"))

    def with_expanded(self, names: set[str]) -> str:
        """Its text, with the calls of these functions marked."""
        if not names:
            return self.text
        lines = self.text.split("\n")
        for number, line in enumerate(lines):
            found = CALLED.search(line)
            if found is not None and found[1] in names:
                lines[number] = f"{line} alwaysinline"
        return "\n".join(lines)


def expanded(functions: Sequence[Lowered], always: Sequence[str]) -> list[str]:
    """The texts of the functions of a module, the calls that are to be expanded marked.

    ``always``: texts with functions that say themselves that they are always expanded.
    """
    known = {one.name: one for one in functions}
    told = {name: Lowered(name, text, OFTEN, alone=False) for part in always for text, name in DEFINED.findall(part)}
    places: Counter[str] = Counter()
    for one in functions:
        places.update(one.calls)
    marked: dict[str, set[str]] = {}
    sizes: dict[str, int] = {}

    def measure(one: Lowered) -> int:
        """The size of a function with all that is expanded in it."""
        if one.name not in sizes:
            sizes[one.name] = one.own_size  # of a function that calls itself, for the time being
            marked[one.name] = {name for name in one.calls if name in known and expands(one, known[name])}
            inside = [known[name] for name in marked[one.name]] + [told[name] for name in one.calls if name in told]
            sizes[one.name] += sum(one.calls[called.name] * measure(called) for called in inside)
        return sizes[one.name]

    def expands(caller: Lowered, called: Lowered) -> bool:
        """Whether calls of one function by another are expanded."""
        size = measure(called)
        if called.alone or called is caller:
            return False
        at_one_place = places[called.name] == 1 and size <= LARGEST[caller.often]
        return at_one_place or size <= LIMITS[caller.often]

    for one in functions:
        measure(one)
    return [one.with_expanded(marked[one.name]) for one in functions]
