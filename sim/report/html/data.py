"""What the replay plays: series by frame for every service, topic and link, as plain data for ``replay.json``.

    records of all replications --summed by frame--> shares, rates, levels --pack--> {"nodes": [...], "links": [...]}

A frame is a window, or several where there are more than `FRAMES_MAX`. Rates and levels are means over the replications;
shares are of all attempts of all replications together. The curves have their 95 % band besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.charts import series
from sim.judgements.faults import cannot_be_told
from sim.judgements.verdict import cascade
from sim.metrics.at_replicas import WITHOUT_A_WORKER
from sim.metrics.breach import attempts
from sim.network.model import LogGroup, Queue
from sim.record import fields as f
from sim.record.outcomes import OUTCOME_COUNT
from sim.report.html import policy_states
from sim.report.html.coding import SHARE_STEP, pack
from sim.scenario.callgraph import call_graph
from sim.stats.figures import rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.network import Network
    from sim.record.record import Record
    from sim.results.result import Result

SCHEMA = 1
"""Version of the form of replay.json."""
FRAMES_MAX = 720
SECOND = 1e9

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def replay_data(results: Sequence[Result], labels: Sequence[str]) -> dict[str, Any]:
    """Return the replay of one result, or of several beside each other, as plain data."""
    network = results[0].network
    frames = Frames.of(network)
    return {
        "schema": SCHEMA,
        "replications": results[0].replications,
        "frames": frames.count,
        "frame_s": network.window * frames.each / SECOND,
        "horizon_s": network.horizon / SECOND,
        "warmup_s": network.scenario.run.warmup / SECOND,
        "sides": [_side(result, label, Frames.of(result.network)) for result, label in zip(results, labels, strict=True)],
    }


@dataclass(frozen=True)
class Frames:
    """How windows are put together.

    Attributes:
        starts: number of the first window of each frame.
        each: windows in a frame; the last one may have fewer.
        seconds: length of each frame in simulated seconds.
    """

    starts: Counts
    each: int
    seconds: Floats

    @classmethod
    def of(cls, network: Network) -> Frames:
        """At most `FRAMES_MAX` frames for the windows of a network."""
        each = -(-network.windows // FRAMES_MAX)
        starts = np.arange(0, network.windows, each)
        borders = series.edges_of(network)
        return cls(starts, each, np.diff(np.append(borders[starts], borders[-1])))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.starts)

    def summed(self, values: Counts) -> Counts:
        """Sum over the windows of each frame; windows run along the first axis."""
        total: Counts = np.add.reduceat(values, self.starts, axis=0)
        return total


@dataclass(frozen=True)
class Totals:
    """Counts of all replications together, by frame and entity; see `sim.record.fields`."""

    services: Counts
    edges: Counts
    flows: Counts
    groups: Counts
    queues: Counts
    event_loops: Counts
    scalers: Counts
    settled: Counts
    failed: Counts

    @classmethod
    def of(cls, records: Sequence[Record], frames: Frames) -> Totals:
        """Add up the records, one at a time."""
        sums: list[Counts] = []
        for record in records:
            others = (record.tables["queues"], record.tables["event_loops"], record.tables["scalers"])
            tables = (record.services, record.edges, record.flows, record.groups, *others)
            parts = (*tables, *attempts(record))
            summed = [frames.summed(part) for part in parts]
            sums = [one + other for one, other in zip(sums, summed, strict=True)] if sums else summed
        return cls(*sums)


def _side(result: Result, label: str, frames: Frames) -> dict[str, Any]:
    scenario = result.scenario
    totals = Totals.of(result.records, frames)
    exposure = frames.seconds * result.replications
    horizon = result.network.horizon
    return {
        "scenario": result.name,
        "title": scenario.title or "",
        "label": label,
        "architecture": scenario.architecture,
        "faults": [
            {
                "name": name,
                "kind": fault.kind,
                "target": str(fault.aim),
                "begin_s": fault.at / SECOND,
                "end_s": min(fault.end, horizon) / SECOND,
            }
            for name, fault in scenario.faults.items()
        ],
        "breaches": [
            {"service": one.service, "seconds": one.seconds, "replications": one.replications} for one in cascade(result)
        ],
        "untold": cannot_be_told(scenario),
        "nodes": _nodes(result.network, totals, exposure, _policies(result, frames)),
        "links": _links(result, totals, exposure, frames),
        "curves": _curves(result.records, frames),
    }


def _share(part: Counts, whole: Counts) -> dict[str, Any]:
    """A share by frame; none where there is nothing to share."""
    return pack(np.where(whole > 0, part / np.maximum(whole, 1), np.nan), SHARE_STEP)


def _policies(result: Result, frames: Frames) -> list[dict[str, Any]]:
    """What the policies of each service are at."""
    services = range(len(result.network.services))
    return [policy_states.of_service(result.records, number, frames) for number in services]


def _nodes(
    network: Network, totals: Totals, exposure: Floats, policies: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Flows, services, topics and queues, each with its series."""
    nodes: list[dict[str, Any]] = []
    for number, flow in enumerate(network.flows):
        rows = totals.flows[:, number]
        answers = rows[:, f.flows.FLOW_SETTLED : f.flows.FLOW_SETTLED + OUTCOME_COUNT]
        whole = answers.sum(axis=1)
        nodes.append({
            "id": f"f{number}",
            "kind": "flow",
            "name": flow.name,
            "rate": pack(rows[:, f.flows.FLOW_OFFERED] / exposure),
            "good": pack(rows[:, f.flows.FLOW_GOOD] / exposure),
            "failed": _share(whole - answers[:, 0], whole),
        })
    for number, states in enumerate(policies):
        node = _service(network, number, totals, exposure)
        nodes.append({**node, "policies": states} if states else node)
    for number, channel in enumerate(network.channels):
        arrived, lag = _held(network, number, totals)
        nodes.append({
            "id": f"t{number}",
            "kind": "topic",
            "name": channel.name,
            "broker": channel.broker,
            "rate": pack(arrived / exposure),
            "lag": pack(lag / (exposure * SECOND)),
        })
    return nodes


