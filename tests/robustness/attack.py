"""Try hostile input on the command line, and hold each outcome to the same promises.

with Attacker() as attacker:
    outcome = attacker(["validate", "x.yaml"], cwd)
    broken_promises(outcome)   ->  ["exit code 3", ...]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECONDS_MAX = 5.0
BYTES_MAX = 1 << 30
FORETOLD = ("takes about",)
CODES = {0, 1, 2, 4, 5}
"""What the input of a user may end with: 3 is a mistake of ours,"""
STOPPED = 3
"""except where a run that does not move on was stopped, with the place."""


@dataclass(frozen=True)
class Outcome:
    """What became of a command.

    Attributes:
        code: exit code; None: it was still running when its time was over.
        seconds: how long it took.
        peak: bytes of memory that it held at most.
        out, err: what it said.
    """

    code: int | None
    seconds: float
    peak: int
    out: str
    err: str


class Attacker:
    """A server of `attack_server`, as long as the ``with`` block lasts."""

    def __enter__(self) -> Self:
        """Start it, and wait until it is ready."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "MPLBACKEND": "Agg"}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"  # on a full disk half of it would stay, for all who import it after that
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "attack_server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"
        return self

    def __exit__(self, *_error: object) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __call__(
        self,
        argv: Sequence[str],
        cwd: Path,
        *,
        seconds: float = 3 * SECONDS_MAX,
        uid: int | None = None,
        file_bytes: int | None = None,
        **more: str,
    ) -> Outcome:
        """Run a command in a folder, for so many seconds at most; the rest is its environment.

        ``uid``: as that user; ``file_bytes``: no file may become larger, as on a disk that is full.
        """
        asked: dict[str, Any] = {"argv": list(argv), "cwd": str(cwd), "seconds": seconds, "environment": more}
        asked |= {"uid": uid, "file_bytes": file_bytes}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))


def broken_promises(outcome: Outcome, *, seconds: float = SECONDS_MAX, peak: int = BYTES_MAX) -> list[str]:
    """What an outcome is that it must not be; [] when all is well.

    A command may run on only where it has said how long it will: that is what "foretold" means.
    """
    found = []
    if outcome.code is None:
        if not all(word in outcome.err for word in FORETOLD):
            found.append("ran on without a word of how long it would take")
    elif outcome.code not in CODES and not (outcome.code == STOPPED and "eventflow: stopped at" in outcome.err):
        found.append(f"exit code {outcome.code}")
    elif outcome.seconds > seconds and not all(word in outcome.err for word in FORETOLD):
        found.append(f"took {outcome.seconds:.1f} s")
    if "internal error" in outcome.err or "Traceback" in outcome.err or "escaped:" in outcome.err:
        found.append("spoke of an error of ours")
    if outcome.peak > peak:
        found.append(f"held {outcome.peak / 2**20:.0f} MB")
    if outcome.code == 2 and not outcome.err.strip():
        found.append("refused without a word")
    return found
