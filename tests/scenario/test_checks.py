"""What is foreseen before the first event: circles, overload, amplification, timeouts, and their numbers."""

from __future__ import annotations

import pytest

from sim.metrics.paths import measure, resolve
from sim.metrics.spans import measured, seconds
from sim.network import compile as compile_network
from sim.replications import run_replications
from sim.scenario import Problem, Scenario, ScenarioError, check, loads, loads_with_warnings
from sim.scenario.callgraph import CallGraph
from sim.scenario.checks import recovery_windows
from sim.scenario.load import effective_parallelism

SYNC = """
name: sync
architecture: synchronous
network: {hop: 1ms}
services:
  web:
    replicas: 2
    workers: 8
    operations:
      get:
        - work: 5ms
        - call: pay.charge
          timeout: 1s
  pay:
    replicas: 1
    workers: 2
    operations:
      charge:
        - work: {kind: exponential, mean: 10ms}
workload:
  visit:
    operation: web.get
    arrivals: {kind: poisson, rate: 100/s}
    timeout: 3s
run: {horizon: 60s}
"""

EVENTS = """
name: events
architecture: event-driven
services:
  web:
    workers: 4
    operations:
      get:
        - work: 1ms
        - publish: order.placed
  pay:
    replicas: 2
    operations:
      charge:
        - work: 10ms
brokers:
  events:
    latency: 2ms
    topics:
      order.placed: {partitions: 12}
subscriptions:
  pay:
    topic: order.placed
    operation: pay.charge
    consumers: 3
workload:
  visit:
    operation: web.get
    arrivals: {kind: poisson, rate: 100/s}
run: {horizon: 60s}
"""


def warnings_of(text: str, *changes: tuple[str, str]) -> list[str]:
    """Return the warnings about a changed scenario, as field: message."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return [f"{problem.field}: {problem.message}" for problem in loads_with_warnings(text, "x.yaml")[1]]


def errors_of(text: str, *changes: tuple[str, str]) -> tuple[Problem, ...]:
    """Return the errors of a changed scenario."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(ScenarioError) as error:
        loads(text, "x.yaml")
    return error.value.problems


def test_sound_scenarios_have_no_warnings() -> None:
    """Nothing is said where nothing is doubtful."""
    assert warnings_of(SYNC) == []
    assert warnings_of(EVENTS) == []


def test_overload_of_a_service_is_a_warning_with_the_number() -> None:
    """Work that arrives (100/s x 30 ms = 3 workers) is compared with the workers there are (2)."""
    (warning,) = warnings_of(SYNC, ("mean: 10ms", "mean: 30ms"))
    assert warning.startswith("services.pay: utilisation 1.5: work for 3 workers arrives, there are 2")


def test_overload_counts_visits_and_probabilities() -> None:
    """Branches and failures before a call reduce how often it is met."""
    choice = "- choose: [{weight: 1, steps: [{call: pay.charge, timeout: 1s}]}, {weight: 3, steps: []}]"
    call = "- call: pay.charge\n          timeout: 1s"
    assert warnings_of(SYNC, ("mean: 10ms", "mean: 30ms"), (call, choice)) == []
    (warning,) = warnings_of(SYNC, ("mean: 10ms", "mean: 200ms"), (call, f"- fail: 50%\n        {choice}"))
    assert warning.startswith("services.pay: utilisation 1.25: work for 2.5 workers")


def test_overload_of_a_group_is_a_warning_with_the_number() -> None:
    """100/s x 100 ms = 10 consumers arrive; 5 consumers on 12 partitions do the work of 4."""
    changes = (("work: 10ms", "work: 100ms"), ("replicas: 2", "replicas: 5"), ("consumers: 3", "consumers: 1"))
    (warning,) = warnings_of(EVENTS, *changes)
    assert warning.startswith("subscriptions.pay: utilisation 2.5: work for 10 consumers arrives, 4 can work at once")


@pytest.mark.parametrize(
    ("partitions", "consumers", "parallel"), [(12, 5, 4.0), (12, 12, 12.0), (12, 20, 12.0), (1, 3, 1.0)]
)
def test_effective_parallelism(partitions: int, consumers: int, parallel: float) -> None:
    """A group works as fast as its busiest consumer: P / ceil(P / c)."""
    assert effective_parallelism(partitions, consumers) == parallel


def test_events_that_cause_ever_more_events_are_a_warning() -> None:
    """A topic whose handler publishes to it again never settles."""
    (warning,) = warnings_of(EVENTS, ("- work: 10ms", "- publish: order.placed"))
    assert "events cause ever more events" in warning


