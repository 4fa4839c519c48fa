"""Statements to IR: blocks, loops, assignments and returns of one function."""

from __future__ import annotations

import ast

from sim.lowering.expressions import Expressions
from sim.lowering.language import BOOL, HANDED_ON, INT, NOTHING, NOWHERE_KIND, NUMBERS, Place, Value


class Statements(Expressions):
    """The whole body of a function."""

    def define(self, name: str, linkage: str, attributes: str, *, apart: bool) -> str:
        """The function in IR; ``apart``: no two of its memories are the same."""
        source = self.source
        parameters = [(name, kind.llvm) for name, kind in source.parameters.items()]
        self.loops: list[tuple[str, str]] = []
        for parameter, kind in source.parameters.items():
            if kind.llvm != "ptr":
                self.kinds[parameter] = kind
                self.emit(f"store i64 %{parameter}, ptr {self.slot(parameter)}")
        self.block(source.tree.body)
        if not self.dead:
            self.emit("ret void" if source.result == NOTHING else "unreachable")
        if source.memory == HANDED_ON:
            parameters.insert(0, (HANDED_ON, "ptr"))
        noalias = " noalias" if apart else ""
        shown = ", ".join(f"{kind}{noalias if kind == 'ptr' else ''} %{parameter}" for parameter, kind in parameters)
        slots = [f"  {slot} = alloca i64" for slot in self.slots]
        head = f"define {linkage}{source.result.llvm} @{name}({shown}) {attributes} {{"
        return "\n".join([head, ".begin:", *slots, *self.lines, "}\n"])

    def block(self, body: list[ast.stmt]) -> None:
        """Statements, up to one that leaves."""
        for statement in body:
            if self.dead:
                return
            getattr(self, f"_do_{type(statement).__name__.lower()}")(statement)

    def _do_pass(self, _: ast.Pass) -> None:
        pass

    def _do_expr(self, node: ast.Expr) -> None:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if not is_text:
            self.value(node.value)

    def _do_return(self, node: ast.Return) -> None:
        value = Value(NOTHING, "") if node.value is None else self.value(node.value)
        if not self.kept(value, self.source.result):
            remedy = "compare it, or write bool(...)" if self.source.result == BOOL else "make them agree"
            self.source.fail(node, "what is returned is not what the annotation promises", remedy)
        self.emit(f"ret {value.kind.llvm} {value.text}")
        self.dead = True

    # -- assignments

    def _do_assign(self, node: ast.Assign) -> None:
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Tuple):
            targets = node.targets[0].elts
            if not isinstance(node.value, ast.Tuple) or len(node.value.elts) != len(targets):
                self.source.fail(node, "a tuple is assigned only from as many expressions", "write a, b = x, y")
            values = [self.value(one) for one in node.value.elts]
            for target, value in zip(targets, values, strict=True):
                self.store(target, value)
            return
        value = self.value(node.value)
        for target in node.targets:
            self.store(target, value)

    def _do_annassign(self, node: ast.AnnAssign) -> None:
        if node.value is None:
            return
        value, kind = self.value(node.value), self.source.kind_of(node, node.annotation, ast.unparse(node.target))
        if not self.kept(value, kind):
            what = f"{ast.unparse(node.target)} is annotated {kind.shown}, and what is assigned is {value.kind.shown}"
            self.source.fail(node, what, "make them agree")
        self.store(node.target, value)

    def _do_augassign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            old = self.number(ast.copy_location(ast.Name(node.target.id, ast.Load()), node))
            self.store(node.target, self.operation(node, node.op, old, self.number(node.value)))
            return
        place = self.place(node.target)
        if place.kind not in NUMBERS:
            self.source.fail(node, f"{ast.unparse(node.target)} is no number", "assign another one")
        self.keep(self.operation(node, node.op, self.load(place), self.number(node.value)).text, place)

    def store(self, target: ast.expr, value: Value) -> None:
        """Put a value into a local, a word or a field."""
        place = self.local(target, value) if isinstance(target, ast.Name) else self.place(target)
        if not self.kept(value, place.kind):
            what = f"{ast.unparse(target)} is {place.kind.shown}, and what is assigned is {value.kind.shown}"
            self.source.fail(target, what, "assign what it is, or NOWHERE to a row")
        self.keep(value.text, place)

    def local(self, target: ast.Name, value: Value) -> Place:
        """The slot of a local, and what it is: what was assigned to it first."""
        if target.id in self.source.parameters and self.source.parameters[target.id].llvm == "ptr":
            self.source.fail(target, f"{target.id} is a memory", "assign to another name")
        if value.kind == NOWHERE_KIND and target.id not in self.kinds:
            self.source.fail(target, f"nothing says which row {target.id} is", "assign a row to it first")
        if value.kind.llvm != "i64":
            self.source.fail(target, f"a local is no {value.kind.shown}", "assign an int, a bool or a row")
        kind = self.kinds.setdefault(target.id, INT if value.kind in NUMBERS else value.kind)
        return Place(self.slot(target.id), kind)

    # -- branches and loops

    def _do_if(self, node: ast.If) -> None:
        yes, no, end = self.fresh("yes"), self.fresh("no"), self.fresh("end")
        self.condition(node.test, yes, no)
        leaves = []
        for label, body in ((yes, node.body), (no, node.orelse)):
            self.label(label)
            self.block(body)
            leaves.append(self.dead)
            self.jump(end)
        if not all(leaves):
            self.label(end)

    def _do_while(self, node: ast.While) -> None:
        if node.orelse:
            self.source.fail(node, "a loop with else is not in the kernel's language", "write an if after it")
        top, body, end = self.fresh("top"), self.fresh("body"), self.fresh("end")
        self.label(top)
        self.condition(node.test, body, end)
        self.label(body)
        self.inside(node.body, top, end)
        self.jump(top)
        self.label(end)

    def inside(self, body: list[ast.stmt], again: str, end: str) -> None:
        """The body of a loop: where ``continue`` goes, and ``break``."""
        self.loops.append((again, end))
        self.block(body)
        self.loops.pop()

    def _do_break(self, _: ast.Break) -> None:
        self.jump(self.loops[-1][1])

    def _do_continue(self, _: ast.Continue) -> None:
        self.jump(self.loops[-1][0])

    def _do_for(self, node: ast.For) -> None:
        start, stop, step = self._range(node)
        counter, target = self.slot(self.fresh("counter")), self._target(node)
        top, body, following, end = (self.fresh(name) for name in ("top", "body", "next", "end"))
        self.emit(f"store i64 {start.text}, ptr {counter}")
        self.label(top)
        at = self.result(INT, f"load i64, ptr {counter}")
        self._branch(f"icmp {'slt' if step > 0 else 'sgt'} i64 {at.text}, {stop.text}", body, end)
        self.label(body)
        self.emit(f"store i64 {at.text}, ptr {target}")
        self.inside(node.body, following, end)
        self.label(following)
        self.emit(f"store i64 {self.result(INT, f'add nsw i64 {at.text}, {step}').text}, ptr {counter}")
        self.jump(top)
        self.label(end)

    def _target(self, node: ast.For) -> str:
        if node.orelse or not isinstance(node.target, ast.Name):
            self.source.fail(node, "a loop is over one name, without else", "write for name in range(...)")
        self.kinds.setdefault(node.target.id, INT)
        return self.slot(node.target.id)

    def _range(self, node: ast.For) -> tuple[Value, Value, int]:
        """First, end and step of ``range``: it cannot leave 64 bits, as the step is 1 or -1."""
        call = node.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
            self.source.fail(node, "a loop is over range", "write for name in range(...), or while")
        given = call.args
        if call.func.id in self.kinds or call.func.id in self.source.parameters:
            self.source.fail(node, "range is a local here, and no function", "give the local another name")
        if call.keywords or not 1 <= len(given) <= 3:  # noqa: PLR2004 - start, stop, step
            remedy = "write range(stop), range(start, stop), or a step of -1 too"
            self.source.fail(node, f"{ast.unparse(call)} is no range", remedy)
        step = ast.unparse(given[2]) if len(given) > 2 else "1"  # noqa: PLR2004 - start, stop, step
        if step not in {"1", "-1"}:
            self.source.fail(node, f"a step of {step} is not in the kernel's language", "step by 1 or -1, or write while")
        start = self.number(given[0]) if len(given) > 1 else Value(INT, "0")
        return start, self.number(given[1] if len(given) > 1 else given[0]), int(step)
