"""``eventflow plot CHART WHAT``: any chart as a file, of scenarios that are run now, or of what was saved.

    eventflow plot topology shop.yaml -w at=90s -o shop.svg        run it, draw it
    eventflow plot forest sync.yaml events.yaml                    run both, draw the differences
    eventflow plot heatmap sweeps/shop                             draw what a sweep left in its folder
    eventflow plot lines shop.yaml --over services.pay.workers=1,2,4
"""

from __future__ import annotations

import inspect
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli import exits, options
from sim.cli.output import echo
from sim.cli.progress import say
from sim.cli.work import Work
from sim.errors import EventflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sim.scenario.scenario import Scenario

PLACE = 4.8
KINDS = ("result", "comparison", "sweep", "matrix")
"""What a chart may be drawn of here."""
ENDINGS = (".svg", ".png")
SCENARIO = (".yaml", ".yml", ".json")
PAIR = 2

Over = Annotated[
    list[str] | None,
    typer.Option("--over", metavar="PATH=VALUES", help="Sweep first: a=2,4,8 or b=1..20:log:8 (or :lin:8). Repeatable."),
]
With = Annotated[
    list[str] | None,
    typer.Option("-w", "--with", metavar="KEY=VALUE", help="A setting of the chart: flow=checkout, at=90s. Repeatable."),
]


@dataclass(frozen=True)
class _RunOptions:
    """How scenarios are to be run, as far as the command line says."""

    over: tuple[str, ...] = ()
    sample: str = ""
    overrides: tuple[str, ...] = ()
    runs: int | None = None
    seed: int | None = None


class PlotError(EventflowError, ValueError):
    """A chart cannot be drawn of that; the message says why, and what would do."""


