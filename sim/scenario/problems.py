"""What is wrong with a scenario, and where.

    checkout.yaml:10:17: services.payment.replicas: zero capacity: nothing would ever be served; write at least 1
       10 |     replicas: 0
          |               ^

A problem knows its field always, and its line and column when the scenario was read from a file. ``ScenarioError``
carries all problems of a scenario at once: nobody should need ten attempts to find ten mistakes.
"""

import difflib
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.errors import EventflowError

NAMES_MAX, NAMES_FIRST = 25, 12
"""Up to so many names are listed as what there is; of more the first, which fit on a line."""
SHOWN_MAX = 20
SOURCE_CHARACTERS_MAX = 160
PATH_CHARACTERS_MAX = 120
CHOICES_MAX = 500
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
        mark: the character within the value that is to blame, where it is one.
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
    mark: str = ""

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
        cut = self.source[start : start + SOURCE_CHARACTERS_MAX].replace("\t", " ")
        at = self.column - 1 - start
        before, here = visible(cut[:at]), visible(cut[at : at + 1])
        number = f"{self.line:>5}"
        text = f"{before}{here}{visible(cut[at + 1 :])}"
        return f"{self.headline}\n{number} | {text}\n{' ' * len(number)} | {' ' * len(before)}{'^' * max(1, len(here))}"


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


INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"}
"""Unicode categories of characters that cannot be seen, or not be told from a space."""
LOOKALIKES = dict(
    zip(
        "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0501\u051b\u051d\u04bb\u0412\u041d\u041c\u0422\u0410\u0415\u041e\u0420\u0421\u0425\u041a\u03bf\u03bd\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u2010\u2011\u2012\u2013\u2014\u2212\uff1a\uff0c\uff0e",
        "aeopcyxsijdqwhBHMTAEOPCXKovABEZHIKMNOPTYX------:,.",
        strict=True,
    )
)
"""Letters and signs of other scripts, by the ones that they are taken for."""


def strange(text: str) -> str:
    """Return the first character that a reader does not see, or takes for another; '' when there is none."""
    if text.isascii() and text.isprintable():
        return ""
    return next((sign for sign in text if _unseen(sign) or sign in LOOKALIKES), "")


def skeleton(text: str) -> str:
    """Return what a reader takes a text for: without what cannot be seen, letters that look alike as Latin ones."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(LOOKALIKES.get(sign, sign) for sign in text if not _unseen(sign))


def named(sign: str) -> str:
    """Say which character it is that nobody sees: ``U+200B ZERO WIDTH SPACE``."""
    return f"U+{ord(sign):04X} {unicodedata.name(sign, 'without a name')}"


def strangeness(text: str) -> tuple[str, str]:
    """Return the first strange character of a text, and a sentence with the remedy; '' and '' when there is none."""
    sign = strange(text)
    if not sign:
        return "", ""
    if sign in LOOKALIKES:
        return sign, f"it has {named(sign)} where '{LOOKALIKES[sign]}' seems to stand; type '{LOOKALIKES[sign]}'"
    remedy = "type a space, or remove it" if unicodedata.category(sign) == "Zs" else "remove it"
    return sign, f"it has {named(sign)}, which cannot be seen; {remedy}"


def visible(text: str) -> str:
    """Return a text with every character that cannot be seen, or is taken for another, written as ``<U+200B>``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"<U+{ord(sign):04X}>" if _unseen(sign) or sign in LOOKALIKES else sign for sign in text)


def _unseen(sign: str) -> bool:
    return sign not in " \t\n\N{REPLACEMENT CHARACTER}" and unicodedata.category(sign) in INVISIBLE


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
    shown = names if len(names) <= NAMES_MAX else names[:NAMES_FIRST]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f"{noun}: {', '.join(shown)}{more}"


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
