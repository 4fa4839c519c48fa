"""Two engines, one history: find the first thing that they tell differently, and say it in words.

simpy     ... sent, arrived, worked, ended        the rows before are the same,
compiled  ... sent, arrived, worked, settled      so this row is where one of them went wrong
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.engine import run_once
from sim.errors import RunawayError
from sim.exact_limits import ExactLimit
from sim.network import Network, place_names
from sim.network import compile as compile_network
from sim.record import fields
from sim.record.families import FAMILIES
from sim.record.outcomes import OUTCOMES
from sim.record.record import FIRST_TABLES
from sim.semantics import order

if TYPE_CHECKING:
    from sim.engine import EngineName
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

CONTEXT = 3
LOG_ROWS = 30_000  # of a run; what follows is compared by the fingerprint alone

LIMITS = (0, 1_000_000, 20_000_000, 1_000_000_000)  # ns
_OUTCOME_FACTS = {"rejected", "refused", "ended", "settled", "replied"}
_REPLICA_FACTS = {"paced", "crashed", "ejected", "restarted"}
_GROUP_FACTS = {"rebalancing", "assigned"}
_GROUP_FIELDS = {
    fields.groups.GROUP_APPLIED: "applied",
    fields.groups.GROUP_DUPLICATES: "duplicate",
    fields.groups.GROUP_DROPPED: "dropped",
    fields.groups.GROUP_LOST: "lost",
}


def words(row: list[int], network: Network) -> str:
    """One row of the event log for people: ``   1.500000 ms  settled   trace 3 at b.work #0: timeout``."""
    time, fact, identity, value = row
    name = fields.facts.FACTS[fact]
    if name in _REPLICA_FACTS:
        what = f"replica {identity}, {value}"
    elif name in _GROUP_FACTS:
        what = f"group {network.groups[identity].name!r}, {value}"
    elif name == "session_expired":
        what = f"consumer {identity}, incarnation {value}"
    elif name == "committed":
        what = f"partition {identity} up to {value}"
    elif name == "window":
        what = ""
    else:
        what = f"{place(identity, network)}: {value_in_words(name, value)}"
    return f"{time / 1e6:14.6f} ms  {name:<16} {what}".rstrip()


def place(identity: int, network: Network) -> str:
    """``trace 3 at b.work #0`` of an identity."""
    trace = identity >> (order.PLACE_BITS + order.OCCURRENCE_BITS)
    number = (identity >> order.OCCURRENCE_BITS) & (order.PLACES_MAX - 1)
    places = place_names(network)
    return f"trace {trace} at {places[number]} #{identity & (order.OCCURRENCES_MAX - 1)}"


def value_in_words(fact: str, value: int) -> str:
    """What the last number of a row says."""
    if fact in _OUTCOME_FACTS:
        return OUTCOMES[value]
    if fact in {"handled", "lost"}:
        return _GROUP_FIELDS.get(value, str(value))
    return str(value)


def first_divergence(a: Record, b: Record) -> str | None:
    """Where two event logs part, with rows of context on both sides; None when they are the same."""
    left, right = a.log, b.log
    shared = min(len(left), len(right))
    different = np.nonzero((left[:shared] != right[:shared]).any(axis=1))[0]
    if not len(different) and len(left) == len(right):
        return None
    at = int(different[0]) if len(different) else shared
    lines = [f"the logs ({len(left)} and {len(right)} rows) part at row {at}:"]
    lines += [f"  both    {words(row, a.network)}" for row in left[max(0, at - CONTEXT) : at].tolist()]
    for name, log in (("simpy", left), ("compiled", right)):
        rows = [words(row, a.network) for row in log[at : at + CONTEXT].tolist()] or ["nothing more"]
        lines += [f"  {name:<9} {row}" for row in rows]
    return "\n".join(lines)


@dataclass(frozen=True)
class Outcome:
    """What an engine did with a scenario: a record, or the error that stopped it."""

    record: Record | None
    error: str


def outcome_of(network: Network, engine: EngineName, seed: int, replication: int) -> Outcome:
    """Run; a `RunawayError` is an outcome, everything else that is raised is a bug."""
    try:
        record = run_once(network, seed=seed, replication=replication, engine=engine, log_facts=LOG_ROWS)
    except RunawayError as error:
        return Outcome(None, str(error))
    return Outcome(record, "")


def assert_conform(scenario: Scenario, *, seed: int = 1, replication: int = 0) -> Record | None:
    """Assert that both engines tell the same history and leave the same record; returns it (None: both stopped it)."""
    network = limited(compile_network(scenario))
    simpy = outcome_of(network, "simpy", seed, replication)
    compiled = outcome_of(network, "compiled", seed, replication)
    if simpy.record is None or compiled.record is None:
        assert (simpy.record is None) == (compiled.record is None), (simpy.error, compiled.error, show(scenario))
        return None
    parted = first_divergence(simpy.record, compiled.record)
    assert parted is None, f"{parted}\n\n{show(scenario)}"
    same = simpy.record.fingerprint() == compiled.record.fingerprint()
    same = same and all(map(np.array_equal, simpy.record.unprinted(), compiled.record.unprinted()))
    assert same, f"the logs are the same, the records differ: {differing(simpy.record, compiled.record)}\n{show(scenario)}"
    for family in (one for one in FAMILIES if one.outlooks):
        seen = [outcome.record.tables[family.name][:, :, family.outlooks] for outcome in (simpy, compiled)]
        assert np.array_equal(*seen), f"what may come of {family.name} is another one\n{show(scenario)}"
    assert np.array_equal(simpy.record.limits, compiled.record.limits), f"limits hold other counts\n{show(scenario)}"
    return compiled.record


def limited(network: Network) -> Network:
    """The same with limits at which every histogram is counted exactly: what is asked of a run changes nothing that happens."""
    kinds, flows = range(fields.header.HISTOGRAMS), range(network.tallied)
    limits = tuple(ExactLimit(flow, kind, value) for flow in flows for kind in kinds for value in LIMITS)
    return replace(network, limits=limits)


def differing(a: Record, b: Record) -> str:
    """Names and places of the arrays of two records that differ."""
    names = ("services", "edges", "flows")
    for histogram in ("replies", "completions", "requests_open", "flows_open"):
        names += tuple(f"{histogram}: {part}" for part in ("windows", "flows", "sizes", "buckets", "counts"))
    names += ("groups", "service_levels", "group_levels", "edge_levels", "flow_levels")
    later = [one for one in FAMILIES if one.hashed and one.name not in FIRST_TABLES and one.entities(a.network)]
    names += tuple(name for one in later for name in (one.name, one.table_of_levels))
    found = []
    for name, left, right in zip(names, a.arrays(), b.arrays(), strict=True):
        if left.shape != right.shape:
            found.append(f"{name}: shapes {left.shape} and {right.shape}")
        elif (left != right).any():
            cells = np.argwhere(left != right)[:CONTEXT].tolist()
            values = [(cell, int(left[tuple(cell)]), int(right[tuple(cell)])) for cell in cells]
            found.append(f"{name}: {values}")
    return "; ".join(found)


def show(scenario: Scenario) -> str:
    """The scenario as YAML, to save and run by hand."""
    return scenario.to_yaml()
