"""A progress bar in a notebook, where one can be shown; elsewhere none: a library prints nothing.

    sim.run(scenario) in a kernel with tqdm   -->   simulating shop: 12/20
    the same in a script, or progress=...     -->   what was asked for, and nothing else
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DELAY = 1.0
"""Seconds before a bar appears: what is quick needs none."""


def progress_or_bar(progress: Callable[[int, int], None] | None, what: str) -> Callable[[int, int], None] | None:
    """Return the progress that was asked for; without one, a bar in a notebook that has tqdm, else None."""
    if progress is not None or not in_kernel():
        return progress
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]  # in a notebook only
    except ImportError:
        return None
    return _moving(tqdm(desc=what, total=1, leave=False, delay=DELAY))


def in_kernel() -> bool:
    """Whether this is a notebook's kernel, not a script and not a terminal."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    return getattr(shell, "kernel", None) is not None


def _moving(bar: Any) -> Callable[[int, int], None]:
    def step(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return step
