"""The order flow: each thing that its page says of the three wirings is what the matrix finds."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sim
from sim import shipped
from sim.judgements.matrix_words import headline_of, proven_of
from sim.metrics.invariants import ended
from sim.report.matrix_table import overview, short
from sim.results.matrix import matrix_of
from sim.results.matrix_rows import NO_FAULT, alone
from sim.scenario.sagas import sagas_of
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.results.matrix import Matrix

FOLDER = Path(__file__).parents[2] / "scenarios" / "order-flow"
PAGE = FOLDER / "README.md"
WAITING = ("slow-payment", "payment-down", "slow-database")
"""Faults that a message outlives."""
CRASHES = ("payment-down", "shipping-in-a-crash-loop", "lost-zone")
SLOW = ("slow-payment", "slow-database")
SPARED = "broker-down"
"""What strikes the topics only."""
GUARDS = ("retry", "breaker", "bulkhead", "deadline", "cancel")
"""What each call of the guarded chain has, beside its own timeout."""
LATE = "workload.order.deadline=2s"
"""An order must be done within the customer's patience."""


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """The matrix as `eventflow demo` runs it."""
    return sim.fault_matrix(FOLDER)


@pytest.fixture(scope="module")
def strict(matrix: Matrix) -> Matrix:
    """The same where a late order is a lost one. The chains lose the same ones then, so that only topics are run again."""
    late = sim.load(FOLDER / "events.yaml", [LATE])
    rows = {fault: (*matrix.row(fault)[:2], sim.run(alone(late, fault))) for fault in matrix.row_names}
    return matrix_of(list(rows), [one for row in rows.values() for one in row])


def both() -> tuple[Scenario, Scenario]:
    """The plain chain, and topics."""
    return sim.load(FOLDER / "sync.yaml"), sim.load(FOLDER / "events.yaml")


def test_the_demo_has_eight_faults_and_a_question() -> None:
    """Three wirings on one base, the plain chain first, then the guarded one, and a page with a question and the picture."""
    assert [path.stem for path in shipped.variants("order-flow")] == ["sync", "guarded", "events"]
    sync, events = (set(one.faults) for one in both())
    assert len(events) == 8
    assert events - sync == {SPARED}
    assert shipped.stories()["order-flow"].endswith("?")
    assert (FOLDER / "matrix.png").is_file()


def test_the_table_of_the_page_is_the_matrix(matrix: Matrix) -> None:
    """Every cell that the page shows is the one that the command finds."""
    table = overview(matrix).markdown().split("\n\n")[0]
    assert table in PAGE.read_text(encoding="utf-8")
    assert matrix.replications == 10


def test_the_other_table_of_the_page_is_the_matrix_with_another_deadline(matrix: Matrix, strict: Matrix) -> None:
    """Every cell of it; and the chains lose the same orders, whichever deadline is asked for."""
    page = PAGE.read_text(encoding="utf-8")
    for fault in strict.faults:
        cells = strict.cells(fault, "goodput_lost")
        said = " | ".join(short(cells, side) for side in cells.sides)
        assert f"| {fault} | {said} | {proven_of(strict, cells) or '-'} |" in page
    for side, name in (("a", "sync"), ("b", "guarded")):
        found = sim.run(alone(sim.load(FOLDER / f"{name}.yaml", [LATE]), "slow-payment"), replications=1)
        assert found.values("goodput") == matrix.result("slow-payment", side).values("goodput")[:1]  # type: ignore[arg-type]


# -- by what rule the knobs were chosen


def test_knobs_are_the_same_on_both_sides() -> None:
    """Steps, attempts, undos and deadline of the saga, patience and deadline of the order, work, keys and store."""
    (sync, events), (led, told) = both(), (sagas_of(scenario)[0].saga for scenario in both())
    assert [(step.do.call, step.do.retry) for step in led.steps] == [(step.do.call, step.do.retry) for step in told.steps]
    assert [step.undo and step.undo.call for step in led.steps] == [step.undo and step.undo.call for step in told.steps]
    assert (led.undo_retry, led.deadline) == (told.undo_retry, told.deadline)
    assert sync.workload == events.workload
    assert sync.stores == events.stores
    assert sync.faults == {name: one for name, one in events.faults.items() if name != SPARED}
    for service in ("stock", "payment", "mail"):
        assert sync.services[service] == events.services[service]
    mail = next(step for step in sync.services["shop"].operations["place"] if getattr(step, "call", "") == "mail.send")
    assert mail.retry.attempts_max == events.brokers["post"].queues["mails"].dead_letter.deliveries_max  # type: ignore[attr-defined]


