"""Users of a closed flow: think, again. The readable engine's verbs."""

from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.chance import sample
from sim.engine.compiled_engine.state import Trace, User, World
from sim.semantics.order import ASKS, identity, rank_of
from sim.shared import entrance


@entrance
def think(m: World, user: User, since: int) -> None:
    """A user thinks before it asks, ``since`` ns from now on."""
    flow = user.flow
    pause = sample(m, flow.think, flow.think_stream, user.number, user.count)
    after(m, since + pause, rank_of(ASKS, identity(user.number, 0, 0) | flow.number), user.at)


def again(m: World, x: Trace) -> None:
    """A user knows what became of its request and of all that it asked after that: it thinks, and asks again."""
    if x.flow.users > 0 and x.user:
        think(m, x.user, 0)
