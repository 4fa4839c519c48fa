"""Every direct dependency of pyproject.toml is locked in uv.lock and constraints.txt, to the same versions."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
extras = [line for extra in project["optional-dependencies"].values() for line in extra]
wanted = {re.split(r"[<>=!~ \[]", line)[0].lower() for line in [*project["dependencies"], *extras]}

locked: dict[str, set[str]] = {}
for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
    locked.setdefault(package["name"], set()).add(package.get("version", ""))
constrained: dict[str, set[str]] = {}
for line in (ROOT / "constraints.txt").read_text().splitlines():
    if found := re.match(r"([A-Za-z0-9._-]+)==([^ ;]+)", line):
        constrained.setdefault(found[1].lower(), set()).add(found[2])

problems = [f"{name} is not in uv.lock" for name in sorted(wanted) if name not in locked]
problems += [f"{name} is not in constraints.txt" for name in sorted(wanted) if name not in constrained]
problems += [
    f"{name}: constraints.txt says {sorted(versions)}, uv.lock {sorted(locked.get(name, set()))}"
    for name, versions in sorted(constrained.items())
    if not versions <= locked.get(name, set())
]
print("\n".join(problems) or f"{len(wanted)} direct dependencies locked, {len(constrained)} in all")
sys.exit(bool(problems))
