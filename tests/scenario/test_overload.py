"""Overload by holding: what waits holds its worker, what is retried in place holds its consumer. Said before the run."""

from __future__ import annotations

import pytest

from sim.metrics.spans import measured
from sim.metrics.utilisation import of_group, of_service
from sim.replications import run_replications
from sim.scenario import loads, loads_with_warnings
from sim.scenario.callgraph import CallGraph
from sim.scenario.load import Loads, Steady

POOL = """
name: pool
architecture: synchronous
services:
  desk: {workers: 6, operations: {ask: [{work: 4ms}, {call: archive.find}]}}
  archive: {workers: 400, operations: {find: [{work: 146ms}]}}
workload:
  visitor: {operation: desk.ask, arrivals: {kind: poisson, rate: 60/s}}
run: {horizon: 60s, warmup: 5s, replications: 1}
"""

BLOCKED = """
name: blocked
architecture: event-driven
services:
  door: {workers: 50, operations: {ring: [{publish: bells}]}}
  butler: {operations: {open: [{work: 20ms}, {fail: 40%}]}}
brokers: {house: {topics: {bells: {partitions: 1}}}}
subscriptions:
  butlers: {topic: bells, operation: butler.open, retry: {kind: fixed, attempts_max: 2, delay: 300ms}}
workload:
  guest: {operation: door.ring, arrivals: {kind: poisson, rate: 8/s}}
run: {horizon: 300s, warmup: 10s, replications: 1}
"""

SHOP = """
name: shop
architecture: synchronous
network: {hop: 1ms}
services:
  counter: {replicas: 2, workers: 60, operations: {buy: [{work: 1ms}, {call: sales.sell, timeout: 2s}]}}
  sales:
    replicas: 2
    workers: 40
    operations:
      sell:
        - work: {kind: lognormal, median: 4ms, p99: 30ms}
        - parallel:
            - {call: shelf.take, timeout: 400ms, retry: {kind: full_jitter, attempts_max: 3, base: 40ms, cap: 400ms}}
            - {call: risk.rate, timeout: 400ms}
        - {call: bank.pay, timeout: 2s, retry: {kind: full_jitter, attempts_max: 2, base: 100ms, cap: 1s}}
  shelf: {replicas: 2, workers: 8, operations: {take: [{work: {kind: lognormal, median: 3ms, p99: 20ms}}]}}
  risk: {workers: 30, operations: {rate: [{work: {kind: gamma, mean: 20ms, cv: 0.5}}]}}
  bank: {workers: 90, operations: {pay: [{work: {kind: lognormal, median: 90ms, p99: 400ms}}]}}
workload:
  customer: {operation: counter.buy, arrivals: {kind: poisson, rate: 120/s}, timeout: 3s}
run: {horizon: 60s, warmup: 5s, replications: 1}
"""

STORM = """
name: storm
architecture: synchronous
services:
  web:
    workers: 300
    operations:
      get: [{call: db.ask, timeout: 40ms, retry: {kind: fixed, attempts_max: 3, delay: 10ms}, optional: true}]
  db: {operations: {ask: [{work: {kind: exponential, mean: 10ms}}]}}
workload:
  reader: {operation: web.get, arrivals: {kind: poisson, rate: 80/s}}
run: {horizon: 60s, warmup: 5s, replications: 1}
"""

OTHERS = """
name: others
architecture: synchronous
services:
  small: {workers: 2, operations: {go: [{call: shared.use}]}}
  large: {workers: 500, operations: {go: [{call: shared.use}]}}
  shared: {workers: 10, operations: {use: [{work: {kind: exponential, mean: 10ms}}]}}
workload:
  few: {operation: small.go, arrivals: {kind: poisson, rate: 180/s}}
  many: {operation: large.go, arrivals: {kind: poisson, rate: 810/s}}
run: {horizon: 120s, warmup: 5s, replications: 1}
"""


BUSY_WITH_OTHERS = "are held while they wait for services that are busy with others"


