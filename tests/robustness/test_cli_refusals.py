"""The command line refuses what the loader refuses: exit code 2, the message on stderr, nothing on stdout."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli.app import run
from tests.shares import share

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXPECTED: dict[str, list[str]] = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
FILES = ["unit-missing-duration", "yaml-duplicate-key", "key-typo", "cycle-of-two", "yaml-nul", "many-at-once"]


def validate(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line on a file, as a user does."""
    command = [sys.executable, "-m", "sim", "validate", str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", share(FILES, 3))
def test_a_broken_file_ends_with_exit_code_2(name: str) -> None:
    """All problems of the file are on stderr, with their places; the exit code says invalid scenario."""
    path = HERE / "corpus" / f"{name}.yaml"
    done = validate(path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    text = " ".join(done.stderr.split())
    for line in EXPECTED[path.name]:
        assert " ".join(f"{path}:{line}".split()) in text


@pytest.mark.parametrize("path", sorted((HERE / "corpus").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_of_the_corpus_ends_with_exit_code_2(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole corpus, in this process: the first problem with its place on stderr, exit code 2, no traceback."""
    assert run(["validate", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    first = EXPECTED[path.name][0]
    assert " ".join(f"{path}:{first}".split()) in " ".join(err.split())


def test_a_missing_file_ends_with_exit_code_2() -> None:
    """A path that leads nowhere is a usage error with the path in its message."""
    done = validate(HERE / "corpus" / "there-is-no-such-file.yaml")
    assert done.returncode == 2
    assert "there-is-no-such-file.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sound_file_ends_with_exit_code_0() -> None:
    """A valid scenario is accepted."""
    assert validate(HERE.parent / "scenario" / "data" / "shop.yaml").returncode == 0
