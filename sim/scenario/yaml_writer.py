"""Write plain data as YAML that reads back as the same data: by this project's reader and by readers of YAML 1.1.

Texts that any of them would take for something else (``1e3``, ``on``, ``1:30``) are put in quotes.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

WIDTH = 10**6


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


def write_flow(data: Any) -> str:
    """Return the data as YAML in one line, keys in their order."""
    text: str = yaml.dump(
        _plain(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=True
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _plain(data: Any) -> Any:
    """Mappings and sequences of any kind as those that YAML knows."""
    if isinstance(data, Mapping):
        return {key: _plain(value) for key, value in data.items()}
    return [_plain(one) for one in data] if isinstance(data, list | tuple) else data


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
