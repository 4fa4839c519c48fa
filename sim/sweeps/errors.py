"""What can go wrong with a sweep, said in one sentence.

EventflowError <-- SweepError      a wrong axis, a folder in use, a disk that is full
"""

from __future__ import annotations

from sim.errors import EventflowError


class SweepError(EventflowError, ValueError):
    """A sweep cannot be done as asked, or cannot go on; the message says why and what to do."""
