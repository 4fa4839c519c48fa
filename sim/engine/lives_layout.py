"""The places of replicas that come and go at time 0, laid out one after the other: both engines put them into their memory.

    Lives | places
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.semantics.scaling import SERVING, Life, Lives

if TYPE_CHECKING:
    from sim.network import Scaler


def laid_out(spec: Scaler, base: int) -> list[int]:
    """The words of the places of a service from the address ``base`` on, where their row stands."""
    words = [0] * (Lives.SIZE + spec.replicas * Life.SIZE)
    values = {"places": base + Lives.SIZE, "count": spec.replicas, "wanted": spec.begin}
    for name, value in values.items():
        words[Lives.fields[name].offset] = value
    for place in range(spec.begin):
        words[Lives.SIZE + place * Life.SIZE + Life.fields["phase"].offset] = SERVING
    return words


def place_at(base: int, place: int) -> int:
    """The address of one of them."""
    return base + Lives.SIZE + place * Life.SIZE
