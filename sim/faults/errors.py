"""Some handlings of an operation end with an error, each by itself.

    at ... at + for: a share of all handlings does some work (`after`), and fails
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.scenario.picking import FailingFault


class Errors(FailingFault):
    """A share of the handlings of an operation fails; a retry, or a redelivery, is another handling.

    Source: Envoy, `abort` of its HTTP fault injection.
    """

    kind: Literal["errors"] = Field(default="errors", description="Always 'errors'.")
    by_trace: ClassVar[bool] = False
