"""A file that is not as it was written is refused with the reason; it never gives other numbers."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.loaded import load_saved
from sim.record import record as recorded
from sim.replications import run_replications
from sim.results import result as judged
from sim.results.result import Result
from sim.saved import container, layout, origin, results
from sim.saved.container import Container, pack
from sim.saved.errors import SavedError
from sim.scenario.scenario import Scenario
from sim.sweeps.summary import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sim.results.comparison import Comparison
    from sim.sweeps import Sweep


@pytest.fixture(scope="session")
def content(result: Result, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A saved result."""
    return result.save(tmp_path_factory.mktemp("saved") / "a.npz").read_bytes()


def resealed(content: bytes) -> bytes:
    """The bytes under a seal that holds, as somebody would write who wants to be believed."""
    body = content[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


def parts_of(content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and arrays of a file."""
    with np.load(io.BytesIO(content)) as arrays:
        header = json.loads(bytes(arrays["header.json"]))
        return header, {name: arrays[name] for name in arrays.files if name != "header.json"}


def test_every_flipped_byte_is_noticed(content: bytes) -> None:
    """One bit of any byte: at a stride over the whole file, and all of its two ends."""
    places = {*range(0, len(content), 97), *range(200), *range(len(content) - 400, len(content))}
    for place in sorted(places):
        broken = bytearray(content)
        broken[place] ^= 1 << place % 8
        with pytest.raises(SavedError):
            Container(bytes(broken), "a.npz")


def test_every_cut_tail_is_noticed(content: bytes) -> None:
    """From one byte missing to nothing left; also something appended."""
    lengths = {0, 1, 4, 64, *range(0, len(content), 997), *range(len(content) - 100, len(content))}
    for length in sorted(lengths):
        with pytest.raises(SavedError):
            Container(content[:length], "a.npz")
    for tail in (b"\0", b"\n", content):
        with pytest.raises(SavedError):
            Container(content + tail, "a.npz")


def test_a_comparison_and_a_sweep_are_as_well_guarded(comparison: Comparison, sweep: Sweep, tmp_path: Path) -> None:
    """The same seal is on all of them."""
    for one in (comparison, sweep):
        path = one.save(tmp_path / "x.npz")  # type: ignore[attr-defined]
        whole = path.read_bytes()
        for place in range(0, len(whole), len(whole) // 50):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
            with pytest.raises(SavedError):
                load_saved(path)


def zipped(files: dict[str, bytes], *, seal: bool = False) -> bytes:
    """A zip, under our seal or not."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        if seal:
            archive.comment = b"eventflow sha256:" + b"0" * 64
    return resealed(buffer.getvalue()) if seal else buffer.getvalue()


def other_arrays() -> bytes:
    """What NumPy itself writes."""
    buffer = io.BytesIO()
    np.savez(buffer, values=np.arange(3))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "made", "message"),
    [
        ("a text", lambda: b'{"scenario": 1}', "not a file that eventflow saved; give one that --save"),
        ("nothing", lambda: b"", "not a file that eventflow saved"),
        ("another zip", lambda: zipped({"readme.txt": b"hello"}), "or its end is missing"),
        ("another archive of arrays", other_arrays, "or its end is missing"),
        ("a sealed zip of something else", lambda: zipped({"readme.txt": b"x"}, seal=True), r"has no header\.json"),
        ("no JSON", lambda: zipped({"header.json": b"{"}, seal=True), r"header\.json cannot be read"),
        ("a deep JSON", lambda: zipped({"header.json": b"[" * 100_000}, seal=True), r"header\.json cannot be read"),
        ("a list", lambda: zipped({"header.json": b"[]"}, seal=True), "names no format"),
        ("a zero format", lambda: zipped({"header.json": b'{"format": 0}'}, seal=True), "names no format"),
        ("too many entries", lambda: zipped({f"{n}": b"" for n in range(8193)}, seal=True), "8193 entries"),
    ],
)
def test_foreign_files_are_refused(tmp_path: Path, name: str, made: Callable[[], bytes], message: str) -> None:
    """Each with its reason, none with a traceback of something else."""
    path = tmp_path / "a.npz"
    path.write_bytes(made())
    with pytest.raises(SavedError, match=message):
        load_saved(path)