def test_events_that_come_back_sometimes_settle() -> None:
    """A topic whose handler publishes to it again with probability 1/2 carries twice the messages."""
    branch = "- choose: [{weight: 1, steps: [{publish: order.placed}]}, {weight: 1, steps: []}]"
    text = EVENTS.replace("- work: 10ms", f"- work: 10ms\n        {branch}")
    graph = CallGraph(loads(text))
    _, consumed, messages, settled = graph.rates({"web.get": 100.0})
    assert settled
    assert messages["order.placed"] == pytest.approx(200.0)
    assert consumed["pay"] == pytest.approx(200.0)


def test_amplification_is_the_product_along_the_worst_path() -> None:
    """Four attempts above three attempts multiply one request by 12: a warning that names the path."""
    retry = "retry: {kind: fixed, attempts_max: %d, delay: 1ms}"
    changes = (("timeout: 1s", f"timeout: 1s\n          {retry % 4}"), ("timeout: 3s", f"timeout: 3s\n    {retry % 3}"))
    (warning,) = warnings_of(SYNC, *changes)
    assert "multiply one request by 12, along visit -> web.get -> pay.charge" in warning
    many = (
        ("timeout: 1s", f"timeout: 1s\n          {retry % 100}"),
        ("timeout: 3s", f"timeout: 3s\n    {retry % 100}"),
    )
    assert warnings_of(SYNC, *many)
    deep = SYNC.replace(
        "- work: {kind: exponential, mean: 10ms}", f"- call: db.get\n          timeout: 1s\n          {retry % 2}"
    )
    deep = deep.replace("workload:", "  db:\n    operations: {get: [{work: 1ms}]}\nworkload:")
    (problem,) = errors_of(deep, *many)
    assert problem.headline.startswith(
        "x.yaml:26:3: workload.visit: retries can multiply one request by 20000, along visit"
    )


def test_retries_without_a_timeout_are_a_warning() -> None:
    """An attempt that never ends is never retried."""
    retry = "retry: {kind: fixed, attempts_max: 2, delay: 1ms}"
    (warning,) = warnings_of(SYNC, ("timeout: 1s", retry))
    assert warning.startswith("services.web.operations.get[1].retry: retries without a timeout")
    (warning,) = warnings_of(SYNC, ("timeout: 3s", retry))
    assert warning.startswith("workload.visit.retry: retries without a timeout")


def test_a_guard_without_a_timeout_is_a_warning() -> None:
    """A breaker never hears of an attempt that never ends, at a call or at a client."""
    (warning,) = warnings_of(SYNC, ("timeout: 1s", "breaker: {failures: 3}"))
    assert warning.startswith("services.web.operations.get[1].breaker: breaker without a timeout")
    (warning,) = warnings_of(SYNC, ("timeout: 3s", "breaker: {failures: 3}"))
    assert warning.startswith("workload.visit.breaker: breaker without a timeout")
    assert not warnings_of(SYNC, ("timeout: 1s", "timeout: 1s\n          breaker: {failures: 3}"))


def test_a_timeout_below_the_mean_answer_is_a_warning() -> None:
    """Two hops of 1 ms and a mean work of 10 ms take 12 ms."""
    (warning,) = warnings_of(SYNC, ("timeout: 1s", "timeout: 11ms"))
    assert "timeout 11ms is shorter than the answer takes on average without load, 12ms" in warning
    assert warnings_of(SYNC, ("timeout: 1s", "timeout: 12ms")) == []
    (warning,) = warnings_of(SYNC, ("timeout: 3s", "deadline: 18ms"))
    assert "deadline 18ms is shorter than the answer takes on average without load, 19ms" in warning


def test_latency_adds_steps_and_takes_the_longest_of_parallel_calls() -> None:
    """5 ms of work, then the longer of two calls; a publish with acks waits a latency there and back."""
    parallel = "- parallel: [{call: pay.charge}, {call: pay.charge, hop: 4ms}]"
    graph = CallGraph(loads(SYNC.replace("- call: pay.charge\n          timeout: 1s", parallel)))
    assert graph.handlers["web.get"].latency_ns == pytest.approx(23e6)
    graph = CallGraph(loads(EVENTS))
    assert graph.handlers["web.get"].latency_ns == pytest.approx(5e6)
    graph = CallGraph(loads(EVENTS.replace("publish: order.placed", "publish: order.placed\n          acks: none")))
    assert graph.handlers["web.get"].latency_ns == pytest.approx(1e6)


def test_a_service_nobody_reaches_is_a_warning() -> None:
    """Neither a call nor a topic leads to it from any flow."""
    (warning,) = warnings_of(SYNC, ("workload:", "  idle:\n    operations: {get: []}\nworkload:"))
    assert warning == "services.idle: no flow reaches this service; call it, subscribe it to a topic, or remove it"


