"""What is counted of relays: rows of outboxes until they are published and marked (`sim.record.relays`)."""

from sim.record.families import Family

RELAYS = Family("relays", one="relay")
LEVEL_BACKLOG = RELAYS.level("backlog")  # rows that are committed and not marked
LEVEL_UNPUBLISHED = RELAYS.level("unpublished")  # of them, those that were never published
LEVEL_RELAY_SINCE = RELAYS.since_level("relay_since")
LEVEL_OLDEST_ROW = RELAYS.level("oldest_row")  # at the horizon: age of the oldest row that was never published
LEVEL_RESENT = RELAYS.level("resent")  # at the horizon: rows that wait to be published again
LEVEL_OPEN_DELAY = RELAYS.level("open_delay")  # at the horizon: ages of those rows together
RELAY_WRITTEN = RELAYS.counter("written")  # rows committed
RELAY_PUBLISHED = RELAYS.counter("published")  # rows, for the first time
RELAY_AGAIN = RELAYS.counter("published_again")
RELAY_MARKED = RELAYS.counter("marked")
RELAY_REFUSED = RELAYS.counter("refused")  # publishes that the broker did not take
RELAY_POLLS = RELAYS.counter("polls")
RELAY_POLLS_EMPTY = RELAYS.counter("polls_empty")
RELAY_DELAY = RELAYS.counter("delay")  # from commit to the first confirmation, of all rows together
RELAY_OLDEST = RELAYS.counter("oldest")  # the longest of those
RELAY_BACKLOG_AREA = RELAYS.area("backlog_area", LEVEL_BACKLOG)
RELAY_BACKLOG_MAX = RELAYS.maximum("backlog_max", LEVEL_BACKLOG)
RELAY_LOST = RELAYS.counter("lost", rare=True)  # rows that their store has lost, and that were not marked
RELAY_LOST_UNPUBLISHED = RELAYS.counter("lost_unpublished", rare=True)  # those of them that had not been published
RELAY_UNMARKED = RELAYS.counter("unmarked", rare=True)  # rows of which their store has lost the mark
RELAYS.balance("rows of relay", [RELAY_WRITTEN, RELAY_UNMARKED], [RELAY_MARKED, RELAY_LOST], [LEVEL_BACKLOG])
RELAYS.balance("published rows of relay", RELAY_WRITTEN, [RELAY_PUBLISHED, RELAY_LOST_UNPUBLISHED], [LEVEL_UNPUBLISHED])
HELD_BACKLOG = RELAYS.holding("rows before relay", LEVEL_BACKLOG)
HELD_UNPUBLISHED = RELAYS.holding("unpublished rows before relay", LEVEL_UNPUBLISHED)
