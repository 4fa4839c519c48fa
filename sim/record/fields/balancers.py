"""What is counted of the balancers of a service: what they choose, and whom they eject (`sim.record.balancers`)."""

from sim.record.families import Family

BALANCERS = Family("balancers", one="balancer")
LEVEL_OUTSTANDING = BALANCERS.level("outstanding")  # attempts sent that have not ended for their callers
LEVEL_EJECTED = BALANCERS.level("ejected")  # replicas, each as often as callers have ejected it
LEVEL_BALANCER_SINCE = BALANCERS.since_level("balancer_since")
BALANCER_CHOSEN = BALANCERS.counter("chosen")  # attempts that got a replica
BALANCER_NONE = BALANCERS.counter("none")  # that found none in the list
BALANCER_PANICKED = BALANCERS.counter("panicked")  # that were chosen among all, as too few were well
BALANCER_SUCCEEDED = BALANCERS.counter("succeeded")
BALANCER_FAILED = BALANCERS.counter("failed")
BALANCER_GIVEN_UP = BALANCERS.counter("given_up")  # whose caller went down
BALANCER_EJECTIONS = BALANCERS.counter("ejections")
BALANCER_SPARED = BALANCERS.counter("spared")  # would have been ejected, as one too many
BALANCER_RETURNED = BALANCERS.counter("returned")
BALANCER_FORGOTTEN = BALANCERS.counter("forgotten")  # ejected by callers that went down
BALANCER_EJECTED_AREA = BALANCERS.area("ejected_area", LEVEL_EJECTED)
BALANCER_EJECTED_MAX = BALANCERS.maximum("ejected_max", LEVEL_EJECTED)
BALANCERS.balance(
    "balancer", BALANCER_CHOSEN, [BALANCER_SUCCEEDED, BALANCER_FAILED, BALANCER_GIVEN_UP], [LEVEL_OUTSTANDING]
)
BALANCERS.balance("ejections of balancer", BALANCER_EJECTIONS, [BALANCER_RETURNED, BALANCER_FORGOTTEN], [LEVEL_EJECTED])
HELD_OUTSTANDING = BALANCERS.holding("attempts outstanding at balancer", LEVEL_OUTSTANDING)
HELD_EJECTED = BALANCERS.holding("replicas ejected by balancer", LEVEL_EJECTED)
