"""What is counted of stores that lose commits at a failover (`sim.record.failovers`)."""

from sim.record.families import Family

FAILOVERS = Family("failovers", one="failover")
LEVEL_ABANDONED = FAILOVERS.level("abandoned")  # lost rows of its outbox that its relay holds still
FAILOVER_COUNT = FAILOVERS.counter("failovers")
FAILOVER_COMMITS = FAILOVERS.counter("commits_lost")
FAILOVER_ROWS = FAILOVERS.counter("rows_lost")  # of those commits
FAILOVER_ABANDONED = FAILOVERS.counter("abandoned")  # rows of its outbox that were lost while its relay held them
FAILOVER_LET_GO = FAILOVERS.counter("let_go")  # those of them that it holds no more
FAILOVERS.balance("lost rows that a relay holds, of store", FAILOVER_ABANDONED, [FAILOVER_LET_GO], [LEVEL_ABANDONED])
HELD_ABANDONED = FAILOVERS.holding("lost rows held by the relay of store", LEVEL_ABANDONED)
