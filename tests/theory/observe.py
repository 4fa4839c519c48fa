"""What a case reads off a record: sums after the warm-up, in units of time, by name.

    Observed(record).utilisation("station"), .mean_wait("station"), .reply_quantile("client", 0.99), ...

Everything comes from what the recorder counted: areas, counters and histograms; the waits of single requests, where a
case needs their distribution, from the event log.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.metrics.quantiles import Exact, summarise
from sim.metrics.samples import completions, replies
from sim.record import fields as f
from sim.record.fields.facts import FACT_ARRIVED, FACT_STARTED, FACT_WORKED, LOG_FACT, LOG_IDENTITY, LOG_TIME, LOG_VALUE
from sim.record.histogram import bucket_bounds
from sim.record.outcomes import ERROR, OK, OUTCOME_COUNT, REJECTED, TIMEOUT
from sim.semantics.order import OCCURRENCE_BITS, PLACE_BITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.record.record import Record

SECOND = 1e9
MIDDLES = sum(bucket_bounds()) / 2.0
"""Of every bucket, ns."""
OUTCOMES = {"ok": OK, "error": ERROR, "rejected": REJECTED, "timeout": TIMEOUT}


class LogTooShortError(AssertionError):
    """The event log of a case lost facts: its number of rows must be raised."""


class Observed:
    """One replication after its warm-up. Times in units of 1 s; rates per unit."""

    def __init__(self, record: Record) -> None:
        """Read a record; warm-up and window come from its scenario."""
        run = record.network.scenario.run
        self.record = record
        self.network = record.network
        self.first = run.warmup // run.window
        self.warmup = run.warmup
        self.time = (run.horizon - run.warmup) / SECOND
        if record.log_lost:
            raise LogTooShortError(f"{record.log_lost} facts did not fit into the event log")

    @cached_property
    def _services(self) -> NDArray[np.int64]:
        return np.asarray(self.record.services[self.first :].sum(axis=0))

    def service(self, name: str, field: int) -> int:
        """Sum of a counter or area (in ns) of a service."""
        index = [service.name for service in self.network.services].index(name)
        return int(self._services[index, field])

    def edge(self, name: str, field: int) -> int:
        """Sum of a counter of the edge to an operation, from whomever: ``station.serve``."""
        operations = [operation.name for operation in self.network.operations]
        rows = [i for i, edge in enumerate(self.network.edges) if operations[edge.operation] == name]
        return int(self.record.edges[self.first :, rows, field].sum())

    def flow(self, name: str, field: int) -> int:
        """Sum of a counter of a flow."""
        index = [flow.name for flow in self.network.flows].index(name)
        return int(self.record.flows[self.first :, index, field].sum())

    def group(self, name: str, field: int) -> int:
        """Sum of a counter or area (in ns) of a consumer group."""
        index = [group.name for group in self.network.groups].index(name)
        return int(self.record.groups[self.first :, index, field].sum())

    # -- a service as a queue

    def waiting(self, name: str) -> float:
        """Time average of how many wait."""
        return self.service(name, f.services.SERVICE_WAITING_AREA) / SECOND / self.time

    def busy(self, name: str) -> float:
        """Time average of how many workers are taken."""
        return self.service(name, f.services.SERVICE_BUSY_AREA) / SECOND / self.time

    def inside(self, name: str) -> float:
        """Time average of how many wait or are served."""
        return self.waiting(name) + self.busy(name)

    def mean_wait(self, name: str) -> float:
        """Mean time from arrival to a worker, of those that got one."""
        return self.service(name, f.services.SERVICE_WAITED) / SECOND / self.service(name, f.services.SERVICE_STARTED)

    def mean_sojourn(self, name: str) -> float:
        """Mean time from arrival to the end of service, of those let in; by areas (Little's law)."""
        return self.inside(name) * self.time / self.service(name, f.services.SERVICE_STARTED)

    def ended(self, name: str) -> int:
        """How many handlers ended, with whatever outcome but being turned away at a full queue."""
        outcomes = range(OUTCOME_COUNT)
        return sum(self.service(name, f.services.SERVICE_ENDED + code) for code in outcomes if code != REJECTED)

    def rejected_share(self, name: str) -> float:
        """Share of arrivals that found the queue full."""
        return self.service(name, f.services.SERVICE_ENDED + REJECTED) / self.service(name, f.services.SERVICE_ARRIVED)

    # -- clients

    def replies(self, name: str, outcome: str) -> int:
        """How many requests of a flow ended with an outcome."""
        return self.flow(name, f.flows.FLOW_SETTLED + OUTCOMES[outcome])

    def replied(self, name: str) -> int:
        """How many requests of a flow ended, with whatever outcome."""
        return sum(self.flow(name, f.flows.FLOW_SETTLED + code) for code in range(OUTCOME_COUNT))

    def mean_reply(self, name: str) -> float:
        """Mean latency of the replies that were ok."""
        return self.flow(name, f.flows.FLOW_REPLY_TIME) / SECOND / self.replies(name, "ok")

    def index(self, name: str) -> int:
        """Number of a flow."""
        return [flow.name for flow in self.network.flows].index(name)

    def reply_counts(self, name: str) -> NDArray[np.int64]:
        """Histogram of the latency of the replies that were ok."""
        buckets, reached = self.record.replies.cells((self.index(name),), self.first, self.network.windows)
        counts = np.zeros(len(MIDDLES), dtype=np.int64)
        counts[buckets] = np.diff(reached, prepend=0)
        return counts

    def reply_quantile(self, name: str, q: float) -> float:
        """Quantile of the latency of the replies that were ok, as every report reads it."""
        flows, stop = (self.index(name),), self.network.windows
        return summarise(replies(self.record, flows, self.first, stop, 0, with_open=False).sample, Exact(), q)

    def reply_sd(self, name: str) -> float:
        """Standard deviation of the latency of the replies that were ok, from the middles of the buckets."""
        counts = self.reply_counts(name)
        middles = MIDDLES / SECOND
        mean = float(counts @ middles) / int(counts.sum())
        return float(np.sqrt(counts @ (middles - mean) ** 2 / (int(counts.sum()) - 1)))

    def slower(self, name: str, limit: float) -> float:
        """Share of the ok replies that took longer than a limit (which must not fall into a used bucket)."""
        counts = self.reply_counts(name)
        return int(counts[limit * SECOND < MIDDLES].sum()) / int(counts.sum())

    def mean_completion(self, name: str) -> float:
        """Mean time until everything a trace caused was done."""
        return self.flow(name, f.flows.FLOW_COMPLETION_TIME) / SECOND / self.flow(name, f.flows.FLOW_COMPLETED)

    def completion_quantile(self, name: str, q: float) -> float:
        """Quantile of the time until everything a trace caused was done."""
        return summarise(completions(self.record, (self.index(name),), self.first, self.network.windows, 0).sample, Exact(), q)

    # -- consumer groups

    def lag(self, name: str) -> float:
        """Time average of a group's lag."""
        return self.group(name, f.groups.GROUP_LAG_AREA) / SECOND / self.time

    def consuming(self, name: str) -> float:
        """Time average of how many consumers have a message in hand."""
        return self.group(name, f.groups.GROUP_BUSY_AREA) / SECOND / self.time

    def mean_age(self, name: str) -> float:
        """Mean time from a message's append until it was applied."""
        return self.group(name, f.groups.GROUP_APPLY_TIME) / SECOND / self.group(name, f.groups.GROUP_APPLIED)

    # -- the event log

    @cached_property
    def log(self) -> NDArray[np.int64]:
        """Facts after the warm-up: rows of (time, fact, identity, value)."""
        log = self.record.log
        return np.asarray(log[np.searchsorted(log[:, LOG_TIME], self.warmup) :])

    def log_of(self, operation: str) -> NDArray[np.int64]:
        """Facts about executions of an operation."""
        index = [operation_.name for operation_ in self.network.operations].index(operation)
        places = (self.log[:, LOG_IDENTITY] >> OCCURRENCE_BITS) & ((1 << PLACE_BITS) - 1)
        return np.asarray(self.log[places == index])

    @cached_property
    def waits(self) -> NDArray[np.float64]:
        """Waiting times of all requests that got a worker, of the whole scenario, ascending; from the event log."""
        fact = self.log[:, LOG_FACT]
        waited = self.log[(fact == FACT_ARRIVED) | (fact == FACT_STARTED), LOG_VALUE] / SECOND
        return np.asarray(np.sort(waited))

    def wait_quantile(self, q: float) -> float:
        """Quantile of the waiting times."""
        return float(self.waits[max(0, int(np.ceil(q * len(self.waits))) - 1)])

    def waited_share(self) -> float:
        """Share of the requests that had to wait."""
        return float((self.waits > 0.0).mean())

    def service_times(self) -> NDArray[np.float64]:
        """How long each request was worked on, of those whose work both began and ended in the log."""
        fact = self.log[:, LOG_FACT]
        began, ended = (
            rows[np.argsort(rows[:, LOG_IDENTITY])]
            for rows in (self.log[(fact == FACT_ARRIVED) | (fact == FACT_STARTED)], self.log[fact == FACT_WORKED])
        )
        both = np.intersect1d(began[:, LOG_IDENTITY], ended[:, LOG_IDENTITY])
        first, last = (rows[np.searchsorted(rows[:, LOG_IDENTITY], both), LOG_TIME] for rows in (began, ended))
        return np.asarray((last - first) / SECOND)

    # -- series

    def inside_at_window_ends(self, name: str) -> NDArray[np.float64]:
        """How many are at a service at the end of each window, from time 0 on."""
        index = [service.name for service in self.network.services].index(name)
        table = self.record.services[:, index]
        left = table[:, f.services.SERVICE_ENDED : f.services.SERVICE_ENDED + OUTCOME_COUNT].sum(axis=1)
        return np.cumsum(table[:, f.services.SERVICE_ARRIVED] - left).astype(np.float64)
