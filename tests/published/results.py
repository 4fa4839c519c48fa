"""Each published result as rows: what was published, what came out here, and whether the two agree.

The functions are named as the folders of their scenarios, which say where the set-up is from.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.record import fields as f
from tests.published.naive import Collapse
from tests.published.observe import (
    Count,
    attempts,
    attempts_a_second,
    count,
    edge,
    figure,
    goodput,
    is_back,
    last_answer,
    refused,
    result_of,
    success,
)

if TYPE_CHECKING:
    from sim.record.record import Record

HERE = Path(__file__).parent
STRATEGIES = {"none": "no_retries", "three": "three_retries", "bucket": "adaptive_10pct"}
EXPERIMENTS = {
    "100x10rps": ("services.client.replicas=100", "workload.calls.arrivals.rate=1000/s", "run.horizon=60s"),
    "10x10rps_total100": ("services.client.replicas=10", "workload.calls.arrivals.rate=100/s", "run.horizon=300s"),
    "100x1rps_total100": ("services.client.replicas=100", "workload.calls.arrivals.rate=100/s", "run.horizon=300s"),
    "1000x0.1rps_total100": ("services.client.replicas=1000", "workload.calls.arrivals.rate=100/s", "run.horizon=300s"),
}
BACKOFFS = {
    "None": "none",
    "Exponential": "exponential",
    "EqualJitter": "equal-jitter",
    "FullJitter": "full-jitter",
    "Decorr": "decorrelated-jitter",
}


@dataclass(frozen=True)
class Row:
    """A line of a table; ``agrees`` is None where nothing was published to agree with."""

    what: str
    published: str
    came: str
    agrees: bool | None


def data(name: str) -> list[dict[str, Any]]:
    """Figures of published simulations that were run anew, with their standard errors."""
    rows: list[dict[str, Any]] = json.loads((HERE / f"{name}.json").read_text())
    return rows


def failing(share: float) -> str:
    """The override by which calls to the server of the retry strategies fail."""
    return f"services.server.operations.handle.0.fail={share:.6g}"


def clients(n: int) -> str:
    """The override by which so many clients want to change the row."""
    return f'workload.change.arrivals.times="{" ".join(["0"] * n)}"'


def retry_storm() -> list[Row]:
    """HotOS'21: by load, whether it comes back after an outage of ten seconds."""
    rows = []
    for rate in (145, 155, 280):
        override = (f"workload.queries.arrivals.rate={rate}/s",)
        back = count(result_of("retry-storm/held", override), is_back(60))
        healthy = rate < 150
        said = "comes back" if healthy else "never comes back"
        fits = back.hits == (back.n if healthy else 0)
        rows.append(Row(f"{rate}/s, what is sent is kept: comes back", said, str(back), fits))
    stuck = result_of("retry-storm/held")
    load, good = figure(stuck, attempts_a_second("database.query", 60)), figure(stuck, goodput(60))
    rows.append(Row("280/s, at the end: queries a second", "560", str(load), load.agrees(560)))
    rows.append(Row("280/s, at the end: done well, of what comes", "0", str(good), good.agrees(0)))
    back = count(result_of("retry-storm/lost"), is_back(60))
    rows.append(Row("280/s, what is sent is lost: comes back", "not said", str(back), None))
    once = count(result_of("retry-storm/held", ("workload.queries.retry=null",)), is_back(60))
    rows.append(Row("280/s, kept, without the retry: comes back", "comes back", str(once), once.hits == once.n))
    return rows


def queue_bound() -> list[Row]:
    """HotOS'25: by the bound of the queue, whether it comes back after a surge."""
    rows = []
    for bound, said in ((35, "recovers"), (150, "stays stuck")):
        back = count(result_of(f"queue-bound/bound-{bound}"), is_back(60))
        rows.append(Row(f"bound {bound}: comes back", said, str(back), back.hits == (back.n if bound == 35 else 0)))
    for bound in (60, 80):
        back = count(result_of("queue-bound/bound-150", (f"services.server.queue_max={bound}",)), is_back(60))
        rows.append(Row(f"bound {bound}: comes back", "not said", str(back), None))
    return rows


def retry_strategies() -> list[Row]:
    """Load and success of three strategies at two shares of failures; the whole grid is in `strategies_grid`."""
    rows = strategies_grid(("100x10rps",), (0.1,))
    half = {"none": (1.00, 0.504), "three": (1.874, 0.936), "bucket": (1.107, 0.564), "ratio": (1.107, 0.564)}
    for name, (load, well) in half.items():
        result = result_of(f"retry-strategies/{name}", (*EXPERIMENTS["100x10rps"], failing(0.5)))
        found, good = figure(result, attempts("server.handle")), figure(result, success)
        close = abs(found.mean - load) < 0.005 and abs(good.mean - well) < 0.01  # without a standard error of theirs
        rows.append(Row(f"50 % fail, `{name}`: load, success", f"{load}, {well}", f"{found}, {good}", close))
    return rows


def strategies_grid(experiments: tuple[str, ...] = tuple(EXPERIMENTS), shares: tuple[float, ...] = ()) -> list[Row]:
    """Load and success by share of failures, strategy and number of clients."""
    rows = []
    names = {theirs: ours for ours, theirs in STRATEGIES.items()}
    for one in data("retry_strategies"):
        if one["strategy"] not in names or one["experiment"] not in experiments or one["failure_rate"] == 0:
            continue
        if shares and one["failure_rate"] not in shares:
            continue
        name = names[one["strategy"]]
        overrides = (*EXPERIMENTS[one["experiment"]], failing(one["failure_rate"]))
        result = result_of(f"retry-strategies/{name}", overrides)
        load, well = figure(result, attempts("server.handle")), figure(result, success)
        what = f"{one['experiment']}, {100 * one['failure_rate']:.4g} % fail, `{name}`: load, success"
        said = f"{one['load']:.4f} ± {one['load_se']:.4f}, {one['success']:.5f} ± {one['success_se']:.5f}"
        fits = load.agrees(one["load"], one["load_se"]) and well.agrees(one["success"], one["success_se"])
        rows.append(Row(what, said, f"{load}, {well}", fits))
    return rows


