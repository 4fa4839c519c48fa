"""The closed list of places where an engine asks a policy, and the policies that answer there.

    hook       asked when                                        of                    answers
    admit      an attempt wants to leave its caller              each guard            GO, ns to wait, HOLD or REFUSE
    withdraw   a later guard refused it                          those that let it go
    admit_next a guard that holds attempts has heard of one      the guard             whether the first it holds may go
    leave      an attempt is held no longer, and does not go     the guard
    lose       a fault takes places, or gives them back          the guard
    settle     an attempt that left has ended                    each guard; of a caller that went down, those that are shared
    ignored    so it has, as one of what the guard ignores       each guard, instead
    left       its caller needs its answer no more              each guard that says how
    engaged    a guard's state may have changed                  the guard             whether it keeps calls back
    tick       a period of its own is over                       each guard with one
    choose     an attempt needs a replica                        the balancing policy  which of those in the list
    pick       the same, of a caller that looks at them          the balancing policy  which of those in the caller's list
    learn      an attempt that was sent has ended                ejection              whether the caller ejects its replica
    sweep      a period of ejection is over                      ejection              who comes back, and who is ejected
    check      a health check leaves, arrives, is over           health checks         whether a replica is taken out
    retry      an attempt, or a delivery, failed                 the retry policy      ns to wait, or -1 to give up
    spend      the retry policy would try again                  the retry budget      GO, or REFUSE: the call ends
    sent       an attempt leaves                                 the retry budget
    ended      an attempt ended at its caller                    the retry budget
    sheds      a request reaches a replica                       shedding              whether it is refused
    sample     a request is over                                 the limit             how many may be in flight now
    decide     an autoscaler looks at its metric                 the autoscaler        how many replicas are wanted
    accept     a request reaches a replica, and is let in        the discipline        START, WAIT or REJECT
    next       a worker is free, and somebody waits              the discipline        the FIRST, or the LAST that came

A policy is one file in a folder of `sim/policies`: settings, the row of its state, its rules. Its code is its place in the
sorted list of the folder's kinds. An engine knows hooks and no policy; rules see rows of integers and nothing of queues or
processes. What answers for pace and for the fault schedule belongs to no policy yet (`sim.semantics.rules`).
"""

from typing import Any

from sim.registry import discover
from sim.scenario.admission import Limit, Shedding
from sim.scenario.kinds import Balance, Budget, Discipline, Guard, Retry, Ruled
from sim.scenario.scaling import Autoscaler

RETRIES = tuple(discover("sim.policies.retries", Retry).values())
BUDGETS = tuple(discover("sim.policies.budgets", Budget).values())
BALANCES = tuple(kind for kind in discover("sim.policies.balancing", Balance).values() if kind.choose is not None)
"""The kinds that can choose without looking at the replicas."""
PICKS: tuple[type[Balance], ...] = tuple(
    kind for kind in discover("sim.policies.balancing", Balance).values() if kind.pick is not None
)
"""Those that look."""
LIMITS = tuple(discover("sim.policies.limits", Limit).values())
SHEDDING = tuple(discover("sim.policies.shedding", Shedding).values())
DISCIPLINES = tuple(discover("sim.policies.disciplines", Discipline).values())
SCALERS = tuple(discover("sim.policies.scaling", Autoscaler).values())
GUARDS = tuple(discover("sim.policies.guards", Guard).values())
TICKING = tuple(kind for kind in GUARDS if kind.tick is not None)
"""The kinds of guards that have a period of their own."""
LEAVING = tuple(kind for kind in GUARDS if kind.left is not None)
"""The kinds of guards to which an attempt whose answer nobody needs is not as one that ended well."""
LEAKING: tuple[Any, ...] = tuple(kind for kind in GUARDS if hasattr(kind, "lose"))
"""The kinds of guards whose places a fault may take: by their rule ``lose(settings, state, count)``; back again, below 0."""
HOLDING = tuple(kind for kind in GUARDS if kind.admit_next is not None)
"""The kinds of guards that hold attempts until they have a place."""


def code_of(policy: Ruled | Balance | Discipline) -> int:
    """Return the code of a policy's kind."""
    folders = (RETRIES, BUDGETS, GUARDS, BALANCES, DISCIPLINES, LIMITS, SHEDDING)
    folder: tuple[type, ...] = next(kinds for kinds in folders if type(policy) in kinds)
    return folder.index(type(policy))