def command(
    chart: Annotated[str, typer.Argument(metavar="CHART", help="Its name; `eventflow list charts` lists them.")],
    what: Annotated[
        list[str], typer.Argument(metavar="WHAT...", help="A scenario, two to compare, or a saved file or folder.")
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", dir_okay=False, help="A .svg or .png; default: CHART.svg.")
    ] = None,
    settings: With = None,
    theme: Annotated[Literal["light", "dark"], typer.Option("--theme", help="Shades of the paper and of the ink.")] = "light",
    over: Over = None,
    sample: Annotated[str, typer.Option("--sample", metavar="KIND:N", help="Of a sweep: lhs:50, sobol-indices:64, ...")] = "",
    overrides: options.Overrides = None,
    runs: options.Runs = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    engine: options.Engine = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Draw one chart into a file. Says what the chart shows, for people who listen, in the file and with -v."""
    from sim.plots import chart_module, chart_names, kind_of
    from sim.scenario.problems import did_you_mean

    names = chart_names()
    if chart not in names:
        raise typer.BadParameter(f"there is no chart '{chart}'; {did_you_mean(chart, names, noun='charts')}")
    path = _place(Path(f"{chart}.svg") if out is None else out)
    keywords = _settings(chart, settings or ())
    work = Work(engine=engine, jobs=jobs, quiet=quiet, verbose=verbose)
    given = _RunOptions(tuple(over or ()), sample, tuple(overrides or ()), runs, seed)
    of = {kind for kind in KINDS if chart in chart_names(kind)}
    if of == {"matrix"}:
        subject: Any = _matrix(work, what, given)
    else:
        subject = _subject(work, what, given, of, chart_module(chart), keywords)
    kind = kind_of(subject)
    if chart not in chart_names(kind):
        needs = [other for other in KINDS if chart in chart_names(other)]
        raise PlotError(f"'{chart}' is no chart of a {kind}, but of: {', '.join(needs)}; {_remedy(needs)}")
    text = write_chart(chart, subject, path, theme, keywords)
    if verbose:
        say(text)
    echo(path.as_posix())
    return exits.OK


def _place(path: Path) -> Path:
    """The file to write, checked before anything is run. Raises ``BadParameter`` where no picture can be written."""
    if path.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(f"'{path}' is neither .svg nor .png; name a file that ends so")
    if not path.parent.is_dir():
        there = f"'{path.parent}' is a file, no folder" if path.parent.exists() else f"there is no folder '{path.parent}'"
        raise typer.BadParameter(f"-o {path}: {there}; make it, or name another")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise typer.BadParameter(f"-o {path}: writing there is not allowed; name another place")
    return path


def write_chart(chart: str, subject: Any, path: Path, theme: str, keywords: dict[str, Any]) -> str:
    """Draw, save, and return what the chart says of itself. Raises `PlotError` when there is nothing to draw."""
    from sim.charts.style import off_screen, release, save, told  # loads Matplotlib
    from sim.plots import draw

    off_screen()
    try:
        drawn = draw(chart, subject, theme=theme, **keywords)
    except ValueError as error:
        if isinstance(error, EventflowError):
            raise
        raise PlotError(f"{chart}: {error}") from error
    figure = drawn if hasattr(drawn, "savefig") else drawn.figure
    save(figure, path, title=f"eventflow {chart}")
    release(figure)
    return told(figure)


def _settings(chart: str, given: Sequence[str]) -> dict[str, Any]:
    """The settings of a chart as keywords. Raises ``BadParameter`` for one that the chart does not have."""
    from sim.plots import chart_module
    from sim.scenario.problems import did_you_mean
    from sim.scenario.yaml_reader import read_value

    plot: Callable[..., Any] = chart_module(chart).plot
    known = [name for name, one in inspect.signature(plot).parameters.items() if one.kind is inspect.Parameter.KEYWORD_ONLY]
    found: dict[str, Any] = {}
    for text in given:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise typer.BadParameter(f"'{text}' is not key=value; write for example --with flow=checkout")
        if key not in known:
            raise typer.BadParameter(f"{chart} has no setting '{key}'; {did_you_mean(key, known, noun='settings')}")
        found[key] = [part.strip() for part in value.split(",")] if "," in value else read_value(value)
    return found


def _metrics(keywords: dict[str, Any]) -> list[str]:
    """The metrics that a chart of a sweep asks for, to be kept of its runs."""
    from sim.scenario.objectives import parse_objective

    found = [str(keywords["metric"])] if keywords.get("metric") else []
    if keywords.get("objective"):
        judged = parse_objective(keywords["objective"])
        found.append(f"{judged.subject}.{judged.metric}" if judged.subject else judged.metric)
    return found


def _matrix(work: Work, what: Sequence[str], given: _RunOptions) -> Any:
    """A folder's scenarios, or several scenarios, under each of their faults alone."""
    from sim.cli.matrix import run_matrix

    if given.over or given.sample:
        raise PlotError("a matrix has a row for each fault; leave out --over and --sample")
    if len(what) == 1 and Path(what[0]).is_file() and Path(what[0]).suffix not in SCENARIO:
        if given != _RunOptions():
            raise PlotError(f"'{what[0]}' was run already; leave out --set and the like, or give scenarios")
        return _loaded(what)
    return run_matrix(work, what, overrides=given.overrides, runs=given.runs, seed=given.seed)


def _subject(
    work: Work, what: Sequence[str], given: _RunOptions, of: set[str], module: Any, keywords: dict[str, Any]
) -> Any:
    """A result, a comparison, or a sweep that keeps what the chart asks for, whichever it is drawn ``of``: run, or loaded.

    Of runs, settings in the module's ``RUNS`` become what they stand for: further runs of altered scenarios.
    """
    from sim.shipped import path_of

    more = {name: alter for name, alter in getattr(module, "RUNS", {}).items() if name in keywords}
    for name in more:
        if keywords.pop(name) is not True:
            raise typer.BadParameter(f"{name} is true, or left out: then it is run too; write --with {name}=true")
    saved = [one for one in what if path_of(one).is_dir() or path_of(one).suffix not in SCENARIO]
    if saved:
        if given != _RunOptions() or more:
            raise PlotError(f"'{saved[0]}' was run already; leave out --over, --set and the like, or give scenarios")
        return _loaded(what)
    swept = bool(given.over) or of == {"sweep"}
    if len(what) > PAIR and not swept:
        raise PlotError(f"{len(what)} scenarios cannot be compared; give one or two, or sweep them with --over")
    scenarios = [work.load(one, given.overrides) for one in what]
    if swept or ("sweep" in of and all(one.sweep is not None for one in scenarios)):
        return _sweep(work, scenarios, given, _metrics(keywords))
    return _results(work, scenarios, given, module, keywords, more)


def _results(
    work: Work,
    scenarios: Sequence[Scenario],
    given: _RunOptions,
    module: Any,
    keywords: dict[str, Any],
    more: Mapping[str, Callable[[Scenario], Scenario]],
) -> Any:
    """A result or a comparison, run now; further runs are put into the keywords."""
    try:
        for one in scenarios if hasattr(module, "check") else ():
            module.check(one, **keywords)
        altered = {name: [alter(one) for one in scenarios] for name, alter in more.items()}
    except ValueError as error:
        raise PlotError(str(error)) from error
    first = scenarios[0].run
    replications = first.replications if given.runs is None else given.runs
    seed = first.seed if given.seed is None else given.seed
    subject = _paired(work.run(scenarios, replications=replications, seed=seed))
    for name, others in altered.items():
        keywords[name] = _paired(work.run(others, replications=replications, seed=seed))
    return subject


def _sweep(work: Work, scenarios: Sequence[Scenario], given: _RunOptions, metrics: Sequence[str]) -> Any:
    """A sweep in memory, under a progress bar."""
    from sim.cli.rate import run_progress
    from sim.engine import prepare
    from sim.sweeps import run_sweep

    if not given.over and all(one.sweep is None for one in scenarios):
        raise PlotError("nothing is varied; add for example --over services.orders.workers=1,2,4, or give a sweep's folder")
    if work.engine != "simpy":
        prepare((lambda _text: None) if work.quiet else say)
    with run_progress("sweep", quiet=work.quiet) as step:
        return run_sweep(
            scenarios,
            given.over,
            sample=given.sample,
            runs=given.runs,
            seed=given.seed,
            metrics=metrics,
            jobs=work.jobs,
            engine=work.engine,
            progress=step,
        )


def _loaded(what: Sequence[str]) -> Any:
    """What was saved: one thing, or two results to compare."""
    from sim.loaded import load_saved

    found = [load_saved(one) for one in what]
    if len(found) == 1:
        return found[0]
    from sim.results.result import Result

    results = [one for one in found if isinstance(one, Result)]
    if len(results) != PAIR or len(found) != PAIR:
        raise PlotError("only two saved results can be put side by side; give one file or folder, or two results")
    return _paired(results)


def _paired(results: Sequence[Any]) -> Any:
    from sim.results.comparison import Comparison

    return results[0] if len(results) == 1 else Comparison(results[0], results[1])


def _remedy(needs: Sequence[str]) -> str:
    """How to come by what a chart needs."""
    ways = {
        "result": "give one scenario",
        "comparison": "give two scenarios",
        "matrix": "give a folder of scenarios with the same faults",
        "sweep": "vary something: --over services.orders.workers=1,2,4",
    }
    return " or ".join(ways[one] for one in needs)
