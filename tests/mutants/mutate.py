"""Deliberate bugs: a line of a function is replaced in its source, and the result put in the function's place.

queue.popleft()  ->  queue.pop()        a suite that does not notice proves nothing
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

SIMPY_ENGINE = "sim.engine.simpy_engine"


def substituted(function: Callable[..., Any], old: str, new: str) -> Callable[..., Any]:
    """The function with ``old`` replaced by ``new`` in its source; the source must hold ``old`` exactly once."""
    source = textwrap.dedent(inspect.getsource(function))
    found = source.count(old)
    assert found == 1, f"{old!r} is {found} times in {function.__qualname__}, which has changed: write the mutant anew"
    lines = [line for line in source.splitlines() if not line.startswith("@")]
    namespace = dict(function.__globals__)
    code = "from __future__ import annotations\n" + "\n".join(lines).replace(old, new)
    exec(compile(code, f"<mutant of {function.__qualname__}>", "exec"), namespace)  # noqa: S102 - our own source
    mutant: Callable[..., Any] = namespace[function.__name__]
    return mutant


def put_in_place(monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any], mutant: Callable[..., Any]) -> None:
    """Put the mutant of a function of the SimPy engine in its place in every file of the engine that knows it."""
    for name, module in list(sys.modules.items()):
        if name.startswith(SIMPY_ENGINE) and vars(module).get(function.__name__) is function:
            monkeypatch.setattr(module, function.__name__, mutant)
