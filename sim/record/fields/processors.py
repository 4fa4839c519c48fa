"""What is counted of services with cores or contention: work that waits for a core, and work that goes on."""

from sim.record.families import Family

PROCESSORS = Family("processors", one="processor")
LEVEL_CORE_WAITING = PROCESSORS.level("core_waiting")  # work that waits for a core
LEVEL_AT_WORK = PROCESSORS.level("at_work")  # work that goes on
LEVEL_CORES_IN_USE = PROCESSORS.level("cores_in_use")
LEVEL_CORE_SINCE = PROCESSORS.since_level("core_since")
LEVEL_CORE_OPEN_WAITED = PROCESSORS.level("core_open_waited")
LEVEL_CORE_OPEN_WORKED = PROCESSORS.level("core_open_worked")
CORE_ASKED = PROCESSORS.counter("asked")  # work that was to be done
CORE_BEGUN = PROCESSORS.counter("begun")
CORE_DONE = PROCESSORS.counter("done")
CORE_LEFT = PROCESSORS.counter("left")  # went down, or was given up, while it waited for a core
CORE_KILLED = PROCESSORS.counter("killed")  # the same while it went on
CORE_WAITED = PROCESSORS.counter("waited")
CORE_WORKED = PROCESSORS.counter("held")  # from the begin of work to its end
CORE_WAITING_AREA = PROCESSORS.area("waiting_area", LEVEL_CORE_WAITING)
AT_WORK_AREA = PROCESSORS.area("at_work_area", LEVEL_AT_WORK)
CORES_IN_USE_AREA = PROCESSORS.area("in_use_area", LEVEL_CORES_IN_USE)
CORE_WAITING_MAX = PROCESSORS.maximum("waiting_max", LEVEL_CORE_WAITING)
AT_WORK_MAX = PROCESSORS.maximum("at_work_max", LEVEL_AT_WORK)
PROCESSORS.balance("work of service", CORE_ASKED, [CORE_BEGUN, CORE_LEFT], [LEVEL_CORE_WAITING])
PROCESSORS.balance("work under way of service", CORE_BEGUN, [CORE_DONE, CORE_KILLED], [LEVEL_AT_WORK])
PROCESSORS.balance("Little (cores waited for) of service", CORE_WAITING_AREA, [CORE_WAITED], [LEVEL_CORE_OPEN_WAITED])
PROCESSORS.balance("Little (work) of service", AT_WORK_AREA, [CORE_WORKED], [LEVEL_CORE_OPEN_WORKED])
HELD_CORE_WAITING = PROCESSORS.holding("work that waits for a core of service", LEVEL_CORE_WAITING)
HELD_AT_WORK = PROCESSORS.holding("work that goes on at service", LEVEL_AT_WORK)
HELD_CORES_IN_USE = PROCESSORS.holding("cores in use of service", LEVEL_CORES_IN_USE)
