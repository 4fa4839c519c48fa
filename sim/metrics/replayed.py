"""How many events a load has to replay, in the mean."""

from sim.metrics.event_streams import NO_LOAD, ratio
from sim.record.fields.event_streams import STREAM_LOADS, STREAM_REPLAYED

MEANING = "mean number of events that a load of an aggregate replays, those since its latest snapshot"
REPLAYED = ratio("replayed", "replayed", "1", "lower", (STREAM_REPLAYED, STREAM_LOADS), 1.0, MEANING, NO_LOAD)