def test_the_guarded_chain_is_the_plain_one_with_guards() -> None:
    """Services, work, steps, attempts and undos are the same; what it has besides is on the page, each in its place."""
    plain, guarded = (sim.load(FOLDER / f"{one}.yaml") for one in ("sync", "guarded"))
    for name in plain.services:
        one, other = (each.services[name] for each in (plain, guarded))
        assert (one.replicas, one.workers, one.queue_max) == (other.replicas, other.workers, other.queue_max)
        assert name in {"shop", "pages"} or one.operations == other.operations
        assert (other.limit is not None) == (name == "shop")
        assert (other.health is not None and other.outliers is not None) == (name in {"stock", "payment", "shipping"})
    (led,), (kept,) = ([each.saga for each in sagas_of(one)] for one in (plain, guarded))
    assert [step.undo for step in led.steps] == [step.undo for step in kept.steps]
    assert led.undo_retry == kept.undo_retry
    patience = guarded.workload["order"].timeout
    assert patience is not None
    assert kept.deadline == patience - 200_000_000
    for one, other in zip(led.steps, kept.steps, strict=True):
        assert other.do.model_copy(update={key: getattr(one.do, key) for key in GUARDS}) == one.do
        assert all(getattr(other.do, key) for key in GUARDS)
        assert other.do.retry is not None
        assert other.do.retry.budget is not None
        assert other.do.retry.model_copy(update={"budget": None}) == one.do.retry
    assert {key: getattr(guarded, key) for key in ("workload", "faults", "stores", "run")} == {
        key: getattr(plain, key) for key in ("workload", "faults", "stores", "run")
    }


def test_both_have_the_same_threads() -> None:
    """Of each service: workers that calls come to, and consumers; whoever is only told has as many consumers as workers."""
    sync, events = both()
    readers = events.wired.subscriptions.values()
    called = ("shop", "pages")
    for name, service in events.services.items():
        consumers = sum(one.consumers for one in readers if one.operation.partition(".")[0] == name)
        undos = {"stock": 4, "payment": 8}.get(name, 0)  # as many more wait for what is to be undone
        threads = consumers - undos + (service.workers if name in called else 0)
        assert threads == sync.services[name].workers, name


def test_three_faults_are_set_against_a_limit() -> None:
    """A spike against what shipping can do, slow payment against its threads, a slow database against its connections."""
    sync, events = both()
    faults, store, rate = sync.faults, sync.stores["database"], 50.0
    commit = store.commit.mean_ns / 1e9

    def work(operation: str) -> float:
        service, _, name = operation.partition(".")
        return float(sync.services[service].operations[name][0].work.mean_ns) / 1e9

    def threads(service: str) -> int:
        return sync.services[service].workers * sync.services[service].replicas

    spiked, slowed, delayed = (faults[name].factor for name in ("traffic-spike", "slow-payment", "slow-database"))
    booking = work("shipping.book") + 0.001 + commit
    assert 1.2 < spiked * rate * booking / threads("shipping") < 1.5
    assert rate * booking / threads("shipping") < 0.2
    assert 1 < rate * work("payment.charge") * slowed / threads("payment") < 1.2
    needed = {count: rate * count * delayed * commit / store.connections for count in (10, 4)}
    assert needed[10] > 1.2
    assert needed[4] < 0.6
    saga = sagas_of(sync)[0].saga
    assert 1 + len(saga.steps) + 2 * len(saga.steps) == 10
    assert 1 + len(sagas_of(events)[0].saga.steps) == 4


def test_all_of_it_is_composed() -> None:
    """Both lead a saga; by events there are an outbox, a queue, and a view that the customer reads."""
    sync, events = both()
    (led,), (told,) = ([one.saga for one in sagas_of(scenario)] for scenario in (sync, events))
    assert (led.by, led.answer, told.by) == ("orchestrator", "when_done", "events")
    assert [*events.relays, *events.projections, *events.brokers] == ["orders", "order_view", "log", "post"]
    assert not sync.brokers


