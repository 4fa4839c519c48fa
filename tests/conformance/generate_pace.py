"""Services with cores, with contention, and whose handlers give their workers back, in scenarios by the dozen."""

from __future__ import annotations

from typing import Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator, numbered
from tests.conformance.generate_waiting import numbered_waiting

Data = dict[str, Any]

FACTS = ("core_waiting", "core_taken", "core_left", "suspended", "resuming", "taken_up")
"""What only such services do."""


def add_pace(make: Generator, whole: Data) -> None:
    """Most services say something of how fast work goes at their replicas; some have more workers, so that it matters."""
    for service in whole["services"].values():
        if service.get("queue", {}).get("preempt"):  # is not to be had with any of it
            continue
        if make.chance(50):
            service["workers"] = make.pick([2, 3, 5, 8])
        if make.chance(60):
            count = make.pick([1, 1, 2, 3])
            service["cores"] = make.pick([count, {"count": count, "sharing": "processor"}, {"count": count, "sharing": "fifo"}])
        if make.chance(40):
            serial = make.pick(["2%", "50%", "100%", "0%", "33.3%"])
            linear, universal = {"kind": "linear", "serial": serial}, {"kind": "universal", "serial": serial}
            universal["crosstalk"] = make.pick(["0.05%", "10%", "100%", "0%"])
            service["contention"] = make.pick([linear, universal])
        if make.chance(50):
            service["holds_worker"] = False
            service["resumed"] = make.pick(["in_turn", "in_turn", "first", "last"])


def with_pace(n: int) -> Data:
    """The n-th example: one of those of all mechanics, or of those of who waits, every fourth, and this."""
    whole = numbered_waiting(n) if n % 4 == 3 else numbered(n)
    add_pace(Generator(Numbered(n), ties=n % 2 == 0), whole)
    return whole
