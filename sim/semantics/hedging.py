"""When one more attempt of a call may leave: after how long, and whether the budget lets it go. Integers only.

    called ------ `waits` ns without a good answer ------> `may_hedge`? another attempt
       '-- the budget grows by a share of one               '-- it costs one
    `learn`: the first attempt was answered after so long, or was left without an answer

Each replica of the caller knows only its own calls, as the library in its process would. A percentile is estimated as it
goes: a longer time than the estimate raises it by ``q / STEPS`` of itself, a shorter one lowers it by ``(1 - q) / STEPS``, so
that it rests where one in ``1 / (1 - q)`` is longer (stochastic approximation, Robbins and Monro 1951, of the logarithm; for
p95 it rests at p94.9, for p50 at p49.2). The first answer is the first estimate; before it nothing is hedged.
"""

from sim.rows import Row
from sim.shared import shared

ONE = 1 << 20
"""A whole attempt of a budget."""
SAVED_MAX = 10 * ONE
"""What was not used is kept up to so much."""
MILLE = 1000
STEPS = 16
PART_BITS = 10
"""Bits of an estimate below one ns."""
ESTIMATE_MAX = 1 << 52
"""An hour and more: longer is as long."""


class HedgeState(Row):
    """What one replica knows of a call that it hedges."""

    saved: int  # of the budget
    estimate: int  # of the percentile, in 2**-PART_BITS ns; 0: none yet


@shared
def called(state: HedgeState, budget: int) -> None:
    """A call begins; ``budget`` is the share of `ONE` that it adds, or -1 without a bound."""
    if budget >= 0:
        state.saved = min(state.saved + budget, SAVED_MAX)


@shared
def may_hedge(state: HedgeState, budget: int) -> bool:
    """Whether one more attempt may leave; if so, it is paid for."""
    if budget < 0:
        return True
    if state.saved < ONE:
        return False
    state.saved -= ONE
    return True


@shared
def waits(state: HedgeState, after: int, mille: int) -> int:
    """For how long no good answer must have come, in ns, at least 1; 0: nobody knows yet, so that nothing is hedged."""
    if mille == 0:
        return after
    return 0 if state.estimate == 0 else max(state.estimate >> PART_BITS, 1)


@shared
def learn(state: HedgeState, mille: int, lasted: int, answered: bool) -> None:  # noqa: FBT001
    """The first attempt of a call was answered well after so many ns, or was left ``not answered``: it would take longer."""
    longest = ESTIMATE_MAX if lasted >= ESTIMATE_MAX >> PART_BITS else lasted << PART_BITS
    estimate = state.estimate
    if estimate == 0:
        estimate = longest
    elif longest > estimate or not answered:
        estimate += estimate * mille // (MILLE * STEPS)
    elif longest < estimate:
        estimate -= estimate * (MILLE - mille) // (MILLE * STEPS)
    state.estimate = min(max(estimate, 1), ESTIMATE_MAX)
