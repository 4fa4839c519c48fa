"""The code of the pages works: Python is run, commands are run or read, scenarios are loaded, messages are what is printed."""

import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from sim.metrics.paths import metric_units
from sim.scenario.loader import loads_with_warnings
from sim.scenario.problems import ScenarioError
from tests.pages.pages import CODE, ROOT, blocks, commands, named

RUN = [sys.executable, "-c", "import sys; from sim.cli import main; sys.argv[0] = 'eventflow'; sys.exit(main())"]
EXIT = re.compile(r"# exit (\d+|any)$")
PLACEHOLDER = re.compile(r"[A-Z]{3,}(:[A-Z]+)?(\.\.\.)?|[AB]")
FAILURES = {2, 3}
README = ROOT / "README.md"


def pages_with(language: str) -> list[Path]:
    """The pages that have a block of a language."""
    return [page for page in CODE if blocks(page, language)]


def workplace(folder: Path) -> Path:
    """A folder as the checkout looks from its top."""
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    return folder


def environment() -> dict[str, str]:
    """That of a reader: this checkout, no window, no options by variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EVENTFLOW_") or name == "EVENTFLOW_CACHE"}
    return {**kept, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"}


@pytest.mark.parametrize("page", pages_with("python"), ids=named)
def test_python_runs(page: Path, tmp_path: Path) -> None:
    """The Python of a page, from top to bottom in one process, ends without an error."""
    code = "\n".join(block.text for block in blocks(page, "python"))
    place = workplace(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", pages_with("sh"), ids=named)
def test_commands_run(page: Path, tmp_path: Path) -> None:
    """The commands of a page's sh blocks, in order in one folder, exit with 0, or as the comment behind them says."""
    place = workplace(tmp_path)
    for line in "".join(block.text for block in blocks(page, "sh")).replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        assert words[0] == "eventflow", f"sh blocks are run: {line}"
        done = subprocess.run(
            [*RUN, *words[1:]], cwd=place, env=environment(), capture_output=True, text=True, check=False
        )
        told = EXIT.search(line)
        if told and told[1] == "any":
            assert done.returncode not in FAILURES, f"{line}\n{done.stderr}"
        else:
            assert done.returncode == int(told[1] if told else 0), f"{line}\n{done.returncode}: {done.stderr}"


@pytest.mark.parametrize("page", [page for page in CODE if commands(page)], ids=named)
def test_commands_are_understood(page: Path) -> None:
    """Every command that a page names, in blocks and in its text, is read by the command's own parser."""
    for words in commands(page):
        name, *rest = words
        if PLACEHOLDER.fullmatch(name) or not rest or rest[-1].startswith("-"):
            continue  # no whole command: `eventflow run --from`
        app = typer.Typer()
        module = import_module(f"sim.cli.commands.{'list_' if name == 'list' else name}")
        app.command()(module.command)
        try:
            typer.main.get_command(app).make_context(name, list(rest))
        except Exception as error:  # noqa: BLE001 - of click, whichever one Typer brings along
            assert "does not exist" in str(error), f"eventflow {shlex.join(words)}: {error}"


class Reader(yaml.SafeLoader):
    """Reads `on` and `off` as the words that they are in a scenario; true and false stay."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own
        first: [(tag, form) for tag, form in found if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _read(text: str) -> Any:
    return yaml.load(text, Loader=Reader)  # noqa: S506 - it is a safe one


def merged(base: Any, part: Any) -> Any:
    """A scenario with some of its parts replaced: mappings key by key, all else as a whole."""
    if not isinstance(base, dict) or not isinstance(part, dict):
        return part
    return {**base, **{key: merged(base.get(key), value) for key, value in part.items()}}


def scenarios_of(page: Path) -> list[tuple[int, str]]:
    """The first whole scenario of the pages' YAML, and every later part put into it; with the lines."""
    found: list[tuple[int, Any]] = [(block.line, _read(block.text)) for block in blocks(page, "yaml")]
    if "run" not in found[0][1]:
        first = blocks(ROOT / "docs" / "scenario-language.md", "yaml")[0].text
        found.insert(0, (0, _read(first)))
    base = found[0][1]
    return [(line, yaml.safe_dump(merged(base, part), allow_unicode=True, sort_keys=False)) for line, part in found]


@pytest.mark.parametrize("page", pages_with("yaml"), ids=named)
def test_scenarios_load(page: Path) -> None:
    """Every scenario of a page is valid, and every part of one is when it is put into the whole one before it."""
    for line, text in scenarios_of(page):
        try:
            loads_with_warnings(text, f"{named(page)}:{line}", metrics=metric_units())
        except ScenarioError as error:
            pytest.fail(str(error))


def test_the_first_scenarios_have_no_warnings() -> None:
    """What a reader sees first, in README and in the reference, is sound."""
    for page in (README, ROOT / "docs" / "scenario-language.md"):
        _, warnings = loads_with_warnings(blocks(page, "yaml")[0].text, named(page), metrics=metric_units())
        assert not warnings, "\n".join(map(str, warnings))


def test_the_errors_that_are_shown_are_printed() -> None:
    """README's mistakes, made in its own scenario, give the messages that README shows."""
    shown = next(block.text for block in blocks(README, "") if block.text.startswith("$ eventflow validate"))
    wrong = blocks(README, "yaml")[0].text
    for right, mistake in (("payment.charge", "paymnt.charge"), ("timeout: 500ms", "timeout: 500")):
        wrong = wrong.replace(right, mistake, 1)
    with pytest.raises(ScenarioError) as caught:
        loads_with_warnings(wrong, "checkout.yaml", metrics=metric_units())
    printed = str(caught.value)
    for line in shown.splitlines()[1:]:
        assert line.removesuffix(" ...") in printed, f"{line}\nis not in\n{printed}"
