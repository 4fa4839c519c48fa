"""Names of the version before, which still work for one version, and say what they are called now.

    sim.hold_against(...)                       -->  sim.compare_to_baseline, with a DeprecationWarning
    from sim.judge.verdict import cascade       -->  the module sim.judgements.verdict, with a DeprecationWarning

This file goes with the next version, and with it every name in it.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

PUBLIC: dict[str, str] = {}
"""Names that `sim` exported, and those that it exports instead."""
MODULES = {"sim.portable": "sim.exact_math"}
"""Modules that pages, notebooks or contributed files import, by the name that they had."""


def warn(former: str, name: str) -> None:
    """Warn who used a former name, which is who called the caller of this."""
    warnings.warn(f"{former} is called {name} now; the former name goes with the next version", DeprecationWarning, 3)


class FormerModules(MetaPathFinder, Loader):
    """Finds a module by the name that it had: it is the module of today, under one more name."""

    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Return how a former name is loaded; None for any other."""
        return ModuleSpec(fullname, self) if fullname in MODULES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Give the module of today, loaded when it is not yet, and say so."""
        name = MODULES[spec.name]
        warn(spec.name, name)
        module = importlib.import_module(name)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module as it is: whose name it has was its own already."""
        spec: Any = module.__spec__
        module.__spec__ = spec.loader_state


def find_modules() -> None:
    """Let former names of modules be imported."""
    if not any(isinstance(finder, FormerModules) for finder in sys.meta_path):
        sys.meta_path.append(FormerModules())
