"""What is counted of streams of events: loads, appends and conflicts (`sim.record.streams`)."""

from sim.record.families import Family

EVENT_STREAMS = Family("event_streams", one="event_stream")
LEVEL_STORED = EVENT_STREAMS.level("stored")  # events that were appended, and are there
STREAM_LOADS = EVENT_STREAMS.counter("loads")  # begun
STREAM_REPLAYED = EVENT_STREAMS.counter("replayed")  # events, by them
STREAM_LOAD_TIME = EVENT_STREAMS.counter("load_time")  # that they take with their connections, ns
STREAM_APPENDS = EVENT_STREAMS.counter("appends")  # that came to their end
STREAM_APPENDED = EVENT_STREAMS.counter("appended")
STREAM_CONFLICTS = EVENT_STREAMS.counter("conflicts")  # another append came in between
STREAM_ABORTS = EVENT_STREAMS.counter("append_aborts")  # by the store, at the end of the commit
STREAM_RELOADS = EVENT_STREAMS.counter("reloads")  # after a conflict
STREAM_GAVE_UP = EVENT_STREAMS.counter("gave_up")  # after a conflict: the step failed
STREAM_EVENTS = EVENT_STREAMS.counter("stream_events")  # appended
STREAM_SNAPSHOTS = EVENT_STREAMS.counter("snapshots")  # begun
EVENT_STREAMS.balance("appends of stream", STREAM_APPENDS, [STREAM_APPENDED, STREAM_CONFLICTS, STREAM_ABORTS])
STREAM_LOAD_MOST = EVENT_STREAMS.outlook("load_most")  # the longest that a load takes with its connection, ns
STREAM_EVENTS_LOST = EVENT_STREAMS.counter("stream_events_lost", rare=True)  # by their store
EVENT_STREAMS.balance("events of stream", STREAM_EVENTS, [STREAM_EVENTS_LOST], [LEVEL_STORED])
HELD_STORED = EVENT_STREAMS.holding("events in stream", LEVEL_STORED)
EVENT_STREAMS.balance("conflicts of stream", STREAM_CONFLICTS, [STREAM_RELOADS, STREAM_GAVE_UP])
