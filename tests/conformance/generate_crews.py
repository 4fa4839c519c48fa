"""Generated scenarios in which replicas that fail at random wait for a crew that repairs them.

``python -m tests.conformance.unlowered FIRST STOP crews`` runs examples with the kernel as plain Python.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator
from tests.conformance.generate_together import with_together

CREWS_FROM = 9_000_000
KINDS = {"crash": {"detection": "1ms"}, "slowdown": {"factor": 3.0}, "pause": {}}


def with_crews(n: int) -> dict[str, Any]:
    """The n-th example: one of all mechanics, whose replicas fail more often than their crews come to."""
    whole = with_together(n)
    make = Generator(Numbered(CREWS_FROM + n), ties=n % 2 == 0)
    for name, service in whole["services"].items():
        if service.get("replicas", 1) < 2 and "autoscale" not in service:  # of one alone no other waits
            service["replicas"] = 2
        kind = make.pick(sorted(KINDS))
        random = {"mtbf": make.ms(1, 6), "mttr": make.ms(1, 6), "crews": make.pick([1, 1, 2])}
        whole["faults"][f"crews-{name}"] = {"kind": kind, "target": name, **KINDS[kind], "random": random}
    return whole
