"""Processes and handlers of one's own extend a run of the SimPy engine: the same verbs, the same books, the same every time."""

from __future__ import annotations

import importlib
from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import sim
from sim.engine import run_once
from sim.engine.extensions import Extensions
from sim.network import compile as compile_network
from sim.record import fields, outcomes
from sim.results.comparison import Comparison
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from sim.engine.simpy_engine.extension_handles import Execution, World

Acts = Generator[Any, Any, str | None]

SHOP: dict[str, Any] = {
    "name": "shop",
    "architecture": "synchronous",
    "network": {"hop": "1ms"},
    "services": {
        "front": {
            "workers": 6,
            "queue_max": 10,
            "operations": {
                "buy": [
                    {"work": {"kind": "exponential", "mean": "3ms"}},
                    {"call": "pay.charge", "timeout": "300ms", "retry": {"kind": "fixed", "attempts_max": 2, "delay": "20ms"}},
                    {"publish": "placed"},
                    {"work": {"kind": "lognormal", "median": "1ms", "p99": "9ms"}},
                ]
            },
        },
        "pay": {
            "replicas": 2,
            "workers": 2,
            "queue_max": 10,
            "operations": {"charge": [{"work": {"kind": "exponential", "mean": "20ms"}}, {"fail": 0.05}]},
        },
        "mail": {"replicas": 2, "operations": {"send": [{"work": {"kind": "exponential", "mean": "15ms"}}]}},
    },
    "brokers": {"log": {"topics": {"placed": {"partitions": 3}}}},
    "subscriptions": {"mailers": {"topic": "placed", "operation": "mail.send", "session_timeout": "800ms"}},
    "workload": {
        "orders": {"operation": "front.buy", "arrivals": {"kind": "poisson", "rate": "60/s"}, "timeout": "1s", "keys": 20}
    },
    "faults": {"slow": {"kind": "slowdown", "target": "pay", "factor": 3, "at": "2s", "for": "1s"}},
    "run": {"horizon": "8s", "replications": 2, "seed": 5},
}


def shop(**changes: Any) -> Scenario:
    """The shop: calls, retries, failures, messages and a fault; with other parts."""
    return Scenario.model_validate({**SHOP, **changes})


def run(scenario: Scenario, *processes: Any, **handlers: Any) -> sim.Record:
    """One replication that these extend; its books are checked by the run itself."""
    named = {name.replace("__", "."): handler for name, handler in handlers.items()}
    return sim.run_once(scenario, seed=5, engine="simpy", processes=processes, handlers=named)


def flow(record: sim.Record, field: int, number: int = 0) -> int:
    """A flow's total over all windows."""
    return int(record.flows[:, number, field].sum())


def quiet(world: World) -> Acts:
    """Look and wait, and do nothing."""
    while True:
        world.uniform()
        world.waiting("pay")
        yield world.wait({"kind": "exponential", "mean": "10ms"})


def test_onlookers_change_nothing() -> None:
    """A run that processes only watch is the same as a run without them, to the bit."""
    assert run(shop(), quiet, quiet).fingerprint() == run(shop()).fingerprint()


def test_a_saboteur_is_a_declared_fault() -> None:
    """Slow, crash, notice and restart, done by a process, are what the faults of a scenario do, to the bit."""

    def saboteur(world: World) -> Acts:
        yield world.until("2s")
        world.slow("pay", 3)
        yield world.wait("1s")
        world.slow("pay", 1)
        world.crash("pay", replicas=1, detection="500ms")
        world.crash("mail", detection="500ms", connections="silent")
        yield world.wait("2s")
        world.restart("pay", replicas=1)
        world.restart("mail")

    declared = {
        **SHOP["faults"],
        "pay-down": {"kind": "crash", "target": "pay", "replicas": 1, "at": "3s", "for": "2s", "detection": "500ms"},
        "mail-down": {
            "kind": "crash", "target": "mail", "at": "3s", "for": "2s", "detection": "500ms", "connections": "silent",
        },
    }  # fmt: skip
    struck = run(shop(faults={}), saboteur)
    assert struck.fingerprint() == run(shop(faults=declared)).fingerprint()
    assert flow(struck, fields.flows.FLOW_SETTLED + outcomes.OK) < flow(run(shop()), fields.flows.FLOW_SETTLED + outcomes.OK)


