"""What callers do about failure and load: a folder for each hook, a file for each policy (`sim.semantics.hooks`)."""
