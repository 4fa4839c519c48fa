"""A headless Chromium, and pages of the report in it.

Needed: `apt-get install chromium chromium-driver` and the Python package selenium; for the rules of accessibility also npm,
which fetches axe-core (MPL-2.0, not part of this repository) once into a cache. What is missing is said in the reason of
a skip; with EVENTFLOW_BROWSER=required it is an error instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sim.report.html.folder import read_folder
from sim.report.html.page import page
from tests.browser.looking import Page
from tests.report.html.made import compared, make_hostile, write_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
AXE = "4.10.3"
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1440,900",
)
OPENED: list[Any] = []
"""The browser that is running, if one is."""


def missing(reason: str) -> None:
    """Skip, saying why; or fail where a browser is required."""
    if os.environ.get("EVENTFLOW_BROWSER") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One browser for all tests, with an empty profile, that notes every request and every message."""
    try:
        from selenium import webdriver  # not everybody has it
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        missing("no selenium: pip install 'eventflow-sim[test]'")
    binary = next((path for name in CHROMIUMS if (path := shutil.which(name))), None)
    server = shutil.which("chromedriver")
    if binary is None or server is None:
        missing("no headless browser: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(binary)
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(server))
    OPENED.append(browser)
    yield browser
    OPENED.remove(browser)
    browser.quit()


@pytest.fixture(scope="module", autouse=True)
def _at_rest() -> Iterator[None]:
    """No page is left playing when the tests go on to other things: a replay keeps a processor busy."""
    yield
    for browser in OPENED:
        browser.get("about:blank")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small comparison."""
    return write_folder(compared(), tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="session")
def report(driver: Any, made: Path) -> Page:
    """Its page."""
    path = made / "report.html"
    path.write_text(page(read_folder(made)), encoding="utf-8")
    return Page(driver, path)


@pytest.fixture(scope="session")
def hostile(driver: Any, made: Path, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of the same folder with a payload in every place."""
    folder = shutil.copytree(made, tmp_path_factory.mktemp("hostile") / "folder")
    make_hostile(folder)
    path = folder / "report.html"
    path.write_text(page(read_folder(folder)), encoding="utf-8")
    return Page(driver, path)


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, fetched by npm once."""
    root = Path(os.environ.get("EVENTFLOW_CACHE") or Path.home() / ".cache" / "eventflow") / f"axe-core-{AXE}"
    source = root / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        npm = shutil.which("npm")
        if npm is None:
            missing("no npm to fetch axe-core with: apt-get install npm")
        root.mkdir(parents=True, exist_ok=True)
        words = [str(npm), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(root), f"axe-core@{AXE}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=180)
        if done.returncode or not source.is_file():
            missing(f"npm could not fetch axe-core {AXE}: {done.stderr.strip()[-200:]}")
    return source.read_text(encoding="utf-8")

