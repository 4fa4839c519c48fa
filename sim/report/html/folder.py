"""What the page is made of: the files of a report's folder, and nothing else.

    manifest.json, summary.json     must be there
    replay.json                     without it (older folders) the page has no replay, and says so
    figures/*.svg, *.png            put into the page as images
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from sim.errors import EventflowError
from sim.report.html import policy_states
from sim.report.html.coding import unpack
from sim.report.html.data import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SUMMARY = "summary.json"
KINDS = ("run", "compare")
FIGURE_BYTES_MAX = 1_200_000
"""A figure that takes more than this as SVG is put in as PNG."""
FIGURES_BYTES_MAX = 2_000_000
"""All figures of a page together; those that come after are named, not shown: they are in the folder."""
SERIES_OF = {"flow": ("rate", "good", "failed"), "service": ("rate", "failed", "waiting", "busy"), "topic": ("rate", "lag")}
"""What each kind of node of a replay has a series of."""
BANDS = ("goodput", "failed", "backlog")
DESCRIPTION = re.compile(r"<(?:desc|dc:description)[^>]*>(.*?)</", re.DOTALL)


class PageError(EventflowError, ValueError):
    """A folder that no page can be made from; the message says why, and what to do."""


@dataclass(frozen=True)
class Figure:
    """A figure as an image: its name, what it shows in words, and its content as a data address, '' when it is left out."""

    name: str
    description: str
    address: str


@dataclass(frozen=True)
class Folder:
    """The files of a folder, read.

    Attributes:
        kind: ``run`` or ``compare``.
        manifest, summary, replay: as written; ``replay`` is None where there is none.
        figures: in the order in which they are shown.
    """

    kind: str
    manifest: dict[str, Any]
    summary: dict[str, Any]
    replay: dict[str, Any] | None
    figures: tuple[Figure, ...]

    @property
    def runs(self) -> list[dict[str, Any]]:
        """The summaries of the scenarios: one, or the two sides of a comparison."""
        sides: list[dict[str, Any]] = self.summary["sides"] if self.kind == "compare" else [self.summary]
        return sides

    @property
    def labels(self) -> list[str]:
        """What the sides are called."""
        if self.kind == "compare":
            return [str(self.summary[side]["label"]) for side in "ab"]
        return [str(self.summary["architecture"])]


def read_folder(path: Path) -> Folder:
    """Read the files of a report. Raises `PageError` with the remedy, ``OSError`` when a file cannot be read."""
    if not (path / "manifest.json").is_file():
        what = "the folder of a report: no manifest.json is there"
        raise PageError(f"{path} is not {what}; give one that `eventflow run`, `compare` or `sweep` wrote")
    manifest = _json(path / "manifest.json")
    kind = str(manifest.get("kind"))
    if kind not in KINDS:
        raise PageError(f"{path} is the folder of a {kind}; a page is made of a run or of a comparison")
    _check_contents(path, manifest.get("contents"))
    summary = _json(path / "summary.json")
    replay = _json(path / "replay.json") if (path / "replay.json").is_file() else None
    if replay is not None and replay.get("schema") != SCHEMA:
        raise PageError(
            f"{path / 'replay.json'} has schema {replay.get('schema')!r}; this version reads {SCHEMA}; "
            "run again by `eventflow run --from manifest.json`"
        )
    drawn = sorted((path / "figures").glob("*.svg"), key=lambda one: (one.stem != kind, one.stem))  # the page of charts first
    folder = Folder(kind, manifest, summary, replay, tuple(read_figures(drawn)))
    _check(path, folder)
    return folder


def _check_contents(path: Path, contents: Any) -> None:
    """Refuse a summary that is not as it was written; older folders do not say how it was."""
    noted = contents.get(SUMMARY) if isinstance(contents, dict) else None
    if noted is not None and hashlib.sha256((path / SUMMARY).read_bytes()).hexdigest() != noted:
        raise PageError(
            f"{path / SUMMARY} is not as it was written: its checksum is not the one in manifest.json; "
            "run again by `eventflow run --from manifest.json`"
        )


def _check(path: Path, folder: Folder) -> None:
    """Refuse a folder whose files do not have the parts that the page is made of."""
    try:
        sides = len(folder.runs)
        for run, entry in zip(folder.runs, folder.manifest["runs"], strict=True):
            for key in ("scenario", "architecture", "summary", "objectives", "seed", "replications"):
                _ = run[key]
            _ = entry["resolved"], entry["digest"]
        if folder.replay is not None and len(folder.replay["sides"]) != sides:
            raise PageError(f"{path / 'replay.json'} has another number of sides than summary.json; run again")
    except (KeyError, TypeError) as error:
        raise PageError(f"{path}: a file of the report is incomplete: {error} is missing; run again") from None
    try:
        _check_replay(folder.replay or {"sides": []})
    except (KeyError, TypeError, ValueError) as error:
        raise PageError(f"{path / 'replay.json'} is damaged: {type(error).__name__}: {error}; run again") from None


def _check_replay(replay: Mapping[str, Any]) -> None:
    """Read every series, and follow every link, so that a damaged file is met here and not in the middle of the page."""
    for side in replay["sides"]:
        kinds = {str(node["id"]): node["kind"] for node in side["nodes"]}
        for link in side["links"]:
            _ = kinds[link["from"]], kinds[link["to"]], link["rate"]
        for node in side["nodes"]:
            _ = [node[key] for key in SERIES_OF[node["kind"]]]
        things = [*side["nodes"], *side["links"]]
        things += [thing["policies"] for thing in things if "policies" in thing]
        held = [part for thing in things for key, part in thing.items() if isinstance(part, dict) and key != "policies"]
        curves = [*BANDS, *(name for name in side["curves"] if name in policy_states.STRIPS)]
        held += [side["curves"][name][part] for name in curves for part in ("mean", "low", "high")]
        for series in (*held, side["curves"]["offered"]):
            unpack(series, int(replay["frames"]))


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise PageError(f"{path} is not JSON: {error}; run again by `eventflow run --from manifest.json`") from None
    if not isinstance(data, dict):
        raise PageError(f"{path} holds no object; run again by `eventflow run --from manifest.json`")
    return data


def read_figures(vectors: Iterable[Path]) -> list[Figure]:
    """Every figure once, in this order: as SVG, or as PNG where that is smaller by far."""
    figures, room = [], FIGURES_BYTES_MAX
    for vector in vectors:
        text = vector.read_text(encoding="utf-8")
        found = DESCRIPTION.search(text)
        description = " ".join(unescape(re.sub(r"<[^>]*>", "", found[1])).split()) if found else ""
        content, kind_of = text.encode(), "image/svg+xml"
        picture = vector.with_suffix(".png")
        if len(content) > FIGURE_BYTES_MAX and picture.is_file():
            content, kind_of = picture.read_bytes(), "image/png"
        fits = len(content) <= room
        room -= len(content) if fits else 0
        address = f"data:{kind_of};base64,{base64.b64encode(content).decode()}" if fits else ""
        figures.append(Figure(vector.stem, description, address))
    return figures
