"""The books notice every bookkeeping line that is left out, but for those that only count and balance with nothing.

arrived = ended + waiting + busy        leave out one `+= 1` of either side, and the run is an error
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from sim.engine import run_once
from sim.engine.simpy_engine import attempts, workload
from sim.errors import LedgerError, RunawayError
from sim.network import compile as compile_network
from sim.record import closing, effects, invariants, recorder, tally
from sim.scenario.scenario import Scenario
from sim.shared import SHARED
from tests.conformance.generate import numbered
from tests.effects.scene import parked_orders, troubled_shop
from tests.mutants.mutate import put_in_place, substituted

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = range(26)
SHOP = 24  # of the examples, one in which everything happens to effects
PARKED = 25  # and one in which sagas are parked
NETWORKS: dict[int, Any] = {}
VERBS = {module.__name__: module for module in (recorder, closing, tally, effects, invariants)}

UNBALANCED = {
    "SERVICE_STARTED": "how many began: a part of those that arrived, with no book of its own",
    "SERVICE_ORPHANED": "a part of those that ended",
    "SERVICE_WASTED": "a part of the time held",
    "EDGE_CALLS": "first attempts: a part of the attempts",
    "EDGE_LATE": "replies that nobody counts on",
    "FLOW_REPLY_TIME": "a sum for a mean",
    "FLOW_COMPLETION_TIME": "a sum for a mean",
    "FLOW_UNANSWERED_TIME": "a sum for a mean",
    "FLOW_UNFINISHED_TIME": "the same",
    "FLOW_OVERDUE": "a part of the unfinished",
    "FLOW_DOOMED": "the same",
    "FLOW_GOOD": "a part of the completed",
    "GROUP_DELIVERED": "deliveries, of which a message may have many",
    "GROUP_REDELIVERED": "a part of the deliveries",
    "GROUP_FAILED": "a part of the deliveries",
    "GROUP_DUPLICATES": "applied again: the first time is what balances",
    "GROUP_HANDED_ON_AGAIN": "handed on again: the first time is what balances",
    "GROUP_REPEATING": "what may be applied again: an outlook, of which nothing has happened",
    "GROUP_APPLY_TIME": "a sum for a mean",
    "GROUP_REBALANCES": "an event of its own",
    "GROUP_LAG_AREA": "an area for a mean",
    "GROUP_RESTING_AREA": "the same",
    "GROUP_RETRIES": "a part of the deliveries",
    "LIMIT_REACHED": "a part of a histogram",
    "R_PAGES_NEXT": "where the next page is: which bucket a value falls into has no book",
    "EFFECT_DOUBLED": "applied again: the first time is what balances",
    "EFFECT_ABSORBED": "the same",
    "INVARIANT_LATER_HELD": "held after all: an effect of a request that nobody waits for",
    "INVARIANT_LATER_BROKEN": "broken after all, for the same reason",
    "INVARIANT_HELD_PARKED": "not judged after all: a part of those that held",
    "INVARIANT_BROKEN_PARKED": "not judged after all: a part of those that were broken",
    "LEVEL_LAG": "how far commits are behind: no book knows the offsets themselves",
}


def bookings() -> list[tuple[Callable[..., Any], str]]:
    """Every line of a verb that adds to a counter or to a level."""
    found = []
    for verb in SHARED:
        if verb.__module__ in VERBS and verb.__name__ not in {"note", "write_down", "window", "flush"}:
            lines = inspect.getsource(verb).splitlines()
            found += [(verb, line.strip()) for line in lines if ("] += " in line or "] -= " in line)]
    return found


def raises_ledger_error(numbers: range = EXAMPLES) -> bool:
    """Whether the books of one of the examples do not balance."""
    for n in numbers:
        if n not in NETWORKS:
            written = {SHOP: {**troubled_shop(), "invariants": ["charged == mailed"]}, PARKED: parked_orders("1s")}
            NETWORKS[n] = compile_network(Scenario.model_validate(written.get(n) or numbered(n)))
        try:
            run_once(NETWORKS[n], seed=n, engine="simpy")
        except LedgerError:
            return True
        except RunawayError:
            continue
    return False


def expected(line: str) -> bool:
    """Whether the ledger has a book that this line is part of."""
    return not any(f"{field}]" in line or f"{field} +" in line for field in UNBALANCED)


BALANCED = [(verb, line) for verb, line in bookings() if expected(line)]


def test_books_of_the_examples_balance() -> None:
    """Without a bug, the books of all examples balance."""
    assert not raises_ledger_error()


@pytest.mark.parametrize(("verb", "line"), BALANCED, ids=lambda value: getattr(value, "__name__", None))
def test_a_line_left_out(verb: Callable[..., Any], line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run in which one counter, level or area is not kept is an error, not a result."""
    monkeypatch.setattr(VERBS[verb.__module__], verb.__name__, substituted(verb, line, "pass"))
    assert raises_ledger_error(), line


@pytest.mark.parametrize("field", UNBALANCED)
def test_lines_without_a_book_are_known(field: str) -> None:
    """Every field that is said to balance with nothing is booked somewhere, so that the list stays true."""
    assert any(f"{field}]" in line or f"{field} +" in line for _, line in bookings())


def test_forgotten_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler that ends without saying so is noticed: the time that its worker is held has no end."""
    verb = "recorder.ended(run.r, now, replica.service, attempt.ident, outcome, held, int(not attempt.awaited))"
    put_in_place(monkeypatch, attempts.finish, substituted(attempts.finish, verb, "pass"))
    assert raises_ledger_error()


def test_forgotten_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that leaves the queue for nowhere is noticed by Little's law: its waiting is in the area only."""
    joins = "if room is None:"
    mutant = substituted(attempts.reach, f"replica.residents[ident] = attempt\n        {joins}", joins)
    put_in_place(monkeypatch, attempts.reach, mutant)
    with pytest.raises((LedgerError, KeyError)):
        assert raises_ledger_error() is False


def test_reply_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that is told twice is noticed."""
    done = "part_done(run, trace, outcome == OK)"
    again = "recorder.replied(run.r, now, trace.flow, trace.ident, outcome, 0)"
    put_in_place(monkeypatch, workload.client, substituted(workload.client, done, again))
    assert raises_ledger_error()


def test_worker_not_released(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that stays taken is noticed: the recorder thinks it free."""
    put_in_place(monkeypatch, attempts.finish, substituted(attempts.finish, "replica.busy -= 1", "pass"))
    assert raises_ledger_error()
