"""A reader that goes away: the command does what was asked for all the same, and its exit code is that of its judgement."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sim.cli import main, readers
from tests.shares import THOROUGH

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENARIO = """
name: small
architecture: synchronous
services: {back: {workers: 1, operations: {pay: [{work: {kind: exponential, mean: 10ms}}]}}}
workload: {orders: {operation: back.pay, arrivals: {kind: poisson, rate: 20/s}, timeout: 1s}}
objectives: ["orders.latency.p50 < 1ms"]
run: {horizon: 2s, replications: 3, seed: 3}
"""
QUICK = {
    "run small.yaml -j 1 -q --no-report --save run.npz": (1, "run.npz"),
    "list": (0, ""),
    "validate nowhere.yaml": (2, ""),
}
OTHERS = {
    "run small.yaml -j 1 -q --no-report --save never.npz --fail-on never": (0, "never.npz"),
    "compare small.yaml small.yaml -j 1 -q --no-report --fail-on objective --save pair.npz": (1, "pair.npz"),
    "sweep small.yaml --over services.back.workers=1,2 -j 1 -q --fail-on objective -o sweep": (1, "sweep"),
    "merge sweep -o merged -q": (0, "merged"),
    "report sweep -o page.html": (0, "page.html"),
    "--help": (0, ""),
}


@pytest.fixture
def unread() -> Iterator[io.TextIOWrapper]:
    """A stream into a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    with io.FileIO(writer, "w") as raw:
        yield io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8")


@pytest.mark.parametrize("commands", [QUICK, pytest.param(OTHERS, marks=THOROUGH)], ids=["quick", "others"])
def test_what_was_asked_for_is_done_though_nobody_reads(
    commands: dict[str, tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unread: io.TextIOWrapper
) -> None:
    """Each command ends with the code of its judgement, and writes what it was asked to write."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SCENARIO, encoding="utf-8")
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, unread)
    for words, (code, written) in commands.items():
        assert main(words.split()) == code, words
        assert (tmp_path / written).exists(), words


def test_only_a_reader_who_left_is_no_error(monkeypatch: pytest.MonkeyPatch, unread: io.TextIOWrapper) -> None:
    """Any other error of writing is one; streams that are somebody's own are left alone, and all are put back."""
    with readers.Pipe(os.open(os.devnull, os.O_RDONLY), "r") as closed, pytest.raises(OSError, match=r"not open|Bad file"):
        closed.write(b"x")
    own = io.StringIO()
    monkeypatch.setattr(sys, "stderr", own)
    monkeypatch.setattr(sys, "stdout", unread)
    with readers.may_leave():
        assert sys.stderr is own
        assert sys.stdout is not unread
        for _ in range(2):
            sys.stdout.write("a line\n")
            sys.stdout.flush()
    assert sys.stdout is unread
