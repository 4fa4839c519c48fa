"""What is counted of fallbacks: what is done where a call, or steps that are tried, failed (`sim.record.around_calls`)."""

from sim.record.families import Family

FALLBACKS = Family("fallbacks", one="fallback")
LEVEL_FALLING = FALLBACKS.level("running")
FALLBACK_TAKEN = FALLBACKS.counter("taken")  # something failed, and it began
FALLBACK_WELL = FALLBACKS.counter("well")
FALLBACK_FAILED = FALLBACKS.counter("failed")
FALLBACK_BROKEN = FALLBACKS.counter("broken_off")  # its handler went down
FALLBACKS.balance("fallback", FALLBACK_TAKEN, [FALLBACK_WELL, FALLBACK_FAILED, FALLBACK_BROKEN], [LEVEL_FALLING])
