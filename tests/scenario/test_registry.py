"""Kinds are found by looking into their folder."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from sim.policies.guards.circuit_breaker import CircuitBreaker
from sim.policies.guards.cycles import Cycles
from sim.registry import Kinds, discover, kind_of
from sim.scenario.guards import meant
from sim.scenario.kinds import Balance, Broker, Fault, Guard, Retry

if TYPE_CHECKING:
    from pathlib import Path

CIRCLE = """
from typing import Literal
from shapes import Shape

class Circle(Shape):
    kind: Literal["circle"] = "circle"
    radius: int = 1
"""


class Base(BaseModel):
    """Base of the shapes of this test."""

    kind: str


@pytest.fixture
def shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a package of shapes with one kind; return its folder."""
    folder = tmp_path / "shapes"
    folder.mkdir()
    (folder / "__init__.py").write_text("from test_registry_base import Base as Shape\n")
    (folder / "circle.py").write_text(CIRCLE)
    monkeypatch.setitem(sys.modules, "test_registry_base", sys.modules[__name__])
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "shapes"]:
        monkeypatch.delitem(sys.modules, name)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "shapes"]:
        del sys.modules[name]


def test_every_family_has_its_kinds() -> None:
    """The folders of this project hold the kinds that the language promises."""
    assert {"exponential", "fixed", "full_jitter"} <= set(discover("sim.policies.retries", Retry))
    assert {"random", "round_robin"} <= set(discover("sim.policies.balancing", Balance))
    assert {"log"} <= set(discover("sim.brokers", Broker))
    assert {"crash", "slowdown"} <= set(discover("sim.faults", Fault))


def test_a_new_file_is_a_new_kind(shapes: Path) -> None:
    """A kind is added by adding a file; no list is edited."""
    assert list(discover("shapes", Base)) == ["circle"]
    (shapes / "square.py").write_text(
        CIRCLE.replace("ircle", "quare").replace("class C", "class S").replace('"c', '"s')
    )
    (shapes / "_private.py").write_text("raise RuntimeError")
    assert list(discover("shapes", Base)) == ["circle", "square"]

    class Drawing(BaseModel):
        model_config = ConfigDict(defer_build=True)
        shape: Annotated[Base, Kinds("shapes", noun="shape", shorthand=lambda value: {"kind": value})]

    assert kind_of(Drawing.model_validate({"shape": {"kind": "square", "radius": 2}}).shape) == "square"
    assert Drawing.model_validate({"shape": "circle"}).model_dump(exclude_unset=True) == {"shape": {"kind": "circle"}}
    with pytest.raises(ValidationError, match="unknown shape 'triangle'; write one of: circle, square"):
        Drawing.model_validate({"shape": {"kind": "triangle"}})


def test_two_files_cannot_claim_one_kind(shapes: Path) -> None:
    """A kind means one thing."""
    (shapes / "disc.py").write_text(CIRCLE.replace("class Circle", "class Disc"))
    with pytest.raises(TypeError, match="both claim kind 'circle'"):
        discover("shapes", Base)


@pytest.mark.parametrize("name", ["slot", "place", "per_caller", "State", "withdraw"])
def test_a_guard_that_lacks_something_is_refused_by_name(name: str) -> None:
    """When its class is made, and not by a run in which an engine asks for it."""
    has = {one: getattr(Cycles, one) for one in (*Guard.__annotations__, "Settings") if hasattr(Cycles, one) and one != name}
    settings = dict.fromkeys(Cycles.Settings.fields, 1)
    fields = {"__annotations__": {"kind": str} | dict.fromkeys(settings, int), "__module__": __name__, "kind": "lacking"}
    fields |= settings
    with pytest.raises(TypeError, match=f"the guard Lacking has no {name}; see sim.scenario.kinds.Guard"):
        type(Guard)("Lacking", (Guard,), {**fields, **has})
    del has["Settings"], fields["limit"], fields["__annotations__"]["limit"]  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="has no field or property limit, which its Settings name"):
        type(Guard)("Lacking", (Guard,), {**fields, **has, name: 0, "Settings": Cycles.Settings})


def test_what_a_key_of_a_guard_means_is_said_by_its_kinds() -> None:
    """The one that says so, or the only one; of several of which none does, the file says which, and two cannot."""

    class First(Cycles):
        by_default = False

    assert meant("rate_limit", (First, Cycles)) is Cycles
    assert meant("rate_limit", (First,)) is First
    assert meant("rate_limit", (First, First)) is None
    with pytest.raises(TypeError, match="CircuitBreaker and Cycles are both the default of rate_limit"):
        meant("rate_limit", (CircuitBreaker, Cycles))
