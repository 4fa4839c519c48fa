"""``import sim`` is light, and has every public name."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim import former_names

ROOT = Path(__file__).parents[2]
HEAVY = ("matplotlib", "scipy", "pandas", "llvmlite", "simpy")
SCENARIO = ROOT / "scenarios" / "online-boutique" / "events.yaml"


@pytest.mark.parametrize(
    "statement",
    ["import sim", "import sim; dir(sim); sim.Scenario", f"import sim; sim.load({str(SCENARIO)!r})"],
    ids=["import", "names", "load"],
)
def test_the_import_budget(statement: str) -> None:
    """Neither importing nor loading a scenario, its metrics checked, loads Matplotlib, SciPy, pandas, Numba or SimPy."""
    code = f"{statement}\nimport sys\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    """The list, the homes and the names agree."""
    assert sorted(sim.__all__) == sorted(sim._HOME_OF)
    for name in sim.__all__:
        assert getattr(sim, name) is not None
    assert dir(sim) == sim.__all__
    with pytest.raises(AttributeError, match="no public name 'sweeep'"):
        _ = sim.sweeep  # type: ignore[attr-defined]


def test_loading_checks_what_objectives_name(tmp_path: Path) -> None:
    """A metric that does not exist, or that its subject does not have, is an error of the file."""
    with pytest.raises(sim.ScenarioError, match=r"unknown metric 'latncy.p99'; did you mean 'latency.p99'"):
        sim.load(SCENARIO, overrides=('objectives=["checkout.latncy.p99 < 1s"]',))
    with pytest.raises(sim.ScenarioError, match="the flow 'checkout' has no 'lag_peak'"):
        sim.load(SCENARIO, overrides=('objectives=["checkout.lag_peak < 10"]',))


def test_one_replication_is_one_record() -> None:
    """``run_once`` takes a scenario; the engines agree."""
    scenario = sim.load(SCENARIO, overrides=("run.horizon=2s", "run.warmup=0s", "faults={}"))
    record = sim.run_once(scenario, seed=5, replication=2, engine="simpy")
    assert record.fingerprint() == sim.run_once(scenario, seed=5, replication=2).fingerprint()
    assert sim.run(scenario, replications=3, seed=5).records[2].fingerprint() == record.fingerprint()


@pytest.mark.parametrize("former", [*sorted(former_names.MODULES), "sim.judge.verdict"])
def test_a_former_name_of_a_module_is_the_module_of_today(former: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It loads once more with a warning that says the name of today, and leaves the module what it was."""
    for name in list(sys.modules):
        if former_names.module_of(name) is not None:
            monkeypatch.delitem(sys.modules, name)
    name = str(former_names.module_of(former))
    spec = importlib.import_module(name).__spec__
    with pytest.warns(DeprecationWarning, match="is called sim.* now") as said:  # of the package that it was in, too
        assert importlib.import_module(former) is sys.modules[name]
    assert sys.modules[name].__spec__ is spec
    assert str(said[-1].message).startswith(f"{former} is called {name} now")


def test_no_former_name_is_one_of_today() -> None:
    """What has a former name has it as the only one: nothing of today is in the way of it."""
    root = Path(sim.__file__).parent
    paths = [path.relative_to(root.parent).with_suffix("") for path in root.rglob("*.py")]
    files = {".".join(path.parts).removesuffix(".__init__") for path in paths}
    assert set(former_names.MODULES.values()) <= files
    assert not set(former_names.MODULES) & files
    assert not set(former_names.PUBLIC) & set(sim.__all__)
    assert set(former_names.PUBLIC.values()) <= set(sim.__all__)


def test_a_former_public_name_is_the_one_of_today() -> None:
    """It says what it is called now, each time, at the place that uses it."""
    for former, name in former_names.PUBLIC.items():
        with pytest.warns(DeprecationWarning, match=f"sim.{former} is called sim.{name} now") as said:
            assert getattr(sim, former) is getattr(sim, name)
        assert [one.filename for one in said] == [__file__]


def test_the_subscription_of_a_log_is_found_where_it_was() -> None:
    """`sim.scenario.Subscription` warns, and is `sim.Subscription`; any other name that is not there is still an error."""
    with pytest.warns(DeprecationWarning, match=r"sim\.scenario\.Subscription is called sim\.Subscription now"):
        assert sim.scenario.Subscription is sim.Subscription
    with pytest.raises(AttributeError, match="has no attribute 'Subscriptions'"):
        sim.scenario.Subscriptions  # noqa: B018


def test_columns_have_the_name_of_before_for_a_version() -> None:
    """A column is found without its part, with a warning that says where it is; what is none is an error."""
    from sim.record import fields

    with pytest.warns(DeprecationWarning, match=r"GUARD_REFUSED is called sim\.record\.fields\.guards\.GUARD_REFUSED"):
        assert fields.GUARD_REFUSED == fields.guards.GUARD_REFUSED  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no name 'GUARD_REFUSSED'"):
        _ = fields.GUARD_REFUSSED  # type: ignore[attr-defined]
