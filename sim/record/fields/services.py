"""What is counted of services: requests at their replicas, waiting and with a worker, and how their handlers ended."""

from sim.record.families import Family, outcomes_from

SERVICES = Family("services", one="service")
LEVEL_WAITING = SERVICES.level("waiting")
LEVEL_BUSY = SERVICES.level("busy")
LEVEL_SINCE = SERVICES.since_level()
LEVEL_OPEN_WAITED = SERVICES.level("open_waited")
LEVEL_OPEN_HELD = SERVICES.level("open_held")
SERVICE_ARRIVED = SERVICES.counter("arrived")
SERVICE_STARTED = SERVICES.counter("started")
SERVICE_ENDED = SERVICES.by_outcome("ended")  # + outcome
SERVICE_ORPHANED = SERVICES.counter("orphaned")
SERVICE_WAITING_AREA = SERVICES.area("waiting_area", LEVEL_WAITING)
SERVICE_BUSY_AREA = SERVICES.area("busy_area", LEVEL_BUSY)
SERVICE_WAITED = SERVICES.counter("waited")
SERVICE_HELD = SERVICES.counter("held")
SERVICE_WASTED = SERVICES.counter("wasted")
SERVICE_WAITING_MAX = SERVICES.maximum("waiting_max", LEVEL_WAITING)
SERVICES.balance("service", SERVICE_ARRIVED, outcomes_from(SERVICE_ENDED), [LEVEL_WAITING, LEVEL_BUSY])
SERVICES.balance("Little (waiting) of service", SERVICE_WAITING_AREA, [SERVICE_WAITED], [LEVEL_OPEN_WAITED])
SERVICES.balance("Little (busy) of service", SERVICE_BUSY_AREA, [SERVICE_HELD], [LEVEL_OPEN_HELD])
HELD_WAITING = SERVICES.holding("queues of service", LEVEL_WAITING)
HELD_BUSY = SERVICES.holding("workers of service", LEVEL_BUSY)

# how wide its rows are, and where it stands in the header where they are
SERVICE_FIELDS, SERVICE_LEVELS = len(SERVICES.counters), len(SERVICES.levels)
R_SERVICES, R_FIRST_SERVICES = SERVICES.count_at, SERVICES.first_at
R_WINDOW_SERVICES, R_LEVEL_SERVICES = SERVICES.window_at, SERVICES.level_at
