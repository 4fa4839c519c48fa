"""Bugs for the kernel, as plain Python: ``EVENTFLOW_UNLOWERED=1 python -m tests.mutants.kernel_mutants NAME N``.

prints "caught by example n: ..." when one of the first N numbered examples shows the bug
"""

from __future__ import annotations

import os
import sys

from sim.errors import LedgerError
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import numbered
from tests.mutants.mutate import substituted

MUTANTS = {
    "ties in a lane by who came first": (
        "memory",
        "lane_push",
        "and m[previous + N_RANK] > rank",
        "and m[previous + N_RANK] > rank + rank",
    ),
    "ties in the heap by who came first": (
        "memory",
        "heap_push",
        "m[at + 1] <= rank",
        "m[at + 1] <= rank + rank",
    ),
    "work of a killed handler goes on": (
        "steps",
        "worked",
        "m[f + F_IDENT] == ident and m[f + F_STATE] == WORKING",
        "m[f + F_IDENT] == ident",
    ),
    "work keeps the pace at which it began": ("faults", "set_pace", "pace == before", "pace == before or pace > 0"),
    "work on a message keeps its pace": ("faults", "set_pace", "if f != 0", "if f < 0"),
    "work ends when it was to end before": ("steps", "worked", " and m[f + F_WORK_ENDS] == m[H_NOW]", ""),
    "work goes on from its beginning": ("faults", "go_on", "m[f + F_WORK] = left", "left"),
    "the fraction of the work that is left is lost": ("faults", "go_on", "m[f + F_WORK_PART], pace", "0, pace"),
    "a crash forgets who waited": ("faults", "crash", "m[replica + R_QUEUE_LENGTH] = 0", "pass"),
    "commit leaves the last message behind": (
        "broker",
        "commit",
        "m[p + P_COMMITTED] = offset",
        "m[p + P_COMMITTED] = offset - 1",
    ),
    "redelivery begins where it stopped": ("broker", "assign", "m[p + P_POSITION] = m[p + P_COMMITTED]", "pass"),
    "a tie of partitions goes to the last": ("broker", "deliver", "appended_at < oldest", "appended_at <= oldest"),
    "what a client must have is not due": (
        "effects",
        "tell",
        "required = m[m[flow + W_EFFECT_REQUIRED] + place]",
        "required = 0",
    ),
    "an effect is that of the flow's first": ("effects", "apply", "place = m[m[flow + W_EFFECT_PLACE] + effect]", "place = 0"),
    "an ejected replica is forgotten": ("faults", "restart", "enlist(m, replica)", "pass"),
}


def main(name: str, count: int) -> None:
    """Put the bug in and look for an example that shows it."""
    assert os.environ.get("EVENTFLOW_UNLOWERED") == "1", "set EVENTFLOW_UNLOWERED=1"
    from tests.conformance import unlowered  # noqa: PLC0415 - loads the kernel as plain Python

    module, function, old, new = MUTANTS[name]
    place = {module.__name__.rpartition(".")[2]: module for module in unlowered.MODULES}[module]
    unlowered.replace(function, substituted(getattr(place, function), old, new))
    for n in range(count):
        try:
            assert_conform(Scenario.model_validate(numbered(n)), seed=n)
        except (AssertionError, LedgerError, IndexError, ValueError) as error:
            print(f"caught by example {n}: {type(error).__name__}")  # noqa: T201 - read by the test
            return
    print("not caught")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
