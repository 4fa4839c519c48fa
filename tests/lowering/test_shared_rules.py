"""Every rule that both engines share means the same in machine code as spelt out in Python: its result, and what it wrote.

    rows, or a recording, filled at random, edges of 64 bits among it --> rule, lowered    --> the same words
                                                                     '--> rule, spelt out -->
    What no memory can have, such as a row beyond its end, is found out by the Python first, and not tried.
"""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.engine.compiled_engine import loop  # noqa: F401 - all rules are registered with the kernel
from sim.lowering.language import Source
from sim.lowering.machine import loaded, object_code
from sim.lowering.module import lowered
from sim.record.families import FAMILIES
from sim.record.outcomes import OUTCOMES
from sim.record.recording import Recording
from sim.rows import Row
from sim.shared import SHARED
from tests.lowering.meaning import spelt, wrapped
from tests.lowering.programs import EDGES, SYMBOL, function
from tests.shares import share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

ARGUMENTS, ROWS_AT, SIZE, EACH = 2, 16, 512, 3  # of the memory of rows: where what is, and how many of each kind
TRIALS, TRIALS_MAX, ENOUGH, STEPS_MAX = 24, 480, 4, 2000
OF_TABLES = {"draw", "chosen_branch", "holds_of"}
"""Rules that read tables of a network, which random words are not: `test_meaning.py` has the first, conformance the others."""
RULES = [one for one in SHARED if one.__name__ not in OF_TABLES and not hasattr(one, "in_llvm")]
FEW = {"outcome": len(OUTCOMES), "family": 0, "field": 20, "how": 20, "histogram": 8, "number": 2, "partition": 2, "attempt": 4}
ENTITIES = 2
SPELT: dict[Any, Any] = {}


class Top(Row, header=True):
    """The memory of rows: which rule, its result, and what it is given."""

    code: int
    result: int


class Watched:
    """A memory that ends: whoever reads or writes beyond it, or goes round in circles in it, is stopped."""

    def __init__(self, words: NDArray[np.int64]) -> None:
        self.words, self.left = memoryview(words), STEPS_MAX

    def __getitem__(self, at: int) -> int:
        """A word that there is."""
        self.left -= 1
        if self.left < 0 or not 0 <= at < len(self.words):
            raise IndexError(at)
        return self.words[at]

    def __setitem__(self, at: int, word: int) -> None:
        """Put a word where there is one."""
        if not 0 <= at < len(self.words):
            raise IndexError(at)
        self.words[at] = wrapped(word)


def reached(rule: Callable[..., Any]) -> list[type[Row]]:
    """The kinds of rows that a rule may come to."""
    waiting = [kind.row for kind in Source.of(rule).parameters.values() if kind.row is not None]
    found: list[type[Row]] = []
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.append(one)
            waiting += [field.row for field in one.fields.values() if field.form in {"row", "inside"}]
    return found


def number(rng: Random) -> int:
    """Small, on an edge, or large."""
    pick = rng.random()
    return rng.randrange(6) if pick < 0.5 else rng.choice(EDGES) if pick < 0.75 else rng.getrandbits(rng.randint(1, 62))


def words_of(row: type[Row], places: dict[type[Row], list[int]], rng: Random) -> Iterator[int]:
    """A row's words: numbers, and addresses of rows that there are, or of none."""
    for field in row.fields.values():
        if field.form == "inside":
            yield from words_of(field.row, places, rng)
        else:
            yield rng.choice([0, *places[field.row]]) if field.form == "row" else number(rng)


def filled(rule: Callable[..., Any], rng: Random) -> tuple[NDArray[np.int64], dict[type[Row], list[int]]]:
    """A memory with some rows of each kind that a rule may come to, and where they are."""
    kinds, at = reached(rule), ROWS_AT
    places: dict[type[Row], list[int]] = {}
    for kind in kinds:
        places[kind] = [at + kind.SIZE * place for place in range(EACH)]
        at += kind.SIZE * EACH
    words = [0] * SIZE
    for kind, addresses in places.items():
        for address in addresses:
            words[address : address + kind.SIZE] = words_of(kind, places, rng)
    return np.array(words, dtype=np.int64), places


