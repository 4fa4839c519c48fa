"""Whether the books of sessions balance: with those of their flow, and with those of their steps.

    requests that arrived = completed + left + abandoned + open
    abandoned             = requests that failed + users who gave up a step
    left                  = those who were done with a request or a step, and neither went on nor had completed
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.record import fields as f
from sim.record.fields.flows import FLOW_OFFERED, FLOW_SETTLED, LEVEL_REQUESTS
from sim.record.outcomes import OK, OUTCOME_COUNT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.record.record import Record

FAILED = [FLOW_SETTLED + outcome for outcome in range(OUTCOME_COUNT) if outcome != OK]


def session_problems(record: Record, ended_well: NDArray[Any], open_: NDArray[Any]) -> list[str]:
    """Return what does not balance; ``ended_well`` and ``open_`` are what the histograms of sessions hold."""
    problems: list[str] = []
    counts, levels = record.tables[f.sessions.SESSIONS.name].sum(axis=0), record.levels[f.sessions.SESSIONS.name]
    flows, follow_ups = record.flows.sum(axis=0), record.tables[f.follow_ups.FOLLOW_UPS.name].sum(axis=0)
    for row, session in enumerate(record.network.sessions):
        flow, steps = flows[session.flow], slice(session.first, session.first + session.steps)
        asked, following = follow_ups[steps], record.levels[f.follow_ups.FOLLOW_UPS.name][steps]
        done = flow[FLOW_SETTLED + OK] + asked[:, f.follow_ups.FOLLOW_UP_SATISFIED].sum()
        completed, left, abandoned = (int(counts[row, column]) for column in f.sessions.SESSION_ENDS)
        now = int(levels[row, f.sessions.LEVEL_SESSIONS])
        under_way = record.flow_levels[session.flow, LEVEL_REQUESTS] + following[:, f.follow_ups.LEVEL_FOLLOWING].sum()
        identities = {
            "requests": (flow[FLOW_OFFERED], completed + left + abandoned + now),
            "completed": (completed, asked[-1, f.follow_ups.FOLLOW_UP_SATISFIED]),
            "abandoned": (abandoned, flow[FAILED].sum() + asked[:, f.follow_ups.FOLLOW_UP_GAVE_UP].sum()),
            "left": (left, done - asked[:, f.follow_ups.FOLLOW_UP_BEGUN].sum() - completed),
            "open": (now, under_way),
            "the histogram of those that ended well": (completed + left, ended_well[row]),
            "the histogram of those that are open": (now, open_[row]),
        }
        for what, (one, other) in identities.items():
            if int(one) != int(other):
                problems.append(f"sessions of flow '{session.name}': {what}: {int(one)} is not {int(other)}")
    return problems
