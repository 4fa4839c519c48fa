"""Guards with a period of their own, in scenarios by the dozen: their cycles end when other things happen too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_rate_limits(generator: Generator, callers: list[dict[str, Any]]) -> None:
    """Some of the calls and flows may leave so many times in each cycle."""
    for call in callers:
        if generator.chance(40):
            call["rate_limit"] = {"limit": generator.number(1, 4), "period": generator.pick(["1ms", generator.ms(1, 9), "3ms"])}
