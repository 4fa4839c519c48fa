"""What other products call the settings of a call, in any spelling, and what they are called here.

    minimumNumberOfCalls, minimum-number-of-calls, MinimumNumberOfCalls   ->   breaker.minimum

The page ``docs/coming-from.md`` has them in tables with values; a test holds both against each other. Only words that are not
our own: what a scenario may have under the same name is looked up first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = "docs/coming-from.md"
_SIGNS = re.compile(r"[-_\s]")
_RESILIENCE4J = {
    "circuitbreaker": ("breaker",),
    "ratelimiter": ("rate_limit",),
    "timelimiter": ("timeout",),
    "threadpoolbulkhead": ("bulkhead",),
    "fallbackmethod": ("fallback",),
    "slidingwindowtype": ("breaker.window.kind",),
    "slidingwindowsize": ("breaker.window.size",),
    "minimumnumberofcalls": ("breaker.minimum",),
    "failureratethreshold": ("breaker.failures",),
    "slowcalldurationthreshold": ("breaker.slow.after",),
    "slowcallratethreshold": ("breaker.slow.share",),
    "waitdurationinopenstate": ("breaker.open",),
    "enableexponentialbackoff": ("retry.kind", "breaker.open_factor"),
    "exponentialbackoffmultiplier": ("retry.factor", "breaker.open_factor"),
    "exponentialmaxwaitdurationinopenstate": ("breaker.open_max",),
    "permittednumberofcallsinhalfopenstate": ("breaker.probes",),
    "maxwaitdurationinhalfopenstate": ("breaker.half_open_max",),
    "recordexceptions": ("breaker.fails_on",),
    "ignoreexceptions": ("retry.on", "breaker.ignores"),
    "retryexceptions": ("retry.on",),
    "maxattempts": ("retry.attempts_max",),
    "waitduration": ("retry.base",),
    "exponentialmaxwaitduration": ("retry.cap",),
    "enablerandomizedwait": ("retry.jitter",),
    "randomizedwaitfactor": ("retry.jitter",),
    "limitforperiod": ("rate_limit.limit",),
    "limitrefreshperiod": ("rate_limit.period",),
    "timeoutduration": ("timeout", "rate_limit.wait_max"),
    "maxconcurrentcalls": ("bulkhead.calls_max",),
    "maxwaitduration": ("bulkhead.wait_max",),
    "queuecapacity": ("bulkhead.queue_max",),
}
_POLLY = {
    "circuitbreakerstrategyoptions": ("breaker",),
    "maxretryattempts": ("retry.attempts_max",),
    "backofftype": ("retry.kind",),
    "usejitter": ("retry.jitter",),
    "maxdelay": ("retry.cap",),
    "failureratio": ("breaker.failures",),
    "samplingduration": ("breaker.window.size",),
    "minimumthroughput": ("breaker.minimum",),
    "breakduration": ("breaker.open",),
    "permitlimit": ("bulkhead.calls_max",),
    "queuelimit": ("bulkhead.queue_max",),
}
_ENVOY = {
    "numretries": ("retry.attempts_max",),
    "baseinterval": ("retry.base",),
    "maxinterval": ("retry.cap",),
    "pertrytimeout": ("timeout",),
    "budgetpercent": ("retry.budget.share",),
    "minretryconcurrency": ("retry.budget.min",),
    "maxrequests": ("bulkhead.calls_max",),
    "maxconnections": ("pool",),
    "maxpendingrequests": ("pool",),
}
_GRPC = {
    "initialbackoff": ("retry.base",),
    "maxbackoff": ("retry.cap",),
    "backoffmultiplier": ("retry.factor",),
    "retryablestatuscodes": ("retry.on",),
    "maxtokens": ("retry.budget.tokens_max",),
    "tokenratio": ("retry.budget.per_success",),
}
_PATHS = {**_RESILIENCE4J, **_POLLY, **_ENVOY, **_GRPC}
_VALUES = {"countbased": "count", "timebased": "time"}
_NOT_HERE = {
    "resilience4j": f"its settings stand at the calls of services, by names of ours: {PAGE} has them",
    "automatictransitionfromopentohalfopenenabled": "leave it out: a breaker is half-open with the first call after `open`",
}


def ours(word: str) -> tuple[str, ...]:
    """Return what a word of other products is called here, as paths within a call, the likeliest first; () for any other."""
    found = _plain(word.rpartition(".")[2])
    return _PATHS.get(found) or _PATHS.get(found.removesuffix("s"), ())


def instead(word: str, within: Sequence[object] = (), beside: Sequence[str] = ()) -> str:
    """Return what to write for a word of other products; '' for any other.

    ``within``: the keys that it stands under; ``beside``: those that may stand where it stands.
    """
    plain = _plain(word.rpartition(".")[2])
    if plain in _NOT_HERE:
        return _NOT_HERE[plain]
    paths = ours(word)
    for parts in (one.split(".") for one in paths):
        if parts[0] in within or parts[0] in beside:
            inside = [part for part in parts if part not in within] or parts[-1:]
            return f"it is called '{'.'.join(inside)}' here"
    shown = " or ".join(f"'{one}'" for one in paths)
    return f"here it is {shown} of a call" if paths else ""


def policy(word: str) -> str:
    """Return the key of a policy that other products call so; '' for any other word."""
    return next((one for one in ours(word) if "." not in one), "")


def value(word: str) -> str:
    """Return what a value of other products is called here; '' for any other."""
    return _VALUES.get(_plain(word), "")


def _plain(word: str) -> str:
    """A word without signs and capitals: how products spell it differs from file to file."""
    return _SIGNS.sub("", word).lower()
