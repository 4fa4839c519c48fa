"""What the kernel's language knows: kinds of values, choices of functions, and errors that name the place and the remedy."""

from __future__ import annotations

import ast
import builtins
import linecache
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from sim.errors import EventflowError
from sim.rows import NOWHERE, WORD_BITS, Row

if TYPE_CHECKING:
    from collections.abc import Callable

HANDED_ON = ".memory"
WORD_MIN, WORD_MAX = -(1 << 63), (1 << 63) - 1


class LoweringError(EventflowError, TypeError):
    """A function uses what the kernel's language does not have; the message says where, what, and what to write instead."""


@dataclass(frozen=True)
class Kind:
    """What a value is: its name here, its type in LLVM, and the rows that it is or leads to."""

    name: str
    llvm: str = "i64"
    row: type[Row] | None = None

    @property
    def shown(self) -> str:
        """As a person would write it."""
        if self.row is None:
            return self.name
        return self.row.__name__ if self.name in {"row", "header"} else f"{self.name} of {self.row.__name__}"


INT, BOOL = Kind("int"), Kind("bool")
WORDS, NOTHING = Kind("Words", "ptr"), Kind("None", "void")
NOWHERE_KIND = Kind("no row")
INTS = Kind("ints")
ANNOTATIONS = {kind.name: kind for kind in (INT, BOOL, WORDS, NOTHING)}
NUMBERS = (INT, BOOL)


def row_kind(row: type[Row]) -> Kind:
    """A row: its address; or the header, which is the memory itself."""
    return Kind("header", "ptr", row) if row.header else Kind("row", "i64", row)


@dataclass(frozen=True)
class Value:
    """A value in IR: a constant, or the name that holds it."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Place:
    """Where a value is kept: a pointer in IR to its word, what it is, and which bits of the word it has."""

    at: str
    kind: Kind
    bits: int = WORD_BITS
    shift: int = 0

    @property
    def mask(self) -> int:
        """All its bits, as the lowest ones."""
        return (1 << self.bits) - 1


class Choice:
    """One of several functions of the same signature, by its code; a code that none has is the last one's."""

    def __init__(self, functions: tuple[Callable[..., Any], ...]) -> None:
        self.functions = functions

    def __call__(self, code: int, *arguments: Any) -> int:
        """Call the function of a code."""
        result: int = self.functions[code if 0 <= code < len(self.functions) else -1](*arguments)
        return result


class Hook(Choice):
    """A choice of functions that have rows of their own: an address stands where a function wants its row.

    It is called with a code and the header, whose memory the rows lie in; then with what the functions take.
    """

    def __call__(self, code: int, header: Row, *arguments: Any) -> Any:
        """Call the function of a code, with rows at the addresses that were given."""
        function = self.functions[code if 0 <= code < len(self.functions) else -1]
        kinds = Source.of(function).parameters.values()
        pairs = zip(kinds, arguments, strict=True)
        return function(*(kind.row(header, given) if kind.name == "row" and kind.row else given for kind, given in pairs))


@cache
def definitions(text: str) -> dict[int, ast.FunctionDef]:
    """The functions of a file by the line in which they begin, with their decorators; each file is parsed once."""
    found, waiting = [], list(ast.parse(text).body)
    for one in waiting:  # which grows, by statements only
        waiting += [part for part in ast.iter_child_nodes(one) if isinstance(part, ast.stmt)]
        found += [one] if isinstance(one, ast.FunctionDef) else []
    return {min([one.lineno, *(decorator.lineno for decorator in one.decorator_list)]): one for one in found}


class Source:
    """A function as the language sees it: its syntax, its signature, and what its names mean."""

    def __init__(self, function: Callable[..., Any]) -> None:
        code = function.__code__
        self.function = function
        self.file = code.co_filename
        self.name = f"{function.__module__}.{function.__qualname__}"
        tree = definitions("".join(linecache.getlines(self.file))).get(code.co_firstlineno)
        if tree is None:
            self.fail(code.co_firstlineno, "this is not a function in a file", "write a function with def")
        self.tree = tree
        self.parameters, self.result = self._signature()

    @staticmethod
    @cache
    def of(function: Callable[..., Any]) -> Source:
        """The source of a function, read once."""
        return Source(function)

    def fail(self, node: ast.AST | int, what: str, remedy: str) -> NoReturn:
        """Refuse a part of the function, or what stands in a line."""
        line = node if isinstance(node, int) else getattr(node, "lineno", self.function.__code__.co_firstlineno)
        raise LoweringError(f"{self.file}:{line}: {self.function.__name__}: {what}; {remedy}")

    def _signature(self) -> tuple[dict[str, Kind], Kind]:
        tree = self.tree
        found = tree.args
        if found.vararg or found.kwarg or found.kwonlyargs or found.defaults:
            self.fail(tree, "parameters of the kernel have no defaults and no stars", "write plain positional parameters")
        if self.function.__closure__:
            self.fail(tree, "it uses variables of a function around it", "give them as parameters")
        parameters = {one.arg: self.kind_of(one, one.annotation, f"parameter {one.arg}") for one in found.args}
        if NOTHING in parameters.values():
            self.fail(tree, "a parameter is annotated None", "write int, bool, a row or Words")
        result = self.kind_of(tree, tree.returns, "the result")
        if result.llvm == "ptr":
            self.fail(tree, "a memory is not returned", "return an int, a bool or a row")
        return parameters, result

    def kind_of(self, node: ast.AST, annotation: ast.expr | None, what: str) -> Kind:
        """What an annotation says that a value is."""
        name = "" if annotation is None else ast.unparse(annotation).strip("'")
        row = self.function.__globals__.get(name)
        if isinstance(row, type) and issubclass(row, Row):
            return row_kind(row)
        if name not in ANNOTATIONS:
            said = f"is annotated {name}" if name else "has no annotation"
            self.fail(node, f"{what} {said}", f"write one of {', '.join(ANNOTATIONS)}, or a row")
        return ANNOTATIONS[name]

    @property
    def memory(self) -> str:
        """The memory that its rows lie in: its header, or one that is handed on without being written; '' without rows."""
        headers = [name for name, kind in self.parameters.items() if kind.name == "header"]
        rows = any(kind.name == "row" for kind in (*self.parameters.values(), self.result))
        return headers[0] if headers else HANDED_ON if rows else ""

    def meaning(self, node: ast.expr) -> Any:
        """What a name that is not local stands for, or an attribute of such a thing."""
        if isinstance(node, ast.Attribute):
            owner = self.meaning(node.value)
            if not hasattr(owner, node.attr):
                self.fail(node, f"{ast.unparse(node)} is not known", "import it, or correct the name")
            return getattr(owner, node.attr)
        if not isinstance(node, ast.Name):
            self.fail(node, f"{ast.unparse(node)} is not a name", "call a function by its name")
        found = self.function.__globals__.get(node.id, getattr(builtins, node.id, None))
        if found is None:
            self.fail(node, f"{node.id} is not known", "assign it, give it as a parameter, or import it")
        return found

    def constant(self, node: ast.expr, value: Any) -> Value:
        """An integer as a value, or no row."""
        if value is NOWHERE:
            return Value(NOWHERE_KIND, "0")
        if not isinstance(value, int):
            self.fail(node, f"{ast.unparse(node)} is not an integer", "the kernel's language has int64 and bool only")
        if not WORD_MIN <= value <= WORD_MAX:
            self.fail(node, f"{value} has more than 64 bits", "write it as a number from -2**63 to 2**63 - 1")
        return Value(BOOL if isinstance(value, bool) else INT, str(int(value)))
