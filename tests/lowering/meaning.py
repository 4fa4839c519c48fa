"""The meaning of the kernel's language, written another way: the same source as Python, each operation spelt out in 64 bits.

    a // b   -->   operation("FloorDiv", a, b)      exact integers, then wrapped; no LLVM, and no code of the lowering's
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
from typing import TYPE_CHECKING, Any

from sim.lowering.language import Choice

if TYPE_CHECKING:
    from collections.abc import Callable


def wrapped(value: int) -> int:
    """The word that is left of an integer."""
    return (int(value) + (1 << 63)) % (1 << 64) - (1 << 63)


def operation(name: str, a: int, b: int) -> int:
    """One operation of two words, as the reference page states it."""
    a, b = int(a), int(b)
    if name in {"FloorDiv", "Mod"} and b == 0:
        return 0
    if name in {"LShift", "RShift"} and not 0 <= b < 64:
        return 0 if name == "LShift" or a >= 0 else -1
    exact: dict[str, Callable[[], int]] = {
        "Add": lambda: a + b,
        "Sub": lambda: a - b,
        "Mult": lambda: a * b,
        "FloorDiv": lambda: a // b,
        "Mod": lambda: a % b,
        "BitAnd": lambda: a & b,
        "BitOr": lambda: a | b,
        "BitXor": lambda: a ^ b,
        "LShift": lambda: a << b,
        "RShift": lambda: a >> b,
    }
    return wrapped(exact[name]())


class _Spelt(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        called = ast.Call(ast.Name("operation", ast.Load()), [ast.Constant(type(node.op).__name__), node.left, node.right], [])
        return ast.copy_location(called, node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.USub):
            return node
        return ast.copy_location(ast.Call(ast.Name("wrapped", ast.Load()), [node], []), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """``m[at] += v`` reads the word before it works out v; indexes of these tests have no side effects."""
        target = ast.parse(ast.unparse(node.target), mode="eval").body
        changed = ast.Assign([node.target], ast.BinOp(target, node.op, node.value))
        return self.visit(ast.fix_missing_locations(ast.copy_location(changed, node)))  # type: ignore[no-any-return]


def spelt(function: Callable[..., Any], known: dict[Any, Any] | None = None) -> Callable[..., Any]:
    """The function with every operation spelt out, and so all that it calls."""
    known = {} if known is None else known
    if function in known:
        return known[function]  # type: ignore[no-any-return]
    if isinstance(function, Choice):
        return Choice(tuple(spelt(one, known) for one in function.functions))
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    tree.body[0].decorator_list = []  # type: ignore[attr-defined]
    own = dict(function.__globals__)
    known[function] = lambda *given: own[function.__name__](*given)  # noqa: PLW0108 - not known yet: one may call itself
    for name in function.__code__.co_names:
        if isinstance(own.get(name), types.FunctionType | Choice) and not hasattr(own[name], "in_llvm"):
            own[name] = spelt(own[name], known)
    own |= {"operation": operation, "wrapped": wrapped}
    exec(compile(ast.fix_missing_locations(_Spelt().visit(tree)), "<spelt>", "exec"), own)  # noqa: S102 - our own source
    known[function] = own[function.__name__]
    return own[function.__name__]  # type: ignore[no-any-return]
