"""How long loads of aggregates take with their connections, in the mean: snapshot and replay."""

from sim.metrics.event_streams import NO_LOAD, ratio
from sim.record.fields.event_streams import STREAM_LOAD_TIME, STREAM_LOADS

MEANING = "mean time that a load of an aggregate takes, without the wait for a connection: its snapshot and the replay"
LOAD_TIME = ratio("load_time", "load time", "s", "lower", (STREAM_LOAD_TIME, STREAM_LOADS), 1e9, MEANING, NO_LOAD)
