"""The pages that people read, and what can be taken out of them: code blocks, links, headings, commands."""

import re
import shlex
import unicodedata
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INDEX = ROOT / "docs" / "README.md"
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS]
CODE = [ROOT / "README.md", *DOCS]

_FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]\[]*\]\(([^()\s]+)\)")
_SPAN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line on which it begins."""

    language: str
    text: str
    line: int


def named(path: Path) -> str:
    """How a page is called in the name of a test."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str | None = None) -> list[Block]:
    """The fenced blocks of a page, in order; of one language only when it is given."""
    text = path.read_text(encoding="utf-8")
    found = [Block(match[1], match[2], text.count("\n", 0, match.start()) + 1) for match in _FENCE.finditer(text)]
    return [block for block in found if language is None or block.language == language]


def prose(path: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def links(path: Path) -> list[str]:
    """The targets of the links and pictures of a page."""
    return _LINK.findall(_SPAN.sub("", prose(path)))


def spans(path: Path) -> list[str]:
    """What a page sets as code within its text, each in one line."""
    return [" ".join(match.split()) for match in _SPAN.findall(prose(path))]


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    made = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *$", prose(path), re.MULTILINE):
        plain = re.sub(r"[`*]", "", _LINK.sub(lambda match: match[0].partition("]")[0].lstrip("!["), heading)).lower()
        kept = "".join(one for one in plain if one in " -_" or unicodedata.category(one)[0] in "LN")
        slug = kept.replace(" ", "-")
        made.add(slug if slug not in found else f"{slug}-{found[slug]}")
        found[slug] = found.get(slug, 0) + 1
    return made


def commands(path: Path) -> list[list[str]]:
    """The words of every `eventflow` command of a page's blocks without a language or of language sh."""
    texts = [block.text for block in blocks(path) if block.language in {"", "sh"}]
    lines = "\n".join(texts).replace("\\\n", " ").splitlines()
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines if re.match(r"(\$ )?eventflow ", line)]
    inline = [shlex.split(span) for span in spans(path) if span.startswith("eventflow ")]
    return [one[1:] for one in words + inline if len(one) > 1]
