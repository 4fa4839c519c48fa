"""How it was made, and how to make it again: scenarios, seeds, versions, fingerprints, every setting.

    eventflow run --from manifest.json       in the folder of this page
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.report.html.elements import Html, escape, name_of, swatch, tag
from sim.scenario.yaml_writer import write_yaml
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.report.html.folder import Folder

DIGITS = 16


def section(folder: Folder) -> Html:
    """Everything needed to say what was run, and to run it again."""
    manifest = folder.manifest
    again = tag(
        "p",
        "In the folder of this page, ",
        tag("code", "eventflow run --from manifest.json"),
        " runs the same again and says whether every fingerprint matches.",
    )
    facts = [
        ("command", tag("code", f"eventflow {' '.join(str(word) for word in manifest.get('argv', []))}")),
        ("begun", str(manifest.get("time", "not noted"))),
        ("took", f"{format_number(float(manifest.get('wall_s', 0.0)))} s"),
        ("events", f"{int(manifest.get('events', 0)):,}".replace(",", "\N{NO-BREAK SPACE}")),
        ("system", str(manifest.get("platform", {}).get("system", "not noted"))),
        ("complete", "yes" if manifest.get("complete") else "no: interrupted before the end"),
    ]
    versions = [(str(name), str(version)) for name, version in manifest.get("versions", {}).items()]
    entries = [_run(entry, number) for number, entry in enumerate(manifest["runs"])]
    return tag(
        "section",
        tag("h2", "Settings, and how to repeat it", id="settings-title"),
        again,
        tag("div", facts_table("This run", facts), facts_table("Versions", versions), class_="two"),
        *entries,
        id="settings",
        aria_labelledby="settings-title",
    )


def facts_table(title: str, rows: Sequence[tuple[str, str]]) -> Html:
    """A small table of two columns."""
    body = [tag("tr", tag("th", key, scope="row"), tag("td", text)) for key, text in rows]
    return tag("table", tag("caption", title), tag("tbody", *body), class_="facts")


def scenario_part(name: str, mark: Html | None, facts: Sequence[tuple[str, str]], resolved: Any, place: str) -> Html:
    """A scenario to unfold: facts of it, and every value, defaults too; ``place``: where they are besides, for paper."""
    words = escape(write_yaml(resolved), keep="\n")
    summary = tag("summary", mark, name_of(name))
    paper = tag("p", f"Every setting, defaults too, is on the page and in {place}.", class_="on-paper notes")
    text = tag("pre", words, class_="resolved", tabindex=0, role="region", aria_label=f"Every setting of {name}, as YAML")
    return tag("details", summary, facts_table("Facts", facts), paper, text)


def _run(entry: Mapping[str, Any], number: int) -> Html:
    """One scenario with its seed, its fingerprints and every value, defaults too."""
    prints = [str(one)[:DIGITS] for one in entry.get("fingerprints", [])]
    facts: list[tuple[str, str]] = [
        ("digest of the scenario", tag("code", str(entry["digest"])[:DIGITS])),
        ("seed", str(entry.get("seed"))),
        ("replications", str(entry.get("replications"))),
        ("engine", str(entry.get("engine"))),
        ("fingerprints", tag("code", ", ".join(prints))),
    ]
    return scenario_part(str(entry.get("scenario", "")), swatch(number), facts, entry["resolved"], "manifest.json")
