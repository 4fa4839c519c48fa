"""How long loads of aggregates take with their connections, in the mean: snapshot and replay.

A load counts with all its time when it begins. Those that wait for a connection when the run ends have not: what waits at the
store of the stream is bounded by loads that take nothing, and by loads that take as long as the longest.
"""

from sim.metrics.event_streams import NO_LOAD, loads_bounds, ratio
from sim.record.fields.event_streams import STREAM_LOAD_MOST, STREAM_LOAD_TIME, STREAM_LOADS

MEANING = "mean time that a load of an aggregate takes, without the wait for a connection: its snapshot and the replay"
_BOUNDS = loads_bounds(STREAM_LOAD_TIME, STREAM_LOAD_MOST)
LOAD_TIME = ratio("load_time", "load time", "s", "lower", (STREAM_LOAD_TIME, STREAM_LOADS), 1e9, MEANING, NO_LOAD, _BOUNDS)
