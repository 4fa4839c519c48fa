"""Bugs for the kernel in what leaks and hangs, looked for in the examples of `tests.conformance.generate_leaks`."""

from __future__ import annotations

MUTANTS = {
    "a connection that leaks is handed on": ("stores", "end", "store.state.in_use > store.connections", "store.at == 0"),
    "a restart takes what had leaked of a pool": ("leaks", "restarted", "pool.lost = 0", "pass"),
    "who goes down hangs on": ("leaving", "end_all", "span.place == HANGS", "span.at == 0"),
}
SHOWN_BY = {"a connection that leaks is handed on": 2, "who goes down hangs on": 14}
"""As in `kernel_mutants`."""
