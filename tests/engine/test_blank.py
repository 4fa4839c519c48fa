"""Words set to zero, in machine code: these, and none beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.compiled_engine.blank import blank
from sim.lowering.machine import loaded, object_code
from sim.lowering.module import lowered

if TYPE_CHECKING:
    from sim.shared import Words

WORDS = 128


def entry(m: Words) -> None:
    """Blank what its first words say."""
    at, words = m[0], m[1]
    blank(m, at, words)


def test_machine_code_sets_these_words_and_no_other() -> None:
    """Of every number of words, wherever they begin, and none for a number below one: as plain Python does."""
    run = loaded([object_code(lowered(entry, "entry"))], "entry", memories=1)
    for words in range(-9, 70):
        for at in (2, 3, 7, WORDS - max(words, 0)):
            memory = np.arange(1, WORDS + 1)
            memory[:2] = at, words
            plain = memory.tolist()
            entry(plain)
            run(int(memory.ctypes.data))
            assert memory.tolist() == plain, (at, words)
            assert plain.count(0) == max(words, 0) + plain[:2].count(0)
