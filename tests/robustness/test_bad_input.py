"""Hostile and mistaken files: each is refused with its place and its remedy, quickly, and without a traceback.

corpus/*.yaml    one mistake each, named by the mistake
expected.json    what is said about it: line:column: field: message
"""

from __future__ import annotations

import gc
import json
import random
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sim.scenario import ScenarioError, load, loads
from sim.scenario.problems import SHOWN_MAX, suggest
from sim.scenario.yaml_reader import BYTES_MAX, NODES_MAX
from tests.shares import THOROUGH

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
CORPUS = sorted((HERE / "corpus").glob("*.yaml"))
EXPECTED: dict[str, list[str]] = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
SHOP = (HERE.parent / "scenario" / "data" / "shop.yaml").read_text(encoding="utf-8")
SECONDS_MAX = 1.0


@pytest.fixture(scope="module", autouse=True)
def _first_use() -> None:
    """Build the validators once, so that only the reading is timed."""
    loads(SHOP)


def slowness() -> float:
    """How many times as long a loop takes here as where the limit was set (0.05 s); at least 1: slow machines have more."""
    begin = time.process_time()
    sum(number * number for number in range(10**6))
    return max(1.0, (time.process_time() - begin) / 0.05)


def refused(read: Callable[[], object]) -> ScenarioError:
    """Return the refusal, which must fit on a screen or two and take less than a second of work.

    The best of three counts: a busy machine only adds.
    """
    gc.freeze()  # what the tests before have left behind is not looked through again and again
    for attempt in range(3):
        begin = time.process_time()
        with pytest.raises(ScenarioError) as error:
            read()
        message = str(error.value)
        elapsed = time.process_time() - begin
        if elapsed < SECONDS_MAX or attempt == 2:
            break
    gc.unfreeze()
    assert elapsed < SECONDS_MAX or elapsed < SECONDS_MAX * slowness()
    assert len(message) < 20_000
    assert "Traceback" not in message
    return error.value


def test_every_file_of_the_corpus_has_its_message() -> None:
    """No file without an expectation, no expectation without a file, and enough of them."""
    assert {path.name for path in CORPUS} == set(EXPECTED)
    assert len(CORPUS) >= 150


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_mistake_is_reported_at_its_place(path: Path) -> None:
    """Each mistake is reported as file:line:column: field: what is wrong; what would be right."""
    error = refused(lambda: load(path))
    assert [problem.headline for problem in error.problems] == [f"{path}:{line}" for line in EXPECTED[path.name]]
    for problem in error.problems:
        assert re.match(rf"{re.escape(str(path))}:\d+:\d+: ", problem.headline)
        assert problem.severity == "error"


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_caret_stands_below_the_mistake(path: Path) -> None:
    """The source line is shown, with a caret below the column reported."""
    for problem in refused(lambda: load(path)).problems:
        if problem.source.strip():
            _, source, caret = str(problem).split("\n")
            shown = caret.index("^") - len("      | ") - 1
            assert source.startswith(f"{problem.line:>5} | ")
            assert shown <= len(source)


def test_many_mistakes_are_shown_at_once_but_not_all_of_a_flood() -> None:
    """At most 20 problems are shown, and how many more there are."""
    error = refused(lambda: load(HERE / "corpus" / "more-than-twenty.yaml"))
    assert len(error.problems) == 30
    assert str(error).count("more-than-twenty.yaml") == SHOWN_MAX
    assert str(error).endswith("... and 10 more; correct these first")


CHAIN = "".join(f"  s{i}: {{operations: {{get: [{{call: s{i}x.get}}]}}}}\n" for i in range(2000))
GENERATED: dict[str, tuple[str | bytes, str]] = {
    "brackets": ("a: " + "[" * 50_000, "nested deeper than 64 levels"),
    "closed-brackets": ("a: " + "[" * 50_000 + "]" * 50_000, "nested deeper than 64 levels"),
    "braces": ("{" * 100_000, "a key must be a single text"),
    "mappings": ("".join(" " * i + f"k{i}:\n" for i in range(500)), "nested deeper than 64 levels"),
    "dashes": ("- " * 50_000, "nested deeper than 64 levels"),
    "complex-keys": ("? " * 50_000, "a key must be a single text"),
    "nodes": ("a: [" + "1," * (NODES_MAX + 1) + "]", f"more than {NODES_MAX} values"),
    "keys": ("".join(f"k{i}: 1\n" for i in range(NODES_MAX)), f"more than {NODES_MAX} values"),
    "bytes": ("x" * (BYTES_MAX + 1), "4 MiB"),
    "name-of-megabytes": ("name: " + "x" * 4_000_000, "is not a name"),
    "digits": ("run: " + "9" * 1_000_000, "1000000 characters is too long"),
    "hex-digits": ("run: 0x" + "f" * 1_000_000, "1000002 characters is too long"),
    "duplicates": ("a: 1\n" * 100_000, "duplicate key 'a', first in line 1"),
    "anchors": ("a: [" + "&a 1," * 100_000 + "]", "anchor '&a' is not supported"),
    "wrong-references": (f"name: x\nservices:\n{CHAIN}", "unknown service 's0x'; did you mean 's0'?"),
    "unknown-keys": (
        "services:\n" + "".join(f"  s{i}: {{a: 1}}\n" for i in range(20_000)),
        "missing key 'name'",
    ),
    "utf-16-be": (SHOP.encode("utf-16-be"), "control character"),
    "utf-32": (b"\x00\x00\xfe\xff" + SHOP.encode("utf-32-be"), "save it as UTF-8"),
    "only-nul": (b"\x00" * 1000, "control character U+0000"),
    "random-bytes": (random.Random(1).randbytes(100_000), "UTF-8"),
    "surrogate": (b"name: \xed\xa0\x80", "not UTF-8"),
    "overlong": (b"name: \xc0\xaf", "not UTF-8"),
    "one-line": ("a: {" + ", ".join(f"k{i}: 1" for i in range(1000)) + "}", "missing key 'name'"),
}


