"""What is wrong with a scenario, and where.

    checkout.yaml:10:17: services.payment.replicas: zero capacity: nothing would ever be served; write at least 1
       10 |     replicas: 0
          |               ^

A problem knows its field always, and its line and column when the scenario was read from a file. ``ScenarioError``
carries all problems of a scenario at once: nobody should need ten attempts to find ten mistakes.
"""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.errors import EventflowError

SHOWN_MAX = 20
SOURCE_CHARACTERS_MAX = 160
PATH_CHARACTERS_MAX = 120
CHOICES_MAX = 200
"""Above so many choices only words at most two slips away are suggested: the looser comparison is slow."""

Severity = Literal["error", "warning"]

Location = tuple[str | int, ...]
"""Keys and list positions from the top of a scenario to one of its values."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong, or doubtful.

    Attributes:
        field: the path of the value, such as ``services.payment.operations.charge[0].work``; '' is the whole scenario.
        message: what is wrong, and after a semicolon what would be right.
        severity: an ``error`` stops the scenario from being used, a ``warning`` does not.
        path: file name, or '' for a scenario built in Python.
        line: line in the file, from 1; 0 is unknown.
        column: column in the line in characters, from 1; 0 is unknown.
        source: the text of that line.
        loc: the field as keys and list positions.
        at_key: whether the problem is with the key itself, not with its value.
    """

    field: str
    message: str
    severity: Severity = "error"
    path: str = ""
    line: int = 0
    column: int = 0
    source: str = ""
    loc: Location = ()
    at_key: bool = False

    @property
    def headline(self) -> str:
        """The problem in one line: ``file:line:column: field: message``."""
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        word = "warning" if self.severity == "warning" else ""
        return ": ".join(part for part in (place, word, self.field, self.message) if part)

    def __str__(self) -> str:
        """Return the headline, with the source line and a caret below it where they are known."""
        if not self.line or not self.source.strip():
            return self.headline
        start = max(0, self.column - SOURCE_CHARACTERS_MAX // 2)
        text = self.source[start : start + SOURCE_CHARACTERS_MAX].replace("\t", " ")
        number = f"{self.line:>5}"
        return f"{self.headline}\n{number} | {text}\n{' ' * len(number)} | {' ' * (self.column - 1 - start)}^"


class ScenarioError(EventflowError, ValueError):
    """A scenario cannot be used; ``problems`` says why, all of them, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems; the message shows at most 20 of them."""
        self.problems = tuple(problems)
        super().__init__(render(self.problems))


def render(problems: Sequence[Problem]) -> str:
    """Write problems for people: at most 20, then how many more there are."""
    lines = [str(problem) for problem in problems[:SHOWN_MAX]]
    if len(problems) > SHOWN_MAX:
        lines.append(f"... and {len(problems) - SHOWN_MAX} more; correct these first")
    return "\n".join(lines)


def field_path(loc: Location) -> str:
    """Write a location as a path: ``services.payment.operations.charge[0].work``."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            shown = part if len(part) <= 64 else part[:61] + "..."  # noqa: PLR2004 - length of a name
            path += f".{shown}" if path else shown
    return path if len(path) <= PATH_CHARACTERS_MAX else f"{path[:72]}...{path[-40:]}"


def suggest(word: str, choices: Collection[str]) -> str | None:
    """Return the choice that ``word`` is most likely a misspelling of, or None: at most two slips away."""
    allowed = 1 if len(word) <= 3 else 2  # noqa: PLR2004 - a short word has little to go by
    near = [(_slips(word.lower(), choice.lower(), allowed), choice) for choice in choices]
    best = min((slips for slips, _ in near if slips <= allowed), default=None)
    if best is None:
        matches = difflib.get_close_matches(word, choices, n=1, cutoff=0.7) if len(choices) <= CHOICES_MAX else []
        return matches[0] if matches else None
    equal = [choice for slips, choice in near if slips == best]
    return max(equal, key=lambda choice: difflib.SequenceMatcher(None, word, choice).ratio())


def did_you_mean(word: str, choices: Collection[str], *, noun: str = "known") -> str:
    """Return the remedy for an unknown word: the likely one, or the list of those there are."""
    likely = suggest(word, choices)
    if likely is not None:
        return f"did you mean '{likely}'?"
    names = sorted(choices)
    if not names:
        return "there are none" if noun in {"known", "there are"} else f"there are no {noun}"
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""  # noqa: PLR2004 - fits on a line
    return f"{noun}: {', '.join(names[:12])}{more}"


def _slips(word: str, other: str, limit: int) -> int:
    """Count insertions, deletions, replacements and swaps of neighbours between two words; stop above the limit."""
    if abs(len(word) - len(other)) > limit:
        return limit + 1
    before, above = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        row = [i]
        for j, another in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != another))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == another:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, above = above, row
    return above[-1]
