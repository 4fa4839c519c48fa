"""How a caller bears failure and spreads load: one file per policy, its settings on top, its rule below."""