def test_effects_compose_with_declared_faults() -> None:
    """Factors multiply, and whoever lets go last ends a crash: no process undoes a fault, and no fault a process."""

    def more(world: World) -> Acts:
        yield world.until("1s")
        world.slow("pay", 2)
        world.crash("mail", detection="100ms")
        yield world.until("4s")
        world.slow("pay", 1)
        world.restart("mail")

    crash = {"kind": "crash", "target": "mail", "at": "500ms", "for": "2s", "detection": "100ms"}
    twice = {"kind": "slowdown", "target": "pay", "factor": 2, "at": "1s", "for": "3s"}
    longer = {**crash, "for": "3500ms"}
    together = run(shop(faults={**SHOP["faults"], "down": crash}), more)
    assert together.fingerprint() == run(shop(faults={**SHOP["faults"], "down": longer, "twice": twice})).fingerprint()


def test_changes_of_pace_in_one_instant_are_one() -> None:
    """Of several changes of pace in one instant only what comes out counts, also for the work that they find under way."""

    def moody(world: World) -> Acts:
        yield world.until("2s")
        for factor in (700, 0.001, 3):
            world.slow("pay", factor)
        yield world.wait("500ms")
        for factor in (0.3, 3):
            world.slow("pay", factor)
        yield world.wait("500ms")
        world.slow("pay", 1)

    assert run(shop(faults={}), moody).fingerprint() == run(shop()).fingerprint()


def test_a_custom_load_is_a_declared_one() -> None:
    """Requests let in one by one at the declared times give the declared run where nothing is drawn by trace."""
    sure = {
        "front": {"workers": 4, "operations": {"buy": [{"work": "3ms"}, {"call": "pay.charge", "timeout": "100ms"}]}},
        "pay": {"workers": 1, "queue_max": 5, "operations": {"charge": [{"work": "70ms"}]}},
    }
    rest = {"services": sure, "brokers": {}, "subscriptions": {}, "faults": {}}

    def load(rate: str) -> dict[str, Any]:
        return {"orders": {"operation": "front.buy", "arrivals": {"kind": "constant", "rate": rate}, "timeout": "1s"}}

    def every_50_ms(world: World) -> Acts:
        while True:
            yield world.wait("50ms")
            world.arrive("orders")

    custom = run(shop(**rest, workload=load("0/s")), every_50_ms)
    assert custom.fingerprint() == run(shop(**rest, workload=load("20/s"))).fingerprint()
    assert flow(custom, fields.flows.FLOW_OFFERED) == 159  # the one at the horizon does not count


def test_custom_load_shifts_no_declared_draw() -> None:
    """With room for everybody, the declared requests meet the same fate beside a custom load: common random numbers."""
    room = {**SHOP["services"], "front": {**SHOP["services"]["front"], "workers": 1000}}
    charge = [{"work": {"kind": "exponential", "mean": "20ms"}}]
    room["pay"] = {**room["pay"], "workers": 1000, "operations": {"charge": charge}}
    both = {**SHOP["workload"], "extra": {"operation": "front.buy", "arrivals": {"kind": "constant", "rate": "0/s"}}}

    def more(world: World) -> Acts:
        while True:
            yield world.wait({"kind": "exponential", "mean": "25ms"})
            world.arrive("extra")

    alone, beside = run(shop(services=room, workload=both)), run(shop(services=room, workload=both), more)
    assert np.array_equal(alone.flows[:, 0, : fields.flows.FLOW_COMPLETED], beside.flows[:, 0, : fields.flows.FLOW_COMPLETED])
    assert flow(alone, fields.flows.FLOW_OFFERED, 1) == 0
    assert 250 < flow(beside, fields.flows.FLOW_OFFERED, 1) < 390


def test_users_who_wait_for_their_answers() -> None:
    """A closed load: never more requests inside than users, and each hears how its own request ended."""
    heard: list[str] = []

    def user(world: World) -> Acts:
        while True:
            heard.append((yield world.arrive("orders")))
            yield world.wait({"kind": "exponential", "mean": "10ms"})

    idle = {"orders": {**SHOP["workload"]["orders"], "arrivals": {"kind": "constant", "rate": "0/s"}}}
    record = run(shop(workload=idle), *[user] * 4)
    offered, open_ = flow(record, fields.flows.FLOW_OFFERED), int(record.flow_levels[0, fields.flows.LEVEL_REQUESTS])
    assert offered - open_ == len(heard)
    assert open_ <= 4
    assert int(record.services[:, 0, fields.services.SERVICE_WAITING_MAX].max()) == 0  # four users, six workers
    for number, name in enumerate(outcomes.OUTCOMES):
        assert flow(record, fields.flows.FLOW_SETTLED + number) == heard.count(name)
    assert {"ok", "dependency"} <= set(heard)


