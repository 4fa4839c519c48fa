"""Tell a scenario from the YAML of other tools, without checking it.

    bytes --read_yaml--> top-level keys --two of a scenario's sections--> a scenario, however misspelt the others
             cannot be parsed --> the keys that the text names

A file that is a scenario but cannot be read is one: passing it over would hide its mistake.
"""

import re
from pathlib import Path

from sim.scenario.base import is_base
from sim.scenario.yaml_reader import BYTES_MAX, read_yaml

SUFFIXES = (".yaml", ".yml")
SIGNS = frozenset({"architecture", "base", "services", "workload", "subscriptions", "faults", "objectives", "run"})
SIGNS_LEAST = 2
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_WORDS = "|".join(sorted(SIGNS))
_AT_TOP = re.compile(rf"""^(["']?)({_WORDS})\1\s*:""", re.MULTILINE)
_IN_BRACES = re.compile(rf"""[{{,]\s*(["']?)({_WORDS})\1\s*:""")


def is_scenario(path: Path) -> bool:
    """Return whether a file looks like a scenario: two of its top-level keys are sections of one. Raises ``OSError``.

    A file that others in its folder are based on is a part of scenarios.
    """
    if is_base(path):
        return False
    with path.open("rb") as file:
        content = file.read(BYTES_MAX + 1)
    data = read_yaml(content, str(path)).data
    found = SIGNS.intersection(data) if isinstance(data, dict) else _named(content)
    return len(found) >= SIGNS_LEAST


def _named(content: bytes) -> set[str]:
    """The sections that a text names which cannot be parsed; in braces at any depth, otherwise where a line begins."""
    text = content.decode("utf-16" if content.startswith(_UTF16) else "utf-8-sig", "replace")
    sign = _IN_BRACES if text.lstrip().startswith("{") else _AT_TOP
    return {match[2] for match in sign.finditer(text)}
