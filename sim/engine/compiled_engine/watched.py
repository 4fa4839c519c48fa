"""How long workers are held at replicas whose autoscaler looks at that: counted where they are taken, and given back."""

from sim.engine.compiled_engine.state import Replica, World
from sim.policies.scaling._measures import UTILISATION
from sim.semantics import scaling as rules
from sim.shared import entrance


@entrance
def took(m: World, replica: Replica, more: int) -> None:
    """So many workers of a replica more are held, or less."""
    scaler = replica.service.scaler
    if scaler and scaler.measure == UTILISATION:
        rules.took(scaler.lives, replica.life, more, m.now)