def _held(network: Network, number: int, totals: Totals) -> tuple[Counts, Counts]:
    """Messages that came to a topic or a queue, and how many were there, added up over time in ns."""
    channel = network.channels[number]
    if isinstance(channel, Queue):
        rows = totals.queues[:, network.queues.index(channel)]
        return rows[:, f.queues.QUEUE_ARRIVED], rows[:, f.queues.QUEUE_WAITING_AREA] + rows[:, f.queues.QUEUE_IN_FLIGHT_AREA]
    groups = totals.groups[:, channel.groups]
    appended: Counts = groups[:, :, f.groups.GROUP_APPENDED].max(axis=1, initial=0)
    lag: Counts = groups[:, :, f.groups.GROUP_LAG_AREA].max(axis=1, initial=0)
    return appended, lag


def _service(network: Network, number: int, totals: Totals, exposure: Floats) -> dict[str, Any]:
    """A service: its attempts, its queue, its messages, and how busy its workers and consumer threads are."""
    service = network.services[number]
    rows = totals.services[:, number]
    groups = [at for at, group in enumerate(network.groups) if group.service == number]
    called = any(edge.service == number for edge in network.edges)
    slots = service.workers if called or not groups else 0
    slots += sum(network.groups[at].consumers for at in groups)
    loops = [row for row, one in enumerate(network.event_loops) if one.service == number]
    without = totals.event_loops[:, loops][:, :, list(WITHOUT_A_WORKER)].sum(axis=(1, 2))
    busy = rows[:, f.services.SERVICE_BUSY_AREA] - without + totals.groups[:, groups, f.groups.GROUP_BUSY_AREA].sum(axis=1)
    scaler = next((row for row, one in enumerate(network.scalers) if one.service == number), None)
    there = exposure * SECOND * slots * service.replicas
    if scaler is not None:
        there = np.maximum(totals.scalers[:, scaler, f.scalers.SCALER_RUNNING_AREA] * slots, 1)
    node = {
        "id": f"s{number}",
        "kind": "service",
        "name": service.name,
        "replicas": service.replicas,
        "workers": service.workers,
        "queue_max": None if service.queue_max < 0 else service.queue_max * service.replicas,
        "rate": pack(totals.settled[:, number] / exposure),
        "failed": _share(totals.failed[:, number], totals.settled[:, number]),
        "waiting": pack(rows[:, f.services.SERVICE_WAITING_AREA] / (exposure * SECOND)),
        "busy": pack(busy / there, SHARE_STEP),
    }
    if groups:
        node["lag"] = pack(totals.groups[:, groups, f.groups.GROUP_LAG_AREA].sum(axis=1) / (exposure * SECOND))
    return node


