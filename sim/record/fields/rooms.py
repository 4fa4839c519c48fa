"""What is counted of the guards at which attempts wait: how many do, and for how long (`sim.record.rooms`)."""

from sim.record.families import Family

ROOMS = Family("rooms", one="room")
LEVEL_HELD_BACK = ROOMS.level("held_back")  # attempts that wait
LEVEL_ROOM_SINCE = ROOMS.since_level("room_since")
LEVEL_ROOM_OPEN_WAITED = ROOMS.level("room_open_waited")
ROOM_WAITS = ROOMS.counter("waits")  # attempts that had to wait
ROOM_WENT = ROOMS.counter("went")  # and then went on
ROOM_TIMED_OUT = ROOMS.counter("timed_out")  # and waited too long: the guard refused them
ROOM_LEFT = ROOMS.counter("left")  # and their caller went down meanwhile, or gave up
ROOM_WAITED = ROOMS.counter("waited")
ROOM_WAITING_AREA = ROOMS.area("held_back_area", LEVEL_HELD_BACK)
ROOM_WAITING_MAX = ROOMS.maximum("held_back_max", LEVEL_HELD_BACK)
ROOMS.balance("attempts that wait at guard", ROOM_WAITS, [ROOM_WENT, ROOM_TIMED_OUT, ROOM_LEFT], [LEVEL_HELD_BACK])
ROOMS.balance("Little (waiting) of guard", ROOM_WAITING_AREA, [ROOM_WAITED], [LEVEL_ROOM_OPEN_WAITED])
HELD_BACK = ROOMS.holding("attempts that wait at guard", LEVEL_HELD_BACK)
