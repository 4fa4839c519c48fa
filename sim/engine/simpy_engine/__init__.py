"""The readable engine, on SimPy: the specification of what a run does."""
