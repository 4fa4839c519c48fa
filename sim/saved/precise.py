"""Whether a precision was reached, in and out of a header: what was asked and seen is kept, figures are worked out again.

Precision --described--> {"rows": [{path, asked, state, looks}], ...} --restored, with the result's figures--> Precision
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.stats.sequential import Look, Precise, Precision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sim.stats.intervals import Estimate


def described(precision: Precision | None) -> dict[str, Any] | None:
    """Return plain data; None for none. Numbers that JSON does not have become texts."""
    if precision is None:
        return None
    rows = [
        {
            "path": row.path,
            "asked": row.asked,
            "state": row.state,
            "of": row.of,
            "looks": [[look.n, look.relative if math.isfinite(look.relative) else str(look.relative)] for look in row.looks],
        }
        for row in precision.rows
    ]
    return {"rows": rows, "n": precision.n, "n_max": precision.n_max, "required": sorted(precision.required)}


def restored(data: Mapping[str, Any] | None, figure: Callable[[str], Estimate]) -> Precision | None:
    """Return what `described` wrote; ``figure`` gives the figure of a path."""
    if data is None:
        return None
    rows = tuple(
        Precise(
            path=str(row["path"]),
            asked=float(row["asked"]),
            state=row["state"],
            figure=figure(str(row["path"])),
            looks=tuple(Look(n=int(n), relative=float(relative)) for n, relative in row["looks"]),
            of=str(row["of"]),
        )
        for row in data["rows"]
    )
    return Precision(rows=rows, n=int(data["n"]), n_max=int(data["n_max"]), required=frozenset(data["required"]))
