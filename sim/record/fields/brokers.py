"""What is counted of brokers that go down: the messages that wait for them (`sim.record.brokers`)."""

from sim.record.families import Family

BROKERS = Family("brokers", one="broker")
LEVEL_HELD = BROKERS.level("held")  # messages that wait for it at their publishers
LEVEL_DOWN = BROKERS.level("down")
LEVEL_BROKER_SINCE = BROKERS.since_level("broker_since")
BROKER_HELD = BROKERS.counter("held")  # messages that came to it while it was down
BROKER_RESENT = BROKERS.counter("resent")  # taken when it was back
BROKER_UNDELIVERED = BROKERS.counter("undelivered")  # given up by their publishers
BROKER_LOST = BROKERS.counter("lost")  # that went down with their publishers
BROKER_TURNED_BACK = BROKERS.counter("turned_back")  # rows that relays will publish again
BROKER_HELD_AREA = BROKERS.area("held_area", LEVEL_HELD)
BROKER_DOWN_AREA = BROKERS.area("down_area", LEVEL_DOWN)
BROKER_HELD_MAX = BROKERS.maximum("held_max", LEVEL_HELD)
BROKERS.balance("broker", BROKER_HELD, [BROKER_RESENT, BROKER_UNDELIVERED, BROKER_LOST], [LEVEL_HELD])
HELD_AT_PUBLISHERS = BROKERS.holding("messages that wait at publishers for broker", LEVEL_HELD)
