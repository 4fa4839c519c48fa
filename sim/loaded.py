"""Whatever was saved, read again.

    load_saved("baseline.npz")              a Result, a Comparison, a Matrix or a Sweep, as its header says
    load_saved("reports/shop/2027...Z-1a")  the folder of a report: its result.npz
    load_saved("sweeps/shop")               the folder of a sweep, as far as it has been run
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sim.results.comparison import Comparison
from sim.results.matrix import Matrix
from sim.results.result import Result
from sim.saved.container import Container
from sim.saved.errors import SavedError
from sim.saved.results import KINDS
from sim.sweeps.result import Sweep
from sim.sweeps.summary import METRICS

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

LOG = logging.getLogger("eventflow")
IN_REPORT = "result.npz"
IN_SWEEP = "sweep.json"

Saved = Result | Comparison | Matrix | Sweep


def load_saved(path: str | os.PathLike[str]) -> Saved:
    """Return what ``save``, ``--save`` or a report left at a path: a file, the folder of a report, or of a sweep.

    What was run by a version with other semantics is loaded, and a warning is logged. Raises `SavedError` for a file that is
    damaged, foreign or too new, `SweepError` for a sweep's folder that cannot be read, and ``OSError``.
    """
    place = Path(path)
    if place.is_dir():
        if (place / IN_REPORT).exists():
            place /= IN_REPORT
        elif (place / IN_SWEEP).exists():
            from sim.sweeps.run import load_sweep  # brings the engines along

            return load_sweep(place)
        else:
            raise SavedError(f"{place} holds neither {IN_REPORT} nor {IN_SWEEP}; give a file that --save wrote")
    kind = str(Container.open(place).header.get("kind"))
    readers: dict[str, Callable[[Path], Saved]] = {"run": Result.load, "compare": Comparison.load, "sweep": Sweep.load}
    readers["matrix"] = Matrix.load
    if kind not in readers:
        raise SavedError(f"{place} holds '{kind}'; this version reads {', '.join(KINDS.values())}")
    found: Saved = readers[kind](place)
    for note in notes_of(found):
        LOG.warning("%s: %s", place, note)
    return found


def notes_of(found: Saved) -> tuple[str, ...]:
    """Return what a reader must know of a loaded result: which versions were others when it was run."""
    if isinstance(found, Matrix):
        return tuple(dict.fromkeys(note for one in found.results for note in notes_of(one)))
    if isinstance(found, Comparison):
        return tuple(dict.fromkeys((*notes_of(found.a), *notes_of(found.b))))
    if found.origin is None:
        return ()
    return found.origin.notes(METRICS if isinstance(found, Sweep) else None)
