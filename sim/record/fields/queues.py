"""What is counted of queues: messages, and their deliveries until one is acknowledged (`sim.record.queues`)."""

from sim.record.families import Family

QUEUES = Family("queues", one="queue")
LEVEL_QUEUED = QUEUES.level("queued")
LEVEL_IN_FLIGHT = QUEUES.level("in_flight")  # handed out, and not acknowledged yet
LEVEL_QUEUE_SINCE = QUEUES.since_level("queue_since")
LEVEL_QUEUE_OPEN_WAITED = QUEUES.level("queue_open_waited")
LEVEL_SETTLED = QUEUES.level("settled")  # at the horizon: messages in it that were applied, and may be once more, or die
LEVEL_AGAIN = QUEUES.level("again")  # at the horizon: messages handed out in vain that may be handed out in vain once more
QUEUE_ARRIVED = QUEUES.counter("arrived")  # published to it, or dead letters of another one
QUEUE_DELIVERED = QUEUES.counter("delivered")
QUEUE_ACKNOWLEDGED = QUEUES.counter("acknowledged")  # in time
QUEUE_ACKNOWLEDGED_LATE = QUEUES.counter("acknowledged_late")  # when its time was over, and nobody had it again yet
QUEUE_UNHEARD = QUEUES.counter("unheard")  # acknowledgements of deliveries that were not the latest: without effect
QUEUE_EXPIRED = QUEUES.counter("expired")  # deliveries that were not acknowledged in time
QUEUE_RETURNED = QUEUES.counter("returned")  # deliveries that were handed back
QUEUE_DEAD = QUEUES.counter("dead")  # messages that were handed out in vain too often
QUEUE_REFUSED = QUEUES.counter("refused")  # messages that found it full
QUEUE_OUSTED = QUEUES.counter("ousted")  # messages that were dropped for others
QUEUE_WAITED = QUEUES.counter("waited")
QUEUE_WAITING_AREA = QUEUES.area("queued_area", LEVEL_QUEUED)
QUEUE_IN_FLIGHT_AREA = QUEUES.area("in_flight_area", LEVEL_IN_FLIGHT)
QUEUE_EXTENDED = QUEUES.counter("extended", rare=True)  # deliveries that got more time: how often
QUEUE_EXTENSION_UNHEARD = QUEUES.counter("extension_unheard", rare=True)  # consumers that asked when their time was over
QUEUE_REDRIVEN = QUEUES.counter("redriven", rare=True)  # dead letters that left it, to go back
QUEUE_BACK = QUEUES.counter("back", rare=True)  # dead letters of its own that came back
QUEUE_WAITING_MAX = QUEUES.maximum("queued_max", LEVEL_QUEUED)
QUEUE_IN_FLIGHT_MAX = QUEUES.maximum("in_flight_max", LEVEL_IN_FLIGHT)
QUEUE_STRANDED = QUEUES.outlook("stranded")  # at the horizon: deliveries that nobody has in hand, or says anything of
_LEFT = [QUEUE_ACKNOWLEDGED, QUEUE_ACKNOWLEDGED_LATE, QUEUE_DEAD, QUEUE_OUSTED, QUEUE_REDRIVEN]
QUEUES.balance("queue", QUEUE_ARRIVED, _LEFT, [LEVEL_QUEUED, LEVEL_IN_FLIGHT])
QUEUES.balance(
    "deliveries of queue", QUEUE_DELIVERED, [QUEUE_ACKNOWLEDGED, QUEUE_EXPIRED, QUEUE_RETURNED], [LEVEL_IN_FLIGHT]
)
QUEUES.balance("Little (queued) of queue", QUEUE_WAITING_AREA, [QUEUE_WAITED], [LEVEL_QUEUE_OPEN_WAITED])
HELD_QUEUED = QUEUES.holding("messages that wait in queue", LEVEL_QUEUED)
HELD_IN_FLIGHT = QUEUES.holding("messages in flight of queue", LEVEL_IN_FLIGHT)
