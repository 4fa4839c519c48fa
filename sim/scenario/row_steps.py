"""What a handler does in a transaction: rows that it writes, to be read or to be published. See `sim.scenario.steps`."""

from typing import Annotated, Any, Literal

from pydantic import Field

from sim.scenario.first_value import with_first
from sim.scenario.model import DottedName, Integer, Model, Name
from sim.scenario.units import Duration

ROWS_MAX = 10**9


class TransactionSettings(Model):
    """Which store a transaction writes to, and how long it may wait for a connection."""

    store: Name = Field(description="The store.")
    wait_max: Duration | None = Field(
        default=None, description="Longest wait for a connection, then the step fails; 0s: none. Default: wait for ever."
    )


class Write(Model):
    """Write rows in a transaction, in no time of its own; they are there when the transaction has committed."""

    write: Name = Field(description="What is written, for people: order.")
    rows: Annotated[Integer, Field(ge=1, le=ROWS_MAX)] = Field(default=1, description="How many rows; at least 1.")
    key: Literal["flow", "one"] | None = Field(
        default=None,
        description="Whose row it is, to be locked until the transaction ends: that of the flow's key, or one of all. "
        "Default: a new row, which nobody else writes.",
    )

    def __init__(self, write: object = None, /, **fields: Any) -> None:
        """Build from what is written: ``Write("order", rows=2)``."""
        super().__init__(**with_first("write", write, fields))


class Outbox(Model):
    """Write a row to the outbox of the transaction's store: a relay publishes it after the commit."""

    outbox: DottedName = Field(description="The topic, or the queue, to which it is published.")

    def __init__(self, outbox: object = None, /, **fields: Any) -> None:
        """Build from the topic: ``Outbox("order.placed")``."""
        super().__init__(**with_first("outbox", outbox, fields))
