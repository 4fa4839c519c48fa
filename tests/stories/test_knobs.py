"""What the pages of stories say of their knobs, as assertions: each is turned, and moves what its page says it moves.

The runs are short of replications, as what a knob moves is large. Knobs whose claims stand in the test of their story are not
here; that none is missing is a test of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.shares import share
from tests.stories.story import FOLDERS, result_of

CALM = "faults={}"
FEW = "run.replications=5"
SOURCES = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))
MORE, LESS, SAME = "more", "less", "same"


@dataclass(frozen=True)
class Turn:
    """A knob of a variant, and what becomes of a figure: it goes up or down, stays, or is between two limits."""

    folder: str
    variant: str
    knob: str
    path: str
    moves: str | tuple[float, float]
    beside: tuple[str, ...] = ()
    """What else is set when it is turned, and is not without it."""
    under: tuple[str, ...] = ()
    """What is set in both runs."""


def calm(folder: str, variant: str, knob: str, path: str, moves: str | tuple[float, float], *beside: str) -> Turn:
    """A knob that is turned while nothing goes wrong."""
    return Turn(folder, variant, knob, path, moves, beside, (CALM,))


SESSION = "subscriptions.cashier.session_timeout=2s"
PAUSE = "subscriptions.cashier.rebalance_pause=100ms"
MORE_OF_ALL = tuple(f"subscriptions.{one}.consumers=20" for one in ("search", "mail", "stock", "credit", "stats", "audit"))
TURNS = (
    Turn("async-task", "queue", "subscriptions.worker.consumers=60", "time_to_recover", (10, 15)),
    Turn("async-task", "queue", "brokers.tasks.queues.invoices.visibility=60s", "submit.completion.max", (70, 90)),
    Turn("async-task", "queue", "brokers.tasks.queues.invoices.dead_letter.deliveries_max=1", "dead_lettered", MORE),
    Turn("async-task", "sync", "faults.slow-renderer.factor=3", "browse.errors", (0.05, 0.12)),
    calm("competing-consumers", "queue", "services.packing.replicas=3", "order.completion.p50", LESS),
    calm("competing-consumers", "partitions", "services.packing.replicas=3", "order.completion.p50", SAME),
    calm("competing-consumers", "queue", "brokers.tasks.queues.order.accepted.visibility=100ms", "order.effects_doubled", MORE),
    calm("competing-consumers", "queue", "subscriptions.packing.prefetch=10", "order.completion.p50", MORE),
    calm("competing-consumers", "partitions", "brokers.log.topics.order.accepted.partitions=64", "order.completion.p99", SAME),
    Turn("competing-consumers", "partitions", "subscriptions.packing.session_timeout=45s", "order.completion.p95", (19, 23)),
    calm("dead-letters", "blocking", "services.partner.operations.confirm.1.fail=3%", "backlog_peak", LESS),
    calm(
        "dead-letters", "blocking", "brokers.log.topics.order.accepted.partitions=16", "order.completion.p50", LESS,
        "subscriptions.desk.consumers=16",
    ),
    calm("dead-letters", "blocking", "subscriptions.desk.retry.delay=100ms", "order.completion.p50", (0.015, 0.02)),
    Turn("dead-letters", "retries", "brokers.rabbit.queues.orders.dead_letter.deliveries_max=20", "dead_lettered", (0, 0)),
    Turn("dead-letters", "retries", "brokers.rabbit.queues.orders.dead_letter.deliveries_max=20", "order.spoiled", (0, 0)),
    Turn("dead-letters", "retries", "brokers.rabbit.queues.orders.dead_letter.redrive.at=62s", "redriven", (0, 5)),
    Turn("dead-letters", "retries", "brokers.rabbit.queues.orders.dead_letter.redrive.rate=2000/s", "backlog_peak", MORE),
    calm("event-sourcing", "events", "stores.books.streams.account.snapshot.every=20", "account.replayed", (9.3, 9.8)),
    calm("event-sourcing", "events", "workload.deposit.keys.exponent=0", "account.conflicts", (0, 0.02)),
    calm("event-sourcing", "sync", "workload.deposit.keys.exponent=0", "deposit.latency.p99", (0.013, 0.016)),
    calm("event-sourcing", "events", "workload.deposit.keys.count=20", "account.conflicts", MORE),
    calm("event-sourcing", "events", "services.accounts.operations.deposit.1.work=20ms", "account.conflicts", MORE),
    calm(
        "event-sourcing", "events", "services.accounts.operations.deposit.2.append.on_conflict.attempts_max=3",
        "account.conflicts_given_up", MORE,
    ),
    calm("fan-out", "topic", "subscriptions.audit.consumers=1", "audit.backlog_peak", MORE),
    calm("fan-out", "topic", "subscriptions.audit.consumers=1", "search.backlog_peak", SAME),
    Turn("fan-out", "topic", "subscriptions.audit.rebalance_pause=100ms", "time_to_recover", LESS),
    calm("fan-out", "topic", "brokers.log.topics.price.changed.partitions=64", "change.completion.p50", SAME),
    calm("fan-out", "topic", "brokers.log.topics.price.changed.partitions=64", "change.completion.p50", LESS, *MORE_OF_ALL),
    Turn("idempotent-consumer", "plain", "subscriptions.cashier.session_timeout=2s", "order.completion.p90", (4, 4.6)),
    Turn("idempotent-consumer", "plain", "subscriptions.cashier.rebalance_pause=100ms", "order.completion.p99", (4.5, 5.1)),
    Turn("idempotent-consumer", "plain", SESSION, "order.completion.p99", (1.8, 2.3), (PAUSE,)),
    Turn("idempotent-consumer", "idempotent", "services.cashier.operations.charge.0.work=10ms", "cashier.utilisation", MORE),
    Turn("idempotent-consumer", "inbox", "stores.charges.commit=100ms", "order.effects_doubled", (0, 0)),
    Turn("idempotent-consumer", "inbox", "stores.charges.commit=100ms", "order.completion.p50", (2, 4)),
    Turn("idempotent-consumer", "inbox", "stores.charges.connections=1", "order.spoiled", MORE),
    Turn("load-levelling", "queue", "subscriptions.press.consumers=6", "order.spoiled", (0, 0)),
    Turn("non-blocking-edges", "blocking", "subscriptions.payment.rebalance_pause=100ms", "payment.apply_time", LESS),
    Turn("non-blocking-edges", "sync", "faults.payment-down.for=9s", "checkout.errors", (0.28, 0.31)),
    Turn("non-blocking-edges", "blocking", "faults.payment-down.for=9s", "payment.apply_time", MORE),
    Turn("non-blocking-edges", "blocking", "faults.currency-down.for=1s", "errors", LESS),
    calm("outbox", "outbox", "relays.orders.every=20ms", "outbox_lag", LESS),
    calm("outbox", "outbox", "relays.orders.kind=wake_at_commit", "outbox_lag", (0.004, 0.01)),
    Turn("outbox", "outbox", "relays.orders.timing=fixed_delay", "outbox_lag", MORE),
    Turn("outbox", "outbox", "relays.orders.instances=2", "outbox_lag", LESS),
    Turn("outbox", "outbox", "relays.orders.batch=5", "published_again", (0, 5)),
    Turn("outbox", "broker_first", "stores.orders.aborts=2%", "order.placed.phantoms", MORE),
    Turn("retry-topics", "in_place", "subscriptions.desk.retry.delay=200ms", "order.spoiled", (0.01, 0.02)),
    Turn("retry-topics", "in_place", "subscriptions.desk.retry.delay=200ms", "dropped", MORE),
    Turn(
        "retry-topics", "in_place", "brokers.log.topics.order.accepted.partitions=16", "order.spoiled", (0, 0.02),
        ("subscriptions.desk.consumers=16",),
    ),
    Turn("retry-topics", "topics", "subscriptions.retry.delay=20s", "handed_on", LESS),
    Turn("retry-topics", "topics", "subscriptions.late.delay=60s", "order.spoiled", (0.025, 0.035)),
    Turn("retry-topics", "topics", "faults.partner-down.for=45s", "order.spoiled", MORE),
    calm("saga", "orchestrator", "services.orders.operations.place.1.deadline=50ms", "order.parked", MORE),
    calm("saga", "events", "services.orders.operations.place.1.deadline=50ms", "order.compensated", MORE),
    calm("saga", "events", "services.orders.operations.place.1.deadline=50ms", "order.parked", (0, 0)),
    calm("saga", "orchestrator", "stores.sagas.commit=10ms", "place.completion.p50", (0.088, 0.089)),
    calm("saga", "orchestrator", "stores.sagas.connections=1", "order.duration.p50", MORE),
    calm("saga", "orchestrator", "network.hop=20ms", "order.duration.p50", (0.142, 0.145)),
    calm("saga", "two_phase", "network.hop=20ms", "order.duration.p50", (0.089, 0.092)),
    calm("saga", "two_phase", "workload.place.keys=10", "order.duration.p50", MORE),
    calm("scatter-gather", "sync", "services.front.operations.ask.0.parallel.3.timeout=1s", "slow.errors", LESS),
    calm("scatter-gather", "sync", "services.front.operations.ask.0.parallel.3.timeout=1s", "ask.latency.p99", MORE),
    calm("scatter-gather", "all", "services.slow.operations.quote.0.work.mean=100ms", "ask.errors", LESS),
    calm("scatter-gather", "topic", "brokers.log.topics.quote.wanted.partitions=4", "ask.late", MORE),
    calm("scatter-gather", "topic", "workload.ask.deadline=1s", "ask.late", LESS),
)


@pytest.mark.parametrize(
    "turn", share(TURNS, 4, ids=[f"{one.folder}-{one.variant}-{one.knob}-{one.path}" for one in TURNS])
)
def test_a_knob_moves_what_its_page_says(turn: Turn) -> None:
    """Up or down by more than both intervals, not at all, or to where the page says."""
    after = result_of(turn.folder, turn.variant, (FEW, *turn.under, turn.knob, *turn.beside)).estimate(turn.path)
    if isinstance(turn.moves, tuple):
        assert turn.moves[0] <= after.mean <= turn.moves[1]
        return
    before = result_of(turn.folder, turn.variant, (FEW, *turn.under)).estimate(turn.path)
    moved = {MORE: after.low > before.high, LESS: after.high < before.low, SAME: after.mean == before.mean}
    assert moved[turn.moves], f"{before} -> {after}"


def test_a_slower_commit_is_written_six_times_and_a_longer_way_gone_three_times() -> None:
    """An orchestrator writes six times an order, 9 ms more each; its calls are three round trips; two phases make two."""

    def more(variant: str, knob: str, path: str) -> float:
        plain, turned = (result_of("saga", variant, (FEW, CALM, *one)).estimate(path).mean for one in ((), (knob,)))
        return float(turned - plain)

    assert abs(more("orchestrator", "stores.sagas.commit=10ms", "place.completion.p50") - 6 * 0.009) < 0.001
    assert abs(more("orchestrator", "network.hop=20ms", "order.duration.p50") - 3 * 2 * 0.019) < 0.002
    assert abs(more("two_phase", "network.hop=20ms", "order.duration.p50") - 2 * 2 * 0.019) < 0.002


def test_no_knob_of_a_page_is_without_an_assertion() -> None:
    """Each setting that a page tells its reader to turn stands in a test of stories, with its value."""
    for name, folder in FOLDERS.items():
        page = (folder / "README.md").read_text(encoding="utf-8")
        for knob in re.findall(r"^\| `-s ([^`]+)`", page, re.MULTILINE):
            assert f'"{knob}"' in SOURCES, f"{name}: {knob}"
