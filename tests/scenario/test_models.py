"""Scenarios in Python: short to write, strict, frozen, and equal to what YAML says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from sim.faults.crash import Crash
from sim.policies.retries.fixed import FixedRetry
from sim.scenario import (
    Branch,
    Call,
    Choose,
    Fail,
    Flow,
    Parallel,
    Publish,
    Run,
    Scenario,
    ScenarioError,
    Service,
    Work,
    check,
    json_schema,
    load,
    loads,
)
from tests.shares import share

ROOT = Path(__file__).parents[2]
SHOP = Path(__file__).parent / "data" / "shop.yaml"


def tiny(**changes: object) -> Scenario:
    """Return the smallest useful scenario, changed."""
    settings: dict[str, object] = {
        "name": "tiny",
        "architecture": "synchronous",
        "services": {"pay": Service(replicas=2, operations={"charge": [Work("5ms")]})},
        "workload": {"visit": Flow(operation="pay.charge", arrivals={"kind": "poisson", "rate": "50/s"})},
        "run": Run(horizon="60s"),
    }
    return Scenario(**{**settings, **changes})


def test_python_and_yaml_mean_the_same() -> None:
    """A scenario built in Python equals the one that its YAML loads as, down to the digest."""
    built = tiny()
    loaded = loads(built.to_yaml())
    assert loaded == built
    assert loaded.digest() == built.digest()


def test_the_shop_survives_being_written_and_read() -> None:
    """Every word of the language is written as it is read."""
    shop = load(SHOP)
    assert loads(shop.to_yaml()) == shop
    assert Scenario.model_validate(shop.resolved()).digest() == shop.digest()


def test_the_digest_sees_meaning_not_spelling() -> None:
    """Defaults written out, other units and other key orders change no digest; another value does."""
    text = SHOP.read_text()
    shop = loads(text)
    assert loads(text.replace("timeout: 3s", "timeout: 3000ms")).digest() == shop.digest()
    assert loads(text.replace("consumers: 1\n", "\n")).digest() == shop.digest()
    assert loads(text.replace("timeout: 3s", "timeout: 3001ms")).digest() != shop.digest()
    assert json.loads(shop.canonical_json()) == shop.resolved()


def test_steps_take_their_verb_first() -> None:
    """Each step is built from its verb's value, with the policies by name."""
    call = Call("a.b", timeout="1s", retry=FixedRetry(attempts_max=2, delay="1ms"))
    assert (call.call, call.timeout) == ("a.b", 1_000_000_000)
    assert Fail("10%").fail == 0.1
    assert Publish("order.placed").publish == "order.placed"
    assert Parallel(Call("a.b"), Call("c.d")) == Parallel([Call("a.b"), Call("c.d")])
    choice = Choose(Branch(1, []), Branch(3, [Work("1ms")]))
    assert choice.shares == (0.25, 0.75)
    with pytest.raises(TypeError, match="twice"):
        Work("5ms", work="6ms")


def test_times_are_nanoseconds_inside() -> None:
    """Attributes of durations are whole nanoseconds; for is spelt duration in Python."""
    crash = Crash(target="pay", at="10s", duration="5s")
    assert (crash.at, crash.duration, crash.end) == (10_000_000_000, 5_000_000_000, 15_000_000_000)


@pytest.mark.parametrize(("horizon", "window"), [("60s", 1), ("10m", 1), ("601s", 2), ("1h", 6)])
def test_the_window_follows_the_horizon(horizon: str, window: int) -> None:
    """The default window is 1 s, or a six-hundredth of a longer horizon, in whole seconds."""
    assert Run(horizon=horizon).window == window * 1_000_000_000


def test_models_are_frozen_and_strict() -> None:
    """Nothing changes after it was checked, and no misspelt argument passes."""
    with pytest.raises(ValidationError, match="frozen"):
        tiny().run.seed = 2  # type: ignore[misc]
    with pytest.raises(ValidationError, match="replica"):
        Service(replica=2, operations={"charge": [Work("5ms")]})
    with pytest.raises(ValidationError, match="whole number"):
        Service(replicas=2.0, operations={"charge": [Work("5ms")]})