def warnings_of(text: str, *changes: tuple[str, str]) -> list[str]:
    """The warnings about a changed scenario, as field: message."""
    return [f"{one.field}: {one.message}" for one in loads_with_warnings(changed(text, *changes), "x.yaml")[1]]


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A text with some of its parts replaced."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def predicted(text: str, *changes: tuple[str, str]) -> tuple[Loads, Loads]:
    """The loads of a changed scenario: if nobody waited, and with waits."""
    scenario = loads(changed(text, *changes))
    steady = Steady(scenario, CallGraph(scenario))
    return steady.unhindered, steady.waiting()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((), "60/s x 0.15 s = 9 of 6 workers, 150 %; capacity 40/s"),
        ((("workers: 6", "replicas: 2, workers: 4"),), "60/s x 0.15 s = 9 of 8 workers, 112 %; capacity 53.3/s"),
        ((("{call: archive.find}", "{parallel: [{call: archive.find}, {call: archive.find}]}"),), "60/s x 0.15 s = 9 of 6"),
    ],
)
def test_workers_are_held_while_they_wait_for_calls(changes: tuple[tuple[str, str], ...], said: str) -> None:
    """4 ms of work and 146 ms of waiting hold a worker for 150 ms; calls in parallel hold it no longer than the longest."""
    (warning,) = warnings_of(POOL, *changes)
    assert warning.startswith(f"services.desk: workers are held while they wait: {said}")


@pytest.mark.parametrize("hold", ["within", "beyond"])
def test_the_capacity_that_is_said_is_what_a_run_can_do(hold: str) -> None:
    """Below 40/s no queue grows and nothing is said; above it 40/s are answered, whatever arrives."""
    text = changed(POOL, ("60/s", "36/s" if hold == "within" else "60/s"))
    assert bool(warnings_of(text)) == (hold == "beyond")
    record = run_replications(loads(text)).records[0]
    assert of_service(record, 0, *measured(record.network)) == pytest.approx(0.9 if hold == "within" else 1.0, rel=0.05)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        # 20 ms x 1.4 runs and 0.4 x 300 ms between them
        ((), "8/s x 0.148 s = 1.18 of 1 consumers at once, 118 %; capacity 6.76/s"),
        ((("attempts_max: 2", "attempts_max: 3"), ("8/s", "6/s")), "6/s x 0.199 s = 1.2 of 1 consumers at once, 120 %"),
        ((("kind: fixed", "kind: full_jitter"), ("delay: 300ms", "base: 600ms, cap: 600ms")), "8/s x 0.148 s = 1.18 of 1"),
    ],
)
def test_retries_in_place_hold_the_consumer(changes: tuple[tuple[str, str], ...], said: str) -> None:
    """A message that fails holds its consumer for the delay, and then for another run."""
    (warning,) = warnings_of(BLOCKED, *changes)
    assert warning.startswith(f"subscriptions.butlers: consumers are held while they wait: {said}")


def test_consumers_that_keep_up_are_not_warned_of() -> None:
    """At 6/s the same consumer is 89 % loaded, and its lag stays small in a run."""
    text = changed(BLOCKED, ("8/s", "6/s"))
    assert warnings_of(text) == []
    record = run_replications(loads(text)).records[0]
    # 6/s x 1.4 runs x 20 ms are work; the rest of the 89 % is rest between attempts
    assert of_group(record, 0, *measured(record.network)) == pytest.approx(0.89, abs=0.06)


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ((), []),
        ((("workers: 40", "workers: 7"),), ["services.sales"]),
        ((("rate: 120/s", "rate: 900/s"), ("workers: 40", "workers: 200")), ["services.counter", "services.bank"]),
    ],
)
def test_the_whole_path_of_a_shop_is_judged_by_holding(changes: tuple[tuple[str, str], ...], warned: list[str]) -> None:
    """Some 125 ms of waiting hold a seller: 80 of them serve 120/s, 14 do not."""
    assert [line.partition(":")[0] for line in warnings_of(SHOP, *changes)] == warned


def test_a_shop_with_too_few_sellers_fails_when_it_is_run() -> None:
    """What is warned of happens: most customers get no answer in time."""
    record = run_replications(loads(changed(SHOP, ("workers: 40", "workers: 7")))).records[0]
    result = run_replications(loads(SHOP)).records[0]
    assert of_service(record, 1, *measured(record.network)) > 0.99
    assert of_service(result, 1, *measured(result.network)) < 0.3


