"""Services whose replicas come and go, laid out in the kernel's memory, and when autoscalers look first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine import state as at
from sim.engine.compiled_engine.scaling_rows import Scaler
from sim.engine.lives_layout import laid_out, place_at
from sim.record.scaling import scaling_begins
from sim.semantics.hooks import SCALERS
from sim.semantics.order import SCALE, rank_of
from sim.semantics.scaling import SYNC, about

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from sim.engine.compiled_engine.host import Image
    from sim.network import Network


def fill(image: Image) -> None:
    """Lay autoscalers and places out, and tell services and replicas where they are."""
    image.scalers = image.rows(len(image.network.scalers), Scaler.SIZE)
    for number, (row, spec) in enumerate(zip(image.scalers, image.network.scalers, strict=True)):
        lives = image.size
        image.listed(laid_out(spec, lives))
        same = ("first", "code", "every", "start_up", "drain", "capacity", "measure", "partitions", "target", "idle", "even")
        image.put(Scaler, row, lives=lives, number=number, **{name: getattr(spec, name) for name in same})
        image.put(at.Service, image.services[spec.service], scaler=row)
        for place in range(spec.replicas):
            replica = image.replicas[spec.first + place]
            image.put(at.Replica, replica, life=place_at(lives, place), up=place < spec.begin, opens=place < spec.begin)
        if spec.group >= 0:
            image.put(Scaler, row, group=image.groups[spec.group])
        if spec.code >= 0:
            kind = SCALERS[spec.code]
            state = kind.State.roomy(spec.tail)
            kind.begin(image.network.settings[spec.settings], state, spec.begin)
            words = [int(getattr(state, name)) for name, field in kind.State.fields.items() if field.form == "int"]
            image.put(Scaler, row, settings=image.tables + spec.settings, state=image.listed([*words, *_tail_of(state)]))


def _tail_of(state: Any) -> list[int]:
    """What follows a state."""
    name = list(type(state).__slots__)[-1]
    found: list[int] = getattr(state, name)
    return found


def header(image: Image) -> dict[str, int]:
    """Where they are."""
    return {"scalers": image.scalers[0] if image.scalers else 0, "scaler_count": len(image.scalers)}


def begin(network: Network, r: Any) -> None:
    """How many replicas there are as a run begins is written down."""
    for number, scaler in enumerate(network.scalers):
        scaling_begins(r, number, scaler.begin)


def first_events(image: Image) -> Iterator[tuple[int, int, int]]:
    """When each autoscaler looks first."""
    for number, (row, scaler) in enumerate(zip(image.scalers, image.network.scalers, strict=True)):
        if scaler.code >= 0:
            yield scaler.every, rank_of(SCALE, about(SYNC, number, 0)), row
