"""Bugs for the kernel in what users with sessions do, looked for in the examples of `tests.conformance.generate_sessions`."""

from __future__ import annotations

MUTANTS = {
    "a failure ends no session": ("follow_ups", "answered", "spec.abandons != 0", "False"),
    "all users go on": ("follow_ups", "comes_to", "spec.share_stream >= 0 and", "spec.at < 0 and"),
    "a session ends with its first step": ("follow_ups", "done", "elif not spec.next:", "elif spec.at != 0:"),
}
SHOWN_BY = {"a failure ends no session": 2, "all users go on": 2, "a session ends with its first step": 2}
"""As in `kernel_mutants`."""
