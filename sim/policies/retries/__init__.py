"""What follows a failed attempt: one file per retry policy, with its settings, its row and its rule.

The language is loaded first: guards, of which its calls have keys, use what is here.
"""

import sim.scenario  # noqa: F401
