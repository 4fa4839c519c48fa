"""Sessions whose users went through all steps."""

from sim.metrics.sessions import ended_so
from sim.record.fields.sessions import SESSION_COMPLETED

MEANING = "sessions whose users went through all their steps"
SESSIONS_COMPLETED = ended_so("sessions_completed", "sessions completed", SESSION_COMPLETED, "higher", MEANING)
