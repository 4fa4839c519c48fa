"""From what is measured to how many replicas are wanted, before that is stabilised: formulas of the horizontal autoscaler.

    of each    a mean over replicas: utilisation in percent, requests that wait           ceil(mean / target x replicas)
    of all     a number of its own: lag            its mean over replicas is the target   ceil(number / target)
                                                   it is the target itself                ceil(number / target x ready)
"""

from sim.shared import shared

UTILISATION = 0
QUEUE = 1
LAG = 2
MEASURES = ("utilisation", "queue", "lag")
ALL, EACH = 0, 1
THOUSAND = 1000
HUNDRED = 100


@shared
def ceiling(number: int, of: int) -> int:
    """A number divided by another, rounded up."""
    return -((-number) // of)


@shared
def within(value: int, target: int, tolerance: int) -> bool:
    """Whether a value is near enough to its target: by so many thousandths of that."""
    return max(value - target, target - value) * THOUSAND <= tolerance * target


@shared
def of_each(
    target: int, tolerance: int, current: int, ready: int, unready: int, missing: int, total: int, scale: int, capacity: int
) -> int:
    """By a mean: the ready replicas have ``total`` together; it is taken ``scale`` times, of so much ``capacity`` each.

    Those that are not ready, and those that are not heard of, count as nothing where the answer is more, as said above.
    """
    if ready == 0:
        return current
    mean = total * scale // (ready * capacity)
    idle = unready if mean > target else 0
    unheard = missing if mean != target or scale == 1 else 0
    if idle == 0 and missing == 0:
        return current if within(mean, target, tolerance) else ceiling(mean * ready, target)
    if mean < target:
        total += unheard * (capacity * max(HUNDRED, target) // HUNDRED if scale == HUNDRED else target)
    counted = ready + idle + unheard
    again = total * scale // (counted * capacity)
    if within(again, target, tolerance) or (mean < target < again) or (again < target < mean):
        return current
    wanted = ceiling(again * counted, target)
    if (again < target and wanted > current) or (again > target and wanted < current):
        return current
    return wanted


@shared
def of_all(target: int, tolerance: int, each: int, current: int, ready: int, total: int) -> int:
    """By a number: ``each``, its mean over all replicas is to be the target."""
    if each != 0:
        return current if within(total, target * current, tolerance) else ceiling(total, target)
    return current if within(total, target, tolerance) else ceiling(total * ready, target)


@shared
def capped(lag: int, partitions: int, target: int, even: bool, idle: bool) -> int:  # noqa: FBT001
    """The lag of a topic as KEDA tells it to the autoscaler, so that no replica is wanted that would have no partition.

    ``even``: as if it were the lag for which the partitions are shared out evenly; ``idle``: there may be more replicas.
    ``lag`` and ``target`` are in thousandths. Source: https://keda.sh/docs/latest/scalers/apache-kafka
    """
    if even:
        factor = 1
        while factor < partitions and (partitions % factor != 0 or factor * target < lag):
            factor += 1
        lag = factor * target
    return lag if idle else min(lag, partitions * target)
