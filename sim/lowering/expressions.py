"""Expressions to IR: every visit appends instructions and returns the value that they leave."""

from __future__ import annotations

import ast
import types
from typing import TYPE_CHECKING, Any

from sim.lowering.arithmetic import CALLED, COMPARED, DIRECT
from sim.lowering.language import (
    BOOL,
    HANDED_ON,
    INT,
    INTS,
    NOTHING,
    NOWHERE_KIND,
    NUMBERS,
    WORDS,
    Choice,
    Hook,
    Kind,
    Place,
    Value,
    row_kind,
)
from sim.rows import WORD_BITS, Row, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.lowering.language import Source
    from sim.lowering.module import Module

EXTREMES = {max: "llvm.smax.i64", min: "llvm.smin.i64"}
BUILT_IN = (int, bool)


class Expressions:
    """The body of one function in the making.

    Locals live in slots of the stack, which LLVM turns into registers. After an instruction that leaves the block, the place is
    *dead*: nothing is emitted until the next label.
    """

    def __init__(self, module: Module, source: Source) -> None:
        self.module, self.source = module, source
        self.lines: list[str] = []
        self.slots: list[str] = []
        self.kinds: dict[str, Kind] = {}
        self.numbers = 0
        self.dead = False

    # -- instructions

    def emit(self, line: str) -> None:
        """Append an instruction."""
        self.lines.append(f"  {line}")

    def result(self, kind: Kind, instruction: str) -> Value:
        """Append an instruction that leaves a value."""
        name = self.fresh("%v")
        self.emit(f"{name} = {instruction}")
        return Value(kind, name)

    def fresh(self, prefix: str) -> str:
        """A name that nothing has yet; no name of Python has a dot."""
        self.numbers += 1
        return f"{prefix}.{self.numbers}"

    def slot(self, name: str) -> str:
        """The slot of a local."""
        slot = f"%{name}.slot"
        if slot not in self.slots:
            self.slots.append(slot)
        return slot

    def label(self, name: str) -> None:
        """Go on at a label; what came before falls through to it."""
        self.jump(name)
        self.lines.append(f"{name}:")
        self.dead = False

    def jump(self, label: str) -> None:
        """Leave for a label, unless nothing comes by here."""
        if not self.dead:
            self.emit(f"br label %{label}")
        self.dead = True

    def joined(self, kind: Kind, ways: Sequence[tuple[str, Callable[[], Value]]]) -> Value:
        """The value of whichever way was taken: of (label, what leads to a value) one after the other."""
        slot, end = self.slot(self.fresh("joined")), self.fresh("end")
        for label, value in ways:
            self.lines.append(f"{label}:")
            self.dead = False
            found = value()
            if kind != NOTHING:
                self.emit(f"store i64 {found.text}, ptr {slot}")
            self.jump(end)
        self.lines.append(f"{end}:")
        self.dead = False
        return Value(NOTHING, "") if kind == NOTHING else self.result(kind, f"load i64, ptr {slot}")

    # -- values

    def number(self, node: ast.expr) -> Value:
        """An expression that must be an int or a bool."""
        value = self.value(node)
        if value.kind not in NUMBERS:
            self.source.fail(node, f"{ast.unparse(node)} is not a number", "use an int or a bool here")
        return value

    def value(self, node: ast.expr) -> Value:
        """Any expression."""
        visit = getattr(self, f"_{type(node).__name__.lower()}", None)
        if visit is None:
            what = f"{ast.unparse(node)} is not in the kernel's language"
            self.source.fail(node, what, "see the reference in sim/lowering/__init__.py")
        value: Value = visit(node)
        return value

    def _constant(self, node: ast.Constant) -> Value:
        return self.source.constant(node, node.value)

    def fits(self, value: Value, wanted: Kind) -> bool:
        """Whether a value may stand for another kind: an int for a bool, no row for a row, the header for its words."""
        numbers = value.kind in NUMBERS and wanted in NUMBERS
        nowhere = value.kind == NOWHERE_KIND and wanted.name == "row"
        return numbers or nowhere or value.kind == wanted or (wanted == WORDS and value.kind.name == "header")

    def kept(self, value: Value, wanted: Kind) -> bool:
        """Whether a value may be kept, or returned, as another kind: what is a truth value stays one, so no int for a bool."""
        return self.fits(value, wanted) and not (wanted == BOOL and value.kind == INT)

    def _name(self, node: ast.Name) -> Value:
        if node.id in self.kinds:
            return self.result(self.kinds[node.id], f"load i64, ptr {self.slot(node.id)}")
        kind = self.source.parameters.get(node.id)
        if kind is not None:
            return Value(kind, f"%{node.id}")
        return self.source.constant(node, self.source.meaning(node))

    def _attribute(self, node: ast.Attribute) -> Value:
        if not self.is_local(node):
            return self.source.constant(node, self.source.meaning(node))
        if node.attr == "at":
            return Value(INT, self.row(node).text)
        found = self.field(node)
        if found.kind.name == "inside":
            return Value(row_kind(found.kind.row), self.address_of(node))  # type: ignore[arg-type]
        if found.kind.name == "tail":
            return Value(INTS, self.address_of(node))
        return self.load(found)

    def load(self, place: Place) -> Value:
        """What is kept at a place."""
        word = self.result(place.kind, f"load i64, ptr {place.at}")
        if place.bits == WORD_BITS:
            return word
        lowest = self.result(INT, f"lshr i64 {word.text}, {place.shift}")
        return self.result(place.kind, f"and i64 {lowest.text}, {place.mask}")

    def keep(self, value: str, place: Place) -> None:
        """Put a value to a place; where others share its word, they stay."""
        if place.bits != WORD_BITS:
            word = self.result(INT, f"load i64, ptr {place.at}").text
            others = self.result(INT, f"and i64 {word}, {signed(~(place.mask << place.shift))}").text
            cut = self.result(INT, f"and i64 {value}, {place.mask}").text
            moved = self.result(INT, f"shl i64 {cut}, {place.shift}").text
            value = self.result(INT, f"or i64 {others}, {moved}").text
        self.emit(f"store i64 {value}, ptr {place.at}")

    def is_local(self, node: ast.expr) -> bool:
        """Whether an expression begins at a local: a field of a row, and no name of a module."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return not isinstance(node, ast.Name) or node.id in self.kinds or node.id in self.source.parameters

    def row(self, node: ast.Attribute) -> Value:
        """The row of which a field is asked for."""
        value = self.value(node.value)
        if value.kind.name not in {"row", "header", "ints", "rows", "refs"}:
            self.source.fail(node, f"{ast.unparse(node.value)} has no fields", "ask a row for them")
        return value

    def address_of(self, node: ast.Attribute) -> str:
        """The address, in words, of what lies in a row."""
        row = self.value(node.value)
        offset = row.kind.row.fields[node.attr].offset  # type: ignore[union-attr]
        return str(offset) if row.kind.name == "header" else self.result(INT, f"add i64 {row.text}, {offset}").text

    def field(self, node: ast.Attribute) -> Place:
        """Where a field of a row is, and what it holds."""
        row = self.row(node)
        known = row.kind.row.fields if row.kind.row is not None and row.kind.name in {"row", "header"} else {}
        if node.attr not in known:
            what = f"{row.kind.shown} has no field {node.attr}"
            self.source.fail(node, what, f"declare it, or ask for one of {', '.join(known)}")
        field = known[node.attr]
        if field.form in {"inside", "tail"}:
            return Place("", Kind(field.form, row=field.row if field.form == "inside" else None))
        if row.kind.name == "header":
            at = self.result(WORDS, f"getelementptr inbounds i64, ptr {row.text}, i64 {field.offset}").text
        else:
            start = row.text
            if field.apart:
                begins = self.result(INT, f"load i64, ptr {self.word(str(field.begins))}").text
                start = self.result(INT, f"add nsw i64 {start}, {begins}").text
            at = self.word(self.result(INT, f"add nsw i64 {start}, {field.offset}").text)
        number = BOOL if field.name == "bool" else INT
        kinds = {"int": lambda: number, "ints": lambda: INTS, "row": lambda: row_kind(field.row)}
        return Place(at, kinds.get(field.form, lambda: Kind(field.form, row=field.row))(), field.bits, field.shift)

    def word(self, at: str) -> str:
        """A word of the memory that rows lie in."""
        return self.result(WORDS, f"getelementptr inbounds i64, ptr %{self.source.memory}, i64 {at}").text

    def _subscript(self, node: ast.Subscript) -> Value:
        base = self.value(node.value)
        if base.kind.name == "rows":
            row: type[Row] = base.kind.row  # type: ignore[assignment]
            skipped = self.result(INT, f"mul i64 {self.number(node.slice).text}, {row.SIZE}")
            return self.result(row_kind(row), f"add i64 {base.text}, {skipped.text}")
        return self.load(self.place_in(node, base))

    def place_in(self, node: ast.Subscript, base: Value) -> Place:
        """Where a word of a memory or a list is, and what it holds."""
        index = self.number(node.slice)
        if base.kind == WORDS or base.kind.name == "header":
            return Place(self.result(WORDS, f"getelementptr inbounds i64, ptr {base.text}, i64 {index.text}").text, INT)
        if base.kind.name not in {"ints", "refs"}:
            what = f"{ast.unparse(node.value)} is not a memory"
            self.source.fail(node, what, "index a parameter annotated Words, or a list of a row")
        at = self.word(self.result(INT, f"add i64 {base.text}, {index.text}").text)
        return Place(at, INT if base.kind == INTS else row_kind(base.kind.row))  # type: ignore[arg-type]

    def place(self, target: ast.expr) -> Place:
        """Where something that is not a local is assigned, and what it holds."""
        if isinstance(target, ast.Subscript):
            base = self.value(target.value)
            if base.kind.name != "rows":
                return self.place_in(target, base)
        elif isinstance(target, ast.Attribute) and self.is_local(target):
            found = self.field(target)
            if found.at:
                return found
        return self.source.fail(target, f"{ast.unparse(target)} cannot be assigned", "assign to a name, a word or a field")

    def _binop(self, node: ast.BinOp) -> Value:
        left = self.number(node.left)
        return self.operation(node, node.op, left, self.number(node.right))

    def operation(self, node: ast.AST, operator: ast.operator, left: Value, right: Value) -> Value:
        """An arithmetic operation; of two bools ``& | ^`` leave a bool."""
        if name := DIRECT.get(type(operator)):
            bits = isinstance(operator, ast.BitAnd | ast.BitOr | ast.BitXor)
            kind = BOOL if bits and left.kind == right.kind == BOOL else INT
            return self.result(kind, f"{name} i64 {left.text}, {right.text}")
        if name := CALLED.get(type(operator)):
            return self.result(INT, f"call i64 @{name}(i64 {left.text}, i64 {right.text})")
        what = f"the operator {type(operator).__name__} is not in the kernel's language"
        return self.source.fail(node, what, "use + - * // % & | ^ << >> on integers")

    def _unaryop(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return self._truth(node)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return self.source.constant(node, -node.operand.value)  # type: ignore[operator]
        operand = self.number(node.operand)
        if isinstance(node.op, ast.USub):
            return self.result(INT, f"sub i64 0, {operand.text}")
        if isinstance(node.op, ast.Invert):
            return self.result(INT, f"xor i64 {operand.text}, -1")
        return Value(INT, operand.text)

    # -- truth

    def condition(self, node: ast.expr, yes: str, no: str) -> None:
        """Leave for one of two labels."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.condition(node.operand, no, yes)
        elif isinstance(node, ast.BoolOp):
            for part in node.values[:-1]:
                following = self.fresh("next")
                self.condition(part, *((following, no) if isinstance(node.op, ast.And) else (yes, following)))
                self.label(following)
            self.condition(node.values[-1], yes, no)
        elif isinstance(node, ast.Compare):
            self._comparison(node, yes, no)
        else:
            value = self.value(node)
            if value.kind not in NUMBERS and value.kind.name != "row":
                self.source.fail(node, f"{ast.unparse(node)} is neither true nor false", "use a number, a bool or a row")
            self._branch(f"icmp ne i64 {value.text}, 0", yes, no)

    def _comparison(self, node: ast.Compare, yes: str, no: str) -> None:
        """``a < b <= c``: each is worked out once, and the rest only as long as it holds."""
        left = self.value(node.left)
        for number, (operator, operand) in enumerate(zip(node.ops, node.comparators, strict=True), start=1):
            name = COMPARED.get(type(operator))
            if name is None:
                what = f"the comparison {type(operator).__name__} is not in the kernel's language"
                self.source.fail(node, what, "use == != < <= > >= on integers")
            right = self.value(operand)
            self.comparable(node, name, left, right)
            following = yes if number == len(node.ops) else self.fresh("next")
            self._branch(f"icmp {name} i64 {left.text}, {right.text}", following, no)
            if following != yes:
                self.label(following)
            left = right

    def comparable(self, node: ast.Compare, name: str, left: Value, right: Value) -> None:
        """Refuse to compare what cannot be: numbers with numbers, rows of one kind only whether they are the same."""
        numbers = left.kind in NUMBERS and right.kind in NUMBERS
        rows = name in {"eq", "ne"} and "row" in {left.kind.name, right.kind.name}
        if not numbers and not (rows and (self.fits(left, right.kind) or self.fits(right, left.kind))):
            what = f"{left.kind.shown} and {right.kind.shown} cannot be compared"
            self.source.fail(node, f"{ast.unparse(node)}: {what}", "compare numbers, or rows of one kind by == and !=")

    def _branch(self, test: str, yes: str, no: str) -> None:
        self.emit(f"br i1 {self.result(BOOL, test).text}, label %{yes}, label %{no}")
        self.dead = True

    def _truth(self, node: ast.expr) -> Value:
        """A condition as a value."""
        yes, no = self.fresh("yes"), self.fresh("no")
        self.condition(node, yes, no)
        return self.joined(BOOL, [(yes, lambda: Value(BOOL, "1")), (no, lambda: Value(BOOL, "0"))])

    def _compare(self, node: ast.Compare) -> Value:
        return self._truth(node)

    def _boolop(self, node: ast.BoolOp) -> Value:
        for part in node.values:
            if not self.is_truth(part):
                what = f"the value of {ast.unparse(node)} may be any of its parts"
                self.source.fail(part, what, "compare it with 0, or write an if")
        return self._truth(node)

    def is_truth(self, node: ast.expr) -> bool:
        """Whether an expression is a truth value by its form."""
        if isinstance(node, ast.BoolOp):
            return all(map(self.is_truth, node.values))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = self.source.meaning(node.func)
            return called is bool or (isinstance(called, types.FunctionType) and self.module.source(called).result == BOOL)
        if isinstance(node, ast.Name) and node.id in self.source.parameters:
            return self.source.parameters[node.id] == BOOL
        is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        return is_not or isinstance(node, ast.Compare) or (isinstance(node, ast.Constant) and isinstance(node.value, bool))

    def _ifexp(self, node: ast.IfExp) -> Value:
        yes, no = self.fresh("yes"), self.fresh("no")
        self.condition(node.test, yes, no)
        found: list[Value] = []

        def way(part: ast.expr) -> Callable[[], Value]:
            def value() -> Value:
                found.append(self.value(part))
                return found[-1]

            return value

        value = self.joined(INT, [(yes, way(node.body)), (no, way(node.orelse))])
        one, other = found
        if not self.fits(one, other.kind) and not self.fits(other, one.kind):
            what = f"{ast.unparse(node)} is {one.kind.shown} or {other.kind.shown}"
            self.source.fail(node, what, "let both be of one kind")
        truth = self.is_truth(node.body) and self.is_truth(node.orelse)
        kind = BOOL if truth else INT if one.kind in NUMBERS else other.kind if one.kind == NOWHERE_KIND else one.kind
        return Value(kind, value.text)

    # -- calls

    def _call(self, node: ast.Call) -> Value:
        if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            self.source.fail(node, "arguments are given by their place", "write them without names and stars")
        if isinstance(node.func, ast.Attribute) and node.func.attr == "bit_length" and not node.args:
            return self.result(INT, f"call i64 @bit_length(i64 {self.number(node.func.value).text})")
        if isinstance(node.func, ast.Name) and (node.func.id in self.kinds or node.func.id in self.source.parameters):
            self.source.fail(node, f"{node.func.id} is a local here, and no function", "give the local another name")
        called = self.source.meaning(node.func)
        if called in BUILT_IN or called in EXTREMES:
            return self._built_in(node, called)
        arguments = [self.value(one) for one in node.args]
        if isinstance(called, type) and issubclass(called, Row):
            return self._row_at(node, called, arguments)
        return self.call(node, called, arguments)

    def _built_in(self, node: ast.Call, called: Any) -> Value:
        """``int`` and ``bool`` of one value, ``min`` and ``max`` of several."""
        several = called in EXTREMES
        if len(node.args) != 1 if not several else len(node.args) < 2:  # noqa: PLR2004 - of one, Python wants a list
            wanted = "at least two numbers" if several else "one number"
            self.source.fail(node, f"{ast.unparse(node)}: {called.__name__} takes {wanted}", f"give it {wanted}")
        if called is bool:
            return self._truth(node.args[0])
        first, *others = [self.number(one) for one in node.args]
        for other in others:
            first = self.result(INT, f"call i64 @{EXTREMES[called]}(i64 {first.text}, i64 {other.text})")
        return Value(INT, first.text)

    def _row_at(self, node: ast.Call, row: type[Row], arguments: list[Value]) -> Value:
        """``Span(m, at)``: the row at an address."""
        if [one.kind.name for one in arguments] not in (["header", "int"], ["header", "bool"]):
            self.source.fail(node, f"{ast.unparse(node)} is no row", f"write {row.__name__}(memory, address)")
        return Value(row_kind(row), arguments[1].text)

    def call(self, node: ast.Call, called: Any, arguments: list[Value]) -> Value:
        """Call a function, or the one of a choice that the first argument says."""
        if isinstance(called, Choice):
            if not arguments or arguments[0].kind not in NUMBERS:
                self.source.fail(node, f"{ast.unparse(node)} says no code of a function", "give the code first, an int")
            return self._choose(node, called, arguments[0], arguments[1:])
        if not isinstance(called, types.FunctionType):
            self.source.fail(node, f"{ast.unparse(node.func)} is not a function of the kernel", "call a plain function")
        source = self.module.source(called)
        kinds = tuple(source.parameters.values())
        if len(kinds) != len(arguments) or not all(map(self.fits, arguments, kinds)):
            wanted, given = (", ".join(kind.shown for kind in of) for of in (kinds, [one.kind for one in arguments]))
            self.source.fail(node, f"{ast.unparse(node.func)} takes ({wanted}), and is given ({given})", "give what it takes")
        handed = [Value(WORDS, f"%{self.source.memory}")] if source.memory == HANDED_ON else []
        given_all = [*handed, *arguments]
        name = self.module.name(called, [one.text for one in given_all if one.kind.llvm == "ptr"])
        shown = ", ".join(f"{one.kind.llvm} {one.text}" for one in given_all)
        if source.result == NOTHING:
            self.emit(f"call void @{name}({shown})")
            return Value(NOTHING, "")
        return self.result(source.result, f"call i64 @{name}({shown})")

    def _with_rows(self, node: ast.Call, function: Callable[..., Any], arguments: list[Value]) -> list[Value]:
        """The arguments of a function of a hook: an address is the row that the function wants there."""
        header, *given = arguments
        kinds = list(self.module.source(function).parameters.values())
        if header.kind.name != "header" or len(kinds) != len(given):
            what = f"{ast.unparse(node.func)} is called with a code, the header, and {len(kinds)} more"
            self.source.fail(node, what, "give the header, and what the rules take")
        pairs = zip(kinds, given, strict=True)
        return [Value(kind, one.text) if kind.name == "row" and one.kind == INT else one for kind, one in pairs]

    def _choose(self, node: ast.Call, choice: Choice, code: Value, arguments: list[Value]) -> Value:
        labels = [self.fresh("case") for _ in choice.functions]
        cases = " ".join(f"i64 {number}, label %{label}" for number, label in enumerate(labels[:-1]))
        self.emit(f"switch i64 {code.text}, label %{labels[-1]} [{cases}]")
        self.dead = True

        def way(function: Callable[..., Any]) -> Callable[[], Value]:
            given = self._with_rows(node, function, arguments) if isinstance(choice, Hook) else arguments
            return lambda: self.call(node, function, given)

        nothing = all(self.module.source(one).result == NOTHING for one in choice.functions)
        kind = NOTHING if nothing else INT
        return self.joined(kind, [(label, way(one)) for label, one in zip(labels, choice.functions, strict=True)])
