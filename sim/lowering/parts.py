"""A module of IR cut in parts that LLVM can make machine code of at the same time.

    run --> event --> call            part 0: what most runs go through, as that comes first in the text
                  --> rebuild         part 1: the rest, as large; `event` calls it there by its name

A function lies in one part, and other parts that call it have its head. Where calls of it are expanded, a part has a copy of
it, which does not become code. One that is called at one place lies with its caller, as LLVM may expand it there. The cut
depends on the text alone, so that it is the same on every machine.
"""

from __future__ import annotations

import re
from collections import defaultdict

FUNCTION = re.compile(r"^define (internal )?([^\n]*?@([\w.]+)\([^\n]*\)[^\n]*) \{\n(.*?)^\}\n?", re.DOTALL | re.MULTILINE)
CALL = re.compile(r" call \w+ @([\w.]+)\([^\n]*?( alwaysinline)?$", re.MULTILINE)
NEVER_EXPANDED = re.compile(r"^attributes (#\d+) = \{[^\n]* noinline ", re.MULTILINE)
HERE, ELSEWHERE, COPY = "internal ", "hidden ", "available_externally hidden "  # by whom a function is seen, in LLVM's words


def parted(text: str, number: int) -> list[str]:
    """So many modules that together do what a module does; ``text``: its IR, by `lowered`."""
    found = [Function(*one.groups()) for one in FUNCTION.finditer(text)]
    always = {one.name for one in found if " alwaysinline" in one.head}
    everywhere = FUNCTION.sub(lambda one: one[0] if one[3] in always else "", text)
    cut = Cut([one for one in found if one.name not in always], NEVER_EXPANDED.findall(text), number)
    return ["\n".join([everywhere, *cut.part(part)]) for part in range(number)]


class Function:
    """A function of a module: its head and body, and what it calls or has expanded in it."""

    def __init__(self, internal: str | None, head: str, name: str, body: str) -> None:
        self.entry, self.head, self.name, self.body = internal is None, head, name, body
        calls = CALL.findall(body)
        self.expands = [name for name, marked in calls if marked]
        self.calls = [name for name, marked in calls if not marked]

    def defined(self, linkage: str) -> str:
        """Its text, seen as far as that; an entry is seen by all."""
        return f"define {'' if self.entry else linkage}{self.head} {{\n{self.body}}}\n"


class Cut:
    """Which functions become code, and in which part; ``alone``: attributes of those that are never expanded."""

    def __init__(self, functions: list[Function], alone: list[str], number: int) -> None:
        self.functions = {one.name: one for one in functions}
        self.whole = {name: self._with_expanded(name) for name in self.functions}
        self.callers = self._callers()
        sizes: dict[str, int] = defaultdict(int)  # of each function with those that lie with it
        first: dict[str, str] = {}  # the one that a function lies with
        for one in functions:
            if one.entry or one.name in self.callers:
                callers = self.callers.get(one.name, [])
                with_caller = len(callers) == 1 and one.head.rpartition(" ")[2] not in alone
                first[one.name] = first.get(callers[0], one.name) if with_caller else one.name
                sizes[first[one.name]] += self._size(one.name)
        parts, total, before = {}, sum(sizes.values()), 0
        for name, size in sizes.items():
            parts[name] = before * number // total
            before += size
        self.parts = {name: parts[one] for name, one in first.items()}

    def part(self, number: int) -> list[str]:
        """The texts of a part: its functions, copies of what is expanded in them, and the heads of others that they call."""
        inside = [name for name, part in self.parts.items() if part == number]
        there = dict.fromkeys(one for name in inside for one in self.whole[name])
        texts = [self.functions[name].defined(self._linkage(name, number)) for name in there]
        called = dict.fromkeys(one for name in there for one in self._calls(name))
        return [*texts, *(f"declare hidden {self.functions[name].head}\n" for name in called if name not in there)]

    def _linkage(self, name: str, number: int) -> str:
        """How far a function is seen that stands in a part."""
        if self.parts.get(name, number) != number:
            return COPY
        return HERE if all(self.parts[caller] == number for caller in self.callers.get(name, [])) else ELSEWHERE

    def _callers(self) -> dict[str, list[str]]:
        """By which functions that become code each other one is called, once for each place."""
        callers: dict[str, list[str]] = {}
        code = [name for name, one in self.functions.items() if one.entry]
        for name in code:  # which grows
            for called in (called for one in self.whole[name] for called in self._calls(one)):
                if called not in callers:
                    code.append(called)
                callers.setdefault(called, []).append(name)
        return callers

    def _calls(self, name: str) -> list[str]:
        """What a function calls of the module."""
        return [called for called in self.functions[name].calls if called in self.functions]

    def _with_expanded(self, name: str) -> list[str]:
        """A function and all that is expanded in it."""
        found = [name]
        for one in found:  # which grows
            found += [other for other in dict.fromkeys(self.functions[one].expands) if other not in found]
        return found

    def _size(self, name: str) -> int:
        """The lines of a function with all that is expanded in it."""
        one = self.functions[name]
        return one.body.count("\n") + sum(self._size(inside) for inside in one.expands)