# -- what the numbers say


def test_through_topics_an_order_is_done_later_and_not_lost(matrix: Matrix) -> None:
    """Under six of seven faults less goodput is lost than by either chain; the plain one fails a seventh under three faults."""
    assert "Event-driven loses least under 6 of 7 faults that strike all" in headline_of(matrix)
    for fault in WAITING:
        lost = matrix.cells(fault, "goodput_lost")
        assert lost.a.mean > 1 / 7.5
        assert lost.of("c").mean < 0.0005
    poison = matrix.cells("poisoned-charges", "goodput_lost")
    assert poison.a.mean == poison.b.mean == pytest.approx(poison.of("c").mean, abs=2e-4)
    assert not any(each.better for each in poison.contrasts)


def test_guards_help_where_something_is_slow_and_cost_where_something_is_away(matrix: Matrix) -> None:
    """A third of what is lost when slow; more when away or when many come; all of it proven, and nothing without a fault."""
    for fault in SLOW:
        lost = matrix.cells(fault, "goodput_lost")
        assert lost.b.mean < 0.36 * lost.a.mean
        assert lost.contrast("a", "b").better == "b"
        assert matrix.cells(fault, "worker_seconds").b.mean < 0.45 * matrix.cells(fault, "worker_seconds").a.mean
        assert matrix.cells(fault, "time_to_recover").contrast("a", "b").better == "b"
    for fault, more in (("payment-down", 0.012), ("shipping-in-a-crash-loop", 0.026), ("traffic-spike", 0.016)):
        lost = matrix.cells(fault, "goodput_lost")
        assert lost.contrast("a", "b").better == "a"
        assert lost.contrast("a", "b").difference.mean == pytest.approx(more, abs=0.001)
        assert matrix.cells(fault, "worker_seconds").contrast("a", "b").better == "b"
    for fault in ("", "poisoned-charges"):
        for name in ("worker_seconds", "messages_sent"):
            cells = matrix.cells(fault, name)
            assert cells.b.mean == pytest.approx(cells.a.mean, rel=0.001)
    plain, guarded = (matrix.result("traffic-spike", side).estimate("order.latency.p50").mean for side in ("a", "b"))  # type: ignore[arg-type]
    assert guarded < 0.3 * plain


def test_if_late_is_lost_chains_lose_less(strict: Matrix) -> None:
    """Of seven faults topics lose least under one; the plain chain under three, the guarded one under one; equal twice."""
    said = headline_of(strict)
    assert "Synchronous loses least under 3 of 7 faults that strike all" in said
    assert "guarded synchronous loses least under 1 of 7 faults" in said
    assert "event-driven loses least under 1 of 7 faults" in said
    assert strict.cells("slow-payment", "goodput_lost").better == "b"
    assert strict.cells("slow-database", "goodput_lost").better == "c"
    assert strict.cells("traffic-spike", "goodput_lost").of("c").low > 0.5


def test_a_chain_of_calls_recovers_sooner(matrix: Matrix) -> None:
    """Either chain is well within two seconds of every fault, sooner than topics after four or five of seven; topics once."""
    every = {fault: matrix.cells(fault, "time_to_recover") for fault in matrix.faults}
    for side, sooner in (("a", 4), ("b", 5)):
        assert all(not one.of(side).mean > 2 for one in every.values())  # type: ignore[arg-type]
        assert sum(one.of(side).mean < one.of("c").mean for one in every.values()) == sooner  # type: ignore[arg-type]
    assert every["slow-database"].contrast("a", "c").better == "c"
    assert matrix.cells("slow-database", "backlog_peak").of("c").high < 20
    for fault in CRASHES:
        assert every[fault].of("c").low > max(every[fault].a.high, every[fault].b.high)
        assert matrix.cells(fault, "backlog_peak").of("c").low > 100


