"""The recorder's verbs about retry budgets: the retries that they allow and refuse, and whether they would refuse one."""

from sim.record.fields.budgets import (
    BUDGET_ALLOWED,
    BUDGET_REFUSED,
    BUDGET_SPENT_MAX,
    BUDGET_WANTED,
    BUDGETS,
    LEVEL_SPENT,
)
from sim.record.recorder import advance
from sim.shared import Words, shared


@shared
def retry_asked(r: Words, now: int, budget: int, refused: bool) -> None:  # noqa: FBT001
    """A retry that the policy would make asked its budget."""
    w = advance(r, now, BUDGETS.at, budget)
    r[w + BUDGET_WANTED] += 1
    r[w + (BUDGET_REFUSED if refused else BUDGET_ALLOWED)] += 1


@shared
def budget_changed(r: Words, now: int, budget: int, before: int, after: int) -> None:
    """A state of a budget may refuse retries now, or no longer."""
    if before == after:
        return
    w = advance(r, now, BUDGETS.at, budget)
    level = r[BUDGETS.level_at] + budget * r[BUDGETS.levels_at] + LEVEL_SPENT
    r[level] += after - before
    r[w + BUDGET_SPENT_MAX] = max(r[w + BUDGET_SPENT_MAX], r[level])
