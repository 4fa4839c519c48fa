"""Send all calls of a key to the same replica, unless it has too much to do.

    ring   --a--B--a--C--b--A--c--   a key goes to the next point on the ring; each replica has many

A replica that leaves the list gives its keys to those that follow, and all others keep theirs. With a ``load_factor`` a
replica takes no more than so many times the mean of what is outstanding, rounded up; what is beyond goes to the next (V.
Mirrokni, M. Thorup, M. Zadimoghaddam, Consistent Hashing with Bounded Loads, 2018).
"""

import hashlib
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.rows import Row
from sim.scenario.model import Integer, Number
from sim.scenario.seeing import Seeing
from sim.semantics.balancing import THOUSAND, View
from sim.shared import shared

POINTS_MAX = 1000
LOAD_FACTOR_MAX = 100.0


class HashSettings(Row):
    """What is declared: how much more than the mean a replica takes, in thousandths; 0: any number."""

    load: int


@shared
def pick(settings: HashSettings, view: View, _now: int, _stream: int, _key: int, _occurrence: int, hash_of: int) -> int:
    """The first on the ring, from the key on, that is in the list and takes one more."""
    balancer = view.balancer
    most = -((-settings.load * (view.total + 1)) // (THOUSAND * view.count))
    low, high = 0, balancer.ring_size
    while low < high:
        middle = (low + high) // 2
        if balancer.ring[middle] < hash_of:
            low = middle + 1
        else:
            high = middle
    for step in range(balancer.ring_size):
        number = balancer.ring_places[(low + step) % balancer.ring_size]
        seen = view.seen[number]
        if seen.listed != 0 and (settings.load == 0 or seen.outstanding < most):
            return number
    return view.list[0]


class ConsistentHash(Seeing):
    """Send all calls of a key to the same replica, unless it has too much to do.

    Example: {kind: consistent_hash, key: flow, load_factor: 1.25}
    Source: D. Karger et al., "Consistent Hashing and Random Trees", STOC 1997.
    Source: V. Mirrokni, M. Thorup, M. Zadimoghaddam, "Consistent Hashing with Bounded Loads", SODA 2018.
    """

    kind: Literal["consistent_hash"] = Field(default="consistent_hash", description="Always 'consistent_hash'.")
    key: Literal["flow"] = Field(default="flow", description="By what: the key of the flow, which has one value: 'flow'.")
    load_factor: Annotated[Number, Field(ge=1.0, le=LOAD_FACTOR_MAX)] | None = Field(
        default=None,
        description="A replica takes at most so many times the mean of what is outstanding; 1 to 100. Default: no bound.",
    )
    points: Annotated[Integer, Field(ge=1, le=POINTS_MAX)] = Field(
        default=160, description="How many points each replica has on the ring: the more, the evener; 1 to 1000."
    )

    Settings: ClassVar[Any] = HashSettings
    by_key: ClassVar[bool] = True
    pick: ClassVar[Any] = staticmethod(pick)

    @property
    def load(self) -> int:
        """The load factor in thousandths."""
        return 0 if self.load_factor is None else round(self.load_factor * THOUSAND)

    def ring(self, replicas: int) -> tuple[tuple[int, int], ...]:
        """Return the points of so many replicas on the ring, in order: a hash of 32 bits, and whose it is."""

        def point(number: int, index: int) -> int:
            return int.from_bytes(hashlib.sha256(f"{number}/{index}".encode()).digest()[:4], "big")

        return tuple(sorted((point(number, index), number) for number in range(replicas) for index in range(self.points)))
