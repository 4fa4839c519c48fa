"""A page in a browser as a person uses it, and what the browser noted meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Page:
    """A page in the browser, as a person uses it."""

    def __init__(self, driver: Any, path: Path) -> None:
        self.driver = driver
        self.address = path.as_uri()

    def open(self, width: int = 1440, *, dark: bool = False) -> Page:
        """Open the page afresh, in a window so wide, in the light or in the dark; forget what was logged before."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        self.driver.get(self.address)
        return self

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script, *arguments)

    def one(self, selector: str) -> Any:
        """The first element that a selector means."""
        return self.driver.find_element("css selector", selector)

    def all(self, selector: str) -> list[Any]:
        """All of them."""
        return list(self.driver.find_elements("css selector", selector))

    def text(self, selector: str) -> str:
        """The text of an element, shown or not."""
        return str(self.run("return document.querySelector(arguments[0]).textContent", selector))

    def click(self, selector: str) -> None:
        """Press an element with the pointer, in the middle of the window, where nothing that sticks lies over it."""
        element = self.one(selector)
        self.run("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", element)
        element.click()

    def press(self, selector: str, *keys: str) -> None:
        """Focus an element and press keys."""
        element = self.one(selector)
        self.run("arguments[0].focus()", element)
        element.send_keys(*keys)

    def to(self, frame: int) -> None:
        """Move the slider to a frame, as a hand would: an input event."""
        self.run(
            "const t = document.getElementById('time'); t.value = arguments[0]; t.dispatchEvent(new Event('input'))", frame
        )

    def frame(self) -> int:
        """Where the slider is."""
        return int(self.run("return document.getElementById('time').value"))


def until(report: Page, script: str) -> bool:
    """Whether a condition comes true within ten seconds of the browser's own time; it is looked at with every frame."""
    waiting = """
const done = arguments[arguments.length - 1], end = performance.now() + 10000;
const holds = new Function("return " + arguments[0]);
const look = () => (holds() ? done(true) : performance.now() > end ? done(false) : requestAnimationFrame(look));
look();
"""
    return bool(report.driver.execute_async_script(waiting, script))


def seriously_wrong(report: Page, axe: str) -> list[str]:
    """What axe-core finds serious or critical of WCAG 2 A and AA and of best practices, with every part open."""
    report.run("document.querySelectorAll('details').forEach(part => { part.open = true })")
    report.run(axe)
    found = report.driver.execute_async_script(
        "const done = arguments[arguments.length - 1]; axe.run(document, { resultTypes: ['violations'] }).then(done)"
    )
    assert len(found["passes"]) > 10 or found["violations"] == [], "axe-core looked at nothing"
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]} {one['nodes'][0].get('failureSummary', '')}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


def messages(report: Page) -> list[str]:
    """What the browser complained about."""
    return [entry["message"] for entry in report.driver.get_log("browser")]


def requests(report: Page, *, blocked: bool = True) -> list[str]:
    """Every address that was asked for, the page's own and what stands in it apart; ``blocked``: by the policy, too."""
    events = [json.loads(entry["message"])["message"] for entry in report.driver.get_log("performance")]
    failed = [event["params"] for event in events if event["method"] == "Network.loadingFailed"]
    stopped = {one["requestId"] for one in failed if one.get("blockedReason") == "csp"}
    sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
    asked = [one["request"]["url"] for one in sent if blocked or one["requestId"] not in stopped]
    return [address for address in asked if not address.startswith(("data:", "about:")) and address != report.address]
