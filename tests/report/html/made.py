"""A small report's folder, made by a real comparison; and the same with hostile texts wherever a text can stand."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from sim.api import compare
from sim.report.html.data import replay_data
from sim.report.manifest import Invocation, manifest
from sim.report.write import json_text
from sim.scenario import loads

if TYPE_CHECKING:
    from pathlib import Path

    from sim.results.comparison import Comparison
    from sim.scenario.scenario import Scenario

SERVICES = """
  shop: {workers: 90, operations: {buy: [{work: 2ms}, CHECKOUT]}}
  checkout: {workers: 80, queue_max: 10, operations: {place: [{work: 5ms}, LAST]}}
  payment: {workers: 1, queue_max: 5, operations: {charge: [{work: 20ms}]}}
"""
COMMON = """
workload:
  orders: {operation: shop.buy, arrivals: {kind: poisson, rate: 20/s}, timeout: 4s, deadline: 20s}
faults:
  slow: {kind: slowdown, target: payment, factor: 20, at: 10s, for: 8s}
  crash: {kind: crash, target: payment, replicas: 1, at: 24s, for: 2s, detection: 500ms}
objectives: ["orders.errors < 5%"]
run: {horizon: 40s, window: 1s, replications: 4, seed: 3}
"""
CALL = "{call: payment.charge, timeout: 300ms, retry: {kind: fixed, attempts_max: 4, delay: 400ms}}"
PUBLISH = "{publish: placed}"
EVENTS = """
brokers: {log: {kind: log, latency: 1ms, topics: {placed: {partitions: 4}}}}
subscriptions: {payment: {topic: placed, operation: payment.charge, session_timeout: 5s}}
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40pt" height="30pt"><title>t</title><desc>A red square.</desc>{}</svg>'


def scenario(*, events: bool) -> Scenario:
    """One side of the pair: payment called, or told by an event."""
    kind = "event-driven" if events else "synchronous"
    services = SERVICES.replace("CHECKOUT", "{call: checkout.place, timeout: 3s}").replace("LAST", PUBLISH if events else CALL)
    head = f"name: shop-{kind}\ntitle: A shop\narchitecture: {kind}\nservices:"
    return loads(f"{head}{services}{EVENTS if events else ''}{COMMON}")


def compared() -> Comparison:
    """The pair, run and compared."""
    return compare(scenario(events=False), scenario(events=True))


def write_folder(comparison: Comparison, path: Path) -> Path:
    """The files that the page is made of, without the charts, which take a while to draw."""
    results = [comparison.a, comparison.b]
    asked = Invocation(("compare", "a", "b"), "20270102T030405Z", 1.5, {})
    files = {
        "manifest.json": json_text(manifest("compare", results, asked, flow=comparison.flow), in_order=True),
        "summary.json": json_text({**comparison.to_dict(), "sides": [one.to_dict() for one in results]}),
        "replay.json": json_text(replay_data(results, comparison.labels)),
        "figures/compare.svg": SVG.format('<rect width="40" height="30" fill="red"/>'),
    }
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    return path


PAYLOADS = (
    "<script>pwned()</script>",
    "</script><script>pwned()</script>",
    "</style><script>pwned()</script>",
    "</title><script>pwned()</script>",
    "</textarea><script>pwned()</script>",
    "<!--<script>pwned()</script>-->",
    "<![CDATA[<script>pwned()</script>]]>",
    "]]><script>pwned()</script>",
    "<img src=x onerror=pwned()>",
    '<img src=x onerror="pwned()">',
    '"><img src=x onerror=pwned()>',
    "'><img src=x onerror=pwned()>",
    '" onmouseover="pwned()" x="',
    "' onfocus='pwned()' autofocus='",
    '" autofocus onfocus=pwned() "',
    "<svg onload=pwned()>",
    "<svg><script>pwned()</script></svg>",
    "</svg><script>pwned()</script>",
    "<svg><animate onbegin=pwned() attributeName=x dur=1s>",
    '<svg><a xlink:href="javascript:pwned()"><text>click</text></a></svg>',
    "<foreignObject><img src=x onerror=pwned()></foreignObject>",
    '<use href="data:image/svg+xml,<svg onload=pwned()/>">',
    "<math><mtext><img src=x onerror=pwned()></mtext></math>",
    '<iframe src="javascript:pwned()">',
    '<iframe srcdoc="<script>parent.pwned()</script>">',
    '<object data="javascript:pwned()">',
    '<embed src="https://example.invalid/x">',
    "<link rel=stylesheet href=https://example.invalid/x.css>",
    "<style>@import 'https://example.invalid/x.css';</style>",
    "<base href=https://example.invalid/>",
    '<meta http-equiv=refresh content="0;url=https://example.invalid/">',
    "<form action=https://example.invalid/><button>x</button></form>",
    "<body onload=pwned()>",
    "<details open ontoggle=pwned()>",
    "<marquee onstart=pwned()>",
    "<video><source onerror=pwned()></video>",
    "<audio src=x onerror=pwned()>",
    "<input onfocus=pwned() autofocus>",
    "<select autofocus onfocus=pwned()>",
    '<a href="javascript:pwned()">x</a>',
    "javascript:pwned()",
    "data:text/html,<script>pwned()</script>",
    "{{constructor.constructor('pwned()')()}}",
    "${pwned()}",
    "`${pwned()}`",
    "';pwned();//",
    '";pwned();//',
    '\\";pwned();//',
    "\\u003cscript\\u003epwned()\\u003c/script\\u003e",
    "&lt;script&gt;pwned()&lt;/script&gt;",
    "&#60;script&#62;pwned()&#60;/script&#62;",
    "%3Cscript%3Epwned()%3C/script%3E",
    "expression(pwned())",
    "url(https://example.invalid/x.png)",
    "__proto__",
    "constructor",
    '[data-node="s0"]',
    's0"] , [data-node="s1',
    "$\\frac{a}{b}$",
    "$$x^2$$ a$\\frac{$b",
    "_underscored_",
    "=1+1",
    "@SUM(1)",
    "\u05d0\u05d1\u05d2 abc \u05d3",
    "\u0645\u0631\u062d\u0628\u0627",
    "abc\u202edef",
    "\u2066isolated\u2069",
    "\u200fright\u200e",
    "tab\tand\x0bvertical",
    "new\nline",
    "carriage\rreturn",
    "nul\x00here",
    "escape\x1b[31mred",
    "delete\x7fdone",
    "c1\x85next",
    "\u2028line\u2029paragraph",
    "zero\u200bwidth",
    "bom\ufeff",
    "lone\ud800surrogate",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "e\u0301\u0301\u0301\u0301",
    "\u65e5\u672c\u8a9e \uff1cscript\uff1e",
    " ",
    "a" * 5000,
    "<" * 300,
)
"""Names that mean to be more than names: markup of every sink, templates, addresses, directions, controls, sheer length."""


