"""What the environment does to things that are no replicas, by the verbs of families of mechanics."""

from sim.engine.compiled_engine.state import World
from sim.shared import Words


def family_alter(m: World, r: Words, verb: int, thing: int, value: int) -> None:
    """A change of the environment takes place at something that is no replica: ``thing`` is the address of its row."""