def test_overrides_change_single_values() -> None:
    """A path leads through names, steps by position, names with dots, and defaults nobody wrote."""
    shop = load(SHOP)
    changed = shop.with_overrides(
        [
            "services.payment.replicas=3",
            "services.checkout.operations.place.1.parallel[0].timeout=300ms",
            "brokers.events.topics.order.placed.partitions=6",
            "workload.checkout.arrivals.rate=80/s",
            "services.cart.balance.kind=random",
            "network.hop=2ms",
            "faults.slow-payment.for=10s",
        ]
    )
    assert changed.services["payment"].replicas == 3
    assert changed.resolved()["services"]["checkout"]["operations"]["place"][1]["parallel"][0]["timeout"] == "300ms"
    assert changed.resolved()["brokers"]["events"]["topics"]["order.placed"]["partitions"] == 6
    assert changed.resolved()["workload"]["checkout"]["arrivals"]["rate"] == "80/s"
    assert changed.resolved()["services"]["cart"]["balance"]["kind"] == "random"
    assert changed.network.hop.mean_ns == 2_000_000
    assert changed.faults["slow-payment"].duration == 10_000_000_000
    assert shop.services["payment"].replicas == 2


def test_replace_takes_values_and_models() -> None:
    """Replacing accepts what a file would say, and models."""
    shop = load(SHOP)
    assert shop.replace("services.payment.replicas", 4).services["payment"].replicas == 4
    retry = FixedRetry(attempts_max=7, delay="1ms")
    assert shop.replace("workload.checkout.retry", retry).workload["checkout"].retry == retry
    assert shop.replace("run.window", "2s").run.window == 2_000_000_000
    assert shop.replace("services.cart.operations.read", [Work("9ms")]) != shop


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("services.paymnt.replicas=3", "unknown key 'paymnt' in 'services'; did you mean 'payment'?"),
        ("services.payment.replica=3", "unknown key 'replica' in 'services.payment'; did you mean 'replicas'?"),
        ("sevices.payment.replicas=3", "unknown key 'sevices'; did you mean 'services'?"),
        ("services.payment.replicas=0", "services.payment.replicas: zero capacity"),
        ("services.payment.replicas", "an override is path=value"),
        ("run.horizon=60", "run.horizon: a duration needs a unit, got 60"),
        ("run.horizon=[", "a bracket or brace is not closed"),
        ("run.horizon.x=1s", "'run.horizon' has nothing inside; it is a single value"),
        ("services.cart.operations.read.0.work.kind=&a x", "anchor '&a' is not supported"),
        ("services.frontend.operations.checkout.7.work=1s", "unknown key '7'"),
        ("services.checkout.operations.place.1.parallel.0.retry.delay=1s", "set 'services.checkout"),
    ],
)
def test_overrides_that_lead_nowhere_are_refused(override: str, message: str) -> None:
    """A wrong path or value is answered with the place, the reason and the likely key."""
    with pytest.raises(ScenarioError) as error:
        load(SHOP).with_overrides([override])
    assert str(error.value).startswith(f"override '{override}': ")
    assert message in str(error.value)


def test_all_wrong_overrides_are_reported_at_once() -> None:
    """Two wrong overrides are two problems."""
    with pytest.raises(ScenarioError) as error:
        load(SHOP, ["a=1", "run.sed=1"])
    assert len(error.value.problems) == 2


def test_an_override_is_blamed_for_what_it_breaks() -> None:
    """A reference that an override makes wrong is reported at the override, not at a line of the file."""
    with pytest.raises(ScenarioError, match=r"override 'workload.checkout.operation=web.get': .*unknown service 'web'"):
        load(SHOP, ["workload.checkout.operation=web.get"])


def test_the_committed_schema_is_in_step() -> None:
    """scenarios/schema.json is what the models say; write it anew with `eventflow schema`."""
    assert json.loads((ROOT / "scenarios" / "schema.json").read_text()) == json_schema()


def test_the_schema_accepts_what_the_loader_accepts() -> None:
    """Editors mark no error in a valid scenario, and mark a misspelt key."""
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    data = yaml.safe_load(SHOP.read_text())
    ask = jsonschema.Draft202012Validator(schema)
    ask.validate(data)
    ask.validate(load(SHOP).resolved())
    data["services"]["payment"]["replicsa"] = 2
    with pytest.raises(jsonschema.ValidationError, match="replicsa"):
        ask.validate(data)


@pytest.mark.parametrize(
    "module",
    share(
        [
            "sim.faults.crash",
            "sim.scenario.units",
            "sim.policies.retries.fixed",
            "sim.brokers.log",
            "sim.scenario.arrivals.renewal",
        ],
        5,
    ),
)
def test_any_module_can_be_imported_first(module: str) -> None:
    """No import order matters, and validating a scenario loads none of the heavy libraries."""
    code = (
        f"import {module}, sim.scenario, sys; sim.scenario.load({str(SHOP)!r}); "
        "heavy = {'matplotlib', 'scipy', 'pandas', 'llvmlite', 'simpy'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_sound_scenario_has_no_problems() -> None:
    """Nothing is said about a scenario that has nothing wrong."""
    assert check(tiny()) == []
