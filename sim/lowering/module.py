"""A module of IR: the entry, and every function that it reaches, each once for each way in which its memories are the same.

    run(m, r) --> event(m, r) --> tally(r, ...)      in the order in which they are met, so that the IR is the same everywhere
"""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING, Any

from sim.lowering.arithmetic import GROUPS, PRELUDE
from sim.lowering.expansion import Lowered, expanded
from sim.lowering.language import Source
from sim.lowering.often import FEW, OFTEN, RARE
from sim.lowering.paths import check_paths
from sim.lowering.statements import Statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def lowered(entry: Callable[..., Any], symbol: str) -> str:
    """LLVM IR of a function, under a name that can be linked to, and of all that it reaches.

    The memories of the entry are taken to be apart from each other. Raises `LoweringError` for what the language has not.
    """
    with _uncollected():
        return Module().of(entry, symbol)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's search for cycles of what is no longer used: a quarter of the time, and nothing is found."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Module:
    """Functions on their way to IR."""

    def __init__(self) -> None:
        self._sources: dict[Callable[..., Any], Source] = {}
        self._names: dict[tuple[Callable[..., Any], tuple[int, ...]], str] = {}
        # to be lowered, by how often they are called: the rest, after those of most runs, is what only others reach
        self._waiting: dict[int, list[tuple[Callable[..., Any], str, bool]]] = {OFTEN: [], FEW: [], RARE: []}
        self._often = OFTEN  # of the function that is lowered
        self._given: dict[str, None] = {}

    def of(self, entry: Callable[..., Any], symbol: str) -> str:
        """The whole module."""
        parts = [self._define(entry, symbol, "", apart=True)]
        while any(self._waiting.values()):
            self._often = next(often for often, functions in self._waiting.items() if functions)
            function, name, apart = self._waiting[self._often].pop(0)
            parts.append(self._define(function, name, "internal ", apart=apart))
        return "\n".join([PRELUDE, *self._given, *expanded(parts, [PRELUDE, *self._given])])

    def source(self, function: Callable[..., Any]) -> Source:
        """A function as the language sees it."""
        if function not in self._sources:
            self._sources[function] = Source(function)
        return self._sources[function]

    def name(self, function: Callable[..., Any], memories: list[str]) -> str:
        """What a function is called in IR when it is given these memories: where two are the same, it is another one."""
        texts = getattr(function, "in_llvm", ())
        if texts:
            self._given.update(dict.fromkeys(texts))
            return self.source(function).name
        same = tuple(memories.index(memory) for memory in memories)
        apart = len(set(same)) == len(same)
        key = (function, same)
        if key not in self._names:
            own = self.source(function).name
            self._names[key] = own if apart else f"{own}.same.{'.'.join(map(str, same))}"
            often = max(self._often, getattr(function, "often", OFTEN))
            self._waiting[often].append((function, self._names[key], apart))
        return self._names[key]

    def _define(self, function: Callable[..., Any], name: str, linkage: str, *, apart: bool) -> Lowered:
        source = self.source(function)
        check_paths(source)
        alone = self._often == RARE or getattr(function, "often", OFTEN) != OFTEN
        text = Statements(self, source).define(name, linkage, GROUPS[self._often], apart=apart)
        return Lowered(name, text, self._often, alone=alone)
