"""What is declared and no engine knows is refused when the scenario is compiled, by its place and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import sim.brokers
from sim import UnsupportedError
from sim.network import compile as compile_network
from sim.network.lower import steps
from sim.registry import discover
from sim.scenario import loads
from sim.scenario.kinds import Broker
from sim.scenario.model import Model

if TYPE_CHECKING:
    from pathlib import Path

    from sim.scenario.scenario import Scenario

SHOP = """
name: shop
architecture: event-driven
services:
  shop: {operations: {buy: [{work: 1ms}, {publish: order.placed}]}}
  mail: {operations: {send: [{work: 1ms}]}}
brokers:
  events: {latency: 2ms, topics: {order.placed: {partitions: 2}}}
subscriptions:
  mailer: {topic: order.placed, operation: mail.send}
workload:
  buyers: {operation: shop.buy, arrivals: {kind: constant, rate: 10/s}}
run: {horizon: 2s, replications: 1}
"""

STACK = '''
from typing import Literal

from sim.brokers.log import Topic
from sim.scenario.distributions import Distribution
from sim.scenario.kinds import Broker


class Stack(Broker):
    """Has all that a log has."""

    kind: Literal["stack"] = "stack"
    latency: Distribution = "0s"
    topics: dict[str, Topic]
'''

PRODUCT = '''
from typing import Literal

from sim.brokers.log import LogBroker


class Product(LogBroker):
    """A log with the defaults of a product."""

    kind: Literal["product"] = "product"
'''


def with_broker(kind: str, code: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: object) -> Scenario:
    """The shop on a broker whose file is dropped into the folder."""
    (folder / f"{kind}.py").write_text(code)
    monkeypatch.setattr(sim.brokers, "__path__", [*sim.brokers.__path__, str(folder)])
    cls = discover("sim.brokers", Broker)[kind]
    declared = {"topics": {"order.placed": {"partitions": 2}}, "latency": "2ms", **settings}
    return loads(SHOP).model_copy(update={"brokers": {"events": cls.model_validate(declared)}})


def test_a_broker_that_nothing_is_registered_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new kind of broker is no log, though it has the fields of one."""
    scenario = with_broker("stack", STACK, tmp_path, monkeypatch)
    said = r"^brokers\.events: no engine knows the broker kind 'stack'; write one of: log, queue$"
    with pytest.raises(UnsupportedError, match=said):
        compile_network(scenario)


def test_a_profile_of_a_log_is_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that only has other defaults gives the network of its family."""
    scenario = with_broker("product", PRODUCT, tmp_path, monkeypatch)
    profile, plain = compile_network(scenario), compile_network(loads(SHOP))
    assert (profile.channels, profile.groups) == (plain.channels, plain.groups)


def test_a_setting_that_the_family_does_not_know_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that extends a log by a setting is refused: nothing would honour it."""
    code = PRODUCT.replace("product", "tiered").replace("Product", "Tiered") + "    retention: int = 7\n"
    scenario = with_broker("tiered", code, tmp_path, monkeypatch, retention=3)
    with pytest.raises(UnsupportedError, match=r"^brokers\.events: no engine knows retention of the broker kind 'tiered'"):
        compile_network(scenario)


def test_an_unknown_step_is_refused() -> None:
    """A step of a class that nothing is registered for is refused by its operation and its class."""

    class Sleep(Model):
        pass

    scenario = loads(SHOP)
    service = scenario.services["shop"].model_copy(update={"operations": {"buy": (Sleep(),)}})
    with pytest.raises(UnsupportedError, match=r"^shop\.buy: no engine knows the step 'Sleep'$"):
        compile_network(scenario.model_copy(update={"services": {**scenario.services, "shop": service}}))


def test_every_step_that_can_be_declared_is_lowered() -> None:
    """Each verb of a scenario file has a lowering."""
    from sim.scenario.steps import VERBS

    assert set(VERBS.values()) <= set(steps.lower.registry)