def test_failures_that_are_retried_raise_rate_and_holding() -> None:
    """Half the charges fail, each at most twice retried: 1.75 runs a call, and 0.75 delays of 20 ms hold the caller."""
    text = """
name: retried
architecture: synchronous
services:
  till: {workers: 20, operations: {pay: [{call: bank.charge, timeout: 9s, retry: {kind: fixed, attempts_max: 3, delay: 20ms}}]}}
  bank: {workers: 20, operations: {charge: [{work: 10ms}, {fail: 50%}]}}
workload:
  customer: {operation: till.pay, arrivals: {kind: poisson, rate: 40/s}}
run: {horizon: 60s, replications: 1}
"""
    bare, _ = predicted(text)
    assert bare.services["bank"].rate == pytest.approx(70.0)
    assert bare.services["till"].hold_ns == pytest.approx(1.75 * 10e6 + 0.75 * 20e6)
    again = ("rate: 40/s}}", "rate: 40/s}, timeout: 9s, retry: {kind: fixed, attempts_max: 2, delay: 5ms}}")
    bare, _ = predicted(text, again)
    assert bare.services["till"].rate == pytest.approx(40.0 * (1.0 + 0.125))
    (warning,) = warnings_of(text, ("workers: 20, operations: {charge", "workers: 1, operations: {charge"), ("40/s", "58/s"))
    assert warning.startswith("services.bank: utilisation 1.01: work for 1.01 workers arrives, there are 1")


def test_a_timeout_cuts_the_wait_and_not_the_work() -> None:
    """A caller is held for 50 ms, its callee for 200 ms, once for each of the two attempts."""
    changes = (("146ms", "200ms"), ("{call: archive.find}", "{call: archive.find, timeout: 50ms, optional: true}"))
    bare, _ = predicted(POOL, *changes)
    assert bare.services["desk"].hold_ns == pytest.approx(54e6)
    assert bare.services["archive"].busy == pytest.approx(12.0)
    retry = "optional: true, retry: {kind: exponential, attempts_max: 2, base: 10ms, cap: 10ms}"
    bare, _ = predicted(POOL, *changes, ("optional: true", retry))
    assert bare.services["desk"].hold_ns == pytest.approx((4 + 50 + 10 + 50) * 1e6)
    assert bare.services["archive"].busy == pytest.approx(24.0)


def test_acks_of_publishes_hold_the_worker() -> None:
    """A publish that waits for the leader holds the worker for a latency there and back."""
    slow = ("house: {topics", "house: {latency: 30ms, topics")
    bare, _ = predicted(BLOCKED, slow)
    assert bare.services["door"].hold_ns == pytest.approx(60e6)
    bare, _ = predicted(BLOCKED, slow, ("publish: bells", "publish: bells, acks: none"))
    assert bare.services["door"].hold_ns == 0.0
    assert bare.services["door"].capacity == float("inf")


def test_timeouts_that_waiting_causes_are_solved_for() -> None:
    """80/s on a worker of 100/s time out, are retried, and time out all the more; at 20/s or with long timeouts not."""
    (warning,) = warnings_of(STORM)
    assert warning.startswith("services.db: calls that time out while they wait are retried, which raises ")
    assert "of 1 workers" in warning
    record = run_replications(loads(STORM)).records[0]
    assert of_service(record, 1, *measured(record.network)) > 0.99
    assert warnings_of(STORM, ("80/s", "20/s")) == []
    assert warnings_of(STORM, ("timeout: 40ms", "timeout: 5s")) == []


def test_waits_that_others_cause_hold_workers_too() -> None:
    """Two workers would do for 180/s x 10 ms; others keep the shared service so busy that they do not."""
    (warning,) = warnings_of(OTHERS)
    assert warning.startswith(f"services.small: workers {BUSY_WITH_OTHERS}: 180/s x")
    record = run_replications(loads(OTHERS)).records[0]
    assert of_service(record, 0, *measured(record.network)) > 0.99
    assert warnings_of(OTHERS, ("810/s", "100/s")) == []


def test_consumers_wait_for_services_that_are_busy_with_others() -> None:
    """Two consumers are overloaded for the same reason, and are told by the same sentence."""
    consumers = """brokers: {k: {topics: {t: {partitions: 2}}}}
subscriptions: {s: {topic: t, operation: small.do, consumers: 2}}
"""
    handed_over = ("workers: 2, operations: {go: [", "workers: 9, operations: {go: [{publish: t}], do: [")
    text = changed(OTHERS, handed_over, ("workload:", f"{consumers}workload:"))
    (warning,) = warnings_of(text)
    assert warning.startswith(f"subscriptions.s: consumers {BUSY_WITH_OTHERS}: 180/s x")
    assert warnings_of(text, ("810/s", "100/s")) == []


