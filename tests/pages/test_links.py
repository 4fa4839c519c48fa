"""What the pages point at is there: files, folders, headings, pictures; and every page can be found."""

import tomllib
from pathlib import Path

import pytest

from tests.pages.pages import DOCS, INDEX, PAGES, ROOT, anchors, links, named


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_resolve(page: Path) -> None:
    """Every relative link leads to a file or folder of the repository, every anchor to a heading."""
    broken = []
    for link in links(page):
        if link.startswith(("https://", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        place = (page.parent / target).resolve() if target else page
        if not place.exists() or not place.is_relative_to(ROOT):
            broken.append(f"{link}: there is no such file")
        elif anchor and (place.suffix != ".md" or anchor not in anchors(place)):
            broken.append(f"{link}: there is no such heading")
    assert not broken, "\n".join(broken)


def test_a_broken_link_would_be_seen(tmp_path: Path) -> None:
    """The links and anchors of a page are read as GitHub reads them: none in code, headings without their signs."""
    page = tmp_path / "page.md"
    page.write_text("# `Run` a thing, *twice*\n\n# Two\n\n# Two\n\n[a](b.md#c) `[no](code)` ![picture](d.png)\n")
    assert links(page) == ["b.md#c", "d.png"]
    assert anchors(page) == {"run-a-thing-twice", "two", "two-1"}


def test_the_index_names_every_page_once() -> None:
    """The one table of docs/README.md has every page of docs/, and no other."""
    rows = [line for line in INDEX.read_text().splitlines() if line.startswith("| [")]
    listed = [line.partition("](")[2].partition(")")[0] for line in rows]
    assert sorted(listed) == sorted(path.relative_to(INDEX.parent).as_posix() for path in DOCS if path != INDEX)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_the_first_pages_lead_to_the_reference(page: str) -> None:
    """README and CONTRIBUTING link to the index; README to every page of it."""
    found = set(links(ROOT / page))
    assert "docs/README.md" in found
    if page == "README.md":
        assert {named(path) for path in DOCS} <= {link.partition("#")[0] for link in found}


def test_packages_hold_no_pages() -> None:
    """Neither the wheel nor the sdist takes docs/ along; a name without a slash before it would be found at any depth."""
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    assert targets["wheel"]["packages"] == ["sim"]
    assert set(targets["wheel"]["force-include"]) == {"scenarios"}
    assert all(path.startswith("/") and path != "/docs" for path in targets["sdist"]["include"])