def test_a_handler_that_does_what_is_declared() -> None:
    """A handler written by hand that does what the declared steps do gives the same record, to the bit."""

    def buy(execution: Execution) -> Acts:
        yield execution.work({"kind": "exponential", "mean": "3ms"})
        if (yield execution.call("pay.charge")) != "ok":
            return "dependency"
        yield execution.publish("placed")
        yield execution.work({"kind": "lognormal", "median": "1ms", "p99": "9ms"})
        return None

    def charge(execution: Execution) -> Acts:
        yield execution.work({"kind": "exponential", "mean": "20ms"})
        return "error" if execution.uniform("fail") < 0.05 else None

    def send(execution: Execution) -> Acts:
        yield execution.work({"kind": "exponential", "mean": "15ms"})
        return None

    crash = {"down": {"kind": "crash", "target": "pay", "replicas": 1, "at": "3s", "for": "1s"}}
    crash["gone"] = {"kind": "crash", "target": "mail", "replicas": 1, "at": "4s", "for": "2s"}
    scenario = shop(faults={**SHOP["faults"], **crash})
    assert run(scenario, front__buy=buy, pay__charge=charge, mail__send=send).fingerprint() == run(scenario).fingerprint()


def test_memory_is_a_replicas_own_and_a_crash_empties_it() -> None:
    """A cache answers at once what it has seen; after a crash it has seen nothing."""
    misses: list[int] = []

    def cached(execution: Execution) -> Acts:
        if execution.key not in execution.memory:
            misses.append(execution.now)
            yield execution.wait("5ms")
            execution.memory[execution.key] = True
        yield execution.work("1ms")
        return None

    quiet_shop = shop(faults={"down": {"kind": "crash", "target": "pay", "at": "4s", "for": "500ms"}})
    run(quiet_shop, pay__charge=cached)
    before, after = [at for at in misses if at < 4e9], [at for at in misses if at > 4.5e9]
    assert 35 <= len(before) <= 50  # twenty keys at two replicas, now and then missed twice while one is fetched
    assert 35 <= len(after) <= 50
    first = list(misses)
    misses.clear()
    run(quiet_shop, pay__charge=cached)
    assert misses == first  # nothing is remembered from run to run


def test_replications_join_each_anew_and_can_be_compared() -> None:
    """Each replication has its own processes and draws; a result with extensions pairs with one without."""

    def bully(world: World) -> Acts:
        while world.busy("pay") < 4:
            yield world.wait("50ms")
        world.slow("pay", 4 * world.uniform() + 1)
        yield world.wait("1s")
        world.slow("pay", 1)

    scenario = shop()
    bullied = sim.run(scenario, engine="simpy", processes=[bully])
    assert bullied.engine == "simpy"
    assert bullied.fingerprint() == sim.run(scenario, engine="auto", processes=[bully]).fingerprint()
    assert [record.fingerprint() for record in bullied.records] == [
        sim.run_once(scenario, seed=5, replication=number, engine="simpy", processes=[bully]).fingerprint()
        for number in range(2)
    ]
    row = Comparison(sim.run(scenario), bullied).row("orders.latency.p50")
    assert row.b.mean > row.a.mean


def test_processes_of_one_function_draw_their_own() -> None:
    """Two copies of a process are two, told apart by number; so are two of a partial function."""
    drawn: list[tuple[str, float]] = []

    def look(world: World, times: int) -> Acts:
        for _ in range(times):
            drawn.append((world.name, world.uniform()))
            yield world.wait("1ms")

    run(shop(), partial(look, times=2), partial(look, times=1))
    assert sorted(name for name, _ in drawn) == ["look", "look", "look.2"]
    assert len({value for _, value in drawn}) == 3
    assert all(0 < value < 1 for _, value in drawn)


def wrong_yield(_: World) -> Acts:
    """Yield a number."""
    yield 5


def no_generator(_: World) -> None:
    """Never yield."""


def endless(world: World) -> Acts:
    """Let in requests without end."""
    while True:
        world.arrive("orders")
        if world.now < 0:
            yield world.wait("1s")


def act(what: Any) -> Any:
    """A process that does one thing."""

    def process(world: World) -> Acts:
        yield world.wait(0)
        what(world)

    return process


