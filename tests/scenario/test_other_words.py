"""Who writes what another product calls it is told what it is called here, in any spelling, at once for all."""

import re
from typing import Any

import pytest

from sim.cli.explaining import of_other
from sim.scenario import ScenarioError, loads
from sim.scenario.manual import parts
from sim.scenario.other_words import _PATHS, instead, ours, policy
from tests.pages.pages import DOCS

PAGE = next(page for page in DOCS if page.name == "coming-from.md").read_text(encoding="utf-8")
SCENARIO = """
name: guarded
architecture: synchronous
services:
  shop: {workers: 9, operations: {buy: [{call: pay.charge, timeout: 1s, POLICIES}]}}
  pay: {workers: 9, operations: {charge: [{work: 1ms}]}}
workload: {orders: {operation: shop.buy, arrivals: {kind: constant, rate: 9/s}}}
run: {horizon: 3s}
"""
KNOWN = "retry: {kind: fixed, delay: 1ms, attempts_max: 3}, breaker: {failures: 5}, bulkhead: {calls_max: 9}"


def refused(policies: str, scenario: str = SCENARIO) -> str:
    """What is said of a scenario with those policies."""
    with pytest.raises(ScenarioError) as caught:
        loads(scenario.replace("POLICIES", policies))
    return str(caught.value)


@pytest.mark.parametrize("word", ["minimumNumberOfCalls", "minimum-number-of-calls", "circuitbreaker.minimum_number_of_calls"])
def test_a_word_is_known_in_any_spelling(word: str) -> None:
    """Camel case, kebab case, with its section."""
    assert ours(word) == ("breaker.minimum",)
    assert "here it is `breaker.minimum` of a call" in "".join(of_other(word))


def test_every_word_leads_to_a_setting_that_there_is() -> None:
    """Each path is one of a call, and is explained."""
    for word in _PATHS:
        assert len(list(of_other(word))) == len(ours(word)), word


def test_the_words_of_the_page_are_known() -> None:
    """What the page has in its tables is found, and leads to one of the settings of its row."""
    tables = PAGE.partition("## Envoy")[0].partition("## resilience4j")[2]
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)`", tables, re.MULTILINE)
    assert len(rows) > 25
    for left, right in rows:
        word = re.split(r"[:= ]", left)[0]
        assert right.partition(":")[0] in ours(word) or instead(word), left


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ("breaker: {minimumNumberOfCalls: 20}", "unknown key 'minimumNumberOfCalls'; it is called 'minimum' here"),
        ("breaker: {kind: failure_rate, slidingWindowSize: 9}", "it is called 'window.size' here"),
        ("breaker: {window: {kind: count, slidingWindowSize: 9}}", "'slidingWindowSize'; it is called 'size' here"),
        ("retry: {kind: fixed, delay: 1ms, maxAttempts: 3}", "it is called 'attempts_max' here"),
        ("rate_limit: {rate: 9/s, timeoutDuration: 0s}", "it is called 'wait_max' here"),
        ("circuitbreaker: {}", "unknown key 'circuitbreaker'; it is called 'breaker' here"),
        ("timelimiter: {}", "unknown key 'timelimiter'; it is called 'timeout' here"),
        ("slow-call-duration-threshold: 1s", "it is called 'breaker.slow.after' here"),
        ("breaker: {automaticTransitionFromOpenToHalfOpenEnabled: true}", "leave it out: a breaker is half-open with the"),
        ("breaker: {bulkhead: {calls_max: 9}}", "'bulkhead'; it is a key of a call: write it beside 'call'"),
        ("breaker: {window: {type: COUNT_BASED, size: 9}}", "missing key 'kind'; write kind: count"),
        ("breaker: {window: {kind: COUNT_BASED, size: 9}}", "unknown kind 'COUNT_BASED'; write 'count'"),
        ("breaker: {window: {kind: calls, size: 9}}", "unknown kind 'calls'; write one of: count, time"),
        ("breaker: {window: {kind: count, sizes: 9}}", "unknown key 'sizes'; did you mean 'size'?"),
        ("retry: {kind: fixed, delay: 1ms, true: [error]}", "a tool that reads YAML 1.1 takes an unquoted on for true"),
        ("bulkheads: 9, resilience: 3", "'resilience'; known keys: answer_size, breaker, bulkhead, call, cancel, "),
        (f"{KNOWN}, order: [breaker, retry]", "order: bulkhead is left out; write where it stands"),
        (f"{KNOWN}, order: [retry]", "breaker and bulkhead are left out; write where they stand"),
        (f"{KNOWN}, order: [retry, hedge, deadline, breaker]", "hedge is nothing that an order has; known: breaker, bulk"),
        (f"{KNOWN}, order: [retry, rate_limit, deadline, breaker]", "the call has no rate_limit or deadline; declare them, or"),
        (
            f"{KNOWN}, order: [retry, circuitbreaker, timelimiter, bulkhead]",
            "circuitbreaker and timelimiter are called breaker and timeout here; write [retry, breaker, timeout, bulkhead]",
        ),
        (
            f"{KNOWN}, order: [retry, circuitbreaker, rate_limit]",
            "is called breaker here. the call has no rate_limit; declare it, or remove it from the order. bulkhead is left out",
        ),
    ],
)
def test_what_is_called_otherwise_here_is_said(policies: str, said: str) -> None:
    """In the words of a scenario, all at once."""
    assert said in refused(policies)


def test_what_belongs_to_a_call_is_sent_there() -> None:
    """A policy at a service, or as a step of its own."""
    at_service = SCENARIO.replace(", POLICIES", "").replace("pay: {workers: 9", "pay: {workers: 9, bulkhead: {calls_max: 9}")
    assert "unknown key 'bulkhead'; it is a key of a call" in refused("", at_service)
    as_step = SCENARIO.replace(", POLICIES}", "}, {bulkhead: {calls_max: 9}}")
    assert "'bulkhead' is no step; it is a key of a call" in refused("", as_step)


@pytest.mark.parametrize(
    "text",
    [
        "resilience4j: {circuitbreaker: {instances: {payment: {slidingWindowSize: 9}}}}",
        "spring: {}\nresilience4j.retry: {instances: {}}",
        "circuitbreaker: {instances: {payment: {sliding-window-size: 9}}}",
    ],
)
def test_a_configuration_of_resilience4j_is_told_by_its_own_keys(text: str) -> None:
    """One sentence, with the page."""
    said = refused("", text)
    assert "this is a configuration of resilience4j, not a scenario" in said
    assert "docs/coming-from.md" in said


def test_a_policy_is_called_by_one_word() -> None:
    """What other products call a whole policy, and not a setting of it."""
    found: list[Any] = [policy(word) for word in ("RateLimiter", "circuit-breaker", "limitForPeriod", "retry")]
    assert found == ["rate_limit", "breaker", "", ""]
    assert {one.key for one in parts()["Call"].settings} > set(found) - {""}
