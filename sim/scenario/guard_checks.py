"""Can what a guard looks for ever be? How long an attempt, or a call, is in its sight at most, and what none reaches in that.

    breaker -> rate_limit (waits 500ms at most) -> timeout 1s       the breaker sees no attempt that takes longer than 1.5s

warning   a breaker that calls slow what no attempt lives to be
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.callgraph import callers
from sim.scenario.guards import guards_of
from sim.scenario.orders import arranged
from sim.scenario.problems import Problem, field_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.kinds import Guard
    from sim.scenario.scenario import Scenario
    from sim.scenario.steps import Call
    from sim.scenario.workload import Flow


def check_guards(scenario: Scenario, _graph: CallGraph) -> Iterator[Problem]:
    """Yield what guards are told to look for and can never see."""
    for loc, caller in callers(scenario):
        pools = scenario.services[str(loc[1])].pools if loc[0] == "services" else {}
        for guard, longest in seen_at_most(caller, guards_of(caller, pools)):
            never_seen = getattr(guard, "never_seen", None)  # of kinds that look at how long something took
            for at, message in never_seen(longest) if never_seen is not None else ():
                here = (*loc, guard.slot, *at)
                yield Problem(field=field_path(here), message=message, loc=here, severity="warning")


def seen_at_most(caller: Call | Flow, guards: Sequence[Guard]) -> Iterator[tuple[Guard, int]]:
    """The guards of a call each with how long, in ns, what it lets go takes at most; without those that see no end of it."""
    timeout, deadline = caller.timeout, caller.deadline if getattr(caller, "propagate_deadline", True) else None
    found = arranged(guards, getattr(caller, "order", None), retried=caller.retry is not None)
    if deadline is not None:
        yield from ((guard, deadline) for guard in found.outside)
    begins = len(found.inside) if found.early_before < 0 else found.early_before
    for place, guard in enumerate(found.inside):
        waits = [one.longest_wait for one in found.inside[place + 1 : begins]]
        attempt = None if timeout is None or min(waits, default=0) < 0 else timeout + sum(waits)
        longest = min((one for one in (attempt, deadline) if one is not None), default=None)
        if longest is not None:
            yield guard, longest
