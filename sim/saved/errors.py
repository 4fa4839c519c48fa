"""A file that cannot be read as what it should be.

EventflowError <-- SavedError      torn, changed, foreign, too new, or of another kind: the message says which
"""

from __future__ import annotations

from sim.errors import EventflowError


class SavedError(EventflowError, ValueError):
    """A saved file is refused; the message says why, and what to do."""
