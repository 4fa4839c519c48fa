"""What exists of services whose replicas come and go: places, what an autoscaler remembers, how busy replicas were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.lives_layout import laid_out
from sim.engine.simpy_engine.state import Replica
from sim.policies.scaling._measures import UTILISATION
from sim.semantics import scaling as rules
from sim.semantics.hooks import SCALERS
from sim.semantics.scaling import SERVING

if TYPE_CHECKING:
    from sim.network import Network, Scaler, Service


class ScalerAtWork:
    """A service whose replicas come and go: its places, as rows in a memory of their own, and what its autoscaler remembers."""

    __slots__ = ("kind", "lives", "number", "settings", "spec", "state")

    def __init__(self, number: int, spec: Scaler, network: Network) -> None:
        self.number, self.spec = number, spec
        self.lives: Any = rules.Lives([0, *laid_out(spec, 1)], 1)
        self.kind: Any = SCALERS[spec.code] if spec.code >= 0 else None
        self.settings = network.settings.get(spec.settings)
        self.state: Any = self.kind.State.roomy(spec.tail) if self.kind is not None else None

    def life_of(self, replica: Replica) -> Any:
        """The place of a replica."""
        return self.lives.places[replica.number - self.spec.first]


BUSY: Any = vars(Replica)["busy"]


class WatchedReplica(Replica):
    """A replica of which it is counted how long its workers are held."""

    __slots__ = ("at_now", "clock", "scaler")

    def __init__(self, number: int, service: int, spec: Service, scaler: ScalerAtWork, clock: Any) -> None:
        self.scaler, self.clock = scaler, clock
        BUSY.__set__(self, 0)
        super().__init__(number, service, spec)

    @property
    def busy(self) -> int:
        """How many workers are held."""
        return int(BUSY.__get__(self))

    @busy.setter
    def busy(self, busy: int) -> None:
        rules.took(self.scaler.lives, self.scaler.life_of(self), busy - self.busy, self.clock.now)
        BUSY.__set__(self, busy)


def replicas_of(network: Network, scalers: dict[int, ScalerAtWork], clock: Any) -> list[Replica]:
    """All replicas, with a place each where they come and go."""
    found: list[Replica] = []
    for number, service in enumerate(network.replica_service):
        scaler, spec = scalers.get(service), network.services[service]
        if scaler is not None and scaler.spec.measure == UTILISATION:
            replica: Replica = WatchedReplica(number, service, spec, scaler, clock)
        else:
            replica = Replica(number, service, spec)
        if scaler is not None:
            replica.life = scaler.life_of(replica)
            replica.up = replica.opens = replica.life.phase == SERVING
        found.append(replica)
    return found
