"""How the kernel is compiled: what its functions are to Numba, and how plain shared functions become compilable.

Imported only where the kernel is compiled, or run as plain Python (`library`): loading Numba takes a third of a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
from numba.core import types
from numba.extending import intrinsic, overload, register_jitable

from sim import draws, shared
from sim.engine import order, rules  # noqa: F401 - registers every rule as shared
from sim.engine.compiled_engine.library import JIT_IS_OFF
from sim.record import closing, effects, histogram, recorder, tally  # noqa: F401 - registers every verb as shared

if TYPE_CHECKING:
    from collections.abc import Callable

njit: Any = numba.njit  # Numba types its options by hand, and not all of them


@intrinsic  # type: ignore[untyped-decorator]
def _leading_zeros(typingctx: Any, value: Any) -> Any:  # noqa: ARG001
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        return builder.ctlz(args[0], context.get_constant(types.boolean, 0))

    return types.int64(types.int64), codegen


@overload(histogram.bit_length)  # type: ignore[untyped-decorator]
def _bit_length(value):  # type: ignore[no-untyped-def]  # noqa: ARG001 - Numba compares the two signatures
    def bits_of(value):  # type: ignore[no-untyped-def]
        return 64 - _leading_zeros(value)

    return bits_of


for _function in shared.SHARED:
    register_jitable(_function)
draws.install_numba()


def kernel(function: Callable[..., Any]) -> Any:
    """A part of the kernel: compiled without reference counting, as it allocates nothing, and once for all arguments.

    Numba would compile a function again for every constant that it is called with; here a constant is an int like any.
    """
    compiled = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)(function)
    if JIT_IS_OFF:
        return compiled
    template = compiled.get_call_template
    compiled.get_call_template = lambda args, kws: template(tuple(_plain(a) for a in args), kws)
    return compiled


def _plain(argument: Any) -> Any:
    plain = types.unliteral(argument)
    return types.int64 if isinstance(plain, types.Integer | types.Boolean) else plain


@intrinsic  # type: ignore[untyped-decorator]
def _pointer(typingctx: Any, address: Any) -> Any:  # noqa: ARG001
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.int64)(types.int64), codegen


def words(memory: Any) -> Any:
    """The memory as the kernel's functions take it: one bare pointer to int64 words (un-jitted: the words themselves)."""
    return memory


@overload(words)  # type: ignore[untyped-decorator]
def _words(memory):  # type: ignore[no-untyped-def]  # noqa: ARG001
    def pointer(memory):  # type: ignore[no-untyped-def]
        return _pointer(memory)

    return pointer


def entry(function: Callable[..., Any]) -> Any:
    """The kernel's entry, of two addresses."""
    compiled = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)(function)
    return function if JIT_IS_OFF else compiled


def assembly(function: Any) -> str:
    """LLVM assembly of an entry and of all that it calls."""
    function.compile(types.void(types.int64, types.int64))
    (signature,) = function.signatures
    return str(function.inspect_llvm(signature))


def dispatcher(functions: tuple[Any, ...]) -> Any:
    """One function of (code, a, b, c, d) that calls the code-th of ``functions``; rules of one hook share a signature."""
    code = len(functions) - 1
    last = functions[code]
    if code == 0:
        return register_jitable(lambda _code, *args: last(*args))
    rest = dispatcher(functions[:-1])

    def dispatch(chosen, *args):  # type: ignore[no-untyped-def]
        if chosen == code:
            return last(*args)
        return rest(chosen, *args)

    return register_jitable(dispatch)
