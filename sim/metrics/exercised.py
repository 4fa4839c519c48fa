"""Which faults met nothing: nobody came to the struck service while they lasted, so they tell nothing about it.

    payment   requests  |||||||||            |||||||
    fault                          ======              no request, no delivery, no work under way: not exercised

The record counts by windows. A fault met something when anything happened at its target, or on the way to it, in a window that
it lies in or reaches into: a request was sent or arrived, waited or was worked at, a message was appended, waited or was
delivered. Of a fault shorter than a window this is generous. A fault that only slows work met nothing where no operation of
the target has any work. A fault at random times met something when it did so at one of those at which it struck; in a
replication in which it never struck it met nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.faults.effects import CoresLost, Pace
from sim.metrics.guarded import kept_back
from sim.metrics.once import once
from sim.metrics.reach import works
from sim.metrics.strikes import strikes
from sim.record import fields as f
from sim.record.fields.caches import CACHE_FLUSHED
from sim.record.fields.rebuilds import REBUILD_DUE, REBUILD_TAKEN_OUT, REBUILDS
from sim.scenario.failing import failures_of
from sim.scenario.links import ARROW, LinkChange, strikes_call
from sim.scenario.targets import LINK, OPERATION, REPLICA, entity_of, name_of, struck_services

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.metrics.strikes import Strike
    from sim.network import Edge, Network
    from sim.record.record import Record
    from sim.scenario.kinds import Change

    Met = Callable[[Record, Change, slice], bool]

MET: dict[str, Met] = {}
AT_SERVICE = (f.services.SERVICE_ARRIVED, f.services.SERVICE_WAITING_AREA, f.services.SERVICE_BUSY_AREA)
AT_GROUP = (f.groups.GROUP_APPENDED, f.groups.GROUP_DELIVERED, f.groups.GROUP_LAG_AREA, f.groups.GROUP_BUSY_AREA)
AT_BROKER = (f.brokers.BROKER_HELD, f.brokers.BROKER_TURNED_BACK)

NOTHING_MET = "a fault that met nothing"


@once
def not_exercised(record: Record) -> tuple[str, ...]:
    """Return the names of the faults that met nothing, in the order in which they are declared."""
    met = {one.fault for one in strikes(record) if met_something(record, one)}
    return tuple(name for name in record.network.scenario.faults if name not in met)


def exercised(record: Record) -> bool:
    """Return whether any fault met anything."""
    return len(not_exercised(record)) < len(record.network.scenario.faults)


def slows_nothing(network: Network, fault: Change) -> bool:
    """Return whether the fault only slows work of replicas, or takes cores of it, and no operation of theirs has any."""
    services = _struck(network, fault)
    work = any(works(network, number) for number, one in enumerate(network.operations) if one.service in services)
    slows = all(isinstance(effect, Pace | CoresLost) for effect in fault.once.effects())
    return entity_of(fault) == REPLICA and not work and slows


def met_by(of: str) -> Callable[[Met], Met]:
    """Declare what a fault that strikes a thing of a kind meets: ``(record, fault, windows) -> bool``."""

    def declare(met: Met) -> Met:
        MET[of] = met
        return met

    return declare


def met_something(record: Record, strike: Strike) -> bool:
    """Whether anything happened at the target of a fault, or on the way to it, in a window in which it strikes."""
    network = record.network
    fault, window = network.scenario.faults[strike.fault], network.window
    if slows_nothing(network, fault):
        return False
    lasted = slice(strike.begin // window, -(-min(strike.end, network.horizon) // window))
    return MET[entity_of(fault)](record, fault, lasted)


def never_struck(record: Record) -> tuple[str, ...]:
    """Return the names of the faults at random times that struck at none in this replication."""
    struck = {one.fault for one in strikes(record)}
    return tuple(name for name in record.network.scenario.faults if name not in struck)


def _struck(network: Network, fault: Change) -> list[int]:
    """The numbers of the services that a fault strikes."""
    struck = struck_services(network.scenario, fault)
    return [number for number, one in enumerate(network.services) if one.name in struck]


@met_by("flow")
def _flow(record: Record, fault: Change, lasted: slice) -> bool:
    """A request of the flow came, or would have."""
    flow = next(number for number, one in enumerate(record.network.flows) if one.name == name_of(fault))
    return bool(record.flows[lasted, flow, f.flows.FLOW_OFFERED].any()) or getattr(fault, "factor", 1.0) == 0.0


@met_by("broker")
def _broker(record: Record, fault: Change, lasted: slice) -> bool:
    """A message came to the broker, from a publisher or a relay, or waited there for those who read it."""
    network = record.network
    number = next(number for number, one in enumerate(network.brokers) if one.name == name_of(fault))
    channels = network.brokers[number].channels
    groups = [number for number, group in enumerate(network.groups) if group.channel in channels]
    return bool(
        record.tables[f.brokers.BROKERS.name][lasted, number][:, AT_BROKER].any()
        or any(record.groups[lasted][:, groups, field].any() for field in AT_GROUP)
    )


@met_by(OPERATION)
def _operations(record: Record, fault: Change, lasted: slice) -> bool:
    """A request for the operation was sent, or a message came to those who handle it there."""
    network = record.network
    own = next(name for name, one in network.scenario.faults.items() if one is fault)
    struck = {operation for operation, faults in failures_of(network.scenario).items() if own in faults}
    numbers = [number for number, one in enumerate(network.operations) if one.name in struck]
    edges = [number for number, edge in enumerate(network.edges) if edge.operation in numbers]
    groups = [number for number, group in enumerate(network.groups) if group.operation in numbers]
    return bool(
        record.edges[lasted][:, edges, f.edges.EDGE_ATTEMPTS].sum() > kept_back(record, edges, lasted.start, lasted.stop)
        or any(record.groups[lasted][:, groups, field].any() for field in AT_GROUP)
    )


@met_by(REPLICA)
def _replicas(record: Record, fault: Change, lasted: slice) -> bool:
    """A request was sent or arrived, waited or was worked at; a message was appended, waited or was delivered."""
    network = record.network
    services = _struck(network, fault)
    edges = [number for number, edge in enumerate(network.edges) if edge.service in services]
    groups = [number for number, group in enumerate(network.groups) if group.service in services]
    return bool(
        any(record.services[lasted, service][:, AT_SERVICE].any() for service in services)
        or record.edges[lasted][:, edges, f.edges.EDGE_ATTEMPTS].sum() > kept_back(record, edges, lasted.start, lasted.stop)
        or any(record.groups[lasted][:, groups, field].any() for field in AT_GROUP)
    )


@met_by(LINK)
def _link(record: Record, fault: Change, lasted: slice) -> bool:
    """Something crossed a link that the fault strikes, while a fault struck it there."""
    network = record.network
    assert isinstance(fault, LinkChange)  # noqa: S101 - what else strikes links
    edges = _struck_edges(network, fault)
    struck = {one.caller.partition(".")[0] + ARROW + network.services[one.service].name for one in edges}
    rows = [number for number, one in enumerate(network.links) if one.name in struck]
    return bool(record.tables[f.links.LINKS.name][lasted][:, rows, f.links.LINK_STRUCK].any())


def _struck_edges(network: Network, fault: LinkChange) -> list[Edge]:
    """The edges whose calls a fault of links may strike."""
    return [one for one in network.edges if strikes_call(fault, one.caller, network.operations[one.operation].name)]


@met_by("store")
def _store(record: Record, fault: Change, lasted: slice) -> bool:
    """A transaction wanted a connection, waited for one or had one."""
    number = list(record.network.scenario.stores).index(name_of(fault))
    met = (f.stores.STORE_ASKED, f.stores.STORE_WAITING_AREA, f.stores.STORE_IN_USE_AREA)
    return bool(record.tables["stores"][lasted, number][:, met].any())


@met_by("projection")
def _projection(record: Record, fault: Change, lasted: slice) -> bool:
    """There was something to take out, or an event to read."""
    name = name_of(fault)
    row = next(number for number, one in enumerate(record.network.rebuilds) if one.name == name)
    return bool(record.tables[REBUILDS.name][lasted, row][:, (REBUILD_TAKEN_OUT, REBUILD_DUE)].any())


@met_by("cache")
def _cache(record: Record, fault: Change, lasted: slice) -> bool:
    """There was a key that is gone now."""
    names = [one.name for one in record.network.caches]
    return name_of(fault) in names and bool(record.tables["caches"][lasted, names.index(name_of(fault)), CACHE_FLUSHED].any())


@met_by("relay")
def _relay(record: Record, fault: Change, lasted: slice) -> bool:
    """A row was written, or waited to be published and marked."""
    number = list(record.network.scenario.relays).index(name_of(fault))
    return bool(record.tables["relays"][lasted, number][:, (f.relays.RELAY_WRITTEN, f.relays.RELAY_BACKLOG_AREA)].any())
