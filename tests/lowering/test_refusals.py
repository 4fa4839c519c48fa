"""What is not in the kernel's language is refused, with the line and what to write instead."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sim.lowering.language import Choice, LoweringError
from sim.lowering.module import lowered
from sim.rows import NOWHERE
from tests.lowering.programs import function
from tests.lowering.some_rows import Cell, World

ROOT = Path(__file__).resolve().parents[2]
HEAD = "def made(m: Words, a: int) -> int:\n"
REFUSED = {
    "no annotation": ("def made(a) -> int:\n    return a\n", "parameter a has no annotation; write one of int"),
    "no result": ("def made(a: int):\n    return a\n", "the result has no annotation"),
    "a float": ("def made(a: float) -> int:\n    return 1\n", "is annotated float"),
    "a default": ("def made(a: int = 1) -> int:\n    return a\n", "no defaults"),
    "a list": (HEAD + "    return [a]\n", "'[a]' is not a number|[a] is not in the kernel's language"),
    "a real number": (HEAD + "    return a + 0.5\n", "0.5 is not an integer"),
    "a long number": (HEAD + "    return a + 9223372036854775808\n", "has more than 64 bits"),
    "true division": (HEAD + "    return a / 2\n", "the operator Div is not in the kernel's language; use"),
    "a power": (HEAD + "    return a ** 2\n", "the operator Pow"),
    "identity": (HEAD + "    return 1 if a is a else 2\n", "the comparison Is"),
    "a value of or": (HEAD + "    return a or 3\n", "may be any of its parts; compare it with 0"),
    "too early": (HEAD + "    if a > 0:\n        b = 1\n    return b\n", "b may not be assigned here"),
    "after no turn": (HEAD + "    for i in range(a):\n        m[i] = 0\n    return i\n", "i may not be assigned here"),
    "added too early": (HEAD + "    b += a\n    return b\n", "b may not be assigned here"),
    "no end": (HEAD + "    if a > 0:\n        return 1\n", "it may end without a result"),
    "nothing returned": (HEAD + "    return\n", "not what the annotation promises"),
    "a step of two": (HEAD + "    for i in range(0, a, 2):\n        m[i] = 0\n    return 0\n", "a step of 2"),
    "another loop": (HEAD + "    for i in m:\n        a += i\n    return a\n", "a loop is over range"),
    "a raise": (HEAD + "    raise ValueError\n", "'raise ValueError' is not in the kernel's language"),
    "a try": (HEAD + "    try:\n        return a\n    finally:\n        m[0] = 1\n", "'try:' is not"),
    "an unknown name": (HEAD + "    return b\n", "b is not known"),
    "a class": (HEAD + "    return dict(a)\n", "is not a function of the kernel"),
    "a keyword": (HEAD + "    return max(a, b=1)\n", "given by their place"),
    "a number indexed": (HEAD + "    return a[0]\n", "a is not a memory"),
    "a memory as a number": (HEAD + "    return m + 1\n", "m is not a number"),
    "a tuple": (HEAD + "    b, c = a\n    return b\n", "a tuple is assigned only from as many"),
    "too few arguments": (HEAD + "    return made(m)\n", "made takes (Words, int), and is given (Words)"),
    "nothing to convert": (HEAD + "    return int()\n", "int takes one number"),
    "two to convert": (HEAD + "    return int(a, 2)\n", "int takes one number"),
    "the largest of one": (HEAD + "    return max(a)\n", "max takes at least two numbers"),
    "a range of nothing": (HEAD + "    for i in range():\n        a += i\n    return a\n", "range() is no range"),
    "a range of four": (HEAD + "    for i in range(0, a, 1, 1):\n        a += i\n    return a\n", "is no range"),
    "a local range": (HEAD + "    range = a\n    for i in range(a):\n        a += i\n    return a\n", "range is a local here"),
    "a local called": (HEAD + "    max = a\n    return max(a, 1)\n", "max is a local here, and no function"),
    "an annotated float": (HEAD + "    b: float = a\n    return b\n", "b is annotated float"),
    "an annotated truth": (HEAD + "    b: bool = a\n    return b\n", "b is annotated bool, and what is assigned is int"),
    "a number for a truth": ("def made(a: int) -> bool:\n    return a\n", "compare it, or write bool(...)"),
    "a choice of nothing": (HEAD + "    return choice()\n", "choice() says no code of a function; give the code first"),
    "a memory for a code": (HEAD + "    return choice(m, a)\n", "choice(m, a) says no code of a function"),
    "a slice": (HEAD + "    return m[0:1]\n", "is not in the kernel's language"),
}


OF_ROWS = {
    "an unknown field": ("    return cell.size\n", "Cell has no field size; declare it, or ask for one of value, next"),
    "a number for a truth": ("    w.boxes[0].open = cell.value\n    return 0\n", "open is bool, and what is assigned is int"),
    "a row as a number": ("    return cell + 1\n", "cell is not a number"),
    "a row for a number": ("    cell.value = cell.next\n    return 0\n", "cell.value is int, and what is assigned is Cell"),
    "a number for a row": ("    cell.next = 0\n    return 0\n", "cell.next is Cell, and what is assigned is int"),
    "compared with a number": ("    return 1 if cell == 0 else 2\n", "Cell and int cannot be compared"),
    "rows in order": ("    return 1 if cell < cell.next else 2\n", "Cell and Cell cannot be compared"),
    "another row": ("    return made(w, w.boxes[0])\n", "made takes (World, Cell), and is given (World, Box)"),
    "two kinds in a local": ("    a = cell\n    a = w.boxes[0]\n    return a.value\n", "a is Cell, and what is assigned is"),
    "a row that nothing says": ("    a = NOWHERE\n    return a.value\n", "nothing says which row a is"),
    "a row from nowhere": ("    return Cell(cell, 5).value\n", "Cell(cell, 5) is no row; write Cell(memory, address)"),
    "added to a row": ("    cell.next += 1\n    return 0\n", "cell.next is no number"),
    "a row in place": ("    w.cells[0] = cell\n    return 0\n", "w.cells[0] cannot be assigned"),
    "fields of a number": ("    return cell.value.next\n", "cell.value has no fields"),
}


@pytest.mark.parametrize("name", OF_ROWS)
def test_what_is_no_row_is_refused(name: str) -> None:
    """Rows are of one kind, and are no numbers."""
    text, words = OF_ROWS[name]
    tried = function("def made(w: World, cell: Cell) -> int:\n" + text, World=World, Cell=Cell, NOWHERE=NOWHERE)
    with pytest.raises(LoweringError) as refused:
        lowered(tried, "tried")
    assert words in str(refused.value)


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_language_has_not_is_refused(name: str) -> None:
    """With the file, the line and the remedy."""
    text, words = REFUSED[name]
    with pytest.raises(LoweringError) as refused:
        lowered(function(text, choice=Choice((abs,))), "tried")
    said = str(refused.value)
    assert any(one in said for one in words.split("|")), said
    assert said.startswith("<made ")
    assert ";" in said


def test_the_line_is_that_of_the_mistake() -> None:
    """Not that of the function."""
    with pytest.raises(LoweringError, match=r">:4: made: a \*\* 2|>:4: made: the operator Pow"):
        lowered(function(HEAD + "    b = 1\n    m[0] = b\n    return a ** 2\n"), "tried")


def test_the_kernels_code_is_the_same_everywhere() -> None:
    """The IR of the whole kernel, byte for byte, whatever the hash seed: nothing of it depends on the machine."""
    script = (
        "import hashlib; from sim.engine.compiled_engine.loop import run; from sim.lowering.module import lowered;"
        "print(hashlib.sha256(lowered(run, 'eventflow_run').encode()).hexdigest())"
    )
    found = set()
    for seed in ("0", "1", "77"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1
