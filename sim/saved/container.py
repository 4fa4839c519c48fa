"""The form of a saved file: a header and arrays in a zip, under one seal.

    header.json | a.services.npy | a.edges.npy | ...     the zip's comment: eventflow sha256:<of every byte before this>

Any tool that opens zips or ``numpy.load`` shows what is in it; nothing in it is ever run. The seal is checked before anything
else is looked at: a file that is cut, or of which a single bit is not as it was written, is refused. Equal contents give
equal bytes: no time, no name and no number of a process is in them.

Sizes are checked before anything is unpacked, so that a small file cannot fill the memory.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.machine import memory_bytes
from sim.saved.errors import SavedError
from sim.whole_file import write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from numpy.typing import NDArray

FORMAT = 1
"""Version of the form; a version that reads a higher one keeps reading the lower ones (tests/saved/data)."""
HEADER = "header.json"
ENTRIES_MAX = 1 << 13
FILE_MAX = 1 << 30
CONTENT_MAX = 1 << 32
HEADER_MAX = 1 << 26
COPIES, EXPANSION = 6, 40
"""How many bytes of memory one of the content takes at most, and one of the header, which becomes objects."""
DTYPES = ("<i8", "<f8", "|u1")

_ZIP = b"PK\x03\x04"
_SEAL = b"eventflow sha256:"
_HEX = 64
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the zip's own zero
_NPY = ".npy"
_DEFLATE = 6


def pack(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of a file. Arrays are int64, float64 or uint8; keys of the header keep their order.

    Raises `SavedError` for what could not be read again: more than 4 GiB of content, or 1 GiB of file, or too many arrays.
    """
    if len(arrays) >= ENTRIES_MAX:
        raise SavedError(f"{len(arrays)} arrays do not fit into a saved file; save a matrix of fewer faults")
    size = sum(array.nbytes for array in arrays.values())
    if size > CONTENT_MAX - HEADER_MAX:
        raise SavedError(f"{size} bytes of counts do not fit into a saved file; save fewer replications or points")
    whole = {"format": FORMAT, **header}
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _add(archive, HEADER, text.encode())
        for name, array in arrays.items():
            _add(archive, name + _NPY, _npy(array))
        archive.comment = _SEAL + b"0" * _HEX
    content = buffer.getvalue()[:-_HEX]
    if len(content) + _HEX > FILE_MAX:
        raise SavedError(f"a saved file of {len(content)} bytes would not be read again; save fewer replications or points")
    return content + hashlib.sha256(content).hexdigest().encode()


