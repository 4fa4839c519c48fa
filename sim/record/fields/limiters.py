"""What is counted of services with a concurrency limit: what they admit, how that ends, and the limit over time."""

from sim.record.families import Family

LIMITERS = Family("limiters", one="limiter")
LEVEL_LIMIT = LIMITERS.level("limit")  # of all its replicas together
LEVEL_IN_FLIGHT = LIMITERS.level("in_flight")  # requests that were admitted, and are not over
LEVEL_LIMITER_SINCE = LIMITERS.since_level("limiter_since")
LIMITER_ADMITTED = LIMITERS.counter("admitted")
LIMITER_ANSWERED = LIMITERS.counter("answered")  # admitted, and then answered: a sample
LIMITER_DROPPED = LIMITERS.counter("dropped")  # and then given up by the queue: a sample that was dropped
LIMITER_IGNORED = LIMITERS.counter("ignored")  # and then called back: no sample
LIMITER_LOST = LIMITERS.counter("lost")  # and then the replica went down
LIMITER_LEARNT = LIMITERS.counter("learnt")  # how often a limit was looked at anew
LIMIT_AREA = LIMITERS.area("limit_area", LEVEL_LIMIT)
IN_FLIGHT_AREA = LIMITERS.area("in_flight_area", LEVEL_IN_FLIGHT)
LIMIT_MAX = LIMITERS.maximum("limit_max", LEVEL_LIMIT)
IN_FLIGHT_MAX = LIMITERS.maximum("in_flight_max", LEVEL_IN_FLIGHT)
LIMITER_ENDS = (LIMITER_ANSWERED, LIMITER_DROPPED, LIMITER_IGNORED, LIMITER_LOST)
LIMITERS.balance("limit", LIMITER_ADMITTED, LIMITER_ENDS, [LEVEL_IN_FLIGHT])
HELD_LIMIT = LIMITERS.holding("the limits of service", LEVEL_LIMIT)
HELD_IN_FLIGHT = LIMITERS.holding("requests in flight at service", LEVEL_IN_FLIGHT)