@pytest.mark.parametrize(
    "text",
    [
        changed(POOL, ("60/s", "28/s")),
        changed(SHOP, ("rate: 120/s", "rate: 200/s")),
        changed(OTHERS, ("810/s", "400/s"), ("180/s", "80/s")),
        changed(POOL, ("workers: 400", "replicas: 3, workers: 2"), ("60/s", "28/s")),
    ],
)
def test_predicted_utilisation_is_measured_when_it_is_run(text: str) -> None:
    """Below 80 % and without timeouts, the workers of every service are busy as foreseen, within 6 % (and 1 point)."""
    scenario = loads(changed(text, ("horizon: 60s" if "horizon: 60s" in text else "horizon: 120s", "horizon: 400s")))
    foreseen = Steady(scenario, CallGraph(scenario)).waiting()
    record = run_replications(scenario).records[0]
    for number, load in enumerate(foreseen.services.values()):
        assert load.utilisation < 0.8
        found = of_service(record, number, *measured(record.network))
        assert found == pytest.approx(load.utilisation, rel=0.06, abs=0.01)


def test_the_solution_is_the_same_every_time_and_bounded() -> None:
    """Nothing in it is drawn, and a chain of 2000 services takes few rounds."""
    assert predicted(STORM) == predicted(STORM)
    step = "  s{}: {{workers: 50, operations: {{get: [{{work: 1ms}}, {{call: s{}.get, timeout: 9s}}]}}}}\n"
    services = "".join(step.format(i, i + 1) for i in range(1999))
    text = f"name: chain\narchitecture: synchronous\nservices:\n{services}  s1999: {{operations: {{get: [{{work: 1ms}}]}}}}\n"
    text += "workload: {f: {operation: s0.get, arrivals: {kind: poisson, rate: 1/s}}}\nrun: {horizon: 10s}\n"
    bare, waiting = predicted(text)
    assert bare.services["s0"].hold_ns == pytest.approx(2000e6, rel=0.01)
    assert waiting.services["s0"].hold_ns >= bare.services["s0"].hold_ns


GIVEN_UP = """
name: given-up
architecture: event-driven
services:
  shop: {workers: 100, operations: {order: [{publish: mail}]}}
  mailer: {operations: {send: [{work: 10ms}, {fail: 50%}], look: [{work: 1s}]}}
brokers:
  rabbit: {kind: queue, queues: {mail: {dead_letter: {to: dead, deliveries_max: 2}}, dead: {}}}
subscriptions:
  mailer: {queue: mail, operation: mailer.send}
  looker: {queue: dead, operation: mailer.look}
workload: {order: {operation: shop.order, arrivals: {kind: poisson, rate: 8/s}}}
run: {horizon: 60s}
"""
ON_A_LOG = (
    ("kind: queue, queues", "topics"),
    ("mail: {dead_letter: {to: dead, deliveries_max: 2}}, dead: {}", "mail: {partitions: 1}, dead: {partitions: 1}"),
    ("{queue: mail, operation: mailer.send}", "{topic: mail, operation: mailer.send, on_failure: {retry: RETRY, then: dead}}"),
    ("RETRY", "{kind: fixed, attempts_max: 2, delay: 1ms}"),
    ("queue: dead", "topic: dead"),
)


@pytest.mark.parametrize("changes", [(), ON_A_LOG])
def test_what_is_given_up_is_a_load_of_those_who_read_it(changes: tuple[tuple[str, str], ...]) -> None:
    """One in four messages fails twice: 2/s come to who looks at each for a second, dead letters or from a retry topic."""
    (warning,) = warnings_of(GIVEN_UP, *changes)
    assert warning.startswith("subscriptions.looker: utilisation 2: work for 2 consumers arrives")
    assert warnings_of(GIVEN_UP, *changes, ("50%", "34%")) == []  # 0.92 of one consumer


def test_participants_of_a_saga_by_events_are_judged_like_others() -> None:
    """Subscriptions that nobody wrote, made of the steps of a saga, are overloaded by name too."""
    text = """
name: told
architecture: event-driven
services:
  shop:
    workers: 100
    operations: {place: [{saga: order, by: events, answer: when_started, steps: [{do: {call: pay.charge}}]}]}
  pay: {workers: 1, operations: {charge: [{work: 100ms}]}}
workload: {order: {operation: shop.place, arrivals: {kind: poisson, rate: 20/s}}}
run: {horizon: 60s}
"""
    (warning,) = warnings_of(text)
    assert warning.startswith("subscriptions.order.charge: utilisation 2")
