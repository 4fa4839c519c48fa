"""Expressions to IR: every visit appends instructions and returns the value that they leave."""

from __future__ import annotations

import ast
import types
from typing import TYPE_CHECKING, Any

from sim.lowering.arithmetic import CALLED, COMPARED, DIRECT
from sim.lowering.language import NUMBERS, Choice, Kind, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.lowering.language import Source
    from sim.lowering.module import Module

EXTREMES = {max: "llvm.smax.i64", min: "llvm.smin.i64"}


class Expressions:
    """The body of one function in the making.

    Locals live in slots of the stack, which LLVM turns into registers. After an instruction that leaves the block, the place is
    *dead*: nothing is emitted until the next label.
    """

    def __init__(self, module: Module, source: Source) -> None:
        self.module, self.source = module, source
        self.lines: list[str] = []
        self.slots: list[str] = []
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
            self.emit(f"store i64 {value().text}, ptr {slot}")
            self.jump(end)
        self.lines.append(f"{end}:")
        self.dead = False
        return self.result(kind, f"load i64, ptr {slot}")

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

    def _name(self, node: ast.Name) -> Value:
        kind = self.source.parameters.get(node.id)
        if kind is Kind.WORDS:
            return Value(kind, f"%{node.id}")
        if kind is None and f"%{node.id}.slot" not in self.slots:
            return self.source.constant(node, self.source.meaning(node))
        return self.result(kind or Kind.INT, f"load i64, ptr {self.slot(node.id)}")

    def _attribute(self, node: ast.Attribute) -> Value:
        return self.source.constant(node, self.source.meaning(node))

    def _subscript(self, node: ast.Subscript) -> Value:
        return self.result(Kind.INT, f"load i64, ptr {self.address(node)}")

    def address(self, node: ast.Subscript) -> str:
        """Where a word is."""
        memory = self.value(node.value)
        if memory.kind is not Kind.WORDS:
            self.source.fail(node, f"{ast.unparse(node.value)} is not a memory", "index a parameter annotated Words")
        at = self.number(node.slice)
        return self.result(Kind.WORDS, f"getelementptr inbounds i64, ptr {memory.text}, i64 {at.text}").text

    def _binop(self, node: ast.BinOp) -> Value:
        left = self.number(node.left)
        return self.operation(node, node.op, left, self.number(node.right))

    def operation(self, node: ast.AST, operator: ast.operator, left: Value, right: Value) -> Value:
        """An arithmetic operation; of two bools ``& | ^`` leave a bool."""
        if name := DIRECT.get(type(operator)):
            bits = isinstance(operator, ast.BitAnd | ast.BitOr | ast.BitXor)
            kind = Kind.BOOL if bits and left.kind is right.kind is Kind.BOOL else Kind.INT
            return self.result(kind, f"{name} i64 {left.text}, {right.text}")
        if name := CALLED.get(type(operator)):
            return self.result(Kind.INT, f"call i64 @{name}(i64 {left.text}, i64 {right.text})")
        what = f"the operator {type(operator).__name__} is not in the kernel's language"
        return self.source.fail(node, what, "use + - * // % & | ^ << >> on integers")

    def _unaryop(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return self._truth(node)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return self.source.constant(node, -node.operand.value)  # type: ignore[operator]
        operand = self.number(node.operand)
        if isinstance(node.op, ast.USub):
            return self.result(Kind.INT, f"sub i64 0, {operand.text}")
        if isinstance(node.op, ast.Invert):
            return self.result(Kind.INT, f"xor i64 {operand.text}, -1")
        return Value(Kind.INT, operand.text)

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
            self._branch(f"icmp ne i64 {self.number(node).text}, 0", yes, no)

    def _comparison(self, node: ast.Compare, yes: str, no: str) -> None:
        """``a < b <= c``: each is worked out once, and the rest only as long as it holds."""
        left = self.number(node.left)
        for number, (operator, operand) in enumerate(zip(node.ops, node.comparators, strict=True), start=1):
            name = COMPARED.get(type(operator))
            if name is None:
                what = f"the comparison {type(operator).__name__} is not in the kernel's language"
                self.source.fail(node, what, "use == != < <= > >= on integers")
            right = self.number(operand)
            following = yes if number == len(node.ops) else self.fresh("next")
            self._branch(f"icmp {name} i64 {left.text}, {right.text}", following, no)
            if following != yes:
                self.label(following)
            left = right

    def _branch(self, test: str, yes: str, no: str) -> None:
        self.emit(f"br i1 {self.result(Kind.BOOL, test).text}, label %{yes}, label %{no}")
        self.dead = True

    def _truth(self, node: ast.expr) -> Value:
        """A condition as a value."""
        yes, no = self.fresh("yes"), self.fresh("no")
        self.condition(node, yes, no)
        return self.joined(Kind.BOOL, [(yes, lambda: Value(Kind.BOOL, "1")), (no, lambda: Value(Kind.BOOL, "0"))])

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
        if isinstance(node, ast.Call):
            called = self.source.meaning(node.func)
            return called is bool or (isinstance(called, types.FunctionType) and self.module.source(called).result is Kind.BOOL)
        if isinstance(node, ast.Name) and node.id in self.source.parameters:
            return self.source.parameters[node.id] is Kind.BOOL
        is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        return is_not or isinstance(node, ast.Compare) or (isinstance(node, ast.Constant) and isinstance(node.value, bool))

    def _ifexp(self, node: ast.IfExp) -> Value:
        yes, no = self.fresh("yes"), self.fresh("no")
        kind = Kind.BOOL if self.is_truth(node.body) and self.is_truth(node.orelse) else Kind.INT
        self.condition(node.test, yes, no)
        return self.joined(kind, [(yes, lambda: self.number(node.body)), (no, lambda: self.number(node.orelse))])

    # -- calls

    def _call(self, node: ast.Call) -> Value:
        if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            self.source.fail(node, "arguments are given by their place", "write them without names and stars")
        called = self.source.meaning(node.func)
        if called is int:
            return Value(Kind.INT, self.number(node.args[0]).text)
        if called is bool:
            return self._truth(node.args[0])
        if called in EXTREMES:
            first, *others = [self.number(one) for one in node.args]
            for other in others:
                first = self.result(Kind.INT, f"call i64 @{EXTREMES[called]}(i64 {first.text}, i64 {other.text})")
            return first
        return self.call(node, called, [self.value(one) for one in node.args])

    def call(self, node: ast.Call, called: Any, arguments: list[Value]) -> Value:
        """Call a function, or the one of a choice that the first argument says."""
        if isinstance(called, Choice):
            return self._choose(node, called, arguments[0], arguments[1:])
        if not isinstance(called, types.FunctionType):
            self.source.fail(node, f"{ast.unparse(node.func)} is not a function of the kernel", "call a plain function")
        kinds = tuple(self.module.source(called).parameters.values())
        given = tuple(one.kind for one in arguments)
        if len(kinds) != len(given) or any((a is Kind.WORDS) != (b is Kind.WORDS) for a, b in zip(kinds, given, strict=True)):
            wanted = ", ".join(kind.name.lower() for kind in kinds)
            self.source.fail(node, f"{ast.unparse(node.func)} takes ({wanted})", "give as many, of these kinds")
        name = self.module.name(called, [one.text for one in arguments if one.kind is Kind.WORDS])
        shown = ", ".join(f"{one.kind.llvm} {one.text}" for one in arguments)
        result = self.module.source(called).result
        if result is Kind.NOTHING:
            self.emit(f"call void @{name}({shown})")
            return Value(result, "")
        return self.result(result, f"call i64 @{name}({shown})")

    def _choose(self, node: ast.Call, choice: Choice, code: Value, arguments: list[Value]) -> Value:
        labels = [self.fresh("case") for _ in choice.functions]
        cases = " ".join(f"i64 {number}, label %{label}" for number, label in enumerate(labels[:-1]))
        self.emit(f"switch i64 {code.text}, label %{labels[-1]} [{cases}]")
        self.dead = True

        def way(function: Callable[..., Any]) -> Callable[[], Value]:
            return lambda: self.call(node, function, arguments)

        return self.joined(Kind.INT, [(label, way(one)) for label, one in zip(labels, choice.functions, strict=True)])
