"""What is counted of retry budgets: the retries that were wanted, and those that they refused (`sim.record.budgets`)."""

from sim.record.families import Family

BUDGETS = Family("budgets", one="budget")
LEVEL_SPENT = BUDGETS.level("spent")  # its states that would refuse a retry
LEVEL_BUDGET_SINCE = BUDGETS.since_level("budget_since")
BUDGET_WANTED = BUDGETS.counter("wanted")  # retries that the policy would make
BUDGET_ALLOWED = BUDGETS.counter("allowed")
BUDGET_REFUSED = BUDGETS.counter("refused")  # the call ended as its last attempt did
BUDGET_SPENT_AREA = BUDGETS.area("spent_area", LEVEL_SPENT)
BUDGET_SPENT_MAX = BUDGETS.maximum("spent_max", LEVEL_SPENT)
BUDGETS.balance("budget", BUDGET_WANTED, [BUDGET_ALLOWED, BUDGET_REFUSED])
HELD_SPENT = BUDGETS.holding("states of retry budget that would refuse", LEVEL_SPENT)
