"""How the kernel is compiled: where its cache lies, and how plain shared functions become compilable.

The cache folder is keyed by a hash of the sources that the kernel is made of, since Numba itself does not notice an edit in
another file. ``EVENTFLOW_CACHE`` moves it; ``NUMBA_DISABLE_JIT=1`` runs the same kernel as plain Python.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
from numba.core import types
from numba.extending import intrinsic, overload, register_jitable

import sim
from sim import draws, shared
from sim.engine import rules  # noqa: F401 - registers every rule as shared
from sim.record import histogram, recorder  # noqa: F401 - registers every verb as shared

if TYPE_CHECKING:
    from collections.abc import Callable

KERNEL_SOURCES = ("engine", "policies", "record", "draws.py", "network.py", "shared.py")


def source_hash() -> str:
    """SHA-256 over the sources that the kernel is made of and Numba's version, 16 hex digits."""
    digest = hashlib.sha256(numba.__version__.encode())
    root = Path(sim.__file__).parent
    for name in KERNEL_SOURCES:
        for path in sorted([root / name] if name.endswith(".py") else (root / name).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels of exactly these sources are kept."""
    base = os.environ.get("EVENTFLOW_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eventflow"
    return Path(base) / source_hash()


def is_cached() -> bool:
    """Whether a kernel of these sources was compiled before on this machine."""
    folder = Path(config.CACHE_DIR)
    return folder.is_dir() and any(folder.rglob("*.nbi"))


njit: Any = numba.njit  # Numba types its options by hand, and not all of them
config: Any = numba.config
config.CACHE_DIR = str(cache_folder())
JIT_IS_OFF = bool(config.DISABLE_JIT)


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
    """The kernel's entry from Python, kept in the cache."""
    return njit(nogil=True, error_model="numpy", cache=True, _nrt=False)(function)


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
