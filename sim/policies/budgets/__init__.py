"""How many retries the callers of an edge may make together: one file per retry budget, with its settings, state and rules."""
