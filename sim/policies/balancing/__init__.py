"""Which replica an attempt goes to: one file per balancing policy, with its settings and its rule."""
