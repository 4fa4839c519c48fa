"""Changes of the environment over a window of time: one file per fault."""
