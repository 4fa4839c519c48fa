"""What comes in: flows of arrivals, each asking an operation for something.

arrivals (rate 50/s) --> client --hop--> frontend.checkout
                         timeout, retry       |
                         <-----answer---------'       done within the deadline: goodput
"""

from typing import Annotated

from pydantic import Field

from sim.scenario.arrivals import Arrivals
from sim.scenario.distributions import Distribution
from sim.scenario.guards import guarded
from sim.scenario.kinds import AnyRetry
from sim.scenario.model import Integer, Model
from sim.scenario.steps import OperationName
from sim.scenario.units import PositiveDuration

KEYS_MAX = 10**9


@guarded
class Flow(Model):
    """A business flow: who arrives when, and what each asks for."""

    operation: OperationName = Field(description="The operation that the client calls, as service.operation.")
    arrivals: Arrivals = Field(description="When clients arrive.")
    keys: Annotated[Integer, Field(ge=1, le=KEYS_MAX)] | None = Field(
        default=None,
        description="How many distinct partition keys there are, all alike; default: each arrival has its own.",
    )
    timeout: PositiveDuration | None = Field(
        default=None, description="Longest wait of the client for one attempt's answer; default: waits for ever."
    )
    retry: AnyRetry | None = Field(
        default=None, description="What the client does after a failed attempt; default: nothing."
    )
    hop: Distribution | None = Field(
        default=None, description="One-way network delay of the client's call; default: the scenario's network.hop."
    )
    deadline: PositiveDuration | None = Field(
        default=None,
        description="A flow completed later than this after its arrival is not goodput; default: no limit.",
    )