def argument(name: str, rng: Random) -> int:
    """What a rule may be given under a name: an entity of a recording, a time, a column, or any number."""
    if name == "family":
        return rng.choice(FAMILIES).at
    if name in FEW:
        return rng.randrange(FEW[name])
    if name in {"now", "since", "at", "began"}:
        return rng.choice([0, 1, 10**6, 10**12, 1 << 62, rng.getrandbits(40)])
    entity = name in {family.one for family in FAMILIES} | {"row", "view", "entity", "dead"}
    return rng.randrange(ENTITIES) if entity else number(rng)


@pytest.fixture(scope="module")
def recording() -> NDArray[np.int64]:
    """A recording with two entities of every family, an event log, and a limit."""
    network: Any = SimpleNamespace(tallied=ENTITIES, windows=ENTITIES, window=10**6)
    for family in FAMILIES:
        entities = tuple(SimpleNamespace(flow=one, histogram=0, value=10**6) for one in range(ENTITIES))
        setattr(network, family.name, entities)
    return Recording.of(network, log_facts=8).memory


@pytest.fixture(scope="module")
def machine(request: pytest.FixtureRequest) -> Callable[[NDArray[np.int64], NDArray[np.int64]], None]:
    """The rules that are tried as one piece of machine code: the first word says which."""
    asked = {one.callspec.params["code"] for one in request.session.items if one.parent is request.node}
    known: dict[str, Any] = {"Top": Top}
    lines = ["def entry(m: Top, r: Words) -> None:"]
    for code in sorted(asked):
        rule = RULES[code]
        source = Source.of(rule)
        known[f"rule{code}"] = rule
        given = []
        for place, kind in enumerate(source.parameters.values()):
            word = f"m[{ARGUMENTS + place}]"
            if kind.row is not None:
                known[kind.row.__name__ + str(code)] = kind.row
                word = f"{kind.row.__name__}{code}(m, {word})"
            given.append("r" if kind.llvm == "ptr" else word)
        call = f"rule{code}({', '.join(given)})"
        left = {"None": call}.get(source.result.name, f"m[1] = {call}{'.at' if source.result.row else ''}")
        lines += [f"    if m[0] == {code}:", f"        {left}"]
    text = lowered(function("\n".join(lines) + "\n", "entry", **known), SYMBOL)
    run = loaded([object_code(text)], SYMBOL, memories=2)
    return lambda m, r: run(int(m.ctypes.data), int(r.ctypes.data))


def spelt_out(rule: Callable[..., Any], words: NDArray[np.int64], record: NDArray[np.int64]) -> bool:
    """Do in Python what the entry does; whether there was all that the rule came to."""
    memory, given = Watched(words), []
    recorded = Watched(record)
    for place, kind in enumerate(Source.of(rule).parameters.values()):
        word = int(words[ARGUMENTS + place])
        given.append(recorded if kind.llvm == "ptr" else kind.row(memory, word) if kind.row else word)
    try:
        result = spelt(rule, SPELT)(*given)
    except IndexError:
        return False
    if result is not None:
        words[1] = wrapped(getattr(result, "at", result))
    return True


@pytest.mark.parametrize("code", share(range(len(RULES)), 8, ids=[f"{one.__module__}.{one.__name__}"[4:] for one in RULES]))
def test_a_shared_rule_means_the_same_in_machine_code(code: int, recording: NDArray[np.int64], machine: Any) -> None:
    """On rows that are linked at random and on a recording in use, with edges of 64 bits in any place."""
    rule, rng, tried = RULES[code], Random(code), 0
    parameters = Source.of(rule).parameters
    record = recording
    for trial in range(TRIALS_MAX):
        if trial >= TRIALS and tried >= ENOUGH:
            break
        words, places = filled(rule, rng)
        words[0] = code
        for place, (name, kind) in enumerate(parameters.items()):
            given = rng.choice(places[kind.row]) if kind.row else argument(name, rng)
            words[ARGUMENTS + place] = given & 1 if kind.name == "bool" else given
        m, r, after = words.copy(), record.copy(), record.copy()
        if not spelt_out(rule, words, after):
            continue
        tried += 1
        machine(m, r)
        assert m.tolist() == words.tolist()
        assert np.array_equal(r, after)
        record = after
    assert tried >= ENOUGH, "nothing that this rule can be given came up"
