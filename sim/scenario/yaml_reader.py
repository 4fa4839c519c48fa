"""Read YAML into plain data, and remember where everything stands.

    bytes --> text --> YAML events --> data      {"services": {"payment": {"replicas": 2}}}
         size,    characters,  depth,      and positions   ("services", "payment", "replicas") -> line 4, column 15
         UTF-8    one by one   count

The reader builds from the event stream itself, so that every limit is checked before anything grows, and refuses what
makes YAML files mean something else than they seem to: duplicate keys, anchors, merge keys, tags, and the words that
YAML 1.1 took for booleans or sixtieths (here ``on``, ``no`` and ``1:30`` are texts, as in YAML 1.2).
"""

import math
import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from sim.scenario.problems import LOOKALIKES, Location, Problem, field_path, strange, strangeness

BYTES_MAX = 4 * 1024 * 1024
DEPTH_MAX = 64
NODES_MAX = 100_000
NUMBER_CHARACTERS_MAX = 40
PROBLEMS_MAX = 1000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_WORDS = _NULL | _TRUE | _FALSE
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


class _Broken:
    """Stands for a value that was refused while reading, so that nothing else is said about it."""

    def __repr__(self) -> str:
        return "<refused>"


BROKEN: Final = _Broken()


@dataclass(slots=True)
class Node:
    """Where a value of the file stands: line and column from 1, its keys, and what is inside."""

    line: int
    column: int
    key: tuple[int, int] | None = None
    broken: bool = False
    inner: bool = False
    children: dict[str | int, "Node"] = field(default_factory=dict)
    document: "Document | None" = None  # whose file it is in; None: that of the document that has it


@dataclass
class Document:
    """A file as it was read: plain data, positions, and what was refused.

    Attributes:
        path: name of the file, as it is shown in messages.
        lines: the text, by lines.
        data: mappings, lists, texts, numbers, booleans and None; ``BROKEN`` where a value was refused.
        root: positions; None when there is nothing.
        problems: what was refused.
        complete: whether the file was read to its end.
    """

    path: str
    lines: list[str] = field(default_factory=list)
    data: Any = None
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    complete: bool = True

    def problem_at(self, line: int, column: int, message: str, loc: Location = ()) -> Problem:
        """Return an error at a line and column."""
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Problem(
            field=field_path(loc), message=message, path=self.path, line=line, column=column, source=source, loc=loc
        )

    def locate(self, loc: Location, *, key: bool = False) -> tuple[int, int]:
        """Return line and column of a value, or of the deepest thing around it that is in the file.

        Mappings and lists are pointed at by their key; ``key`` asks for the key of a single value too.
        """
        node, depth = self._deepest(loc)
        if node is None:
            return 1, 1
        if node.key is not None and (key or node.inner or depth < len(loc)):
            return node.key
        return node.line, node.column

    def holder(self, loc: Location) -> "Document":
        """Return the document of the file in which `locate` finds a location: this one, or one that it is based on."""
        node, _ = self._deepest(loc)
        return self if node is None or node.document is None else node.document

    def _deepest(self, loc: Location) -> tuple[Node | None, int]:
        """The deepest thing around a location that is there, and how deep it is."""
        node, depth = self.root, 0
        for part in loc if node is not None else ():
            child = node.children.get(part) if node is not None else None
            if child is None:
                break
            node, depth = child, depth + 1
        return node, depth

    def is_broken(self, loc: Location) -> bool:
        """Return whether the value at a location, or one around it, was refused while reading."""
        node = self.root
        for part in loc:
            if node is None or node.broken:
                break
            node = node.children.get(part)
        return node is not None and node.broken


def read_yaml(content: bytes, path: str) -> Document:
    """Read the bytes of a file; everything that is refused is in the document's problems, nothing is raised."""
    document = Document(path=path)
    text = _decode(content, document)
    if text is not None:
        document.lines = _LINE_BREAK.split(text)
        if _check_characters(text, document):
            _Builder(document).build(text)
    if document.problems and document.data is None:
        document.complete = False
    return document


def read_value(text: str) -> Any:
    """Read one value, as it would be written in a file; raises ``ValueError`` with the reason."""
    document = read_yaml(text.encode("utf-8", "surrogateescape"), "")
    if document.problems:
        raise ValueError(document.problems[0].message)
    return document.data


def _decode(content: bytes, document: Document) -> str | None:
    if len(content) > BYTES_MAX:
        message = f"the file has {len(content)} bytes; at most {BYTES_MAX} (4 MiB) are read"
        document.problems.append(document.problem_at(1, 1, message))
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        document.problems.append(document.problem_at(1, 1, "the file is UTF-16 or UTF-32; save it as UTF-8"))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = content[: error.start].decode("utf-8-sig", "replace")
        before = _LINE_BREAK.split(good)
        message = f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        document.problems.append(document.problem_at(len(before), len(before[-1]) + 1, message))
        return None


