"""What may leak or hang, laid out in the kernel's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine.family_rows import Guard, LeakyPool, Store
from sim.engine.compiled_engine.state import Service
from sim.semantics.hooks import GUARDS, LEAKING

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image


def rows(image: Image) -> list[int]:
    """Addresses of the pools of replicas that may lose connections."""
    return image.rows(len(image.network.leaky_pools), LeakyPool.SIZE)


def header(image: Image) -> dict[str, int]:
    """Of `World`: where the pools of replicas are that may lose connections."""
    return {"leaky_pools": image.leaky_pools[0] if image.leaky_pools else 0, "leaky_pool_count": len(image.leaky_pools)}


def fill(image: Image) -> None:
    """Set every field of them, and in which rows of the record leaks and hangs of services and stores are counted."""
    n = image.network
    hangs = {one.service: row for row, one in enumerate(n.hangs)}
    for number, row in enumerate(image.services):
        image.put(Service, row, hang=hangs.get(number, -1))
    for number, row in enumerate(image.stores):
        image.put(Store, row, number=number)
    for leak, one in enumerate(n.leaks):
        if one.store >= 0:
            image.put(Store, image.stores[one.store], leak=leak)
        elif not one.pool:
            image.put(Service, image.services[one.service], leak=leak)
    for number, (row, pool) in enumerate(zip(image.leaky_pools, n.leaky_pools, strict=True)):
        kind, guard = GUARDS[n.guards[pool.guard].code], image.guards[pool.guard]
        states = image.cells[guard + Guard.fields["states"].offset]
        state = states + pool.place * (kind.State.SIZE + n.guards[pool.guard].tail)
        image.put(LeakyPool, row, guard=guard, place=pool.place, replica=image.replicas[pool.replica], size=pool.size)
        image.put(LeakyPool, row, state=state, loses=LEAKING.index(kind), leak=pool.leak, number=number)
