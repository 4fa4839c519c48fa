"""All mechanics of the synchronous world at once, laid over each other in scenarios by the dozen.

    learning(n)  --steps, pace, limits, locks, caches, replicas that come and go, strikes: each in a share-->  with_together(n)

What a mechanic does to another one that it knows nothing of is found here. ``python -m tests.conformance.unlowered FIRST STOP
together`` runs examples with the kernel as plain Python.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator
from tests.conformance.generate_admission import add_admission
from tests.conformance.generate_caches import add_caches
from tests.conformance.generate_learning import learning
from tests.conformance.generate_locks import add_locks
from tests.conformance.generate_pace import add_pace
from tests.conformance.generate_scaling import add_scaling
from tests.conformance.generate_steps import add_steps
from tests.conformance.generate_strikes import add_strikes

Data = dict[str, Any]

LAYERS = (
    *((add_steps, 2), (add_pace, 3), (add_admission, 2), (add_locks, 2), (add_caches, 2), (add_scaling, 2)),
    (add_strikes, 1),
)
"""What is laid over an example, and in one of how many."""


def with_together(n: int) -> Data:
    """The n-th example."""
    whole = learning(2 * n + 1)
    for number, (add, share) in enumerate(LAYERS, start=1):
        if n // number % share == 0:
            make = Generator(Numbered(1_000_000 * number + n), ties=n % 2 == 0)
            make.services, make.subscriptions = list(whole["services"]), whole["subscriptions"]
            add(make, whole)
            fit(whole)
    return whole


def fit(whole: Any) -> None:
    """Take out what cannot be together: a hedged call has no budget of retries, and who is autoscaled no limit."""
    if isinstance(whole, dict):
        if "hedge" in whole and isinstance(whole.get("retry"), dict):
            whole["retry"].pop("budget", None)
        if "autoscale" in whole and whole.pop("limit", None) is not None:
            whole.pop("shed", None)
    for inner in whole.values() if isinstance(whole, dict) else whole if isinstance(whole, list) else ():
        fit(inner)
