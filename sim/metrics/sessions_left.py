"""Sessions that ended because the user did not want to go on, which is no failure; of a step: before it."""

from sim.metrics.sessions import ended_so, left_before
from sim.record.fields.sessions import SESSION_LEFT

MEANING = "sessions whose users did not want to go on to a step, which is no failure; of a step: to that one"
SESSIONS_LEFT = ended_so("sessions_left", "sessions left", SESSION_LEFT, "neither", MEANING, left_before)
