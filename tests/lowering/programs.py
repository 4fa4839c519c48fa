"""Programs of the kernel's language made at random: any operation on any edge, loops that end, words that exist.

    rng --> "def made(m: Words, a: int, b: int) -> int: ..." --> a function whose source can be read
"""

from __future__ import annotations

import linecache
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.lowering.machine import loaded, object_code
from sim.lowering.module import lowered
from sim.shared import Words

if TYPE_CHECKING:
    from random import Random

EDGES = (0, 1, -1, 2, 3, -3, 7, 63, 64, 65, -64, 255, 1 << 31, (1 << 62) - 1, 1 << 62, (1 << 63) - 1, -(1 << 63), 1 - (1 << 63))
OPERATIONS = ("+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
WORDS = 64
SYMBOL = "tried"


def function(text: str, name: str = "made", **known: Any) -> Any:
    """A function from its source."""
    file = f"<{name} {zlib.crc32(text.encode())}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    space: dict[str, Any] = {"Words": Words, "__name__": "made_at_random", **known}
    exec(compile(text, file, "exec"), space)  # noqa: S102 - a test's own source
    return space[name]


def called(tried: Any, arguments: int) -> Any:
    """The lowered function as one of ints: an entry hands them over in words."""
    given = "".join(f", m[{number + 1}]" for number in range(arguments))
    takes_words = "m" in tried.__code__.co_varnames[:1]
    inside = f"m{given}" if takes_words else given.removeprefix(", ")
    entry = function(f"def entry(m: Words) -> None:\n    m[0] = tried({inside})\n", "entry", tried=tried)
    run = loaded([object_code(lowered(entry, SYMBOL))], SYMBOL, memories=1)

    def call(memory: list[int], *values: int) -> tuple[int, list[int]]:
        words = np.array([0, *values, *memory[1 + len(values) :]], dtype=np.int64)
        run(int(words.ctypes.data))
        return int(words[0]), words.tolist()[1:]

    return call


class Maker:
    """One program in the making."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.locals = ["a", "b"]
        self.loops = 0

    def program(self) -> str:
        """Its source."""
        body = [line for _ in range(self.rng.randint(2, 6)) for line in self.statement(3)]
        lines = ["c = a", *body, f"return {self.number(3)}"]
        self.locals.append("c")
        return "def made(m: Words, a: int, b: int) -> int:\n" + "\n".join(f"    {line}" for line in lines) + "\n"

    def number(self, depth: int) -> str:  # noqa: PLR0911 - one of each form
        """An expression."""
        pick = self.rng.random()
        if depth == 0 or pick < 0.15:
            return self.rng.choice([str(self.rng.choice(EDGES)), *self.locals])
        if pick < 0.25:
            return self.word(depth - 1)
        if pick < 0.32:
            return f"({self.number(depth - 1)} if {self.truth(depth - 1)} else {self.number(depth - 1)})"
        if pick < 0.40:
            return f"{self.rng.choice(['min', 'max'])}({self.number(depth - 1)}, {self.number(depth - 1)})"
        if pick < 0.48:
            return f"{self.rng.choice(['-', '~'])}({self.number(depth - 1)})"
        if pick < 0.53:
            return f"int({self.truth(depth - 1)})"
        return f"({self.number(depth - 1)} {self.rng.choice(OPERATIONS)} {self.number(depth - 1)})"

    def word(self, depth: int) -> str:
        """A word that there is, and that is no argument."""
        return f"m[8 + (({self.number(depth)}) & 31)]"

    def truth(self, depth: int) -> str:
        """A condition."""
        pick = self.rng.random()
        if depth == 0 or pick < 0.5:
            parts = [self.number(max(depth - 1, 0)) for _ in range(self.rng.choice([2, 2, 3]))]
            text = parts[0]
            for part in parts[1:]:
                text += f" {self.rng.choice(COMPARISONS)} {part}"
            return f"({text})"
        if pick < 0.65:
            return f"(not {self.truth(depth - 1)})"
        return f"({self.truth(depth - 1)} {self.rng.choice(['and', 'or'])} {self.truth(depth - 1)})"

    def statement(self, depth: int) -> list[str]:
        """Some lines."""
        pick = self.rng.random()
        if depth == 0 or pick < 0.45:
            return [self.assignment(depth)]
        inner = [f"    {line}" for _ in range(self.rng.randint(1, 2)) for line in self.statement(depth - 1)]
        if pick < 0.65:
            other = [f"    {line}" for line in self.statement(depth - 1)]
            return [f"if {self.truth(2)}:", *inner, *(["else:", *other] if self.rng.random() < 0.6 else [])]
        leave = [f"    if {self.truth(1)}:", f"        {self.rng.choice(['break', 'continue'])}"]
        self.loops += 1
        counter = f"i{self.loops}"
        ranges = (f"range({self.rng.randint(0, 5)})", "range(2, 6)", "range(4, -2, -1)", "range(a & 3, b & 7)")
        return [f"for {counter} in {self.rng.choice(ranges)}:", f"    c = c ^ {counter}", *leave, *inner]

    def assignment(self, depth: int) -> str:
        """One line that assigns."""
        value = self.number(depth)
        pick = self.rng.random()
        if pick < 0.3:
            return f"c = {value}"
        if pick < 0.5:
            return f"{self.word(1)} = {value}"
        if pick < 0.7:
            return f"c {self.rng.choice(OPERATIONS)}= {value}"
        if pick < 0.85:
            return f"{self.word(1)} {self.rng.choice(OPERATIONS)}= {value}"
        return f"a, b = {value}, {self.number(depth)}"
