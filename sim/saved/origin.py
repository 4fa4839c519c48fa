"""What a saved file was written by, and what of that is different here.

file: eventflow 0.3.0, semantics 1, metrics 1   --here: semantics 2-->   note: "saved by semantics 1, now 2: ..."
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.record.record import SEMANTICS
from sim.saved.errors import SavedError
from sim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Origin:
    """Where a loaded result comes from.

    Attributes:
        version: of eventflow, that ran it.
        semantics: version of what a run means.
        metrics: version of what a metric means.
        fingerprint: of the result, as it was then.
    """

    version: str
    semantics: int
    metrics: int
    fingerprint: str

    @classmethod
    def here(cls, metrics: int, fingerprint: str) -> Origin:
        """This version."""
        return cls(__version__, SEMANTICS, metrics, fingerprint)

    @classmethod
    def of(cls, data: Mapping[str, Any], name: str, metrics: int) -> Origin:
        """Read what `to_dict` wrote; refuse what a later version has written. Raises `SavedError`."""
        found = cls(str(data["eventflow"]), int(data["semantics"]), int(data["metrics"]), str(data["fingerprint"]))
        for what, then, now in (("semantics", found.semantics, SEMANTICS), ("metrics", found.metrics, metrics)):
            if then > now:
                raise SavedError(
                    f"{name} was saved by eventflow {found.version} with {what} {then}; this one, {__version__}, "
                    f"knows {what} up to {now}; upgrade eventflow-sim"
                )
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "eventflow": self.version,
            "semantics": self.semantics,
            "metrics": self.metrics,
            "fingerprint": self.fingerprint,
        }

    def notes(self, metrics: int | None = None) -> tuple[str, ...]:
        """What differs here, in sentences; ``metrics`` is the version of metrics here, None where values are not kept."""
        found = []
        if self.semantics != SEMANTICS:
            found.append(
                f"it was run with semantics {self.semantics}, now {SEMANTICS}: a difference may come from the simulator"
            )
        if metrics is not None and self.metrics != metrics:
            found.append(f"its values were measured by metrics {self.metrics}, now {metrics}: they may mean something else")
        if self.version != __version__:
            found.append(f"it was run by eventflow {self.version}, now {__version__}")
        return tuple(found)
