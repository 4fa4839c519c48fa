"""Manifests that somebody has changed by hand, or by a machine, before they are given to ``run --from``.

    manifests(good)  ->  {"seed-minus-one": b"{...}", ...}      from the manifest of a run, as a report has it
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RUN: dict[str, list[Any]] = {
    "seed": [-1, 1e40, "abc", None, 3.7, True, [], {}, 2**63, 10**400, "1", float("inf")],
    "replications": [0, 3.7, 10**9, -1, "abc", None, True, [], 10**40, "2", 1e300],
    "fingerprints": [None, 5, "abc", [], [1, 2], [None], {}, [["a"]], ["x" * 10**6]],
    "digest": [None, 5, [], "abc", {}],
    "resolved": [None, 5, "abc", [], {}, {"name": "x"}, {"name": {}}],
    "engine": [None, 5, [], "warp"],
}
WHOLE: dict[str, list[Any]] = {
    "schema": [None, 0, -1, 99, "1", [], 1e40, True, 1.0],
    "runs": [None, {}, [], 5, [None], [5], [[]], ["abc"], [{}]],
    "complete": [None, "no", 5, [], False],
    "wanted": [None, -1, "x", [], 1e40],
    "versions": [None, [], 5, {"numpy": None}, {"numpy": [1]}, "abc"],
    "argv": [None, 5, {}, [5], [None], [["run"]], ["run"], ["run", "--runs", "x"], ["compare", "--no-worse"]],
    "flow": [None, 5, [], {}, "no-such-flow"],
    "kind": [None, 5, "sweep"],
    "gate": [
        None, 5, [], "x", {"form": 5}, {"form": "pdf"}, {"fail_on": "moon"}, {"precision": "x"}, {"precision": "-5%"},
        {"precision": "0%"}, {"precision": "1e-300%"}, {"runs_max": -1}, {"runs_max": 10**40}, {"runs_max": True},
        {"precision": "5%", "runs_max": 0}, {"precision": "5%", "runs_max": -3}, {"no_worse": 5}, {"no_worse": ["x"]},
        {"no_worse": [None]}, {"baseline": 5}, {"baseline": "/no/such/file"}, {"form": "junit"},
    ],
}  # fmt: skip


def manifests(good: dict[str, Any]) -> dict[str, bytes]:
    """All of them, by name."""
    found: dict[str, bytes] = {}

    def put(name: str, change: Callable[[dict[str, Any]], Any]) -> None:
        made = copy.deepcopy(good)
        change(made)
        found[name] = json.dumps(made).encode()

    for key, values in RUN.items():
        for number, value in enumerate(values):
            put(f"run-{key}-{number}", lambda made, k=key, v=value: made["runs"][0].__setitem__(k, v))
        put(f"run-{key}-missing", lambda made, k=key: made["runs"][0].pop(k))
    for key, values in WHOLE.items():
        for number, value in enumerate(values):
            put(f"{key}-{number}", lambda made, k=key, v=value: made.__setitem__(k, v))
    put("two-of-different-seeds", lambda made: made["runs"].append({**made["runs"][0], "seed": 7}))
    put("three-runs", lambda made: made.__setitem__("runs", made["runs"] * 3))
    put("a-thousand-runs", lambda made: made.__setitem__("runs", made["runs"] * 1000))
    for name, opening, closing in (("lists", "[", "]"), ("mappings", '{"a":', "}")):
        for levels in (70, 1000, 200_000):
            found[f"{name}-{levels}-deep"] = (opening * levels + "1" * (name == "mappings") + closing * levels).encode()
            deep = json.dumps(good).encode()
            nested = (opening * levels + "1" + closing * levels).encode()
            found[f"runs-of-{name}-{levels}-deep"] = b'{"schema": 1, "runs": ' + nested + b"}"
            found[f"resolved-of-{name}-{levels}-deep"] = deep.replace(b'"resolved": {', b'"resolved": {"title": ' + nested + b", ", 1)
    text = json.dumps(good).encode()
    found["empty"] = b""
    found["nul"] = b"\0" * 1000
    found["a-number"] = b"5"
    found["nan"] = b"NaN"
    found["infinite"] = text.replace(b'"seed": 1', b'"seed": Infinity')
    found["not-a-number"] = text.replace(b'"replications": 2', b'"replications": NaN')
    found["digits-5000"] = text.replace(b'"seed": 1', b'"seed": ' + b"9" * 5000)
    found["digits-a-million"] = b"9" * 1_000_000
    found["utf-16"] = json.dumps(good).encode("utf-16")
    found["latin"] = text + b"\xe9"
    found["surrogate"] = text.replace(b'"scenario": "', b'"scenario": "\\ud800')
    found["byte-order-mark"] = b"\xef\xbb\xbf" + text
    found["cut"] = text[: len(text) // 2]
    found["twice"] = text + text
    found["doubled-keys"] = text[:-1] + b', "runs": []}'
    found["megabytes"] = text[:-1] + b', "more": "' + b"x" * (20 << 20) + b'"}'
    return found
