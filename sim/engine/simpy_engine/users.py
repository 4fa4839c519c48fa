"""Users of a closed flow: think, again. They wait for what becomes of what they asked, think, and ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import CONSTANT, bits, draw
from sim.semantics.order import ASKS, identity, rank_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Trace


class User:
    """One user of a flow, who has asked ``count`` times, by way of ``ask``."""

    __slots__ = ("ask", "count", "flow", "number")

    def __init__(self, flow: int, number: int, ask: Callable[[Run, User], None]) -> None:
        self.flow = flow
        self.number = number
        self.ask = ask
        self.count = 0


def think(run: Run, user: User, since: int) -> None:
    """A user thinks before it asks, ``since`` ns from now on."""
    spec = run.network.flows[user.flow].closed
    assert spec is not None  # noqa: S101 - it has users
    if run.tables[spec.think] == CONSTANT:
        pause = run.tables[spec.think + 1]
    else:
        pause = draw(run.tables, spec.think, bits(run.keys[spec.think_stream], user.number, user.count))
    run.clock.after(since + pause, rank_of(ASKS, identity(user.number, 0, 0) | user.flow), user.ask, run, user)


def again(run: Run, trace: Trace) -> None:
    """A user knows what became of its request and of all that it asked after that: it thinks, and asks again."""
    if trace.user is not None:
        think(run, trace.user, 0)
