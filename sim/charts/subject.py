"""What a chart is drawn of: one side, two to compare, or those of a matrix.

    Result      ->  [Side]            name, architecture, records of all replications
    Comparison  ->  [Side, Side]
    Matrix      ->  [Side, Side, ...]

Charts ask for nothing but ``records`` (and ``a`` and ``b`` of a comparison, ``calm`` of a matrix), so a list of records will do
as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.charts.palette import Look, looks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.network import Network
    from sim.record.record import Record


@dataclass(frozen=True)
class Side:
    """One scenario with the records of its replications.

    Attributes:
        records: one for each replication, of one network.
        look: colour, line style and marker.
        seed: what all random numbers followed from.
    """

    records: tuple[Record, ...]
    look: Look
    seed: int = 0

    @property
    def network(self) -> Network:
        """The network that was run."""
        return self.records[0].network

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.network.scenario.name

    @property
    def architecture(self) -> str:
        """``synchronous`` or ``event-driven``."""
        return self.network.scenario.architecture

    @property
    def label(self) -> str:
        """What legends call it; never hidden for a leading underscore."""
        return f"{self.architecture} \N{EN DASH} {self.name}"


def sides(subject: Any) -> list[Side]:
    """The sides of a result, a comparison, a matrix (without a fault), or a plain list of records."""
    things = getattr(subject, "calm", None) or [getattr(subject, side) for side in "ab" if hasattr(subject, side)] or [subject]
    every = [_records(one) for one in things]
    looks = looks_of([_architecture(one) for one in every])
    return [Side(one, look, _seed(thing, one)) for thing, one, look in zip(things, every, looks, strict=True)]


def _seed(thing: Any, records: Sequence[Record]) -> int:
    """The seed that was given, or that of the scenario."""
    return int(getattr(thing, "seed", records[0].network.scenario.run.seed))


def _records(thing: Any) -> tuple[Record, ...]:
    records: Sequence[Record] = getattr(thing, "records", thing)
    if not records:
        raise ValueError("there is nothing to draw: the result has no replication; run at least one")
    return tuple(records)


def _architecture(records: Sequence[Record]) -> str:
    return records[0].network.scenario.architecture
