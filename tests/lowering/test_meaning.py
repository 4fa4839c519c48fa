"""The lowered kernel's language means what its reference page says, on the edges of 64 bits too."""

from __future__ import annotations

import itertools
from random import Random
from typing import Any

import pytest

from sim import draws
from sim.engine.compiled_engine import loop  # noqa: F401 - all rules are registered with the kernel
from sim.lowering.language import Choice
from sim.shared import SHARED
from tests.lowering.meaning import spelt, wrapped
from tests.lowering.programs import EDGES, OPERATIONS, WORDS, Maker, called, function

PROGRAMS = 150
OFTEN = {"number", "count", "partitions"}
"""Names of arguments that say how often something is done: up to 1000, or it takes as long as they say."""
OF_NUMBERS = [one for one in SHARED if set(one.__annotations__.values()) <= {int, bool, "int", "bool"}]


@pytest.mark.parametrize("operator", OPERATIONS)
def test_an_operation_has_one_meaning_on_every_edge(operator: str) -> None:
    """By 0, by -1, by 64 places, past 64 bits: as stated, for every pair of edges."""
    tried = function(f"def made(a: int, b: int) -> int:\n    return a {operator} b\n")
    lowered, stated = called(tried, 2), spelt(tried)
    for a, b in itertools.product(EDGES, EDGES):
        assert lowered([0] * 8, a, b)[0] == stated(a, b), (a, b)


@pytest.mark.parametrize("first", range(0, PROGRAMS, 25))
def test_programs_made_at_random_mean_the_same(first: int) -> None:
    """The result and every word that was written, for three pairs of arguments."""
    for number in range(first, first + 25):
        rng = Random(number)
        text = Maker(rng).program()
        tried = function(text)
        lowered, stated = called(tried, 2), spelt(tried)
        for _ in range(3):
            a, b = rng.choice(EDGES), rng.choice([*EDGES, rng.getrandbits(63)])
            memory = [rng.choice(EDGES) for _ in range(WORDS)]
            words = [0, a, b, *memory[3:]]
            result = stated(words, a, b)
            assert lowered(memory, a, b) == (result, words[1:]), text


@pytest.mark.parametrize("rule", OF_NUMBERS, ids=lambda one: one.__name__)
def test_every_shared_rule_of_numbers_means_the_same(rule: Any) -> None:
    """What both engines share, on edges and on numbers as they come; what brings its own LLVM is the same as its Python."""
    count = rule.__code__.co_argcount
    lowered = called(rule, count)
    own = rule if hasattr(rule, "in_llvm") else spelt(rule)
    rng = Random(1)
    names = rule.__code__.co_varnames[:count]
    for _ in range(400):
        values = [rng.choice(EDGES) if rng.random() < 0.4 else rng.getrandbits(rng.randint(1, 62)) for _ in range(count)]
        values = [value % 1000 if name in OFTEN else value for name, value in zip(names, values, strict=True)]
        assert lowered([0] * 16, *values)[0] == wrapped(own(*values)), values


def test_the_number_of_bits_is_that_of_the_size() -> None:
    """Of every edge, negative ones too."""
    tried = function("def made(a: int) -> int:\n    return (a + 0).bit_length() + a.bit_length()\n")
    lowered = called(tried, 1)
    for a in EDGES:
        assert lowered([0] * 8, a)[0] == 2 * a.bit_length(), a


def test_a_choice_takes_the_function_of_its_code() -> None:
    """Two functions, by code; one that none has is the last one's, in both."""
    one = function("def one(a: int) -> int:\n    return a + 1\n", "one")
    two = function("def two(a: int) -> int:\n    return a * 2\n", "two")
    tried = function("def made(code: int, a: int) -> int:\n    return choice(code, a)\n", choice=Choice((one, two)))
    lowered = called(tried, 2)
    for code in (0, 1, 2, -1):
        assert lowered([0] * 8, code, 5)[0] == tried(code, 5)
    assert [lowered([0] * 8, code, 5)[0] for code in (0, 1, 2)] == [6, 10, 10]


def test_a_function_may_get_the_same_memory_twice() -> None:
    """Two names of one memory: what is written by one is read by the other."""
    inner = function("def inner(p: Words, q: Words) -> int:\n    p[9] = 1\n    q[9] = 2\n    return p[9]\n", "inner")
    tried = function("def made(m: Words, a: int) -> int:\n    return inner(m, m)\n", inner=inner)
    assert called(tried, 1)([0] * 16, 0)[0] == 2


def test_draws_of_tables_mean_the_same() -> None:
    """A table of a distribution, sampled by the same bits in Python and in machine code."""
    from sim.scenario.distributions.lognormal import Lognormal  # the one example

    table = draws.compile_distribution(Lognormal(median="3ms", p99="12ms")).tolist()
    tried = function("def made(m: Words, at: int, u: int) -> int:\n    return draw(m, at, u)\n", draw=draws.draw)
    lowered = called(tried, 2)
    rng = Random(2)
    for _ in range(2000):
        u = rng.getrandbits(63) >> rng.randint(0, 62)
        assert lowered([0] * 8 + table, 8, u)[0] == draws.draw(table, 0, u)