def _links(result: Result, totals: Totals, exposure: Floats, frames: Frames) -> list[dict[str, Any]]:
    """Who calls whom, who publishes to what, what is delivered to whom, where dead letters go; one link a pair."""
    network = result.network
    caller = {operation.name: f"s{operation.service}" for operation in network.operations}
    caller |= {flow.name: f"f{number}" for number, flow in enumerate(network.flows)}
    pairs: dict[tuple[str, str], list[int]] = {}
    for number, edge in enumerate(network.edges):
        pairs.setdefault((caller[edge.caller], f"s{edge.service}"), []).append(number)
    links = []
    for (one, other), edges in pairs.items():
        rows = totals.edges[:, edges].sum(axis=1)
        outcomes = rows[:, f.edges.EDGE_SETTLED : f.edges.EDGE_SETTLED + OUTCOME_COUNT]
        settled = outcomes.sum(axis=1)
        link = {
            "from": one,
            "to": other,
            "kind": "call",
            "rate": pack(rows[:, f.edges.EDGE_ATTEMPTS] / exposure),
            "failed": _share(settled - outcomes[:, 0], settled),
        }
        engaged = policy_states.of_link(result.records, edges, frames)
        links.append({**link, "policies": engaged} if engaged else link)
    for publisher, channel in _publishers(network):
        arrived, _ = _held(network, channel, totals)
        links.append({"from": publisher, "to": f"t{channel}", "kind": "publish", "rate": pack(arrived / exposure)})
    for row, queue in enumerate(network.queues):
        if queue.dead_letters >= 0:
            pair = {"from": f"t{network.channels.index(queue)}", "to": f"t{queue.dead_letters}"}
            links.append({**pair, "kind": "publish", "rate": pack(totals.queues[:, row, f.queues.QUEUE_DEAD] / exposure)})
    for number, group in enumerate(network.groups):
        rows = totals.groups[:, number]
        if isinstance(group, LogGroup) and group.then >= 0:
            handed = rows[:, f.groups.GROUP_HANDED_ON] + rows[:, f.groups.GROUP_HANDED_ON_AGAIN]
            pair = {"from": f"t{group.channel}", "to": f"t{group.then}"}
            links.append({**pair, "kind": "publish", "rate": pack(handed / exposure)})
        handled = rows[:, f.groups.GROUP_APPLIED] + rows[:, f.groups.GROUP_DUPLICATES] + rows[:, f.groups.GROUP_FAILED]
        links.append({
            "from": f"t{group.channel}",
            "to": f"s{group.service}",
            "kind": "deliver",
            "group": group.name,
            "rate": pack(handled / exposure),
            "failed": _share(rows[:, f.groups.GROUP_FAILED], handled),
        })
    return links


def _publishers(network: Network) -> list[tuple[str, int]]:
    """Pairs of (node of the publishing service, topic), each once."""
    services = {service.name: number for number, service in enumerate(network.services)}
    topics = {topic.name: number for number, topic in enumerate(network.channels)}
    handlers = call_graph(network.scenario).handlers.values()
    pairs = [(f"s{services[one.service]}", topics[edge.target]) for one in handlers for edge in one.publishes]
    return list(dict.fromkeys(pairs))


def _curves(records: Sequence[Record], frames: Frames) -> dict[str, Any]:
    """Goodput, failed answers and backlog of the whole system, each as mean, low and high, and the load offered.

    And what its policies are at, where it has any.
    """
    good, load, failed, waiting = [], [], [], []
    for record in records:
        flows = frames.summed(record.flows).sum(axis=1)
        answers = flows[:, f.flows.FLOW_SETTLED : f.flows.FLOW_SETTLED + OUTCOME_COUNT]
        whole = answers.sum(axis=1)
        good.append(flows[:, f.flows.FLOW_GOOD] / frames.seconds)
        load.append(flows[:, f.flows.FLOW_OFFERED] / frames.seconds)
        failed.append(np.where(whole > 0, (whole - answers[:, 0]) / np.maximum(whole, 1), np.nan))
        queues = frames.summed(record.services[:, :, f.services.SERVICE_WAITING_AREA]).sum(axis=1)
        lags = frames.summed(record.groups[:, :, f.groups.GROUP_LAG_AREA]).sum(axis=1)
        waiting.append((queues + lags) / (frames.seconds * SECOND))
    return {
        "offered": pack(np.array(load).mean(axis=0)),
        "goodput": _band(good),
        "failed": _band(failed, most=1.0),
        "backlog": _band(waiting),
        **{
            key: _band(list(values), most=1.0 if policy_states.STRIPS[key].share else np.inf)
            for key, values in policy_states.of_system(records, frames).items()
        },
    }


def _band(rows: Sequence[Floats], most: float = np.inf) -> dict[str, Any]:
    band = series.band(np.array(rows))
    step = SHARE_STEP if most == 1.0 else None
    parts = {"mean": band.mean, "low": np.maximum(band.low, 0.0), "high": np.minimum(band.high, most)}
    top = float(np.nanmax(band.high, initial=0.0))
    return {"top": rounded(min(top, most)), **{name: pack(values, step) for name, values in parts.items()}}
