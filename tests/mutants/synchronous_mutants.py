"""Bugs for the kernel in what synchronous worlds have: limits, keyed locks, caches, autoscaling, strikes, hedges, rooms.

They are looked for in the examples of all mechanics together, `tests.conformance.generate_together`.
"""

from __future__ import annotations

MUTANTS = {
    "a limit counts what has ended": ("admission", "over", "limiter.in_flight -= 1", "pass"),
    "a limit learns from what was called back": ("admission", "left", "LIMITER_IGNORED if", "LIMITER_ANSWERED if"),
    "a limit knows what it learnt before a crash": ("admission", "forget", "if limiter:", "if limiter and m.now < 0:"),
    "who has waited for a lock too long waits on": (
        "key_locks",
        "give_up",
        "leave(m, r, span, KEY_LOCK_TIMED_OUT)\n    return True",
        "return False",
    ),
    "a key that has expired is there": ("caches", "look", "found == rules.HIT:", "found in (rules.HIT, rules.EXPIRED):"),
    "a cache has room for every key": ("caches", "filled", "rules.full(one.state, cache.capacity)", "one.state.count < 0"),
    "a flush leaves what other replicas have": ("caches", "flush", "range(cache.count)", "range(1)"),
    "an autoscaler counts on who starts up": ("scaling", "sync", "unready += 1", "ready += 1"),
    "a replica that is to go is gone at once": ("scaling", "leave", "if replica.up == 0:", "if replica.at != 0:"),
    "a replica that stands still takes up what comes": ("standstill", "halt", " and until == 0", ""),
    "leaked workers are as good as others": ("standstill", "leak", "replica.busy += more", "pass"),
    "a hedge asks no budget": ("hedges", "further", "if not denied:", "if spec.at != 0:"),
    "who comes after its deadline is let in": ("waiting", "refused", "!= rules.IN_TIME", "< rules.IN_TIME"),
}
SHOWN_BY = {
    "a limit counts what has ended": 6,
    "a limit learns from what was called back": 6,
    "a limit knows what it learnt before a crash": 7,
    "a key that has expired is there": 1,
    "a cache has room for every key": 1,
    "a flush leaves what other replicas have": 2,
    "an autoscaler counts on who starts up": 4,
    "a replica that is to go is gone at once": 2,
    "leaked workers are as good as others": 7,
    "a hedge asks no budget": 2,
}
"""As in `kernel_mutants`."""
