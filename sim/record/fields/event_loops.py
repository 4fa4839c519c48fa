"""What is counted of services whose handlers give their workers back: those without one, and those that want one again."""

from sim.record.families import Family

EVENT_LOOPS = Family("event_loops", one="event_loop")
LEVEL_AWAY = EVENT_LOOPS.level("away")  # handlers that wait for what they asked for
LEVEL_RESUMING = EVENT_LOOPS.level("resuming")  # handlers that have it, and wait for a worker
LEVEL_LOOP_SINCE = EVENT_LOOPS.since_level("loop_since")
LEVEL_OPEN_AWAY = EVENT_LOOPS.level("open_away")
LEVEL_OPEN_RESUMING = EVENT_LOOPS.level("open_resuming")
LOOP_SUSPENDED = EVENT_LOOPS.counter("suspended")  # workers given back
LOOP_ANSWERED = EVENT_LOOPS.counter("answered")  # what was waited for came
LOOP_RESUMED = EVENT_LOOPS.counter("resumed")  # workers taken again
LOOP_LOST = EVENT_LOOPS.counter("lost")  # handlers that went down while they waited for something
LOOP_LEFT = EVENT_LOOPS.counter("left")  # and while they waited for a worker
LOOP_AWAY_TIME = EVENT_LOOPS.counter("away_held")
LOOP_RESUMING_TIME = EVENT_LOOPS.counter("resuming_waited")
LOOP_AWAY_AREA = EVENT_LOOPS.area("away_area", LEVEL_AWAY)
LOOP_RESUMING_AREA = EVENT_LOOPS.area("resuming_area", LEVEL_RESUMING)
LOOP_AWAY_MAX = EVENT_LOOPS.maximum("away_max", LEVEL_AWAY)
LOOP_RESUMING_MAX = EVENT_LOOPS.maximum("resuming_max", LEVEL_RESUMING)
EVENT_LOOPS.balance("workers given back by service", LOOP_SUSPENDED, [LOOP_ANSWERED, LOOP_LOST], [LEVEL_AWAY])
EVENT_LOOPS.balance("workers wanted again by service", LOOP_ANSWERED, [LOOP_RESUMED, LOOP_LEFT], [LEVEL_RESUMING])
EVENT_LOOPS.balance("Little (away) of service", LOOP_AWAY_AREA, [LOOP_AWAY_TIME], [LEVEL_OPEN_AWAY])
EVENT_LOOPS.balance("Little (resuming) of service", LOOP_RESUMING_AREA, [LOOP_RESUMING_TIME], [LEVEL_OPEN_RESUMING])
HELD_AWAY = EVENT_LOOPS.holding("handlers without a worker of service", LEVEL_AWAY)
HELD_RESUMING = EVENT_LOOPS.holding("handlers that want a worker of service", LEVEL_RESUMING)
