"""Deliberate bugs: a line of a function is replaced in its source, and the result put in the function's place.

queue.popleft()  ->  queue.pop()        a suite that does not notice proves nothing
"""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


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
