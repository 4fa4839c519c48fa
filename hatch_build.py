"""Hatchling, and what a wheel has besides: the compiled engine's machine code for every kind of machine.

    pip wheel . --> sim/_kernels/manifest.json, linux-x86-64.o, ...
    pip install -e . --> none, and nothing is installed to make it: the sources of an editable installation change

This is the build's backend and its hook in one file. Only a wheel asks for what the kernel is made with, as new as running
it asks for.
"""

import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from hatchling import build
from hatchling.build import *  # noqa: F403 - a backend is its functions
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MADE_WITH = {"llvmlite", "numpy", "pydantic", "PyYAML"}  # what lowering the kernel imports


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    """What must be installed to build a wheel."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    made_with = [one for one in project["dependencies"] if re.split(r"[^\w.-]", one)[0] in MADE_WITH]
    return [*build.get_requires_for_build_wheel(config_settings), *made_with]


class CustomBuildHook(BuildHookInterface):
    """Puts what `sim.engine.compiled_engine.ready_made.write` makes into the wheel, and nothing into the source tree."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the machine code of the sources that the wheel is built of."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        sys.dont_write_bytecode = True
        from sim.engine.compiled_engine import ready_made  # of this tree, and only where a wheel is built

        self._folder = Path(tempfile.mkdtemp())
        ready_made.write(self._folder)
        build_data["force_include"][str(self._folder)] = "sim/_kernels"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Take away what is in the wheel now."""
        if version != "editable":
            shutil.rmtree(self._folder)
