"""The first thing on the page: who does better at what, in words, then in six figures, then the objectives.

    Event-driven fails less, fails smaller and carries more. Synchronous recovers sooner.
    [ not done well ] [ blast radius ] [ time to recover ] [ goodput ] [ done by p99 ] [ backlog ]
    objective                synchronous    event-driven
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.judgements.verdict import opening
from sim.report.figures_text import interval_cell, value_cell
from sim.report.html.elements import Html, join, name_of, swatch, tag
from sim.report.html.tables import Cell, Column, sortable
from sim.report.tables import ONE_BY_ONE
from sim.stats.intervals import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.report.html.folder import Folder

TILES_COMPARED = ("{flow}.spoiled", "blast_radius", "time_to_recover", "goodput", "{flow}.completion.p99", "backlog_peak")
TILES_ALONE = ("goodput", "errors", "spoiled", "blast_radius", "time_to_recover", "backlog_peak")
SIGNS = {"pass": "\N{CHECK MARK}", "fail": "\N{MULTIPLICATION X}", "unsure": "?"}
OUTCOMES = {"fail": 0.0, "unsure": 1.0, "pass": 2.0}
"""What a column of outcomes is sorted by."""
UNPROVEN = ("No proven difference", "It cannot be told")


def estimate_of(data: Mapping[str, Any]) -> Estimate:
    """An estimate as it was written to a file; None is nan again."""
    mean, low, high, median = (
        math.nan if data[key] is None else float(data[key]) for key in ("mean", "low", "high", "median")
    )
    n, infinite, missing = (int(data[key]) for key in ("n", "infinite", "missing"))
    unit, level, note = str(data["unit"]), float(data["level"]), str(data["note"])
    return Estimate(
        mean=mean, low=low, high=high, median=median, n=n, infinite=infinite, missing=missing, unit=unit, level=level, note=note
    )


def difference_of(row: Mapping[str, Any]) -> Estimate:
    """The difference that a row's ``better`` goes by: up to the time that all were watched, where some ended before."""
    known = row.get("survival")
    return estimate_of((known["restricted"] if known else row)["difference"])


def headline(folder: Folder) -> tuple[str, str]:
    """The verdict in a sentence or two, what each side does better; and what else must be said at once."""
    if folder.kind == "run":
        return _objectives_said(folder.runs[0])
    said: list[tuple[int, str]] = []
    for label in folder.labels:
        begin = f"{_capital(label)} "
        claims = [line.partition(":")[0].removeprefix(begin) for line in folder.summary["verdict"] if line.startswith(begin)]
        if claims:
            said.append((len(claims), f"{begin}{_listed(claims)}."))
    said.sort(key=lambda one: -one[0])
    also = " ".join(opening(folder.summary["verdict"]))
    return " ".join(text for _, text in said) or "No difference between the two is proven.", also


def section(folder: Folder) -> Html:
    """The verdict with its reasons, the figures to look at first, and the objectives."""
    lines = folder.summary["verdict"] if folder.kind == "compare" else []
    cards = [_card(line, folder.labels) for line in lines]
    notes = [tag("p", note, class_="note") for note in _warnings(folder)]
    return tag(
        "section",
        tag("h2", "Verdict", id="verdict-title"),
        *notes,
        tag("ul", *cards, class_="cards") if cards else None,
        tag("div", *_tiles(folder), class_="tiles"),
        tag("p", f"Figures and {ONE_BY_ONE}.", class_="notes") if folder.kind == "compare" else None,
        _objectives(folder),
        id="verdict",
        aria_labelledby="verdict-title",
    )


def _warnings(folder: Folder) -> list[str]:
    """What a reader must know before believing the verdict."""
    said = [] if folder.manifest.get("complete", True) else ["Interrupted: these are the replications that were finished."]
    said += [str(note) for note in folder.summary.get("notes", [])]
    for run in folder.runs:
        doubt = run.get("warm_up")
        said += [f"{run['scenario']}: {note}" for note in run.get("fault_notes", [])] if folder.kind == "run" else []
        said += [f"{run['scenario']}: {doubt['sentence']}"] if doubt else []
    precision = folder.summary.get("precision")
    if precision and not precision["reached"]:
        said.append(f"The precision that was asked for was not reached within {precision['n']} replications.")
    return said


def _capital(text: str) -> str:
    return text.capitalize()


def _listed(claims: Sequence[str]) -> str:
    """a, b and c."""
    return claims[0] if len(claims) == 1 else f"{', '.join(claims[:-1])} and {claims[-1]}"


def _card(line: str, labels: Sequence[str]) -> Html:
    """A sentence of the verdict: its claim in front, its figures below, in the colour of the side it speaks for."""
    claim, _, reason = line.partition(": ")
    side = next(("ab"[at] for at, label in enumerate(labels) if claim.startswith(f"{_capital(label)} ")), "")
    kind = side or ("unproven" if claim.startswith(UNPROVEN) else "cost")
    below = tag("p", f"{reason[:1].upper()}{reason[1:]}") if reason else None
    return tag("li", tag("strong", claim), below, class_=f"card {kind}")


