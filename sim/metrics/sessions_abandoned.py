"""Sessions that ended with a request that failed, or a deadline that came before the user knew; of a step: at it."""

from sim.metrics.sessions import ended_so, gave_up_at
from sim.record.fields.sessions import SESSION_ABANDONED

MEANING = "sessions that a failed request, or the deadline of the flow, has ended; of a step: at that one"
SESSIONS_ABANDONED = ended_so("sessions_abandoned", "sessions abandoned", SESSION_ABANDONED, "lower", MEANING, gave_up_at)
