"""The recorder's verbs about balancers and health checks: which replicas get calls, and which do not any more.

    chosen --> outstanding --> succeeded, failed or given up (the caller went down)
    ejection --> ejected --> returned, or forgotten (the caller went down)          spared: it had ejected as many as it may
    check sent --> passed or failed --> taken out, put back
"""

from sim.record.fields.balancers import (
    BALANCER_CHOSEN,
    BALANCER_EJECTED_MAX,
    BALANCER_EJECTIONS,
    BALANCER_FAILED,
    BALANCER_FORGOTTEN,
    BALANCER_GIVEN_UP,
    BALANCER_NONE,
    BALANCER_PANICKED,
    BALANCER_RETURNED,
    BALANCER_SPARED,
    BALANCER_SUCCEEDED,
    BALANCERS,
    LEVEL_EJECTED,
    LEVEL_OUTSTANDING,
)
from sim.record.fields.facts import FACT_CHECKED, FACT_CHOSEN, FACT_OUTLIER, FACT_OUTLIER_BACK, FACT_OUTLIER_SPARED
from sim.record.fields.health_checks import (
    CHECK_FAILED,
    CHECK_FORGOTTEN,
    CHECK_OUT_MAX,
    CHECK_PASSED,
    CHECK_PUT_BACK,
    CHECK_SENT,
    CHECK_TAKEN_OUT,
    HEALTH_CHECKS,
    LEVEL_CHECKING,
    LEVEL_OUT,
)
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def chosen(r: Words, now: int, balancer: int, ident: int, replica: int, panic: bool) -> None:  # noqa: FBT001
    """An attempt is sent to a replica."""
    w = advance(r, now, BALANCERS.at, balancer)
    r[w + BALANCER_CHOSEN] += 1
    r[r[BALANCERS.level_at] + balancer * r[BALANCERS.levels_at] + LEVEL_OUTSTANDING] += 1
    if panic:
        r[w + BALANCER_PANICKED] += 1
    note(r, now, FACT_CHOSEN, ident, replica)


@shared
def none_chosen(r: Words, now: int, balancer: int) -> None:
    """An attempt found no replica in the list of its caller."""
    r[advance(r, now, BALANCERS.at, balancer) + BALANCER_NONE] += 1


@shared
def choice_ended(r: Words, now: int, balancer: int, how: int) -> None:
    """An attempt that was sent has ended for its caller: ``how`` is the counter."""
    r[advance(r, now, BALANCERS.at, balancer) + how] += 1
    r[r[BALANCERS.level_at] + balancer * r[BALANCERS.levels_at] + LEVEL_OUTSTANDING] -= 1


@shared
def choice_settled(r: Words, now: int, balancer: int, good: bool) -> None:  # noqa: FBT001
    """It was answered, or its caller did not wait any longer."""
    choice_ended(r, now, balancer, BALANCER_SUCCEEDED if good else BALANCER_FAILED)


@shared
def choice_given_up(r: Words, now: int, balancer: int) -> None:
    """Its caller went down."""
    choice_ended(r, now, balancer, BALANCER_GIVEN_UP)


@shared
def outlier_ejected(r: Words, now: int, balancer: int, replica: int, view: int) -> None:
    """A caller ejects a replica."""
    w = advance(r, now, BALANCERS.at, balancer)
    r[w + BALANCER_EJECTIONS] += 1
    level = r[BALANCERS.level_at] + balancer * r[BALANCERS.levels_at] + LEVEL_EJECTED
    r[level] += 1
    r[w + BALANCER_EJECTED_MAX] = max(r[w + BALANCER_EJECTED_MAX], r[level])
    note(r, now, FACT_OUTLIER, replica, view)


@shared
def outlier_spared(r: Words, now: int, balancer: int, replica: int, view: int) -> None:
    """A caller would eject a replica, and has as many ejected as it may."""
    r[advance(r, now, BALANCERS.at, balancer) + BALANCER_SPARED] += 1
    note(r, now, FACT_OUTLIER_SPARED, replica, view)


@shared
def outlier_returned(r: Words, now: int, balancer: int, replica: int, view: int) -> None:
    """A replica is back in the list of a caller that had ejected it."""
    r[advance(r, now, BALANCERS.at, balancer) + BALANCER_RETURNED] += 1
    r[r[BALANCERS.level_at] + balancer * r[BALANCERS.levels_at] + LEVEL_EJECTED] -= 1
    note(r, now, FACT_OUTLIER_BACK, replica, view)


@shared
def outliers_forgotten(r: Words, now: int, balancer: int, count: int) -> None:
    """A caller went down that had ejected so many replicas."""
    r[advance(r, now, BALANCERS.at, balancer) + BALANCER_FORGOTTEN] += count
    r[r[BALANCERS.level_at] + balancer * r[BALANCERS.levels_at] + LEVEL_EJECTED] -= count


@shared
def check_sent(r: Words, now: int, checks: int) -> None:
    """A health check leaves for a replica."""
    r[advance(r, now, HEALTH_CHECKS.at, checks) + CHECK_SENT] += 1
    r[r[HEALTH_CHECKS.level_at] + checks * r[HEALTH_CHECKS.levels_at] + LEVEL_CHECKING] += 1


@shared
def checked(r: Words, now: int, checks: int, replica: int, good: bool) -> None:  # noqa: FBT001
    """A health check is over."""
    w = advance(r, now, HEALTH_CHECKS.at, checks)
    r[w + (CHECK_PASSED if good else CHECK_FAILED)] += 1
    r[r[HEALTH_CHECKS.level_at] + checks * r[HEALTH_CHECKS.levels_at] + LEVEL_CHECKING] -= 1
    note(r, now, FACT_CHECKED, replica, good)


@shared
def out_changed(r: Words, now: int, checks: int, out: bool) -> None:  # noqa: FBT001
    """A replica is taken out of the list, or put back."""
    w = advance(r, now, HEALTH_CHECKS.at, checks)
    level = r[HEALTH_CHECKS.level_at] + checks * r[HEALTH_CHECKS.levels_at] + LEVEL_OUT
    if out:
        r[w + CHECK_TAKEN_OUT] += 1
        r[level] += 1
        r[w + CHECK_OUT_MAX] = max(r[w + CHECK_OUT_MAX], r[level])
    else:
        r[w + CHECK_PUT_BACK] += 1
        r[level] -= 1


@shared
def out_forgotten(r: Words, now: int, checks: int) -> None:
    """A replica that was taken out is no more."""
    r[advance(r, now, HEALTH_CHECKS.at, checks) + CHECK_FORGOTTEN] += 1
    r[r[HEALTH_CHECKS.level_at] + checks * r[HEALTH_CHECKS.levels_at] + LEVEL_OUT] -= 1