def _objectives_said(run: Mapping[str, Any]) -> tuple[str, str]:
    """How many objectives hold, and which do not."""
    judged = run["objectives"]
    if not judged:
        return f"{run['scenario']}: what was measured", "No objective is declared, so there is nothing to pass or to fail."
    outcomes = {word: [str(one["objective"]) for one in judged if one["outcome"] == word] for word in SIGNS}
    if len(outcomes["pass"]) == len(judged):
        return "Its objective holds." if len(judged) == 1 else f"All {len(judged)} objectives hold.", ""
    parts = []
    if outcomes["fail"]:
        parts.append(f"Breached: {_listed(outcomes['fail'])}.")
    if outcomes["unsure"]:
        parts.append(f"Open: {_listed(outcomes['unsure'])}.")
    return f"{len(outcomes['pass'])} of {len(judged)} objectives hold.", " ".join(parts)


def _tiles(folder: Folder) -> list[Html]:
    """A tile for each of the figures to look at first, where it says anything."""
    if folder.kind == "run":
        rows = {row["path"]: row for row in folder.summary["summary"]}
        found = [(rows[path], [estimate_of(rows[path])]) for path in TILES_ALONE if path in rows]
        return [_tile(row, sides, [], "", "") for row, sides in found if sides[0].n > sides[0].missing]
    paths = [path.format(flow=folder.summary["flow"]) for path in TILES_COMPARED]
    by_path = {row["path"]: row for row in folder.summary["rows"]}
    tiles = []
    for path in paths:
        row = by_path.get(path)
        if row is None:
            continue
        sides = [estimate_of(row["a"]), estimate_of(row["b"])]
        if all(side.n == side.missing for side in sides):
            continue
        difference = interval_cell(difference_of(row))
        shown = "no interval for the difference" if difference in {"no interval", "-"} else f"difference {difference}"
        tiles.append(_tile(row, sides, folder.labels, row["better"], shown))
    return tiles


def _tile(row: Mapping[str, Any], sides: Sequence[Estimate], labels: Sequence[str], better: str, difference: str) -> Html:
    about = str(row["path"]).partition(".")[0] if "." in row["path"] else ""
    tops = [side.mean for side in sides if math.isfinite(side.mean)]
    top = max([*tops, 1e-12])
    bars = [_bar(number, side, top, labels, better) for number, side in enumerate(sides)] if labels else []
    alone = None if labels else tag("p", tag("b", value_cell(sides[0])), class_="figure alone")
    foot = difference if labels else (interval_cell(sides[0], signed=False) if sides[0].estimable else sides[0].note)
    return tag(
        "div",
        tag("h3", tag("span", row["label"]), name_of(about) if about else None),
        *bars,
        alone,
        tag("p", foot, class_="foot"),
        class_="tile",
    )


def _bar(number: int, side: Estimate, top: float, labels: Sequence[str], better: str) -> Html:
    """A side's figure with a bar as long as its part of the larger one; without an end, the bar has none either."""
    letter = "ab"[number]
    endless = not math.isfinite(side.mean) and side.infinite > 0
    share = 1.0 if endless else max(0.0, side.mean) / top if math.isfinite(side.mean) else 0.0
    bar = tag(
        "svg",
        tag("rect", class_="track", width="100%", height="6", rx="3"),
        tag("rect", class_=f"part {letter}{' endless' if endless else ''}", width=f"{100 * share:.1f}%", height="6", rx="3"),
        class_="bar",
        height="6",
        aria_hidden="true",
    )
    won = tag("span", "better", class_="won") if better == letter else None
    label = tag("span", swatch(number), labels[number], " ", won)
    return tag("div", tag("p", label, tag("b", value_cell(side)), class_="figure"), bar)


def _objectives(folder: Folder) -> Html | None:
    """What each objective asked for, and what each side did."""
    named: dict[str, list[Mapping[str, Any] | None]] = {}
    for number, run in enumerate(folder.runs):
        for one in run["objectives"]:
            named.setdefault(str(one["objective"]), [None] * len(folder.runs))[number] = one
    for one in folder.summary.get("claims", []):
        named[f"{one['path']} no worse by more than {one['limit']}"] = [None] * (len(folder.runs) - 1) + [one]
    if not named:
        return None
    rows = [[Cell(text), *(judged_cell(one) for one in found)] for text, found in named.items()]
    heads = [Column("objective"), *(Column(label) for label in folder.labels)]
    return sortable("Objectives", "Objectives: what was asked for, and what the replications say", heads, rows)


def judged_cell(one: Mapping[str, Any] | None) -> Cell:
    """What came of an objective, in a word and its reason; it is sorted by the word, what fails first."""
    if one is None:
        return Cell("not asked for", 3.0, "quiet")
    outcome = str(one["outcome"])
    return Cell(join([outcome_word(outcome), " ", tag("span", one["reason"])]), OUTCOMES.get(outcome))


def outcome_word(outcome: str) -> Html:
    """``pass``, ``fail`` or ``unsure`` with its sign, in its colour."""
    return tag("b", f"{SIGNS.get(outcome, '')} {outcome}", class_=f"outcome {outcome if outcome in SIGNS else ''}")
