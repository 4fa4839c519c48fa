"""Names of the version before, which still work for one version, and say what they are called now.

    sim.hold_against(...)                       -->  sim.compare_to_baseline, with a DeprecationWarning
    from sim.judge.verdict import cascade       -->  the module sim.judgements.verdict, with a DeprecationWarning
    sim.run_replications(..., joining=...)      -->  extensions=..., with a DeprecationWarning

This file goes with the next version, and with it every name in it.
"""

from __future__ import annotations

import functools
import importlib
import sys
import warnings
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

P = ParamSpec("P")
T = TypeVar("T")

PUBLIC = {"hold_against": "compare_to_baseline"}
"""Names that `sim` exported, and those that it exports instead."""
MODULES = {
    "sim.engine.joining": "sim.engine.extensions",
    "sim.engine.simpy_engine.world": "sim.engine.simpy_engine.extension_handles",
    "sim.portable": "sim.exact_math",
    "sim.judge": "sim.judgements",
    "sim.judge.comparison": "sim.results.comparison",
    "sim.judge.family": "sim.judgements.multiple_comparisons",
    "sim.judge.loop": "sim.judgements.hysteresis",
    "sim.judge.noworse": "sim.judgements.non_inferiority",
    "sim.judge.result": "sim.results.result",
    "sim.judge.steady": "sim.judgements.warm_up_check",
}
"""Modules by the name that they had; what is in a package that has another name is there under its own."""


def warn(former: str, name: str) -> None:
    """Warn who used a former name, which is who called the caller of this."""
    warnings.warn(f"{former} is called {name} now; the former name goes with the next version", DeprecationWarning, 3)


def parameters(**former: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function be called with names that its parameters had; each says what it is called now.

    A parameter that is given by both names is none of the function's: it raises ``TypeError``, as for any other.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> T:
            for name in former.keys() & kwargs.keys():
                if former[name] not in kwargs:
                    warn(f"the parameter {name} of {function.__name__}", former[name])
                    kwargs[former[name]] = kwargs.pop(name)
            return function(*args, **kwargs)

        return called

    return decorate


def module_of(former: str) -> str | None:
    """Return what a module is called now that is asked for by a former name; None for any other name."""
    package, _, name = former.rpartition(".")
    return MODULES.get(former) or (f"{MODULES[package]}.{name}" if package in MODULES else None)


class FormerModules(MetaPathFinder, Loader):
    """Finds a module by the name that it had: it is the module of today, under one more name."""

    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Return how a former name is loaded; None for any other."""
        return None if module_of(fullname) is None else ModuleSpec(fullname, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Give the module of today, loaded when it is not yet, and say so."""
        name = module_of(spec.name) or spec.name
        module = importlib.import_module(name)
        warn(spec.name, name)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module as it is, with the name that it has."""
        spec: Any = module.__spec__
        module.__spec__ = spec.loader_state


def find_modules() -> None:
    """Let former names of modules be imported: asked first, or a file of a renamed package would be loaded a second time."""
    if not any(isinstance(finder, FormerModules) for finder in sys.meta_path):
        sys.meta_path.insert(0, FormerModules())
