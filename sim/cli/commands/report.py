"""``eventflow report``: one page of what a run, a comparison or a sweep left in its folder.

    eventflow report                              the newest one below reports/
    eventflow report DIR --chart forest           one more chart on the page; --chart all for every one
    eventflow report SWEEP --best goodput --within 2/s
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import options
from sim.cli.commands.sweep import BestBy, Metrics, Within, check_best, wanted
from sim.cli.output import echo
from sim.cli.progress import say
from sim.errors import EventflowError

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACE = 4.7
SWEPT = "sweep.json"
MANIFEST = "manifest.json"
ALL = "all"
ON_PAGE = ("comparison",)
"""What the page has anyway."""


def command(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", file_okay=False, help="Folder of a report or a sweep; or of all of them: the newest."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", dir_okay=False, help="Where to write; default: DIR/report.html."),
    ] = None,
    charts: Annotated[
        list[str] | None,
        typer.Option("--chart", metavar="NAME", help="One more chart on the page: forest, lines, ..., or all. Repeatable."),
    ] = None,
    metrics: Metrics = "",
    best: BestBy = "",
    within: Within = "",
) -> int:
    """Make one HTML page of a report's folder, or of a sweep's: the verdict, why, every table. It needs no other file."""
    from sim.report.html.page import write_page
    from sim.report.write import PAGE

    place = newest(options.OUT if folder is None else folder)
    if out is not None and out.suffix not in {".html", ".htm"}:
        raise typer.BadParameter(f"--out {out.as_posix()}: the report is a page; write {out.stem}.html")
    path = place / PAGE if out is None else out
    if (place / SWEPT).is_file():
        check_best(best, within)
        _sweep(place, path, charts or (), wanted(metrics), (best, within))
    else:
        if metrics or best or within:
            raise typer.BadParameter(f"--metrics, --best and --within are for a sweep; {place.as_posix()} is not its folder")
        _check_saved(place)
        _draw(place, charts or ())
        write_page(place, path)
    echo(path.as_posix())
    return 0


def _sweep(place: Path, path: Path, charts: Sequence[str], metrics: Sequence[str], best: tuple[str, str]) -> None:
    """Make the page of a sweep, with the charts that it has something for and those that are named."""
    from sim.charts.style import off_screen
    from sim.plots import chart_names
    from sim.report.html.swept.page import write_sweep_page
    from sim.sweeps.run import load_sweep

    known = chart_names("sweep")
    _check(charts, known)
    sweep = load_sweep(place)
    chosen = sweep.best(*best) if best[0] else None
    off_screen()
    every = ALL in charts
    wanted = known if every else charts
    for reason in write_sweep_page(sweep, path, asked=wanted, every=every, metrics=metrics, best=chosen):
        say(f"left out: {reason}")


def _check(charts: Sequence[str], known: Sequence[str]) -> None:
    """Raise ``BadParameter`` for a name that is no chart of what the folder holds."""
    from sim.scenario.problems import did_you_mean

    for name in charts:
        if name != ALL and name not in known:
            raise typer.BadParameter(f"there is no chart '{name}' of this; {did_you_mean(name, known, noun='charts')}")


def _check_saved(place: Path) -> None:
    """Say when the folder's result.npz, which the page is not made of, is damaged."""
    from sim.loaded import IN_REPORT
    from sim.saved.container import Container
    from sim.saved.errors import SavedError

    if not (place / IN_REPORT).is_file():
        return
    try:
        Container.open(place / IN_REPORT)
    except SavedError as error:
        say(f"warning: {error}; the page is made without it")


def _draw(place: Path, charts: Sequence[str]) -> None:
    """Draw charts of what the folder holds into its figures. Raises `PlotError` when one that was named cannot be drawn."""
    if not charts:
        return
    from sim.cli.commands.plot import PlotError, write_chart
    from sim.loaded import load_saved
    from sim.plots import chart_names, kind_of

    subject = load_saved(place)
    known = chart_names(kind_of(subject))
    _check(charts, known)
    (place / "figures").mkdir(exist_ok=True)
    for name in [name for name in known if name not in ON_PAGE] if ALL in charts else dict.fromkeys(charts):
        try:
            write_chart(name, subject, place / "figures" / f"{name}.svg", "light", {})
        except PlotError as error:
            if name in charts:
                raise
            say(f"left out: {error}")


def newest(folder: Path) -> Path:
    """The folder itself, or the newest report or sweep below it when it is the folder of all reports.

    Which of them is the newest the disk tells: of a report its manifest, of a sweep the last run that was stored.
    """
    from sim.report.folder import POINTER

    pointer = folder / POINTER
    if any((folder / name).exists() for name in (MANIFEST, SWEPT)):
        return folder
    plans = [plan for depth in ("*", "*/*") for plan in folder.glob(f"{depth}/{SWEPT}")]
    sweeps = {plan.parent: _last(plan, plan.parent / "runs") for plan in plans}
    swept = max(sweeps, key=lambda place: (sweeps[place], place.as_posix()), default=None)
    if not pointer.is_file():
        return swept or folder
    place = folder / pointer.read_text(encoding="utf-8").strip()
    if not place.resolve().is_relative_to(folder.resolve()):
        raise EventflowError(f"{pointer} points outside of its folder; name the folder of the report itself")
    return swept if swept is not None and sweeps[swept] > _last(place / MANIFEST) else place


def _last(*paths: Path) -> int:
    """When the last of some files or folders was changed, in ns; 0 when none of them is there."""
    return max((path.stat().st_mtime_ns for path in paths if path.exists()), default=0)