def test_topics_without_publisher_or_reader_are_warnings() -> None:
    """A subscription to a silent topic never works, and a topic without a subscription serves nobody."""
    found = warnings_of(
        EVENTS,
        ("{partitions: 12}", "{partitions: 12}\n      other: {partitions: 1}"),
        ("topic: order.placed", "topic: other"),
        ("consumers: 3", "consumers: 1"),
        ("replicas: 2", "replicas: 1"),
    )
    assert any(line.startswith("subscriptions.pay.topic: no step publishes to 'other'") for line in found)
    assert any(line.startswith("brokers.events.topics.order.placed: nobody reads this topic") for line in found)


def test_idle_consumers_are_a_warning() -> None:
    """Two replicas with seven consumers each are two more than twelve partitions."""
    (warning,) = warnings_of(EVENTS, ("consumers: 3", "consumers: 7"))
    assert "14 consumers (7 on each of 2 replicas) share 12 partitions: 2 of them stay idle" in warning


@pytest.mark.parametrize(("window", "windows"), [(100_000_000, 50), (1_000_000_000, 5), (2_000_000_000, 5)])
def test_a_recovery_lasts_five_windows_and_five_seconds(window: int, windows: int) -> None:
    """Short windows are held for longer, so that a moment of quiet is no recovery; long ones for five all the same."""
    assert recovery_windows(window) == windows


def test_a_fault_that_outlasts_the_run_is_a_warning() -> None:
    """Its recovery will not be seen."""
    fault = "faults:\n  slow: {kind: slowdown, target: pay, factor: 2, at: 50s, for: 11s}\nrun:"
    (warning,) = warnings_of(SYNC, ("run:", fault))
    assert warning.startswith("faults.slow.for: ends at 61s, after the run (1m)")


@pytest.mark.parametrize(
    ("at", "lasting", "said"),
    [
        ("0s", "10s", "faults.slow.at: begins at 0s, before the first whole window of 1s is over: there is nothing to compare"),
        ("30s", "26s", "faults.slow.for: ends at 56s, 4 windows of 1s before the run: a recovery is seen in at least 5"),
        ("1s", "54s", ""),
    ],
)
def test_a_fault_whose_recovery_cannot_be_seen_is_a_warning(at: str, lasting: str, said: str) -> None:
    """A whole window before it is needed, and five after it."""
    fault = f"faults:\n  slow: {{kind: slowdown, target: pay, factor: 2, at: {at}, for: {lasting}}}\nrun:"
    assert [one[: len(said)] for one in warnings_of(SYNC, ("run:", fault))] == ([said] if said else [])


def test_a_circle_of_calls_is_named() -> None:
    """The whole path is in the message, at one of its calls."""
    (problem,) = errors_of(SYNC, ("- work: {kind: exponential, mean: 10ms}", "- call: web.get"))
    assert "web.get -> pay.charge -> web.get" in problem.message
    assert (problem.line, problem.column) == (12, 17)


def test_a_circle_through_a_topic_is_no_error() -> None:
    """Events may come back: nobody waits for them."""
    assert warnings_of(EVENTS, ("- work: 10ms", "- call: web.get")) != []


def test_long_chains_are_no_problem_for_the_checks() -> None:
    """A chain of 2000 services is checked without recursion."""
    services = "".join(
        f"  s{i}: {{workers: 50, operations: {{get: [{{work: 1ms}}, {{call: s{i + 1}.get}}]}}}}\n" for i in range(1999)
    )
    text = f"name: chain\narchitecture: synchronous\nservices:\n{services}  s1999: {{operations: {{get: []}}}}\n"
    text += "workload: {f: {operation: s0.get, arrivals: {kind: poisson, rate: 1/s}}}\nrun: {horizon: 10s}\n"
    graph = CallGraph(loads(text))
    assert graph.handlers["s0.get"].latency_ns == pytest.approx(1999e6)


