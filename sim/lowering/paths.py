"""Every path of a function, before it is lowered: no local is read before it is assigned, and each path has its result.

    if a:  x = 1        x may not be assigned here: refused, where Python would raise only when it comes by
    return x
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from sim.lowering.language import NOTHING

if TYPE_CHECKING:
    from sim.lowering.language import Source

Names = frozenset[str]
ASSIGNING = (ast.Assign, ast.AnnAssign, ast.AugAssign)
KNOWN = (*ASSIGNING, ast.If, ast.While, ast.For, ast.Break, ast.Continue, ast.Return, ast.Pass, ast.Expr)
"""Statements that the language has."""


def check_paths(source: Source) -> None:
    """Refuse a function with other statements, that reads a local too early, or ends without the result that it promises."""
    tree = source.tree
    end = _Paths(source).block(tree.body, frozenset(source.parameters))
    if end is not None and source.result != NOTHING:
        source.fail(tree.body[-1], "it may end without a result", "return one on every path")


class _Paths:
    """What is assigned on all paths that lead somewhere; None where no path leads."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.locals = frozenset(source.function.__code__.co_varnames)
        self.breaks: list[list[Names]] = []

    def read(self, node: ast.AST, assigned: Names) -> Names:
        """Refuse what it reads too early; the names that it assigns."""
        names = _every_name(node)
        for one in names:
            if one.id in self.locals and one.id not in assigned and isinstance(one.ctx, ast.Load):
                self.source.fail(one, f"{one.id} may not be assigned here", "assign it on every path that leads here")
        return _stored(names)

    def block(self, body: list[ast.stmt], assigned: Names | None) -> Names | None:
        for statement in body:
            if assigned is None:
                return None
            assigned = self.statement(statement, assigned)
        return assigned

    def statement(self, node: ast.stmt, assigned: Names) -> Names | None:
        if not isinstance(node, KNOWN):
            what = f"'{ast.unparse(node).splitlines()[0]}' is not in the kernel's language"
            self.source.fail(node, what, "see the reference in sim/lowering/__init__.py")
        if isinstance(node, ast.If):
            self.read(node.test, assigned)
            ends = [self.block(body, assigned) for body in (node.body, node.orelse)]
            return _both(*ends)
        if isinstance(node, ast.While):
            self.read(node.test, assigned)
            return self.loop(node.body, assigned, None if _always(node.test) else assigned)
        if isinstance(node, ast.For):
            self.read(node.iter, assigned)
            return self.loop(node.body, assigned | _stored(_every_name(node.target)), assigned)
        if isinstance(node, ast.Break):
            self.breaks[-1].append(assigned)
            return None
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self.read(ast.Name(node.target.id, ast.Load(), lineno=node.lineno), assigned)
        if isinstance(node, ast.Assign):
            self.read(node.value, assigned)
            for target in node.targets:
                assigned |= self.read(target, assigned)
            return assigned
        stored = self.read(node, assigned)
        return None if isinstance(node, ast.Return | ast.Continue) else assigned | stored

    def loop(self, body: list[ast.stmt], begin: Names, end: Names | None) -> Names | None:
        self.breaks.append([])
        self.block(body, begin)
        for at_break in self.breaks.pop():
            end = _both(end, at_break)
        return end


def _both(one: Names | None, other: Names | None) -> Names | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _always(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)


def _stored(names: list[ast.Name]) -> Names:
    """Those that are assigned."""
    return frozenset([one.id for one in names if isinstance(one.ctx, ast.Store)])


def _every_name(node: ast.AST) -> list[ast.Name]:
    """All names in it; `ast.walk` takes twice as long."""
    found, waiting = [], [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Name):
            found.append(one)
            continue
        for name in one._fields:
            part = getattr(one, name)
            if isinstance(part, list):
                waiting.extend(each for each in part if isinstance(each, ast.AST))
            elif isinstance(part, ast.AST):
                waiting.append(part)
    return found
