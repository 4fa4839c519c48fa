"""Saved files that were cut, flipped, or made by somebody who knows the format: under a seal that holds.

    damaged(content)   cut, flipped, doubled                              the seal is broken
    forged(content)    headers and arrays changed, sealed again           the seal holds, the content lies

What `sim.saved` reads is data: nothing in it is run, and nothing is believed before it was checked.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import random
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Content = bytes | Callable[[], bytes]
    """What is in a file, or how it is made: most are not tried each time."""

SEAL = b"eventflow sha256:"
ABSURD: tuple[Any, ...] = (None, -1, 0, 10**18, 1e308, 10**40, "x", "9" * 5000, True, [], {}, [[]], {"a": 1}, 2.5, "-1", "inf")
MIB = 1 << 20


def opened(content: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Header and arrays of a good file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(entries.pop("header.json")), entries


def sealed(entries: dict[str, bytes], *, stored: bool = False, comment: bytes = b"") -> bytes:
    """A zip of entries under a seal that holds."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
        archive.comment = comment + SEAL + b"0" * 64
    body = buffer.getvalue()[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


def later(entries: dict[str, bytes], **more: Any) -> Callable[[], bytes]:
    """The same, made when it is wanted."""
    return partial(sealed, entries, **more)


def remade(content: bytes) -> bytes:
    """The bytes of a changed zip under a seal that holds again."""
    body = content[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


def damaged(content: bytes, count: int = 200) -> Iterator[tuple[str, Content]]:
    """Broken by chance: the seal tells."""
    chance = random.Random(7)
    for number in range(count // 4):
        yield f"cut-{number}", content[: chance.randrange(len(content))]
        at = chance.randrange(len(content))
        flipped = bytearray(content)
        flipped[at] ^= 1 << chance.randrange(8)
        yield f"flipped-{number}", bytes(flipped)
        yield f"dropped-{number}", content[:at] + content[at + chance.randrange(1, 9) :]
        resealed = bytearray(content)
        for _ in range(chance.randrange(1, 8)):
            resealed[chance.randrange(len(content) - 64)] ^= 1 << chance.randrange(8)
        yield f"flipped-and-sealed-{number}", partial(remade, bytes(resealed))
    yield "empty", b""
    yield "only-a-seal", remade(b"PK\x03\x04" + SEAL + b"0" * 64)
    yield "twice", content + content
    yield "text", b"hello " * 1000


def forged(content: bytes, *, bombs: bool = True) -> Iterator[tuple[str, Content]]:
    """Made to deceive: the seal holds. ``bombs``: those too that take seconds to be made."""
    header, arrays = opened(content)
    yield from _headers(header, arrays)
    yield from _arrays(header, arrays)
    if bombs:
        yield from _bombs(header, arrays)
        yield from _large_scenarios(header, arrays)
    yield from _zips(header, arrays, content)


def _entries(header: Any, arrays: dict[str, bytes]) -> dict[str, bytes]:
    return {"header.json": json.dumps(header).encode(), **arrays}


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of the values of a header; of long lists only the first."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield from _places(value[0], (*path, 0))


def _headers(header: Any, arrays: dict[str, bytes]) -> Iterator[tuple[str, Content]]:
    """Each value of the header, replaced by an absurd one, or left out."""
    chance = random.Random(8)
    for path in _places(header):
        inside_scenario = "scenario" in path[:-1]
        for number, value in enumerate(chance.sample(ABSURD, 1 if inside_scenario else 5)):
            made = copy.deepcopy(header)
            owner: Any = made
            for part in path[:-1]:
                owner = owner[part]
            owner[path[-1]] = value
            name = ".".join(map(str, path))
            yield f"header-{name}-{number}", later(_entries(made, arrays))
        if isinstance(path[-1], str):
            made = copy.deepcopy(header)
            owner = made
            for part in path[:-1]:
                owner = owner[part]
            del owner[path[-1]]
            yield f"header-{'.'.join(map(str, path))}-missing", later(_entries(made, arrays))
    for levels in (70, 1000, 200_000):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            nested = (opening * levels + "1" + closing * levels).encode()
            yield f"header-{levels}-of-{opening[0]}", later({"header.json": nested, **arrays})
            text = json.dumps(header).encode()[:-1] + b', "more": ' + nested + b"}"
            yield f"header-with-{levels}-of-{opening[0]}", later({"header.json": text, **arrays})
            scenario = json.dumps(header).encode().replace(b'"scenario": {', b'"scenario": {"title": ' + nested + b", ", 1)
            yield f"header-scenario-{levels}-of-{opening[0]}", later({"header.json": scenario, **arrays})
    for name, text in (("digits", b"9" * 100_000), ("empty", b""), ("nan", b"NaN"), ("latin", b'"\xe9"'), ("nul", b"\0" * 64)):
        yield f"header-{name}", later({"header.json": text, **arrays})


def _large_scenarios(header: Any, arrays: dict[str, bytes]) -> Iterator[tuple[str, Content]]:
    """A scenario whose network is enormous, with the arrays of a small one."""
    prefix = next(iter(header.get("results", {})), None)
    if prefix is None:
        return
    scenario = header["results"][prefix]["scenario"]
    service = next(iter(scenario["services"].values()))
    changes: dict[str, Any] = {
        "replicas": ("services", {f"s{n}": {**service, "replicas": 1000} for n in range(2000)}),
        "windows": ("run", {**scenario["run"], "horizon": "100000s", "window": "1s"}),
        "values": ("network", {"hop": {"kind": "empirical", "values": ["1ms", "2ms"] * 400_000}}),
        "flows": ("workload", {f"f{n}": next(iter(scenario["workload"].values())) for n in range(1000)}),
        "faults": ("faults", {f"f{n}": {"kind": "slowdown", "target": next(iter(scenario["services"])), "factor": 1e6,
                                        "at": f"{n}ms", "for": "1s"} for n in range(1000)}),
        "pareto": ("network", {"hop": {"kind": "pareto", "alpha": 1.0001, "mean": "1ms"}}),
        "nowhere": ("workload", {"f": {"operation": "no.where", "arrivals": {"kind": "poisson", "rate": "1/s"}}}),
    }  # fmt: skip
    for name, (key, value) in changes.items():
        made = copy.deepcopy(header)
        made["results"][prefix]["scenario"][key] = value
        yield f"scenario-{name}", later(_entries(made, arrays))
    circle = copy.deepcopy(header)
    for one in circle["results"][prefix]["scenario"]["services"].values():
        for operation in one["operations"]:
            name = next(n for n, s in circle["results"][prefix]["scenario"]["services"].items() if s is one)
            one["operations"][operation] = [{"call": f"{name}.{operation}"}]
    yield "scenario-circle", later(_entries(circle, arrays))
    for count in (0, 10**5, 10**6):
        made = copy.deepcopy(header)
        one = made["results"][prefix]
        for key in ("fingerprints", "events", "log_lost"):
            one[key] = [one[key][0]] * count
        yield f"replications-{count}", later(_entries(made, arrays))
    for extreme in (-1, 2**62, 2**63 - 1, 2**63, 10**30):
        made = copy.deepcopy(header)
        made["results"][prefix]["events"] = [extreme for _ in made["results"][prefix]["events"]]
        yield f"events-{extreme}", later(_entries(made, arrays))


def _npy(shape: str, dtype: str = "'<i8'", data: bytes = b"", version: bytes = b"\x01\x00", order: str = "False") -> bytes:
    """An array's bytes with any header."""
    text = f"{{'descr': {dtype}, 'fortran_order': {order}, 'shape': {shape}, }}".encode("latin-1", "replace")
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + data


def _arrays(header: Any, arrays: dict[str, bytes]) -> Iterator[tuple[str, Content]]:
    """Arrays of other shapes, types and counts than they should be."""
    shapes = ["(1000000000000,)", "(-1,)", "(0,)", "()", "(2**40,)", "(4294967296, 4294967296)", "'x'", "(1.5,)", "(True,)",
              "(" + "1," * 33 + ")", "(" * 300 + ")" * 300, "(0, 9223372036854775807)", "None",
              "(9" + "9" * 500 + ",)"]  # fmt: skip
    dtypes = ["'O'", "'<i8'", "'>i8'", "'<f8'", "'|S5'", "'<U9'", "'|V8'", "[('a', '<i8')]", "'<M8[ns]'", "'x'", "5", "'|b1'",
              "'<c16'", "[('a', 'O')]", "'<i8, <i8'", "'<f2'"]  # fmt: skip
    names = list(arrays)
    for number, name in enumerate(names):
        own = np.load(io.BytesIO(arrays[name]))
        size = own.astype("<i8").tobytes()
        for which, shape in enumerate(shapes):
            if which % 3 == number % 3:
                yield f"shape-{name}-{which}", later(_entries(header, {**arrays, name: _npy(shape, data=size)}))
        for which, dtype in enumerate(dtypes):
            if which % 4 == number % 4:
                yield f"type-{name}-{which}", later(_entries(header, {**arrays, name: _npy(str(own.shape), dtype, size)}))
        for label, made in (
            ("negative", -np.abs(own) - 1),
            ("largest", np.full_like(own, np.iinfo(np.int64).max)),
            ("smallest", np.full_like(own, np.iinfo(np.int64).min)),
            ("zero", np.zeros_like(own)),
            ("ones", np.ones_like(own)),
            ("empty", own[:0]),
            ("longer", np.concatenate([own, own])),
            ("turned", np.ascontiguousarray(own.T)),
        ):
            buffer = io.BytesIO()
            np.save(buffer, made)
            yield f"{label}-{name}", later(_entries(header, {**arrays, name: buffer.getvalue()}))
            loose = copy.deepcopy(header)  # of another version: fingerprints are not held against the records then
            for one in loose.get("results", {}).values():
                one["semantics"] = 0
            yield f"{label}-{name}-of-old", later(_entries(loose, {**arrays, name: buffer.getvalue()}))
        yield f"missing-{name}", later(_entries(header, {key: value for key, value in arrays.items() if key != name}))
        yield f"no-array-{name}", later(_entries(header, {**arrays, name: b"hello"}))
        yield (
            f"version-2-{name}",
            later(_entries(header, {**arrays, name: _npy(str(own.shape), data=size, version=b"\x02\x00")})),
        )
        yield f"fortran-{name}", later(_entries(header, {**arrays, name: _npy(str(own.shape), data=size, order="True")}))


def _bombs(header: Any, arrays: dict[str, bytes]) -> Iterator[tuple[str, Content]]:
    """A small file that wants to become a large one."""
    first = next(iter(arrays))
    nothing = b"\0" * (64 * MIB)
    yield "bomb-array", later(_entries(header, {**arrays, first: nothing * 16}))
    yield "bomb-header", later({"header.json": b" " * (60 * MIB) + json.dumps(header).encode(), **arrays})
    yield "bomb-lists", later({"header.json": b'{"format":1,"a":[' + b"[]," * (20 * MIB) + b"[]]}", **arrays})
    yield (
        "bomb-keys",
        later({"header.json": b'{"format":1,' + b",".join(b'"%d":{}' % n for n in range(3_000_000)) + b"}", **arrays}),
    )
    yield "bomb-unknown", later(_entries(header, {**arrays, "more.npy": nothing * 16}))
    many = {f"more{n}.npy": nothing for n in range(40)}
    yield "bomb-many", later(_entries(header, {**arrays, **many}))
    long = {name: data for name, data in arrays.items() if name.endswith(("replies.npy", "completions.npy", "log.npy"))}
    for name in long:
        rows = 10 * MIB
        shape = f"({rows}, 4)" if name.endswith("log.npy") else f"(4, {rows})"
        yield f"bomb-{name}", later(_entries(header, {**arrays, name: _npy(shape, data=b"\0" * (rows * 32))}))
    for name in arrays:
        if "inside" in name:
            for shape in ("(2, 0, 9223372036854775807)", "(2, 8388608, 2)", "(2, 1, 1)", "(2, 0, 0)"):
                count = 1
                for part in shape.strip("()").split(","):
                    count *= int(part)
                yield f"wide-{name}-{shape}", later(_entries(header, {**arrays, name: _npy(shape, data=b"\0" * (8 * count))}))


def _zips(header: Any, arrays: dict[str, bytes], content: bytes) -> Iterator[tuple[str, Content]]:
    """Zips that lie about what is in them."""
    entries = _entries(header, arrays)
    yield "entries-65", later({**entries, **{f"x{n}": b"" for n in range(65)}})
    yield "entries-60000", later({**entries, **{f"x{n}": b"" for n in range(60_000)}})
    yield "stored", later(entries, stored=True)
    yield "comment", later(entries, comment=b"x" * 60_000)
    yield "path", later({**entries, "../../etc/passwd": b"x", "/abs": b"y"})
    for name, old, new in (
        ("sizes", b"PK\x01\x02", None),
        ("method", b"\x08\x00\x00\x00\x21\x00", b"\x63\x00\x00\x00\x21\x00"),
        ("encrypted", b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x01\x00"),
    ):
        if new is not None:
            yield f"zip-{name}", remade(content.replace(old, new))
            continue
        made = bytearray(content)
        at = made.find(old)
        while at >= 0:
            made[at + 24 : at + 28] = (2**31).to_bytes(4, "little")
            at = made.find(old, at + 4)
        yield f"zip-{name}-larger", remade(bytes(made))
        at = made.find(old)
        while at >= 0:
            made[at + 24 : at + 28] = (1).to_bytes(4, "little")
            at = made.find(old, at + 4)
        yield f"zip-{name}-smaller", remade(bytes(made))
