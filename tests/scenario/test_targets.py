"""What a fault strikes: names, zones, labels and shares of replicas; what cannot be struck is refused with the remedy."""

from __future__ import annotations

import pytest

from sim import network
from sim.api import run
from sim.scenario import ScenarioError, check, loads
from sim.scenario.targets import struck_replicas

SHOP = """
name: shop
architecture: synchronous
zones: [a, b]
services:
  front: {labels: {tier: front}, workers: 9, operations: {buy: [{call: shop.buy, timeout: 200ms}]}}
  shop: {replicas: 5, zones: spread, workers: 4, labels: {tier: back, team: one}, operations: {buy: [{call: pay.buy}]}}
  pay: {replicas: 3, zones: [b], labels: {tier: back}, operations: {buy: [{work: 5ms}]}}
workload:
  buyers: {operation: front.buy, arrivals: {kind: poisson, rate: 50/s}, timeout: 1s}
faults:
  x: {kind: crash, target: TARGET, at: 5s, for: 2s}
run: {horizon: 20s, replications: 1}
"""


@pytest.mark.parametrize(
    ("target", "struck"),
    [
        ("pay", {"pay": (0, 1, 2)}),
        ("{service: pay}", {"pay": (0, 1, 2)}),
        ("{zone: a}", {"shop": (0, 2, 4)}),
        ("{zone: b}", {"shop": (1, 3), "pay": (0, 1, 2)}),
        ("{zone: b, service: shop}", {"shop": (1, 3)}),
        ("{labels: {tier: back}}", {"shop": (0, 1, 2, 3, 4), "pay": (0, 1, 2)}),
        ("{labels: {tier: back, team: one}, zone: b}", {"shop": (1, 3)}),
        ("{labels: {tier: back}}, replicas: 50%", {"shop": (0, 1, 2), "pay": (0, 1)}),
        ("{zone: a}, replicas: 1", {"shop": (0,)}),
        ("shop, replicas: 0.2", {"shop": (0,)}),
    ],
)
def test_a_target_selects_replicas(target: str, struck: dict[str, tuple[int, ...]]) -> None:
    """Keys of a target narrow each other down, and a share of the replicas is rounded up."""
    scenario = loads(SHOP.replace("TARGET", target))
    assert struck_replicas(scenario, scenario.faults["x"]) == struck
    net = network.compile(scenario)
    first = {service.name: service.replica_first for service in net.services}
    numbers = {first[name] + place for name, places in struck.items() for place in places}
    assert {row.number for row in net.fault_schedule if row.verb == network.CRASH} == numbers
    assert loads(scenario.to_yaml()) == scenario


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("{zone: c}", "faults.x.target.zone: unknown zone 'c'"),
        ("{zoen: a}", "faults.x.target.zoen: unknown key 'zoen'; did you mean 'zone'?"),
        ("{service: shp}", "faults.x.target.service: unknown service 'shp'; did you mean 'shop'?"),
        ("shop.buy", "unknown service 'shop.buy'"),
        ("{labels: {tier: bakk}}", "no replica is at 'tier=bakk'; did you mean 'tier=back'?"),
        ("{service: front, zone: a}", "no replica is at 'service front, zone a'; let a service say zones: spread"),
        ("{broker: log}", "unknown broker 'log'; there are no brokers"),
        ("{relay: r, zone: a}", "zone and relay are not one thing; write a fault for each"),
        ("{}", "a target without a key; write for example {service: payment}"),
        ("{zone: a}, replicas: 4", "4 replicas, but 'shop' has 3; write at most 3"),
        ("shop, replicas: 0%", "write more than 0"),
    ],
)
def test_a_target_that_leads_nowhere_is_refused(target: str, said: str) -> None:
    """The message names the place and what would be right there."""
    with pytest.raises(ScenarioError) as refused:
        loads(SHOP.replace("TARGET", target))
    assert said in str(refused.value)


def test_a_broker_cannot_crash() -> None:
    """A fault refuses what its kind does not strike, and says what it does."""
    brokers = "\nbrokers: {log: {topics: {t: {}}}}\n"
    with pytest.raises(ScenarioError, match="a 'crash' strikes no broker; write one of: service, zone, labels"):
        loads(SHOP.replace("TARGET", "{broker: log}") + brokers)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("zones: [a, b]\n", "", "services.shop.zones: there are no zones to spread over"),
        ("zones: [b]", "zones: [bb]", "services.pay.zones[0]: unknown zone 'bb'; did you mean 'b'?"),
        ("zones: [a, b]\n", "zones: [a, b, a]\n", "zones[2]: the zone 'a' stands here twice"),
    ],
)
def test_a_zone_that_is_not_there_is_refused(old: str, new: str, said: str) -> None:
    """A service stands in zones of the scenario only."""
    with pytest.raises(ScenarioError) as refused:
        loads(SHOP.replace("TARGET", "pay").replace(old, new))
    assert said in str(refused.value)


def test_two_services_are_struck_by_one_fault() -> None:
    """Both engines crash the replicas of a zone at once, and nobody else's."""
    scenario = loads(SHOP.replace("TARGET", "{zone: b}"))
    assert [one.message for one in check(scenario)] == []
    records = [run(scenario, engine=engine).records[0] for engine in ("simpy", "compiled")]
    assert records[0].fingerprint() == records[1].fingerprint()
