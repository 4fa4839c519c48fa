"""What is asked of a run, and not what happens in it: how many values of a histogram are at a limit or below."""

from sim.record.families import Family

LIMITS = Family("limits", one="limit", hashed=False)
LIMIT_REACHED = LIMITS.counter("reached")

# how wide its rows are, and where it stands in the header where they are
LIMIT_FIELDS = len(LIMITS.counters)
R_WINDOW_LIMITS = LIMITS.window_at