def test_newer_files_are_refused_with_the_versions(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later format, later semantics, later metrics: upgrade, it says."""
    header, arrays = parts_of(content)
    with pytest.raises(SavedError, match=r"has format 2; this version of eventflow reads up to 1; upgrade eventflow-sim"):
        Container(pack({**header, "format": 2}, arrays), "a.npz")
    entry = header["results"]["a"]
    for what in ("semantics", "metrics"):
        later = {**header, "results": {"a": {**entry, what: entry[what] + 1}}}
        with pytest.raises(SavedError, match=f"with {what} {entry[what] + 1}; this one, .*upgrade eventflow-sim"):
            results.unpacked(Container(pack(later, arrays), "a.npz"), "run", entry["metrics"])


def test_a_result_of_older_semantics_loads_and_says_so(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its figures are its own, its fingerprint is the one it had, and a warning names both versions."""
    path = result.save(tmp_path / "a.npz")
    for module in (origin, results, judged, recorded):
        monkeypatch.setattr(module, "SEMANTICS", result_semantics() + 1)
    loaded = load_saved(path)
    assert isinstance(loaded, Result)
    assert loaded.origin is not None
    assert loaded.fingerprint() == loaded.origin.fingerprint
    assert loaded.fingerprint() != Result(loaded.scenario, loaded.records, loaded.seed, loaded.engine).fingerprint()
    assert loaded.values("goodput") == result.values("goodput")
    assert "a difference may come from the simulator" in caplog.text
    assert loaded.save(tmp_path / "b.npz").exists()
    assert Result.load(tmp_path / "b.npz").origin == loaded.origin


def result_semantics() -> int:
    """The semantics of this version."""
    from sim.sweeps.plan import SEMANTICS  # a copy that is not patched

    return SEMANTICS


def test_sizes_are_checked_before_anything_is_unpacked(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb, a header without end, an array larger than the scenario says, a file too large."""
    bomb = zipped({"header.json": b'{"format": 1}', "zeros.npy": bytes(1 << 20)}, seal=True)
    monkeypatch.setattr(container, "CONTENT_MAX", 1 << 19)
    with pytest.raises(SavedError, match="would unpack to 10485"):
        Container(bomb, "bomb.npz")
    monkeypatch.undo()
    monkeypatch.setattr(container, "HEADER_MAX", 10)
    with pytest.raises(SavedError, match=r"header\.json has \d+ bytes"):
        Container(content, "a.npz")
    monkeypatch.undo()
    header, arrays = parts_of(content)
    arrays["a.services"] = np.zeros((6, 5000, 2, arrays["a.services"].shape[-1]), dtype=np.int64)
    read: list[str] = []
    found = Container(pack(header, arrays), "a.npz")
    real = found._read
    monkeypatch.setattr(found, "_read", lambda entry: read.append(entry) or real(entry))  # type: ignore[func-returns-value]
    with pytest.raises(SavedError, match=r"a\.services\.npy is larger than its shape"):
        results.unpacked(found, "run", METRICS)
    assert read == []


def test_what_could_not_be_read_again_is_not_written(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of reading are those of writing; nothing is left behind."""
    for limit, value in (("CONTENT_MAX", container.HEADER_MAX + 1000), ("FILE_MAX", 1000)):
        monkeypatch.setattr(container, limit, value)
        with pytest.raises(SavedError, match="save fewer replications or points"):
            result.save(tmp_path / "a.npz")
        monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_file_larger_than_the_limit_is_not_read(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its size alone."""
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    monkeypatch.setattr(container, "FILE_MAX", len(content) - 1)
    with pytest.raises(SavedError, match="has more than"):
        Container.open(path)


def npy(array: Any) -> bytes:
    """An array as NumPy writes it."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "entry",
    [
        npy(np.array([{"a": 1}], dtype=object)),
        npy(np.zeros((2, 3), dtype=np.int32)),
        npy(np.asfortranarray(np.zeros((2, 3), dtype=np.int64))),
        npy(np.zeros(3, dtype=np.int64))[:-1],
        b"\x93NUMPY\x01\x00v\x00{'descr': '<i8', 'fortran_order': False, 'shape': (1 << 60,), }" + b" " * 50 + b"\n",
        b"\x93NUMPY\x01\x00v\x00" + b"(" * 117 + b"\n",
        b"",
    ],
    ids=["objects", "other integers", "other order", "cut", "a shape that is code", "no header", "empty"],
)
def test_no_array_but_ours_is_read(entry: bytes) -> None:
    """No pickle, no other type, no shape that its bytes do not fill: nothing is allocated and nothing runs."""
    with pytest.raises(SavedError):
        container._array(entry, "a.npz: x.npy")


def test_a_header_that_lies_under_a_good_seal_is_refused(content: bytes) -> None:
    """Whatever is missing or of another kind in it ends as a refusal that names the file."""
    header, arrays = parts_of(content)
    entry = header["results"]["a"]
    lies: list[dict[str, Any]] = [{**header, "results": {"a": {k: v for k, v in entry.items() if k != key}}} for key in entry]
    lies += [{k: v for k, v in header.items() if k != key} for key in header if key != "format"]
    changed: dict[str, Any] = {
        "fingerprints": [],
        "events": [1],
        "seed": "x",
        "rows": {},
        "scenario": {"name": "x"},
        "log_lost": None,
    }
    lies += [{**header, "results": {"a": {**entry, key: value}}} for key, value in changed.items()]
    lies += [{**header, "results": {"a": {**entry, "buckets": [7, 43]}}}]
    lies += [{**header, "columns": {}}, {**header, "results": []}, {**header, "kind": "tale"}]
    optional = {"precision"}
    for lie in lies:
        gone = set(entry) - set(lie.get("results", {}).get("a", entry)) if isinstance(lie.get("results"), dict) else set()
        if gone and gone <= optional:
            continue
        with pytest.raises(SavedError, match=r"^a\.npz"):
            results.unpacked(Container(pack(lie, arrays), "a.npz"), "run", METRICS)


def test_counts_that_are_not_those_of_the_fingerprints_are_refused(content: bytes) -> None:
    """Under a good seal too: one changed count, one bucket that does not exist, replications cut elsewhere."""
    header, arrays = parts_of(content)

    def refused(name: str, array: Any, message: str) -> None:
        with pytest.raises(SavedError, match=message):
            results.unpacked(Container(pack(header, {**arrays, name: array}), "a.npz"), "run", METRICS)

    services = arrays["a.services"].copy()
    services[3, 2, 1, 0] += 1
    refused("a.services", services, "its records are not those of its fingerprints")
    replies = arrays["a.replies"].copy()
    replies[2, 0] = 1 << 40
    refused("a.replies", replies, "replies has buckets that do not exist")
    refused("a.replies_ends", arrays["a.replies_ends"][::-1], "replies is not cut into replications")
    refused("a.edges", arrays["a.edges"][:, :, :1], r"has shape|is larger")
    del arrays["a.flows"]
    with pytest.raises(SavedError, match=r"has no a\.flows\.npy"):
        results.unpacked(Container(pack(header, arrays), "a.npz"), "run", METRICS)


def test_columns_are_found_by_their_names(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another order is put right; a column that came later has its number, or is named in the refusal."""
    header, arrays = parts_of(content)
    names = header["columns"]["services"]
    header["columns"]["services"] = names[::-1]
    arrays["a.services"] = arrays["a.services"][..., ::-1]
    (parts,) = results.unpacked(Container(pack(header, arrays), "a.npz"), "run", METRICS).values()
    assert parts.origin.fingerprint == Result.of_parts(parts).fingerprint()
    assert layout.unit_of("waiting_area") == "ns"
    assert layout.unit_of("started") == "1"

    known = dict(layout.columns())
    monkeypatch.setattr(layout, "columns", lambda: {**known, "services": (*known["services"], "yawned")})
    table = np.ones((1, 2, 3, len(names)), dtype=np.int64)
    with pytest.raises(SavedError, match="its table of services does not have yawned; run the scenario again"):
        layout.arranged("services", table, tuple(names), "a.npz")
    monkeypatch.setattr(layout, "CAME_LATER", {"services": {"yawned": 0}})
    found = layout.arranged("services", table, tuple(names), "a.npz")
    assert found.shape == (1, 2, 3, len(names) + 1)
    assert (found[..., -1] == 0).all()
    with pytest.raises(SavedError, match="has sneezed, which this version does not know"):
        layout.arranged("services", np.ones((1, len(names) + 1)), (*names, "sneezed"), "a.npz")


def test_what_was_not_counted_when_it_was_saved_is_no_zero(tmp_path: Path) -> None:
    """A file from before leaks were counted, of a scenario with one, is refused: nobody knows how many there were."""
    services = {"a": {"workers": 2, "operations": {"go": [{"work": "1ms"}]}}}
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "10/s"}}
    faults = {"leak": {"kind": "leak", "target": "a", "every": "500ms", "at": "0s", "for": "2s"}}
    whole = {"name": "leaky", "architecture": "synchronous", "services": services, "workload": {"f": flow}, "faults": faults}
    scenario = Scenario.model_validate({**whole, "run": {"horizon": "2s", "replications": 2}})
    header, arrays = parts_of(run_replications(scenario, engine="compiled").save(tmp_path / "a.npz").read_bytes())
    assert load_saved(tmp_path / "a.npz").records[0].tables["leaks"].sum() > 0
    del header["columns"]["leaks"]
    with pytest.raises(SavedError, match="before leaks were counted; run the scenario again"):
        results.unpacked(Container(pack(header, arrays), "a.npz"), "run", METRICS)
