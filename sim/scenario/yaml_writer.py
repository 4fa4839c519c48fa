"""Write plain data as YAML that reads back as the same data: by this project's reader and by readers of YAML 1.1.

Texts that any of them would take for something else (``1e3``, ``on``, ``1:30``) are put in quotes.
"""

import re
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper, which also quotes what only YAML 1.2 takes for a number, and never writes aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base class's signature
        return True


_Dumper.add_implicit_resolver(
    "tag:eventflow,2026:number",
    re.compile(r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+)$"),
    list("-+.0123456789"),
)


def write_yaml(data: Any) -> str:
    """Return the data as YAML in block style, keys in their order."""
    return yaml.dump(
        _short(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False
    )


def _short(data: Any) -> Any:
    """Use the shorthands of the language: ``work: 5ms`` and ``balance: random``."""
    if isinstance(data, list):
        return [_short(item) for item in data]
    if not isinstance(data, dict):
        return data
    if data.keys() == {"kind", "value"} and data["kind"] == "constant":
        return data["value"]
    short = {key: _short(value) for key, value in data.items()}
    for key in ("balance", "discipline"):
        policy = short.get(key)
        if isinstance(policy, dict) and policy.keys() == {"kind"}:
            short[key] = policy["kind"]
    return short
