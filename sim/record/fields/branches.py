"""What is counted of branches: what handlers do in parallel that is no plain call (`sim.record.branches`)."""

from sim.record.families import Family, outcomes_from

BRANCHES = Family("branches", one="branch")
LEVEL_BRANCHING = BRANCHES.level("running")
LEVEL_BRANCH_SINCE = BRANCHES.since_level("branch_since")
LEVEL_BRANCH_OPEN = BRANCHES.level("branch_open_lasted")
BRANCH_BEGUN = BRANCHES.counter("begun")
BRANCH_ENDED = BRANCHES.by_outcome("ended")  # cancelled: called back, with its handler or as it was not needed any more
BRANCH_LEFT = BRANCHES.counter("left")  # that went on when they were not needed any more
BRANCH_WASTED = BRANCHES.counter("wasted")  # of those that ended, those that had been left, or were called back
BRANCH_LASTED = BRANCHES.counter("lasted")
BRANCH_AREA = BRANCHES.area("running_area", LEVEL_BRANCHING)
BRANCHES_MAX = BRANCHES.maximum("running_max", LEVEL_BRANCHING)
BRANCHES.balance("branch", BRANCH_BEGUN, [*outcomes_from(BRANCH_ENDED)], [LEVEL_BRANCHING])
BRANCHES.balance("Little of branch", BRANCH_AREA, [BRANCH_LASTED], [LEVEL_BRANCH_OPEN])
HELD_BRANCHING = BRANCHES.holding("branches under way of", LEVEL_BRANCHING)
