"""So many places, and who waits for one of them: the rules of bulkheads and connection pools.

    attempt --> a free place --> taken until it is given back --> for the first of those who wait
           '--> none, and there is room: waits               '--> else: refused
"""

from pydantic_core import PydanticCustomError

from sim.rows import Row
from sim.scenario.kinds import GO, HOLD, REFUSE
from sim.shared import shared

PLACES_MAX = 10**6
WAITING_MAX = 10**9


def check_room(wait_max: int | None, queue_max: int | None) -> None:
    """Refuse a room for those who wait where nobody may wait. Raises ``PydanticCustomError``, at the key ``queue_max``."""
    if wait_max == 0 and queue_max:
        raise PydanticCustomError("room", "nobody waits without wait_max; add it, or remove queue_max", {"at": "queue_max"})


class PlacesSettings(Row):
    """What is declared: how many places there are, and how many may wait for one; -1: any number."""

    places: int
    waiting_max: int


class PlacesState(Row):
    """Places that are taken, and attempts that wait for one. Nobody waits while a place is free."""

    taken: int
    waiting: int


@shared
def admit(settings: PlacesSettings, state: PlacesState, _now: int, _u: int) -> int:
    """Take a place; wait for one where none is free; refuse where nobody else may wait."""
    if state.taken < settings.places:
        state.taken += 1
        return GO
    if settings.waiting_max >= 0 and state.waiting >= settings.waiting_max:
        return REFUSE
    state.waiting += 1
    return HOLD


@shared
def withdraw(_settings: PlacesSettings, state: PlacesState, _sent_at: int) -> None:
    """Give the place back: the attempt did not leave."""
    state.taken -= 1


@shared
def settle(_settings: PlacesSettings, state: PlacesState, _now: int, _sent_at: int, _good: bool) -> None:  # noqa: FBT001
    """Give the place back: the attempt has ended."""
    state.taken -= 1


@shared
def admit_next(settings: PlacesSettings, state: PlacesState) -> bool:
    """The first of those who wait takes a free place; whether there is one, and somebody waits."""
    if state.waiting == 0 or state.taken >= settings.places:
        return False
    state.waiting -= 1
    state.taken += 1
    return True


@shared
def leave(_settings: PlacesSettings, state: PlacesState) -> None:
    """One that waits does so no longer, and goes without."""
    state.waiting -= 1


@shared
def lose(_settings: PlacesSettings, state: PlacesState, count: int) -> None:
    """So many places are taken by nobody: who has one gives it back to none; or they are free again, below 0."""
    state.taken += count


@shared
def engaged(settings: PlacesSettings, state: PlacesState) -> bool:
    """Whether it keeps calls back: no place is free."""
    return state.taken >= settings.places
