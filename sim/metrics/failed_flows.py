"""The share of business flows that were not done well: a part failed for good, all was done too late, or it never was.

    done well = every part succeeded, within the deadline if there is one
    the rest  = failed + late + hanging      hanging: under way for longer than any took (`sim.metrics.unanswered`)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.carried import carried, without_carried
from sim.metrics.counts import all_flows_or, flow_count, share
from sim.metrics.samples import completions, doomed
from sim.metrics.unanswered import open_at, open_flows
from sim.record.fields.flows import FLOW_COMPLETED, FLOW_DOOMED, FLOW_GOOD, FLOW_SPOILED

if TYPE_CHECKING:
    from sim.record.record import Record


def of_flow(record: Record, flow: int | None, first: int, stop: int) -> float:
    """Flows not done well, as a share of those that closed or hang."""
    bad = _known(record, flow, first, stop) + _hanging(record, flow, first, stop)
    return share(bad, flow_count(record, flow, FLOW_GOOD, first, stop) + bad)


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """The same of all flows together."""
    return of_flow(record, None, first, stop)


def bounds_of_flow(record: Record, flow: int | None, first: int, stop: int) -> tuple[float, float]:
    """The share if all that is under way, and may still be done well, is; and if none of it is; without what came before."""
    left = open_at(record, stop, open_flows(record, flow) - _doomed(record, flow))
    known = _known(record, flow, first, stop)
    whole = flow_count(record, flow, FLOW_GOOD, first, stop) + known + left
    return without_carried((known, known + left), whole, carried(record, flow, first, stop))


def bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all flows together."""
    return bounds_of_flow(record, None, first, stop)


def _known(record: Record, flow: int | None, first: int, stop: int) -> int:
    """Flows that are known not to be done well: failed in part, late, or under way though one of these is so already."""
    done_late = flow_count(record, flow, FLOW_COMPLETED, first, stop) - flow_count(record, flow, FLOW_GOOD, first, stop)
    return flow_count(record, flow, FLOW_SPOILED, first, stop) + done_late + open_at(record, stop, _doomed(record, flow))


def _doomed(record: Record, flow: int | None) -> int:
    return flow_count(record, flow, FLOW_DOOMED, 0, record.network.windows)


def _hanging(record: Record, flow: int | None, first: int, stop: int) -> int:
    """Flows under way that may still be done well, but have been for longer than any of their kind took."""
    if stop != record.network.windows:
        return 0
    found = 0
    for number in all_flows_or(record, flow):
        times = completions(record, (number,), first, stop, 0).sample
        older = times.total - times.answered - times.waiting
        overdue = _doomed(record, number) - doomed(record, (number,))
        found += max(0, older - overdue)  # both are the oldest ones
    return found


FAILED_FLOWS = Metric(
    name="spoiled",
    label="flows not done well",
    unit="share",
    direction="lower",
    measures={"system": of_system, "flow": of_flow},
    bounds={"system": bounds_of_system, "flow": bounds_of_flow},
    meaning="share of business flows of which some part failed for good, or which were done after their deadline, or not at "
    "all for longer than any took",
    most=1.0,
)