@pytest.mark.parametrize("name", GENERATED)
def test_a_bomb_is_refused_by_a_limit(name: str) -> None:
    """Sizes, depths and floods are refused by a named limit, in less than a second of work."""
    text, message = GENERATED[name]
    assert message in str(refused(lambda: loads(text, f"{name}.yaml")))


def test_a_byte_order_mark_is_welcome() -> None:
    """A UTF-8 file with a byte order mark, as some editors write it, is read, with right columns."""
    assert loads(b"\xef\xbb\xbf" + SHOP.encode()) == loads(SHOP)
    error = refused(lambda: loads("\ufeffname: 5 parsecs\n".encode(), "x.yaml"))
    assert any(problem.headline.startswith("x.yaml:1:7: name: ") for problem in error.problems)


def test_line_ends_of_all_systems_are_read() -> None:
    """Windows line ends mean the same, and move no line number."""
    assert loads(SHOP.replace("\n", "\r\n")) == loads(SHOP)
    error = refused(lambda: loads("name: ok\r\nrun: 5\r\n", "x.yaml"))
    assert any(problem.headline.startswith("x.yaml:2:6: run: ") for problem in error.problems)


HOSTILE = [
    "",
    "~",
    "-1",
    "0",
    "1e400",
    ".nan",
    "-.inf",
    "x",
    "5",
    "[]",
    "{}",
    "[[]]",
    "true",
    "'5ms'",
    "1.5",
    "!!str a",
]


@pytest.mark.parametrize("one_in", [9, pytest.param(1, marks=THOROUGH)])
def test_no_value_at_any_field_ends_in_a_traceback(one_in: int) -> None:
    """Each value of a valid file, replaced by each hostile value, is refused or accepted, never anything else."""
    lines = SHOP.splitlines()
    places = [
        (number, match) for number, line in enumerate(lines) for match in re.finditer(r"(?<=: )[^ {}\[\],#]+", line)
    ]
    for turn, (number, match) in enumerate(places):
        for value in HOSTILE[turn % one_in :: one_in]:
            changed = lines.copy()
            changed[number] = lines[number][: match.start()] + value + lines[number][match.end() :]
            try:
                loads("\n".join(changed))
            except ScenarioError as error:
                assert error.problems
                assert all(problem.line for problem in error.problems)


@pytest.mark.parametrize("files", [150, pytest.param(3000, marks=THOROUGH)])
def test_no_mutilated_file_ends_in_a_traceback(files: int) -> None:
    """Files with characters removed, doubled or put in at random are refused or accepted, never anything else."""
    chance = random.Random(2)
    for _ in range(files):
        text = list(SHOP)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(text))
            text[place : place + chance.randrange(3)] = chance.choice(
                [*"[]{}:-,\t\n&*!|>'\"%@`#? 0aé", "", "<<", ": ", "- "]
            )
        try:
            loads("".join(text))
        except ScenarioError as error:
            assert str(error)


def test_a_slip_of_the_finger_is_understood() -> None:
    """At least 95 of 100 single slips in a key are answered with the key that was meant."""
    keys = ["replicas", "workers", "queue_max", "balance", "operations", "timeout", "retry", "hop", "optional"]
    keys += [
        "attempts_max",
        "partitions",
        "partitioner",
        "consumers",
        "commit_every",
        "session_timeout",
        "warmup",
        "window",
    ]
    chance, right, tried = random.Random(3), 0, 0
    for _ in range(1000):
        key = chance.choice(keys)
        place, letter = chance.randrange(len(key)), chance.choice("abcdefghijklmnopqrstuvwxyz_")
        slip = chance.choice(
            [
                key[:place] + key[place + 1 :],
                key[:place] + letter + key[place:],
                key[:place] + letter + key[place + 1 :],
                key[:place] + key[place : place + 2][::-1] + key[place + 2 :],
            ]
        )
        tried += 1
        right += suggest(slip, keys) == key
    assert right / tried >= 0.95
