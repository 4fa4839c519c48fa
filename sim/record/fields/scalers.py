"""What is counted of services whose replicas come and go: how many there are, how often that changed (`sim.record.scaling`)."""

from sim.record.families import Family

SCALERS = Family("scalers", one="scaler")
LEVEL_WANTED = SCALERS.level("wanted")
LEVEL_THERE = SCALERS.level("there")  # that start, serve or leave: what is paid for
LEVEL_RUNNING = SCALERS.level("running")  # that serve or leave: what has workers
LEVEL_READY = SCALERS.level("ready")  # that serve, and are neither down nor withdrawn
LEVEL_SCALER_SINCE = SCALERS.since_level("scaler_since")
SCALER_SYNCS = SCALERS.counter("syncs")
SCALER_RAISED = SCALERS.counter("raised")  # syncs after which more were wanted
SCALER_LOWERED = SCALERS.counter("lowered")
SCALER_STARTED = SCALERS.counter("started")  # replicas, and those that there were as the run began
SCALER_CAME = SCALERS.counter("came")  # whose start-up was over
SCALER_GIVEN_UP = SCALERS.counter("given_up")  # that were wanted no more before that
SCALER_LEFT = SCALERS.counter("left")  # that were to go
SCALER_GONE = SCALERS.counter("gone")
SCALER_REPLACED = SCALERS.counter("replaced")  # by a deploy
SCALER_WANTED_AREA = SCALERS.area("wanted_area", LEVEL_WANTED)
SCALER_THERE_AREA = SCALERS.area("there_area", LEVEL_THERE)
SCALER_RUNNING_AREA = SCALERS.area("running_area", LEVEL_RUNNING)
SCALER_READY_AREA = SCALERS.area("ready_area", LEVEL_READY)
SCALER_WANTED_MAX = SCALERS.maximum("wanted_max", LEVEL_WANTED)
SCALER_THERE_MAX = SCALERS.maximum("there_max", LEVEL_THERE)
SCALERS.balance("replicas of scaler", SCALER_STARTED, [SCALER_GIVEN_UP, SCALER_GONE], [LEVEL_THERE])
HELD_WANTED = SCALERS.holding("replicas wanted by scaler", LEVEL_WANTED)
HELD_THERE = SCALERS.holding("replicas of scaler", LEVEL_THERE)
HELD_RUNNING = SCALERS.holding("replicas running of scaler", LEVEL_RUNNING)
HELD_READY = SCALERS.holding("replicas ready of scaler", LEVEL_READY)
