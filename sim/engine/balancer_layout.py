"""The rows of a balancer at time 0, laid out one after the other: both engines put them into a memory of theirs.

    Balancer | places | owners | views | what each view has seen | its list | the sums of its weights | ring
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.semantics.balancing import LONG_AGO, Balancer, Owner, Place, Seen, View, relist

if TYPE_CHECKING:
    from sim.network import Balancer as Spec
    from sim.rows import Row


class _Layout:
    """Words from an address on."""

    def __init__(self, base: int) -> None:
        self.words = [0] * base

    def take(self, count: int) -> int:
        """Address of so many words more."""
        at = len(self.words)
        self.words.extend([0] * max(1, count))
        return at

    def put(self, kind: type[Row], row: int, **cells: int) -> None:
        for name, value in cells.items():
            self.words[row + kind.fields[name].offset] = int(value)

    def listed(self, values: list[int]) -> int:
        at = self.take(len(values))
        self.words[at : at + len(values)] = values
        return at


def laid_out(spec: Spec, number: int, base: int, tables: int = 0) -> list[int]:
    """The words of a balancer from the address ``base`` on, where its row stands; ``tables``: address of the network's."""
    layout = _Layout(base)
    count, views = spec.replicas, len(spec.zones)
    row = layout.take(Balancer.SIZE)
    places, first_view = layout.take(count * Place.SIZE), layout.take(views * View.SIZE)
    layout.put(Balancer, row, places=places, count=count, views=first_view, view_count=views, number=number, first=spec.first)
    layout.put(Balancer, row, weighted=bool(spec.weights), zone_share=spec.zone_share, panic=spec.panic)
    layout.put(Balancer, row, all_members=spec.all_members, code=spec.code, settings=tables + spec.settings, by_key=spec.by_key)
    layout.put(Balancer, row, outliers=tables + spec.outliers if spec.outliers >= 0 else 0, sweep_every=spec.sweep_every)
    layout.put(Balancer, row, present=spec.begin)
    for place in range(count):
        weight = spec.weights[place] if spec.weights else 1
        zone = spec.places[place]
        layout.put(Place, places + place * Place.SIZE, weight=weight, zone=zone, since=LONG_AGO)
        layout.put(Place, places + place * Place.SIZE, member=place < spec.begin, absent=place >= spec.begin)
    owners = layout.take(len(spec.owners) * Owner.SIZE)
    layout.put(Balancer, row, owners=owners, owner_count=len(spec.owners))
    for index, (first, callers, view) in enumerate(spec.owners):
        layout.put(Owner, owners + index * Owner.SIZE, first=first, count=callers, view=view)
    alike: dict[int, tuple[int, int, int, int]] = {}  # callers of one zone see the same at first
    for index, zone in enumerate(spec.zones):
        view = first_view + index * View.SIZE
        seen, listed, sums = layout.take(count * Seen.SIZE), layout.take(count), layout.take(count if spec.weights else 0)
        layout.put(View, view, balancer=row, seen=seen, list=listed, sums=sums, zone=zone, number=index)
        layout.put(View, view, turn=index, first_turn=index)
        if zone in alike:
            sizes = (count * Seen.SIZE, count, len(spec.weights))
            for to, origin, size in zip((seen, listed, sums), alike[zone][:3], sizes, strict=True):
                layout.words[to : to + size] = layout.words[origin : origin + size]
            layout.put(View, view, count=layout.words[alike[zone][3] + View.fields["count"].offset])
        else:
            alike[zone] = (seen, listed, sums, view)
            relist(View(layout.words, view))
    ring = layout.listed([hashed for hashed, _ in spec.ring])
    ring_places = layout.listed([place for _, place in spec.ring])
    layout.put(Balancer, row, ring=ring, ring_places=ring_places, ring_size=len(spec.ring))
    return layout.words[base:]
