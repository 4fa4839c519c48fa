"""What is counted of the health checks of a service: how they end, and which replicas are out (`sim.record.balancers`)."""

from sim.record.families import Family

HEALTH_CHECKS = Family("health_checks", one="health_check")
LEVEL_CHECKING = HEALTH_CHECKS.level("checking")  # checks under way
LEVEL_OUT = HEALTH_CHECKS.level("out")  # replicas that are taken out
LEVEL_CHECK_SINCE = HEALTH_CHECKS.since_level("health_check_since")
CHECK_SENT = HEALTH_CHECKS.counter("sent")
CHECK_PASSED = HEALTH_CHECKS.counter("passed")
CHECK_FAILED = HEALTH_CHECKS.counter("failed")
CHECK_TAKEN_OUT = HEALTH_CHECKS.counter("taken_out")
CHECK_PUT_BACK = HEALTH_CHECKS.counter("put_back")
CHECK_OUT_AREA = HEALTH_CHECKS.area("out_area", LEVEL_OUT)
CHECK_OUT_MAX = HEALTH_CHECKS.maximum("out_max", LEVEL_OUT)
CHECK_FORGOTTEN = HEALTH_CHECKS.counter("forgotten", rare=True)  # taken out, and gone for good or replaced
HEALTH_CHECKS.balance("health check", CHECK_SENT, [CHECK_PASSED, CHECK_FAILED], [LEVEL_CHECKING])
HEALTH_CHECKS.balance("replicas taken out by health check", CHECK_TAKEN_OUT, [CHECK_PUT_BACK, CHECK_FORGOTTEN], [LEVEL_OUT])
HELD_CHECKING = HEALTH_CHECKS.holding("checks under way of health check", LEVEL_CHECKING)
HELD_OUT = HEALTH_CHECKS.holding("replicas taken out by health check", LEVEL_OUT)
