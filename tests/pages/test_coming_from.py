"""The tables for those who come from another library: each row is a setting of the page's scenario."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from sim.scenario import loads
from tests.pages.pages import DOCS, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = next(page for page in DOCS if page.name == "coming-from.md")
SCENARIO = blocks(PAGE, "yaml")[0].text
OPERATIONS = {"resilience4j": "resilience4j", "Polly": "polly", "Envoy": "envoy", "gRPC": "grpc"}


def read(text: str) -> Any:
    """The texts of a YAML, as they are written: readers of YAML 1.1 take the key `on` for a truth."""
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts


def rows(section: str) -> list[tuple[list[str], list[str]]]:
    """What stands as code in the first two columns of a section's table."""
    text = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    own = next(part for part in text if part.startswith(f"{section}\n"))
    cells = [line.split(" | ") for line in own.splitlines() if line.startswith("| ") and not line.startswith("|--")]
    return [(re.findall(r"`([^`]+)`", left), re.findall(r"`([^`]+)`", right)) for left, right, *_ in cells[1:]]


def call(operation: str) -> dict[str, Any]:
    """The call of one of the operations, as it is written."""
    found: dict[str, Any] = read(SCENARIO)["services"]["shop"]["operations"][operation][0]
    return found


def leaves(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The settings of an application.yml, by section and key."""
    return ((f"{section}.{key}", value) for section, keys in data.items() for key, value in keys.items())


@pytest.mark.parametrize(("section", "operation"), OPERATIONS.items())
def test_each_row_is_in_the_scenario(section: str, operation: str) -> None:
    """What a row says of a setting stands so in the call."""
    found = rows(section)
    assert found
    for _, right in found:
        assert right
        for one in right:
            path, _, value = one.partition(": ")
            assert reduce(lambda at, key: at[key], path.split("."), call(operation)) == read(value), one


def test_every_setting_of_resilience4j_has_a_row() -> None:
    """No key of the application.yml is left out, and its value in the table is the one of the file."""
    declared = dict(leaves(read(blocks(PAGE, "yml")[0].text)))
    told = [one.partition(": ") for left, _ in rows("resilience4j") for one in left]
    assert {key: read(value) for key, _, value in told} == declared


def test_the_settings_mean_what_the_tables_say() -> None:
    """Loaded, the calls have the kinds and the numbers of the products, defaults of profiles included."""
    operations = loads(SCENARIO).services["shop"].operations
    one: Any = operations["resilience4j"][0]
    assert (one.breaker.kind, one.breaker.in_flight, one.breaker.probes_judged) == ("failure_rate", "counted", "share")
    assert (one.breaker.window.size, one.breaker.minimum, one.breaker.failures, one.breaker.slow.share) == (50, 20, 0.4, 0.8)
    assert (one.retry.base, one.retry.factor, one.retry.jitter, one.timeout) == (200_000_000, 2.0, 0.5, 1_000_000_000)
    assert "rejected" not in one.retry.on
    polly: Any = operations["polly"][0]
    assert (polly.breaker.failures, polly.breaker.minimum, polly.breaker.open_for) == (0.1, 100, 5_000_000_000)
    grpc: Any = operations["grpc"][0]
    assert (grpc.retry.budget.tokens_max, grpc.retry.budget.per_retry, grpc.retry.budget.floor) == (10, 0, 5)
