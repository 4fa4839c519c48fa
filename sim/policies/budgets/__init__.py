"""How many retries the callers of an edge may make together: one file per retry budget, with its settings, state and rules.

The language is loaded first: guards, of which its calls have keys, use what is here.
"""

import sim.scenario  # noqa: F401
