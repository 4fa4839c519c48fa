"""What is counted of the users of a flow who ask again later (`sim.record.follow_ups`)."""

from sim.record.families import Family, outcomes_from
from sim.record.outcomes import OK

FOLLOW_UPS = Family("follow_ups", one="follow_up")
LEVEL_FOLLOWING = FOLLOW_UPS.level("following")  # users that are not done with following up
LEVEL_ASKING = FOLLOW_UPS.level("asking")  # those of them that wait for an answer
FOLLOW_UP_BEGUN = FOLLOW_UPS.counter("begun")  # users that were answered well, and follow up
FOLLOW_UP_ASKED = FOLLOW_UPS.counter("asked")
FOLLOW_UP_SETTLED = FOLLOW_UPS.by_outcome("settled")  # + outcome
FOLLOW_UP_REPLY_TIME = FOLLOW_UPS.counter("reply_time")
FOLLOW_UP_REPLY_LEAST = FOLLOW_UPS.counter("reply_least")  # of the window's ok answers, ns; 0 without one
FOLLOW_UP_REPLY_MOST = FOLLOW_UPS.counter("reply_most")
FOLLOW_UP_SATISFIED = FOLLOW_UPS.counter("satisfied")  # users that asked as often as they would, or know
FOLLOW_UP_KNOW_TIME = FOLLOW_UPS.counter("know_time")  # from their arrival until then
FOLLOW_UP_KNOW_LEAST = FOLLOW_UPS.counter("know_least")
FOLLOW_UP_KNOW_MOST = FOLLOW_UPS.counter("know_most")
FOLLOW_UP_GAVE_UP = FOLLOW_UPS.counter("gave_up")  # users whose deadline came first
FOLLOW_UP_UNANSWERED_TIME = FOLLOW_UPS.counter("unanswered_time")  # at the horizon, how long those that ask have waited
FOLLOW_UP_UNKNOWING_TIME = FOLLOW_UPS.counter("unknowing_time")  # and how long ago those that follow up arrived
LEVEL_OLDEST_ASKING = FOLLOW_UPS.level("oldest_asking")
LEVEL_OLDEST_FOLLOWING = FOLLOW_UPS.level("oldest_following")
FOLLOW_UPS.balance("follow-ups", FOLLOW_UP_ASKED, outcomes_from(FOLLOW_UP_SETTLED), [LEVEL_ASKING])
FOLLOW_UPS.balance("users who follow up", FOLLOW_UP_BEGUN, [FOLLOW_UP_SATISFIED, FOLLOW_UP_GAVE_UP], [LEVEL_FOLLOWING])
FOLLOW_UPS.summed(FOLLOW_UP_REPLY_TIME, count=FOLLOW_UP_SETTLED + OK, longest=FOLLOW_UP_REPLY_MOST)
FOLLOW_UPS.summed(FOLLOW_UP_KNOW_TIME, count=FOLLOW_UP_SATISFIED, longest=FOLLOW_UP_KNOW_MOST)
FOLLOW_UPS.summed(FOLLOW_UP_UNANSWERED_TIME, count=LEVEL_ASKING, longest=LEVEL_OLDEST_ASKING, in_levels=True)
FOLLOW_UPS.summed(FOLLOW_UP_UNKNOWING_TIME, count=LEVEL_FOLLOWING, longest=LEVEL_OLDEST_FOLLOWING, in_levels=True)
HELD_FOLLOWING = FOLLOW_UPS.holding("users who follow up on flow", LEVEL_FOLLOWING)
HELD_ASKING = FOLLOW_UPS.holding("follow-ups without an answer of flow", LEVEL_ASKING)
