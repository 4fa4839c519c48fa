"""Whether an attempt may leave its caller: one file per guard, with its settings, its state and its rules.

The language is loaded first: its calls have a key for each guard that is found here.
"""

import sim.scenario  # noqa: F401