def make_hostile(path: Path) -> None:
    """Put every payload into every kind of place of a folder's files."""
    for name in ("manifest.json", "summary.json", "replay.json"):
        data = json.loads((path / name).read_text(encoding="utf-8"))
        {"manifest.json": _manifest, "summary.json": _summary, "replay.json": _replay}[name](data)
        (path / name).write_text(json.dumps(data), encoding="ascii")
    drawn = SVG.replace("A red square.", "&lt;/desc&gt;&lt;script&gt;pwned()&lt;/script&gt;")
    hot = "<script>parent.pwned()</script><image href='https://example.invalid/x.png'/><rect width='9' onload='pwned()'/>"
    (path / "figures" / "compare.svg").write_text(drawn.format(hot), encoding="utf-8")


def _manifest(data: dict[str, Any]) -> None:
    data["argv"] = list(PAYLOADS)
    data["time"] = data["platform"]["system"] = PAYLOADS[0]
    data["versions"] = {payload: payload for payload in PAYLOADS}
    for run in data["runs"]:
        run["scenario"] = run["engine"] = PAYLOADS[1]
        run["resolved"] = {payload: [payload] for payload in PAYLOADS if "\ud800" not in payload}


def _summary(data: dict[str, Any]) -> None:
    data["verdict"] = [*PAYLOADS, *(f"{payload}: {payload}" for payload in PAYLOADS)]
    data["notes"] = list(PAYLOADS)
    for key, payload in zip("ab", PAYLOADS, strict=False):
        data[key]["label"] = payload
    for row in data["rows"]:
        row["label"] = row["difference"]["note"] = PAYLOADS[8]
    for side in data["sides"]:
        side["scenario"] = side["title"] = PAYLOADS[2]
        service = next(row for row in side["summary"] if row["scope"] == "service")
        side["summary"] += [{**service, "subject": payload, "path": payload, "label": payload} for payload in PAYLOADS]
        judged = side["objectives"][0]
        side["objectives"] = [{**judged, "objective": payload, "reason": payload} for payload in PAYLOADS]


def _replay(data: dict[str, Any]) -> None:
    for side in data["sides"]:
        side["scenario"] = side["label"] = side["title"] = PAYLOADS[3]
        of_kind = {node["kind"]: node for node in side["nodes"]}
        call = next(link for link in side["links"] if link["kind"] == "call")
        fault, first = side["faults"][0], side["nodes"][0]["id"]
        side["nodes"] = copy.deepcopy([side["nodes"][0]])
        side["links"] = []
        for number, payload in enumerate(PAYLOADS):
            for kind, model in of_kind.items():
                side["nodes"].append({**model, "name": payload, "id": f"{kind[0]}9{number}"})
            side["links"].append({**call, "from": first, "to": f"s9{number}", "group": payload})
        side["faults"] = [{**fault, "name": payload, "target": payload, "kind": payload} for payload in PAYLOADS]
        side["breaches"] = [
            {"service": payload, "seconds": 11.0 + number, "replications": 2} for number, payload in enumerate(PAYLOADS)
        ]
