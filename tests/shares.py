"""Long lists of cases: a share of each is tried by default, the rest by ``pytest -m thorough``.

    @pytest.mark.parametrize("name", share(MUTANTS, 8))     every eighth by default, the seven others when asked for

A share is always the same: what was green stays green until the code changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

THOROUGH = pytest.mark.thorough


def share(cases: Iterable[Any], one_in: int, ids: Iterable[str] | None = None, *, several: bool = False) -> list[Any]:
    """The cases as parameters of a test; all but each ``one_in``-th, from the first, are marked as thorough.

    ``several``: each case is a tuple of as many parameters as the test has.
    """
    given = list(cases)
    names = [None] * len(given) if ids is None else list(ids)
    return [
        pytest.param(*(case if several else (case,)), id=name, marks=() if number % one_in == 0 else THOROUGH)
        for number, (case, name) in enumerate(zip(given, names, strict=True))
    ]
