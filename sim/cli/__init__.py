"""The command line, ``eventflow``: stdout is data, stderr is progress, the exit code is the answer.

    0    ok                              3    internal error
    1    an objective is breached        4    inconclusive: too few replications to tell
    2    usage or invalid scenario       5    nothing to check
                                         6    the machine refused: disk full, no memory
                                         130  interrupted; 143: by SIGTERM

One file in ``sim/cli/commands`` for each command. Nothing here loads Matplotlib, SciPy, pandas, LLVM or SimPy before a
command needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; ``argv`` is what follows ``eventflow``, the process's own arguments by default."""
    from sim.cli import readers, signals, terminal  # importing sim.cli is free

    terminal.open_closed()
    with signals.stopping(alone=argv is None), readers.may_leave():
        try:
            from sim.cli.app import run  # Ctrl-C is met from here on

            code = run(argv)
        except KeyboardInterrupt:
            code = signals.code()
    return signals.left(code) if argv is None else code
