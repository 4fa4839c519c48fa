"""Bugs for the kernel in what it does with branches.

They are looked for in the examples of `tests.conformance.generate_branches`.
"""

from __future__ import annotations

MUTANTS = {
    "branches that were left outlive their replica": (
        "leaving",
        "lose_branches",
        "while replica.branch_first:",
        "while replica.branch_first and m.now < 0:",
    ),
    "work in a branch keeps its pace": ("faults", "set_pace", "while branch:", "while branch.at < 0:"),
    "what is done at once fails as the last one": ("forks", "heard", "if parent.failures == 0:", "if parent.failures >= 0:"),
    "branches are called back unasked": ("forks", "leave", "elif cancels != 0:", "elif cancels == 0:"),
    "branches outlive their handler": ("leaving", "abandon", "if m.branch_count > 0:", "if m.branch_count < 0:"),
    "the calls of a branch have no deadline": ("branches", "begin", "one.due = span.due", "pass"),
}
SHOWN_BY = {
    "branches that were left outlive their replica": 22,
    "work in a branch keeps its pace": 15,
    "what is done at once fails as the last one": 9,
    "branches are called back unasked": 6,
    "branches outlive their handler": 1,
    "the calls of a branch have no deadline": 16,
}
"""As in `kernel_mutants`."""
