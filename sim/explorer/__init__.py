r"""Turn the knobs of a scenario in a notebook, and watch what it does.

    sim.explore("checkout.yaml")

    load      ---o----  1.5         goodput   |~~~\__/~~~
    fault     [slow-payment]        errors    |___/~~\___
    factor    -o------  20     ->   backlog   |____/~\___
    attempts  --o-----  3                     PASS checkout.errors < 1% ...
    replicas  -o------  2           as overrides: services.payment.replicas=2

knobs.py says which overrides a setting of the knobs means, page.py has the widgets. What is shown is what ``sim.run`` gives
for the same overrides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.api import load
from sim.explorer.knobs import Knobs, overrides
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from sim.engine import EngineName
    from sim.explorer.page import Explorer

__all__ = ["Knobs", "explore", "overrides"]

REPLICATIONS = 3
PANELS = ("goodput", "errors", "backlog")


def explore(
    scenario: Scenario | str | os.PathLike[str],
    other: Scenario | str | os.PathLike[str] | None = None,
    *,
    service: str = "",
    replications: int = REPLICATIONS,
    seed: int | None = None,
    engine: EngineName = "auto",
    panels: Sequence[str] = PANELS,
) -> Explorer:
    """Return sliders for the load, the fault, the retries and the replicas of a scenario, over charts that follow them.

    Args:
        scenario: a scenario, or the path of one.
        other: a second one to compare it with; the sliders move both, under the same random numbers.
        service: whose replicas the slider moves at first; default: that of the first fault, or the first one.
        replications: how many are run for each setting; few, so that the charts follow at once.
        seed: what all random numbers follow from; default: the scenario's.
        engine: as in ``sim.run``.
        panels: what is drawn, from the top: goodput, errors, delays, attempts, backlog.

    Raises ``ImportError`` that says what to install, where there is no ipywidgets.
    """
    from sim.explorer.page import Explorer  # ipywidgets is wanted here only

    both = [one if isinstance(one, Scenario) else load(one) for one in (scenario, other) if one is not None]
    return Explorer(both, service=service, replications=replications, seed=seed, engine=engine, panels=panels)
