"""The shipped twins: a comparison is only fair when both sides have the same services, work, load and faults."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from sim.results.matrix_rows import OF_ONE_WIRING
from sim.scenario.base import bases_in
from sim.scenario.loader import load, load_with_warnings
from sim.scenario.targets import entity_of
from sim.shipped import names

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"
SYNC = SCENARIOS / "online-boutique" / "sync.yaml"
EVENTS = SCENARIOS / "online-boutique" / "events.yaml"
MOVED = {"paymentservice.charge", "shippingservice.ship_order", "cartservice.empty_cart"}
MOVED |= {"emailservice.send_order_confirmation"}
STORIES = sorted({path.parent for path in names().values() if path.parent.parent == SCENARIOS and path.stem == "sync"})
"""Folders of two; patterns have more variants, and tests of their own in `tests/stories`; features are shown one by one."""
PUBLISHED = SCENARIOS / "published"
WARNED = {
    "patterns/dead-letters/blocking": {"consumers are held while they wait": 1},
    "weaknesses/cold-cache/sync": {"while caches are cold": 1},
    "weaknesses/cold-cache/guarded": {"while caches are cold": 1},
    "features/calls": {"nobody reads this topic": 1},
    "features/faults": {"nothing to compare": 3, "a recovery is seen": 3, "many replications have no fault": 1},
}
"""Variants that show what a check warns of, and how often; and features that show all that there is."""
ABSENT = object()


@pytest.fixture(name="twins")
def _twins() -> tuple[Scenario, Scenario]:
    return load(SYNC), load(EVENTS)


@pytest.mark.parametrize("path", names().values(), ids=names().keys())
def test_shipped_scenario_is_valid(path: Path) -> None:
    """Every shipped scenario loads without a problem or a warning, but for a variant that shows what it is warned of.

    What others have published has the set-up of its source, warned of or not.
    """
    found = [problem.message for problem in load_with_warnings(path)[1]]
    if path.is_relative_to(PUBLISHED):
        return
    wanted = WARNED.get(path.relative_to(SCENARIOS).with_suffix("").as_posix(), {})
    assert len(found) == sum(wanted.values()), found
    assert {words: sum(words in message for message in found) for words in wanted} == wanted


@pytest.mark.parametrize("path", names().values(), ids=names().keys())
def test_an_editor_marks_nothing_in_a_shipped_scenario(path: Path) -> None:
    """Each is valid by the schema that its first line names, also where the rest of it stands in its base."""
    text = path.read_text(encoding="utf-8")
    schema = path.parent / text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    _validator(schema.resolve()).validate(yaml.load(text, Editors))  # noqa: S506 - a safe one


class Editors(yaml.SafeLoader):
    """YAML as editors read it, where `on` is a word: version 1.2."""


Editors.yaml_implicit_resolvers = {
    first: [(tag, words) for tag, words in resolvers if first not in "oO" or not tag.endswith(":bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@cache
def _validator(schema: Path) -> jsonschema.Draft202012Validator:
    """What an editor holds a file against; the schema is one itself."""
    found = json.loads(schema.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def test_every_story_is_two_wirings_on_one_base() -> None:
    """A folder with twins has both of them, and maybe the first one guarded, and one base, which is no scenario."""
    assert len(STORIES) == 7
    for story in STORIES:
        assert {path.name for path in story.glob("*.yaml")} - {"guarded.yaml"} == {"common.yaml", "sync.yaml", "events.yaml"}
        assert bases_in(story) == {story / "common.yaml"}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_twins_differ_in_what_their_files_say_and_in_nothing_else(story: Path) -> None:
    """Both name the same base; network, workload, faults and run stand there only, and a service's settings, too.

    A fault of what only one of them has, such as a broker, stands in its file. Workers differ only by consumers that are taken
    out of them. What neither file of the two mentions is equal in both, and the two mention no more than the wiring.
    """
    common, sync, events = (yaml.safe_load((story / f"{name}.yaml").read_text()) for name in ("common", "sync", "events"))
    assert sync["base"] == events["base"] == "common.yaml"
    assert common.keys() >= {"network", "services", "workload", "run"}
    own = {"base", "name", "title", "architecture", "services", "objectives"}
    assert sync.keys() <= own
    assert events.keys() <= own | {"brokers", "subscriptions", "relays", "projections", "faults"}
    for wiring in (sync, events):
        assert wiring["name"] == f"{story.name}-{'sync' if wiring is sync else 'events'}"
        assert not common.keys() & wiring.keys() - {"services", "faults"}, "what both have alike stands in the base only"
        assert all(entity_of(load(story / "events.yaml").faults[one]) in OF_ONE_WIRING for one in wiring.get("faults", {}))
        assert wiring["services"].keys() <= common["services"].keys()
        for name, service in wiring["services"].items():
            assert service is None or service.keys() - {"workers"} == {"operations"}
            if service is not None and "workers" in service:
                readers = [one for one in wiring["subscriptions"].values() if one["operation"].startswith(f"{name}.")]
                assert service["workers"] + sum(one["consumers"] for one in readers) == common["services"][name]["workers"]
            assert service is None or not service["operations"].keys() & common["services"][name].get("operations", {}).keys()
    assert_alike_but_for(sync, events, load(story / "sync.yaml").resolved(), load(story / "events.yaml").resolved())


def assert_alike_but_for(one: Any, other: Any, left: Any, right: Any, path: str = "") -> None:
    """Two resolved scenarios are equal, but for values that stand in one of the two files."""
    for key in left.keys() | right.keys():
        mine, theirs = (part.get(key, ABSENT) if isinstance(part, dict) else ABSENT for part in (one, other))
        if isinstance(mine, dict) and isinstance(theirs, dict):
            assert_alike_but_for(mine, theirs, left[key], right[key], f"{path}{key}.")
        elif mine is ABSENT and theirs is ABSENT:
            assert left[key] == right[key], f"{path}{key} differs, and neither file has it"


def test_the_shop_has_eleven_services_and_a_payment_that_is_slow_and_then_crashes(twins: tuple[Scenario, Scenario]) -> None:
    """What its page says of it: eleven services, payment 20 times slower for 30 seconds, later one of its replicas down."""
    sync, _ = twins
    slow, crash = sync.faults["slow-payment"], sync.faults["crash-payment"]
    assert len(sync.services) == 11
    assert (slow.target, slow.factor, slow.duration) == ("paymentservice", 20, 30 * 10**9)
    assert (crash.target, crash.replicas) == (slow.target, 1)
    assert crash.at > slow.end


def test_twins_share_load_faults_network_and_run(twins: tuple[Scenario, Scenario]) -> None:
    """The twins meet the same arrivals, the same faults and the same network, for the same time."""
    sync, events = twins
    assert sync.workload == events.workload
    assert sync.faults == events.faults
    assert sync.network == events.network
    assert sync.run == events.run


def test_twins_share_every_service_but_the_second_half_of_an_order(twins: tuple[Scenario, Scenario]) -> None:
    """Replicas, workers, queues and handlers are equal, except that of `place_order`."""
    sync, events = twins
    assert sync.services.keys() == events.services.keys()
    for name in sync.services:
        if name != "checkoutservice":
            assert sync.services[name] == events.services[name], name
    before, after = sync.services["checkoutservice"], events.services["checkoutservice"]
    assert before.model_dump(exclude={"operations"}) == after.model_dump(exclude={"operations"})
    shared = after.operations["place_order"][:-1]
    assert before.operations["place_order"][: len(shared)] == shared


def test_moved_calls_are_the_consumed_operations(twins: tuple[Scenario, Scenario]) -> None:
    """What checkout calls in one twin at the end of an order, consumer groups run in the other, as many at a time."""
    sync, events = twins
    shared = len(events.services["checkoutservice"].operations["place_order"]) - 1
    called = {step.call for step in sync.services["checkoutservice"].operations["place_order"][shared:]}  # type: ignore[union-attr]
    assert called == MOVED == {group.operation for group in events.subscriptions.values()}
    for group in events.subscriptions.values():
        assert group.consumers == events.services[group.service].workers