METRICS = {"latency": "duration", "errors": "share", "throughput": "rate", "lag_peak": "number"}


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        ("visit.latency.p99 < 300ms", None),
        ("visit.latency.p99.9 <= 1.5s", None),
        ("visit.errors < 1%", None),
        ("visit.errors < 0.01", None),
        ("visit.throughput > 90/s", None),
        ("errors < 1%", None),
        ("visit.latncy.p99 < 300ms", "unknown metric 'latncy.p99'; did you mean 'latency'?"),
        ("visit.errors < 300ms", "'errors' is a share, the limit is a duration; write the limit as '1%'"),
        ("visit.latency.p99 < 300", "'latency.p99' is a duration, the limit is a number; write the limit as '300ms'"),
        ("pya.lag_peak < 5", "nothing is named 'pya'; did you mean 'pay'?"),
    ],
)
def test_objectives_name_what_exists_and_measure_alike(objective: str, message: str | None) -> None:
    """Subjects, metrics and the limit's unit are checked against what there is."""
    scenario = loads(SYNC).replace("objectives", [objective])
    problems = [problem.message for problem in check(scenario, metrics=METRICS)]
    if message is None:
        assert problems == []
    else:
        assert len(problems) == 1
        assert problems[0].startswith(message)


def test_a_scenario_built_in_python_is_checked_with_paths_only() -> None:
    """Without a file there is no line; the field's path says where."""
    scenario = Scenario.model_validate(loads(SYNC).replace("name", "other").resolved())
    broken = scenario.replace("workload.visit.operation", "web.gte")
    (problem,) = check(broken)
    assert str(problem) == "workload.visit.operation: service 'web' has no operation 'gte'; did you mean 'get'?"


@pytest.mark.parametrize(
    ("run", "remedy"),
    [
        ("{horizon: 60s, warmup: 59500ms}", "a horizon of at least 61s, or a window of at most 250ms"),
        ("{horizon: 60s, warmup: 50s, window: 20s}", "a warmup of at most 40s, or a horizon of at least 80s, or a window of"),
        ("{horizon: 600s, warmup: 599500ms}", "a warmup of at most 599s, or a horizon of at least 602s, or"),
        ("{horizon: 90s, warmup: 61s, window: 30s}", "a warmup of at most 1m, or a horizon of at least 2m, or"),
    ],
)
def test_a_warmup_that_leaves_no_whole_window_is_an_error(run: str, remedy: str) -> None:
    """The message says which lengths would do, and they do; overrides are refused alike."""
    (problem,) = errors_of(SYNC, ("{horizon: 60s}", run))
    assert problem.field == "run.warmup"
    assert "no whole window of" in problem.message
    assert remedy in problem.message
    for part in problem.message.partition("write a ")[2].split(", or a "):
        name, _, value = part.replace("of at most ", "").replace("of at least ", "").partition(" ")
        keys = dict(item.split(": ") for item in run.strip("{}").split(", ")) | {name: value}
        mended = "{" + ", ".join(f"{key}: {one}" for key, one in keys.items()) + "}"
        assert loads(SYNC.replace("{horizon: 60s}", mended))
    with pytest.raises(ScenarioError, match=r"override 'run.warmup=59500ms': run.warmup: no whole window of 1s"):
        loads(SYNC, overrides=["run.warmup=59500ms"])


def test_a_scenario_made_past_its_checks_is_not_measured_either() -> None:
    """A copy that was never validated is refused by the check in Python, and by the measured span itself."""
    sound = loads(SYNC)
    made = sound.model_copy(update={"run": sound.run.model_copy(update={"warmup": sound.run.horizon - 1})})
    assert [problem.field for problem in check(made) if problem.severity == "error"] == ["run.warmup"]
    with pytest.raises(ValueError, match="no whole window"):
        measured(compile_network(made))


def test_a_shorter_last_window_counts_by_its_length() -> None:
    """Regular arrivals of 10/s are 10/s over two whole windows and a third of one."""
    run = "{horizon: 70s, warmup: 30s, window: 30s, replications: 1}"
    text = SYNC.replace("{horizon: 60s}", run).replace("{kind: poisson, rate: 100/s}", "{kind: constant, rate: 10/s}")
    record = run_replications(loads(text)).records[0]
    first, stop = measured(record.network)
    assert (first, stop, seconds(record.network, first, stop)) == (1, 3, 40.0)
    metric, subject = resolve("visit.offered", record.network.scenario)
    assert measure(record, metric, subject) == pytest.approx(10.0, abs=0.03)


def test_a_key_where_nothing_looks_at_it_is_refused() -> None:
    """A topic that is filled in turn, and a queue, have no use for another key; the default may be written out."""
    trace = ("publish: order.placed", "publish: order.placed\n          key: trace")
    assert not check(loads(EVENTS.replace(*trace)))
    in_turn = EVENTS.replace("order.placed: {partitions: ", "order.placed: {partitioner: round_robin, partitions: ")
    assert in_turn != EVENTS
    assert not check(loads(in_turn.replace(*trace).replace("key: trace", "key: flow")))
    with pytest.raises(ScenarioError, match=r"get\[1\]\.key: .* use a topic with partitioner: key"):
        loads(in_turn.replace(*trace))
