"""What looks well and is not the same: how often something else was done in place of what had failed.

    payment fails --> fallback: charged.later --> the client is answered     well done, soon, and not charged
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.headline import has_fallbacks
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from sim.results.result import Result


def fallback_notes(result: Result) -> list[str]:
    """Return a sentence where fallbacks, or catches, were taken: goodput, errors and recovery count such requests as others."""
    if not has_fallbacks(result.scenario):
        return []
    taken = result.estimate("fallbacks")
    if not math.isfinite(taken.mean) or taken.mean == 0.0:
        return []
    said = f"Something else was done in place of what had failed {format_number(taken.mean)} times a run (fallbacks)"
    return [f"{said}: goodput, errors and recovery count what was answered so as done well."]
