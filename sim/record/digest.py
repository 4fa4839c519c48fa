"""What happened in a run, by names: the same however a record is laid out, and whatever else a later version counts.

    totals    services.shop.arrived = 812, edges.shop.buy -> payment.charge.settled.ok = 790, ...
    digest    SHA-256 of their lines, sorted; what is 0 has no line, so a column more changes nothing until it counts

A fingerprint covers every window and every bucket, and moves when the layout does. This one says, across such a change, that
nothing else did. How many events an engine fired is not part of it: each counts its own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sim.record.families import FAMILIES
from sim.record.record import HISTOGRAMS

if TYPE_CHECKING:
    from sim.record.record import Record


def totals(record: Record) -> dict[str, int]:
    """Return every count that is not 0 by its name: sums over windows (of a peak: the highest), levels, histograms."""
    found: dict[str, int] = {}
    for family in FAMILIES:
        if not family.hashed or not family.printed:
            continue
        table, peaks = record.tables[family.name], {column for _, column in family.maxima}
        sums, highest = table.sum(axis=0), table.max(axis=0, initial=0)
        for row, name in enumerate(family.names(record.network)):
            for column, counter in ((at, one) for at, one in enumerate(family.counters) if at not in family.outlooks):
                found[f"{family.name}.{name}.{counter}"] = int((highest if column in peaks else sums)[row, column])
            for column, level in enumerate(family.levels):
                if column != family.since:
                    found[f"{family.name}.{name}.level.{level}"] = int(record.levels[family.name][row, column])
    for name in HISTOGRAMS:
        counts = getattr(record, name).by_flow(record.network.tallied)
        names = [*(flow.name for flow in record.network.flows), *(f"saga {saga.name}" for saga in record.network.sagas)]
        names += [one.name for one in record.network.follow_ups] + [one.name for one in record.network.projections]
        names += [f"session {one.name}" for one in record.network.sessions]
        found |= {f"{name}.{one}": int(count) for one, count in zip(names, counts, strict=True)}
    return {name: value for name, value in found.items() if value}


def digest(record: Record) -> str:
    """Return the digest of a record's totals, in hex."""
    lines = "".join(f"{name} = {value}\n" for name, value in sorted(totals(record).items()))
    return hashlib.sha256(lines.encode()).hexdigest()