def test_what_customers_were_told(matrix: Matrix) -> None:
    """No chain takes an ok back; the plain one does what it said it had not, the guarded one hardly; topics tell all ok."""
    for fault in matrix.row_names:
        later, done = (matrix.cells(fault, name) for name in ("failed_after_ok", "effects_told_failed"))
        assert not max(later.a.mean, later.b.mean) > 0
        assert not done.b.mean > 1
        assert done.of("c").mean == 0
        assert (later.of("c").mean > 0) == (fault == "poisoned-charges")
        assert max(matrix.result(fault, "c").values("order.errors")) < 0.01
    for fault in SLOW:
        assert matrix.cells(fault, "effects_told_failed").a.low > 1000
        assert matrix.cells(fault, "effects_told_failed").b.high == 0
    poison = matrix.result("poisoned-charges", "c")
    assert poison.values("failed_after_ok") == poison.values("purchase.compensated")
    assert round(matrix.cells("poisoned-charges", "failed_after_ok").of("c").mean) == 35
    assert matrix.cells("poisoned-charges", "failed_after_ok").contrast("a", "c").better == "a"


def test_how_far_a_fault_reaches(matrix: Matrix) -> None:
    """A chain takes the shop along, one of five others; the plain one two of six when the database is slow or many come."""
    reach = {fault: matrix.cells(fault, "blast_radius") for fault in matrix.faults}
    assert all(not one.of("c").mean > 0 for one in reach.values())
    for fault in ("slow-payment", "payment-down", "shipping-in-a-crash-loop"):
        assert reach[fault].a.mean == reach[fault].b.mean == pytest.approx(1 / 5)
    assert 0.1 < reach["poisoned-charges"].a.mean <= 1 / 5
    for fault in ("slow-database", "traffic-spike"):
        assert reach[fault].a.mean == pytest.approx(2 / 6)
        assert reach[fault].b.mean == pytest.approx(1 / 6)


def test_no_order_is_lost_or_stuck_and_the_books_are_exact(matrix: Matrix) -> None:
    """In every trace of every cell both equations hold; none is parked, none open, and the count of lost ones is exact."""
    for result in matrix.results:
        for verdict in result.objectives()[1:]:
            assert verdict.outcome == "pass"
            assert "==" in str(verdict.objective)
        for record in result.records:
            found = ended(record, range(len(record.network.invariants)))
            assert found.held > 2 * 4000
            assert found.broken == found.parked == found.open == 0
    for fault in matrix.row_names:
        lost = matrix.cells(fault, "lost_or_stuck")
        assert not max(lost.a.mean, lost.b.mean) > 0
        assert lost.of("c").mean == 0
        assert not any(map(lost.between, lost.sides))


@pytest.mark.parametrize(("without", "fault"), [("idempotent", "slow-payment"), ("undoes", "payment-down")])
def test_without_what_keeps_the_books_they_are_broken(without: str, fault: str) -> None:
    """A charge that is made twice, or a refund that does not ask whether there was a charge, breaks the equation."""
    data = sim.load(FOLDER / "sync.yaml").resolved()
    operations = data["services"]["payment"]["operations"]
    del operations["charge" if without == "idempotent" else "refund"][-1][without]
    result = sim.run(alone(Scenario.model_validate(data), fault), replications=1)
    assert result.objectives()[1].outcome == "fail"
    assert result.values("invariants_broken")[0] > 20


def test_what_has_no_target_is_not_exercised(matrix: Matrix) -> None:
    """The broker's outage has no figure in a chain, and nothing is compared; through topics orders wait until it is over."""
    for name in matrix.measures:
        cells = matrix.cells(SPARED, name)
        assert short(cells, "a") == short(cells, "b") == "not exercised"
        assert cells.better == ""
        assert not any(each.leaning for each in cells.contrasts)
    assert "nothing is compared" in matrix.sentence(SPARED)
    assert any("synchronous: Not exercised: the fault 'broker-down'" in note for note in matrix.notes)
    assert matrix.cells(SPARED, "goodput_lost").of("c").high < 0.001
    assert min(matrix.result(SPARED, "c").values("backlog_peak")) > 100


def test_what_it_costs(matrix: Matrix) -> None:
    """Without a fault calls hold workers twice as long, and events are two and a half times the messages; both are proven."""
    held, sent = (matrix.cells("", name) for name in ("worker_seconds", "messages_sent"))
    assert held.better == "c"
    assert held.a.mean / held.of("c").mean == pytest.approx(2, abs=0.1)
    assert sent.beaten("a") == sent.beaten("b") == ("c",)
    assert sent.of("c").mean / sent.a.mean == pytest.approx(2.5, abs=0.05)