def _check_characters(text: str, document: Document) -> bool:
    match = _REFUSED.search(text)
    if match is None:
        return True
    before = _LINE_BREAK.split(text[: match.start()])
    line = len(before)
    document.lines[line - 1] = _REFUSED.sub("\N{REPLACEMENT CHARACTER}", document.lines[line - 1])
    message = f"control character U+{ord(match[0]):04X}; remove it"
    document.problems.append(document.problem_at(line, len(before[-1]) + 1, message))
    return False


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being read."""

    node: Node
    loc: Location
    container: dict[str, Any] | list[Any]
    key: str | None = None
    key_at: tuple[int, int] = (0, 0)
    has_key: bool = False


class _Stop(Exception):  # noqa: N818 - ends the reading, is not an error by itself
    """Reading cannot go on."""


class _Builder:
    """Turns YAML events into data and positions."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.frames: list[_Frame] = []
        self.nodes = 0
        self.documents = 0

    def build(self, text: str) -> None:
        """Read all events; a syntax error or a limit ends the reading."""
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.YAMLError as error:
            self._report_syntax(error)
        except _Stop:
            self.document.complete = False
        if self.documents == 0 and not self.document.problems:
            message = "the file is empty; 'eventflow demo' and the folder scenarios/ have examples to begin with"
            self._report(1, 1, message)

    def _take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._count(event)
            self._take_scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._count(event)
            self._begin(event, {} if kind is yaml.MappingStartEvent else [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            frame = self.frames.pop()
            self._finish(frame.container, frame.node)
        elif kind is yaml.AliasEvent:
            self._count(event)
            line, column = _at(event)
            self._report(line, column, f"alias '*{event.anchor}' is not supported; write the value out")
            self._finish(BROKEN, Node(line, column, broken=True))
        elif kind is yaml.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                self._report(*_at(event), "a second document begins here; a scenario file holds one, remove '---'")
                raise _Stop

    def _count(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > NODES_MAX:
            self._report(*_at(event), f"more than {NODES_MAX} values; split the scenario")
            raise _Stop

    def _begin(self, event: Any, container: dict[str, Any] | list[Any]) -> None:
        line, column = _at(event)
        if len(self.frames) >= DEPTH_MAX:
            self._report(line, column, f"nested deeper than {DEPTH_MAX} levels; make it flatter")
            raise _Stop
        if self._expects_key():
            self._report(line, column, "a key must be a single text, not a mapping or a list; check the braces")
            raise _Stop
        node = Node(line, column, broken=self._refuse_decorations(event, line, column), inner=True)
        self.frames.append(_Frame(node, self._here(), container))

    def _take_scalar(self, event: Any) -> None:
        line, column = _at(event)
        broken = False
        if event.anchor is not None or event.tag is not None:
            broken = self._refuse_decorations(event, line, column)
        if self._expects_key():
            self._take_key(event)
            return
        node = Node(line, column, broken=broken)
        value: Any = event.value
        if event.style not in {"'", '"', "|", ">"} and not node.broken:
            value = self._resolve(event.value, node)
        self._finish(BROKEN if node.broken else value, node)

    def _take_key(self, event: Any) -> None:
        frame, (line, column) = self.frames[-1], _at(event)
        key = event.value
        frame.key, frame.key_at, frame.has_key = key, (line, column), True
        if key == "<<" and event.style not in {"'", '"'}:
            self._report(line, column, "merge key '<<' is not supported; write the keys out")
            frame.key = None
        elif key in frame.node.children:
            first = frame.node.children[key].key or (line, column)
            shown = key if len(key) <= 64 else key[:61] + "..."  # noqa: PLR2004 - length of a name
            self._report(line, column, f"duplicate key '{shown}', first in line {first[0]}; keep one of them", (key,))
            frame.key = None

    def _finish(self, value: Any, node: Node) -> None:
        if not self.frames:
            self.document.data, self.document.root = value, node
            return
        frame = self.frames[-1]
        if isinstance(frame.container, list):
            frame.node.children[len(frame.container)] = node
            frame.container.append(value)
        elif not frame.has_key:
            frame.key, frame.has_key = None, True  # an alias as a key was refused: its value is read and dropped
        else:
            if frame.key is not None:
                node.key = frame.key_at
                frame.node.children[frame.key] = node
                frame.container[frame.key] = value
            frame.key, frame.has_key = None, False

    def _resolve(self, text: str, node: Node) -> Any:  # noqa: PLR0911 - one answer for each kind of scalar
        if text[:1] in _LETTERS and text not in _WORDS:
            return text
        if text in _NULL:
            return None
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        if _NOT_FINITE.fullmatch(text):
            return self._refuse_scalar(node, f"'{text}' is not a finite number; write a number")
        is_integer = _INTEGER.fullmatch(text) is not None
        is_other_base = _OTHER_BASE.fullmatch(text) is not None
        if not (is_integer or is_other_base or _FLOAT.fullmatch(text)):
            return text
        if len(text) > NUMBER_CHARACTERS_MAX:
            return self._refuse_scalar(
                node, f"a number of {len(text)} characters is too long; at most {NUMBER_CHARACTERS_MAX} are read"
            )
        if is_integer:
            return int(text)
        if is_other_base:
            return int(text, 0)
        number = float(text)
        if not math.isfinite(number):
            return self._refuse_scalar(node, f"'{text}' is too large for a number; write a smaller one")
        return number

    def _refuse_scalar(self, node: Node, message: str) -> Any:
        node.broken = True
        self._report(node.line, node.column, message)
        return BROKEN

    def _refuse_decorations(self, event: Any, line: int, column: int) -> bool:
        if event.anchor is not None:
            self._report(line, column, f"anchor '&{event.anchor}' is not supported; remove it and write values out")
        if event.tag is not None:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._report(line, column, f"tag '{shown[:80]}' is not supported; remove it")
        return event.tag is not None

    def _expects_key(self) -> bool:
        return bool(self.frames) and isinstance(self.frames[-1].container, dict) and not self.frames[-1].has_key

    def _here(self) -> Location:
        if not self.frames:
            return ()
        frame = self.frames[-1]
        if isinstance(frame.container, list):
            return (*frame.loc, len(frame.container))
        return frame.loc if frame.key is None else (*frame.loc, frame.key)

    def _report(self, line: int, column: int, message: str, inner: Location = ()) -> None:
        loc = (*self.frames[-1].loc, *inner) if inner else self._here()
        self.document.problems.append(self.document.problem_at(line, column, message, loc))
        if len(self.document.problems) >= PROBLEMS_MAX:
            raise _Stop

    def _report_syntax(self, error: yaml.YAMLError) -> None:
        self.document.complete = False
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reason = str(getattr(error, "problem", None) or error)
        if "end of stream" in reason:
            mark = getattr(error, "context_mark", None) or mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        lines = self.document.lines
        if line > len(lines) or (line == len(lines) and not lines[line - 1]):
            line = max(1, len(lines) - (not lines[-1]))
            column = len(lines[line - 1]) + 1
        hidden = next(((number, at) for number in (line, line - 1) if number and (at := _hidden(lines[number - 1])) >= 0), None)
        if hidden is not None:
            line, column = hidden[0], hidden[1] + 1
            message = f"not readable as YAML; {strangeness(lines[line - 1][column - 1])[1]}"
        else:
            message = _explain_syntax(reason, lines[line - 1], column)
        self.document.problems.append(self.document.problem_at(line, column, message))


def _hidden(source: str) -> int:
    """Where in a line a character stands that YAML takes for a letter, and a reader for a space or a sign; -1: nowhere."""
    text = source.partition(" #")[0]
    sign = strange(text)
    if not sign or (sign in LOOKALIKES and LOOKALIKES[sign] not in ":,-"):
        return -1
    return text.index(sign)


def _explain_syntax(reason: str, source: str, column: int) -> str:  # noqa: PLR0911 - one return for each reason
    if "\\t" in reason or "tab" in reason or source[column - 1 : column] == "\t":
        return "a tab where YAML needs spaces; indent with spaces"
    if "mapping values are not allowed" in reason:
        return "a ':' where no key can stand; check the indentation, or put the text in quotes"
    if "expected key" in reason or "block end" in reason or "'-' indicator" in reason:
        return "the indentation does not fit the lines above; align this line with its neighbours"
    if "',' or '" in reason:
        return "a bracket or brace is not closed; close it, or put a ',' between the entries"
    if "node content" in reason:
        return "a value is missing, or a bracket or brace is not closed; write the value, or close it"
    if "unexpected end of stream" in reason:
        return "the file ends inside a quoted text; close the quotes"
    if "cannot start any token" in reason:
        return f"'{source[column - 1 : column]}' cannot begin a value; put the text in quotes"
    return f"not readable as YAML: {reason}; check the line and the one above"


def _at(event: Any) -> tuple[int, int]:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1
