"""Options that take one value are written once.

    --gate goodput --gate errors    the parser would keep the second and drop the first: a gate less than was asked for
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from collections.abc import Iterator


class OnceCommand(TyperCommand):
    """A command that refuses an option of one value which is given again."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a command. Raises a usage error that names the option, and how several values are given."""
        _, _, found = self.make_parser(ctx).parse_args(list(args))
        for again in _given_again(found):
            name = max(again.opts, key=len)
            commas = "; give several by commas" if "comma" in (getattr(again, "help", "") or "") else ""
            raise typer.BadParameter(f"{name} is given twice, and takes one value{commas}", ctx=ctx)
        return super().parse_args(ctx, args)


def _given_again(found: list[Any]) -> Iterator[Any]:
    """The options of one value that were met before."""
    met: set[str] = set()
    for one in found:
        if one.param_type_name != "option" or one.multiple or one.is_flag or one.count:
            continue
        if one.name in met:
            yield one
        met.add(one.name)