def test_when_a_zone_is_lost_customers_miss_their_own_order(matrix: Matrix) -> None:
    """Fewer than one look in a hundred finds a page without the own order, and one in eight when a zone is lost."""
    for fault in matrix.row_names:
        missed = matrix.result(fault, "c").values("order_view.own_write_missed")
        expected = 1 / 8 if fault == "lost-zone" else 0.003
        assert sum(missed) / len(missed) == pytest.approx(expected, abs=0.01 if fault == "lost-zone" else 0.003), fault


# -- if the knobs were others


def lost(fault: str, side: str, *overrides: str, runs: int = 1) -> float:
    """The share of its goodput that a fault takes from a side with other knobs, in some runs."""
    return good(NO_FAULT, side, overrides, runs) - good(fault, side, overrides, runs)


@cache
def good(fault: str, side: str, overrides: tuple[str, ...], runs: int) -> float:
    """The share of what is offered that is done well."""
    result = sim.run(alone(sim.load(FOLDER / f"{side}.yaml", list(overrides)), fault), replications=runs)
    return sum(result.values("goodput")) / sum(result.values("offered"))


def attempts(count: int, side: str) -> Sequence[str]:
    """Overrides of the attempts of every step."""
    where = "place[2]" if side == "sync" else "begin[0]"
    return [f"services.shop.operations.{where}.steps[{step}].do.retry.attempts_max={count}" for step in range(3)]


def timeouts(value: str) -> Sequence[str]:
    """Overrides of the timeouts of every step."""
    return [f"services.shop.operations.place[2].steps[{step}].do.timeout={value}" for step in range(3)]


@pytest.mark.parametrize("count", [1, 3, 10])
def test_other_attempts_tell_the_same(count: int) -> None:
    """One, three or ten: what the chain loses to a slow payment stays about a seventh, and topics lose no more than it."""
    assert 0.115 < lost("slow-payment", "sync", *attempts(count, "sync")) < 0.165
    for fault in ("slow-payment", "poisoned-charges"):
        assert lost(fault, "events", *attempts(count, "events")) <= lost(fault, "sync", *attempts(count, "sync")) + 1e-4


def test_what_timeouts_and_limits_decide() -> None:
    """Long timeouts save half of what is slow, short ones cost a quarter of a spike; below their limits both bear all."""
    assert lost("slow-payment", "sync", *timeouts("2s"), runs=4) < 0.5 * lost("slow-payment", "sync", runs=4)
    assert lost("traffic-spike", "sync", *timeouts("300ms")) == pytest.approx(0.25, abs=0.03)
    assert lost("traffic-spike", "sync", "faults.traffic-spike.factor=8") == pytest.approx(0.005, abs=0.003)
    for fault, factor in (("slow-payment", 8), ("slow-database", 12)):
        assert lost(fault, "sync", f"faults.{fault}.factor={factor}") < 0.001


def test_what_guards_of_other_settings_cost() -> None:
    """A product's breaker stays open longer than a crash, and panic sends to who is down; without its limit it is lost slow."""
    steps = [f"services.shop.operations.place[2].steps[{step}].do" for step in range(3)]
    opened = [f"{step}.breaker.open=5s" for step in steps]
    panic = [f"services.{name}.outliers.panic=50%" for name in ("stock", "payment", "shipping")]
    assert lost("shipping-in-a-crash-loop", "guarded", *opened) == pytest.approx(0.15, abs=0.02)
    assert lost("payment-down", "guarded", *panic) == pytest.approx(0.28, abs=0.02)
    assert lost("slow-database", "guarded", "services.shop.limit=null") > 0.1


def test_with_five_attempts_of_an_undo_the_chain_parks_orders() -> None:
    """Under three faults, as payment or the database are away for longer than these take; and the verdict says how many."""
    again = "services.shop.operations.place[2].undo_retry.attempts_max=5"
    for fault in WAITING:
        result = sim.run(alone(sim.load(FOLDER / "sync.yaml", [again]), fault), replications=1)
        assert result.values("lost_or_stuck") == result.values("purchase.parked")
        assert result.values("purchase.parked")[0] > 20
        assert "not judged" in result.objectives()[1].reason
