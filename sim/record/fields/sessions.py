"""What is counted of sessions: users of a flow who ask for one thing after another (`sim.record.sessions`).

A session begins with the request that arrives, so that there are as many as its flow has requests: nothing is counted twice.
"""

from sim.record.families import Family

SESSIONS = Family("sessions", one="session")
LEVEL_SESSIONS = SESSIONS.level("open")  # not over when the books are closed
LEVEL_OLDEST_SESSION = SESSIONS.level("oldest")
SESSION_COMPLETED = SESSIONS.counter("completed")  # all steps were gone through
SESSION_LEFT = SESSIONS.counter("left")  # the user did not want to go on to a step
SESSION_ABANDONED = SESSIONS.counter("abandoned")  # a request failed, or the deadline came before the user knew
SESSION_WELL = SESSIONS.counter("well")  # completed, or left
SESSION_TIME = SESSIONS.counter("time")  # from the first request to the last answer, of those
SESSION_LEAST = SESSIONS.counter("least")
SESSION_MOST = SESSIONS.counter("most")
SESSION_OPEN_TIME = SESSIONS.counter("open_time")  # at the horizon, how long ago those that are open began
SESSION_ENDS = (SESSION_COMPLETED, SESSION_LEFT, SESSION_ABANDONED)
SESSIONS.balance("sessions that ended well", SESSION_WELL, [SESSION_COMPLETED, SESSION_LEFT])
SESSIONS.summed(SESSION_TIME, count=SESSION_WELL, longest=SESSION_MOST)
SESSIONS.summed(SESSION_OPEN_TIME, count=LEVEL_SESSIONS, longest=LEVEL_OLDEST_SESSION, in_levels=True)