@pytest.mark.parametrize(
    ("process", "error", "message"),
    [
        (wrong_yield, TypeError, r"process 'wrong_yield' yielded 5; yield what a verb"),
        (no_generator, TypeError, "'no_generator' is no generator function"),
        (endless, sim.RunawayError, r"more than 10000 requests in one instant; yield world.wait"),
        (act(lambda world: world.crash("pey")), ValueError, "there is no 'pey'; did you mean 'pay'"),
        (act(lambda world: world.arrive("order")), ValueError, "did you mean 'orders'"),
        (act(lambda world: world.lag("mailer")), ValueError, "did you mean 'mailers'"),
        (act(lambda world: world.crash("pay", replicas=3)), ValueError, "pay has 2 replicas; 3 of them"),
        (act(lambda world: world.crash("pay", connections="cut")), ValueError, "'reset' or 'silent', not 'cut'"),
        (act(lambda world: world.slow("pay", 0)), ValueError, "a factor of 0"),
        (act(lambda world: world.wait("5 parsecs")), ValueError, "'5 parsecs' is no duration"),
        (act(lambda world: world.wait(-1)), ValueError, "-1 is no duration"),
        (act(lambda world: world.wait(True)), ValueError, "True is no duration"),
        (act(lambda world: world.wait({"kind": "exponental", "mean": "1s"})), ValueError, "unknown distribution"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)[:24]),
)
def test_mistakes_are_named(process: Any, error: type[Exception], message: str) -> None:
    """A process that asks for what is not there is told so, with the likely name."""
    with pytest.raises(error, match=message):
        run(shop(), process)


def test_handlers_are_held_to_what_is_declared() -> None:
    """A handler calls and publishes what its operation declares, and returns how it ended."""

    def calls(_: str) -> Any:
        def handler(execution: Execution) -> Acts:
            yield execution.call("mail.send")

        return handler

    def returns(execution: Execution) -> Acts:
        yield execution.work("1ms")
        return "fine"

    with pytest.raises(ValueError, match=r"there is no 'mail.send'.*calls of its declared steps"):
        run(shop(), front__buy=calls("mail.send"))
    with pytest.raises(ValueError, match=r"the handler of pay.charge returned 'fine'; return nothing, 'error'"):
        run(shop(), pay__charge=returns)
    with pytest.raises(sim.UnsupportedError, match=r"no operation 'pay.chrge' to handle; did you mean 'pay.charge'"):
        run(shop(), pay__chrge=returns)


def test_an_extended_run_is_limited_and_watched_like_any_other() -> None:
    """It ends after as many events as it may have, and by what its watch raises."""

    def onlooker(world: World) -> Acts:
        yield world.wait("1s")

    network, extensions = compile_network(Scenario.model_validate(SHOP)), Extensions([onlooker])
    with pytest.raises(sim.RunawayError, match="more than 500 events"):
        run_once(network, seed=1, extensions=extensions, events_max=500)

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_once(network, seed=1, extensions=extensions, watch=stop)


def test_the_compiled_engine_has_no_extensions() -> None:
    """The compiled engine runs what is declared: extensions are refused, with the remedy; so is a precision."""
    for ask in (partial(sim.run_once, shop()), partial(sim.run, shop())):
        with pytest.raises(sim.UnsupportedError, match=r"extend the SimPy engine: write engine='simpy'"):
            ask(engine="compiled", processes=[quiet])
    with pytest.raises(ValueError, match="leave precision out"):
        sim.run(shop(), precision="5%", processes=[quiet])


def test_former_names_of_extensions_work_and_say_so() -> None:
    """`Joining`, and the parameter ``joining`` of functions that run, give the same run with a warning at the place of use."""

    def slower(world: World) -> Acts:
        world.slow("pay", 3)
        yield world.wait("1s")

    wanted = sim.run_replications(shop(), replications=1, extensions=Extensions([slower]))
    with pytest.warns(DeprecationWarning, match="Joining is called Extensions now") as said:
        former = importlib.import_module("sim.engine.extensions").Joining
    with pytest.warns(DeprecationWarning, match="joining of run_replications is called extensions now") as told:
        found = sim.run_replications(shop(), replications=1, joining=former([slower]))  # type: ignore[call-arg]
    assert former is Extensions
    assert {one.filename for one in [*said, *told]} == {__file__}
    assert found.fingerprint() == wanted.fingerprint() != sim.run(shop(), replications=1).fingerprint()


def test_a_parameter_is_not_given_by_both_names() -> None:
    """Neither of two values is chosen silently."""
    with pytest.raises(TypeError, match="joining"):
        sim.run_replications(shop(), extensions=Extensions([quiet]), joining=Extensions())  # type: ignore[call-arg]