def layers() -> list[Row]:
    """Attempts on the database for one action of a user."""

    def for_each(record: Record) -> float:
        return edge(record, "database.query", f.edges.EDGE_ATTEMPTS) / int(record.flows[:, 0, f.flows.FLOW_OFFERED].sum())

    rows = []
    for name, what, said in (
        ("every", "three layers try four times each", 64.0),
        ("one", "only the one above the database does", 4.0),
        ("budget", "three attempts, retries a tenth of the calls", 1.1),
    ):
        found = figure(result_of(f"layers/{name}"), for_each)
        rows.append(Row(f"{what}: attempts", f"{said:g}", str(found), abs(found.mean - said) <= 0.001 * said))
    return rows


def poor_performers() -> list[Row]:
    """Polly 879: whether bulkheads are engaged, and when all records are done."""
    rows = []
    for name, places, said in (("bulkhead", "13 calls, 5 wait", True), ("wider", "14 calls, 5 wait", False)):
        found = count(result_of(f"poor-performers/{name}"), refused("ugly.get"))
        word = "engaged" if said else "not engaged"
        rows.append(Row(f"{places}: it refuses ugly calls", word, str(found), found.hits == (found.n if said else 0)))
    for name in ("plain", "bulkhead", "wider"):
        found = figure(result_of(f"poor-performers/{name}"), last_answer)
        rows.append(Row(f"`{name}`: s until the last answer", "not said", str(found), None))
        share = figure(result_of(f"poor-performers/{name}"), lambda record: 1 - success(record))
        rows.append(Row(f"`{name}`: share of records that fail", "not said", str(share), None))
    return rows


def collapse() -> list[Row]:
    """Brooker's model: whether it is down at the end, after a spike, by how clients retry; and by its own rule, naively."""
    rows = []
    for name, width, said in (
        ("at-once", 5, "collapses"), ("backoff", 5, "recovers"), ("at-once", 20, "not said"), ("backoff", 20, "not said"),
        ("budget", 5, "not said"), ("budget", 20, "not said"),
    ):  # fmt: skip
        result = result_of(f"collapse/{name}", (f"faults.spike.for={width}s",))
        back = count(result, is_back(10))
        down = Count(back.n - back.hits, back.n)
        fits = None if said == "not said" else down.hits == (down.n if said == "collapses" else 0)
        rows.append(Row(f"spike of {width} s, `{name}`: down", said, str(down), fits))
        if said != "not said":
            rows += [naive(name, width, of_moment=of_moment) for of_moment in (False, True)]
    return rows


def naive(name: str, width: int, *, of_moment: bool) -> Row:
    """The same model, naively, with the source's server or with the rate of the moment."""
    runs = [Collapse(seed, of_moment=of_moment, width=width, backoff=name == "backoff").run() for seed in range(10)]
    server = "with the rate of the moment" if of_moment else "as in the source"
    down = Count(sum(share < 0.5 for share in runs), len(runs))
    return Row(f"spike of {width} s, `{name}`, a naive server {server}: down", "", str(down), None)


def contention() -> list[Row]:
    """Calls and time of clients who change one row at once, by how they back off."""
    rows = []
    for one in sorted(data("backoff_contention"), key=lambda row: (row["clients"], list(BACKOFFS).index(row["algorithm"]))):
        name = BACKOFFS[one["algorithm"]]
        result = result_of(f"contention/{name}", (clients(one["clients"]),), 40)
        calls = figure(result, lambda record: float(record.services[:, 0, f.services.SERVICE_ARRIVED].sum()))
        time = figure(result, lambda record: 1e3 * last_answer(record))
        what = f"{one['clients']} clients, `{name}`: calls, ms"
        said = f"{one['calls_mean']:.1f} ± {one['calls_se']:.1f}, {one['time_mean']:.0f} ± {one['time_se']:.0f}"
        fits = calls.agrees(one["calls_mean"], one["calls_se"]) and time.agrees(one["time_mean"], one["time_se"])
        rows.append(Row(what, said, f"{calls}, {time}", fits))
    return rows


def tail() -> list[Row]:
    """Who waits for the slowest of many, and what a second request costs."""
    late = figure(result_of("tail/fan-out"), lambda record: 1 - success(record))
    rows = [Row("100 answers, 1 % slow: more than a second", "63 %", f"{late}", abs(late.mean - 0.634) <= 4 * late.se)]
    hedged, plain = result_of("tail/hedged"), result_of("tail/hedged", ("services.root.operations.ask.0.hedge=null",))
    more = figure(hedged, lambda record: attempts("leaf.get")(record) - 1)
    rows.append(Row("a second request after p95: more requests", "about 5 %", str(more), abs(more.mean - 0.05) < 0.005))
    tails = [one.estimate("asks.latency.p99.9") for one in (plain, hedged)]
    rows.append(Row("p99.9 without and with it", "not for these times", f"{tails[0]}, {tails[1]}", None))
    return rows


RESULTS = (retry_storm, queue_bound, retry_strategies, layers, poor_performers, collapse, contention, tail)
