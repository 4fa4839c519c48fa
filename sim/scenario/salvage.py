"""What is left of a scenario without its mistakes, so that the checks of whole scenarios have something to look at.

    {run: {horizon: 30s, sed: 1}, faults: {d: {at: 90s, ...}}}    run.sed is unknown
        --salvaged-->  {run: {horizon: 30s}, faults: ...}         faults.d begins when the run is over: said in the same go

What was refused is taken out: a key, an entry of a list, or what cannot be without it. Nothing is invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.scenario.explain import problems_of
from sim.scenario.yaml_reader import BROKEN

if TYPE_CHECKING:
    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario

ROUNDS_MAX = 6
"""How often what is left is looked at again: what was needed is missing now, and what needs it has to go too."""


class _Gone:
    """Stands in a list for an entry that was taken out, so that the others keep their places."""


GONE = _Gone()


@dataclass(frozen=True)
class Salvaged:
    """A scenario that was made of the sound part of a file.

    Attributes:
        scenario: it.
        places: the original position of each entry of the lists that lost some, by the location of the list.
    """

    scenario: Scenario
    places: Mapping[Location, tuple[int, ...]]

    def original(self, loc: Location) -> Location:
        """Where in the file a location of the scenario is."""
        return _original(loc, self.places)


def salvaged(model: type[Scenario], data: Mapping[str, Any]) -> Salvaged | None:
    """Return what is left of a file's data without what was refused; None when that is no scenario."""
    rest = _copied(data)
    for _ in range(ROUNDS_MAX):
        places: dict[Location, tuple[int, ...]] = {}
        whole = _packed(rest, (), places)
        try:
            return Salvaged(model.model_validate(whole), places)
        except ValidationError as error:
            wrong = {_original(problem.loc, places) for problem in problems_of(error, model, whole)}
            if not _taken_out(rest, wrong):
                return None
    return None


def _original(loc: Location, places: Mapping[Location, tuple[int, ...]]) -> Location:
    """Put the original positions in lists into a location."""
    found: Location = ()
    for part in loc:
        kept = places.get(found)
        found = (*found, kept[part] if kept is not None and isinstance(part, int) and part < len(kept) else part)
    return found


def _copied(value: Any) -> Any:
    """A copy without what was refused while reading."""
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items() if inner is not BROKEN}
    if isinstance(value, list | tuple):
        return [GONE if inner is BROKEN else _copied(inner) for inner in value]
    return value


def _packed(value: Any, loc: Location, places: dict[Location, tuple[int, ...]]) -> Any:
    """The same without the gaps; notes by the location in the file where the entries of a list were that has some."""
    if isinstance(value, dict):
        return {key: _packed(inner, (*loc, key), places) for key, inner in value.items()}
    if isinstance(value, list):
        kept = tuple(position for position, inner in enumerate(value) if inner is not GONE)
        if len(kept) < len(value):
            places[loc] = kept
        return [_packed(value[position], (*loc, position), places) for position in kept]
    return value


def _taken_out(rest: Any, wrong: Iterable[Location]) -> bool:
    """Take out the values at some locations, or what is around them where they are missing; whether anything went."""
    went = False
    for loc in sorted(wrong, key=len, reverse=True):
        owners = [rest]
        while len(owners) <= len(loc) and _holds(owners[-1], loc[len(owners) - 1]):
            owners.append(owners[-1][loc[len(owners) - 1]])
        depth = len(owners) - 2
        if depth < 0:  # the scenario itself
            continue
        if isinstance(owners[depth], dict):
            del owners[depth][loc[depth]]
        else:
            owners[depth][loc[depth]] = GONE
        went = True
    return went


def _holds(value: Any, part: str | int) -> bool:
    """Whether a mapping or a list has a value at a key or a position."""
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value) and value[part] is not GONE
