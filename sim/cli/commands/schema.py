"""``eventflow schema``: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.output import echo
from sim.whole_file import write_whole

PLACE = 8


def command(
    out: Annotated[Path | None, typer.Option("-o", "--out", dir_okay=False, help="File to write; default: stdout.")] = None,
) -> int:
    """Print the JSON Schema of scenario files: editors complete and check with it."""
    from sim.scenario import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    if out is None:
        echo(text)
    else:
        write_whole(out, f"{text}\n".encode(), durable=False)
    return 0