def save(path: str | os.PathLike[str], header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Path:
    """Write a file, whole or not at all; returns its path. Raises ``OSError``."""
    return write_whole(path, pack(header, arrays))


class Container:
    """A file that was opened and whose seal holds.

    Attributes:
        name: as messages call it.
        header: plain data.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        _check_seal(content, name)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
            entries = self._archive.infolist()
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise SavedError(f"{name} is not a file that eventflow saved: {error}") from None
        if len(entries) > ENTRIES_MAX:
            raise SavedError(f"{name} has {len(entries)} entries; a saved file has at most {ENTRIES_MAX}")
        size = sum(entry.file_size for entry in entries)
        most = min(CONTENT_MAX, memory_bytes() // COPIES)
        if size > most:
            raise SavedError(f"{name} would unpack to {size} bytes; at most {most} are read here")
        self._entries = {entry.filename: entry for entry in entries}
        self.header = self._header()

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Container:
        """Read a file. Raises `SavedError` and ``OSError``."""
        with Path(path).open("rb") as file:
            content = file.read(FILE_MAX + 1)
        if len(content) > FILE_MAX:
            raise SavedError(f"{path} has more than {FILE_MAX} bytes; a saved file has not")
        return cls(content, str(path))

    def array(self, name: str, dtype: str, shape: tuple[int | None, ...]) -> NDArray[Any]:
        """Return an array of that type and shape; None is any length. Raises `SavedError` for any other."""
        entry = self._entries.get(name + _NPY)
        if entry is None:
            raise SavedError(f"{self.name} has no {name}{_NPY}: it was not written by eventflow")
        expected = math.prod(length for length in shape if length is not None)
        if None not in shape and entry.file_size > expected * np.dtype(dtype).itemsize + (1 << 16):
            raise SavedError(f"{self.name}: {name}{_NPY} is larger than its shape {shape} takes")
        found = _array(self._read(entry.filename), f"{self.name}: {name}{_NPY}")
        if found.dtype.str != dtype or len(found.shape) != len(shape):
            raise SavedError(f"{self.name}: {name}{_NPY} is {found.dtype.str} of shape {found.shape}, not {dtype} of {shape}")
        if any(want is not None and have != want for have, want in zip(found.shape, shape, strict=True)):
            raise SavedError(f"{self.name}: {name}{_NPY} has shape {found.shape}, the scenario says {shape}")
        return found

    def _header(self) -> dict[str, Any]:
        entry = self._entries.get(HEADER)
        if entry is None:
            raise SavedError(f"{self.name} has no {HEADER}: it was not written by eventflow")
        most = min(HEADER_MAX, memory_bytes() // EXPANSION)
        if entry.file_size > most:
            raise SavedError(f"{self.name}: {HEADER} has {entry.file_size} bytes; at most {most} are read here")
        try:
            header = json.loads(self._read(HEADER))
        except (ValueError, RecursionError) as error:
            raise SavedError(f"{self.name}: {HEADER} cannot be read: {error}") from None
        found = header.get("format") if isinstance(header, dict) else None
        if not isinstance(found, int) or found < 1:
            raise SavedError(f"{self.name}: {HEADER} names no format: it was not written by eventflow")
        if found > FORMAT:
            raise SavedError(
                f"{self.name} has format {found}; this version of eventflow reads up to {FORMAT}; upgrade eventflow-sim"
            )
        return dict(header)

    def _read(self, entry: str) -> bytes:
        try:
            return self._archive.read(entry)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
            raise SavedError(f"{self.name}: {entry} cannot be unpacked: {error}") from None


def _check_seal(content: bytes, name: str) -> None:
    """Refuse what is not as it was written."""
    body, seal = content[:-_HEX], content[-_HEX:]
    if not content.startswith(_ZIP):
        raise SavedError(f"{name} is not a file that eventflow saved; give one that --save wrote, or the folder of a report")
    if not body.endswith(_SEAL):
        raise SavedError(f"{name} is not a file that eventflow saved, or its end is missing; save it again")
    if seal != hashlib.sha256(body).hexdigest().encode():
        raise SavedError(f"{name} is damaged: its content does not match its checksum; save it again, or take another copy")


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # the same on every system
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, compresslevel=_DEFLATE)


def _npy(array: NDArray[Any]) -> bytes:
    kind = "|u1" if array.dtype == np.uint8 else "<f8" if array.dtype.kind == "f" else "<i8"
    plain = np.ascontiguousarray(array, dtype=kind)
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, np.lib.format.header_data_from_array_1_0(plain))
    return buffer.getvalue() + plain.tobytes()


def _array(content: bytes, name: str) -> NDArray[Any]:
    """An array from its bytes; nothing is allocated that the bytes do not fill."""
    buffer = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(buffer)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
    except Exception as error:  # noqa: BLE001 - NumPy raises what its parser meets
        raise SavedError(f"{name} is no array: {error}") from None
    rest = memoryview(content)[buffer.tell() :]
    if version != (1, 0) or dtype.str not in DTYPES or fortran or math.prod(shape) * dtype.itemsize != len(rest):
        raise SavedError(f"{name} is not as eventflow writes arrays")
    return np.frombuffer(rest, dtype).reshape(shape).copy()
