"""One sweep at a time in a folder, or several that agree to share it.

    .claim              {"boot": ..., "host": ..., "pid": ...}     only one can make it, and it is whole as soon as it is there
    .claim-<owner>      the same, of each sweep that shares the folder (--share)
    runs/<key>.claim    which of them runs what

The names on the disk say "claim", as those of earlier versions do: sweeps of both see each other's locks.

A lock whose process is gone (no such process, or the machine was started anew) is taken over. Whoever makes a lock looks for
contrary ones afterwards, so two that start at once never both go on. Locks save work and make folders understandable;
they are not what keeps results right: a run stored twice is stored with the same bytes.

A lock is written under another name and linked to its own, which fails when that is taken. On a disk without links it is made
by O_EXCL and then filled: what is not whole is looked at twice before it counts as left by somebody who was killed within it.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

from sim.sweeps.errors import SweepError
from sim.sweeps.store import LOCK, RUNS
from sim.whole_file import part_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sim.sweeps.store import Store

FILLED_WITHIN = 0.1
"""Seconds that a lock may take from its making to being whole, where it cannot be both at once."""
_TOKENS: set[str] = set()
"""Locks that this process holds."""


@contextlib.contextmanager
def locked(store: Store, *, share: bool = False) -> Iterator[None]:
    """Hold the folder of a sweep. Raises `SweepError` when somebody else is at work there."""
    own = store.folder / (f"{LOCK}-{store.owner}" if share else LOCK)
    holder = _take(store, own)
    try:
        if holder is None:
            others = [name for name in store.names(store.folder) if name.startswith(LOCK) and name != own.name]
            contrary = [name for name in others if not share or name == LOCK]
            holder = next((held for name in contrary if (held := _holder(store, store.folder / name)) is not None), None)
            if holder is not None:
                release(store, own)
        if holder is not None:
            raise SweepError(
                f"another sweep is at work in {store.folder} (process {holder}); wait for it, choose another folder by "
                "--out, or start both with --share"
            )
        yield
    finally:
        if holder is None:
            release(store, own)


def lock_run(store: Store, key: str) -> bool:
    """Lock one run among sweeps that share a folder; False when another one has it."""
    return _take(store, store.folder / RUNS / f"{key}{LOCK}") is None


def unlock_run(store: Store, key: str) -> None:
    """Give back the lock of a run."""
    release(store, store.folder / RUNS / f"{key}{LOCK}")


def clean_locks(store: Store) -> None:
    """Remove the locks of sweeps that were killed."""
    for folder in (store.folder, store.folder / RUNS):
        for name in store.names(folder):
            if LOCK in name and _holder(store, folder / name) is None:
                with contextlib.suppress(OSError):
                    store.files.remove(folder / name)


def _take(store: Store, path: Path) -> str | None:
    """Make a lock; returns None, or who holds it."""
    token = os.urandom(8).hex()
    known = {"boot": store.files.boot, "host": store.files.host, "pid": store.files.pid, "token": token}
    content = json.dumps(known).encode()
    for _ in range(2):
        try:
            _TOKENS.add(token)
            _make(store, path, content)
        except FileExistsError:
            _TOKENS.discard(token)
            holder = _holder(store, path)
            if holder is not None:
                return holder
            _remove_stale(store, path)
        except OSError as error:
            _TOKENS.discard(token)
            raise SweepError(f"{path}: {error.strerror or error}; choose a folder that can be written, by --out") from error
        else:
            return None
    return "just started"


def _make(store: Store, path: Path, content: bytes) -> None:
    """Make a lock that is whole from the first moment; raises ``FileExistsError`` when there is one."""
    if store.files.read(path) is not None:
        raise FileExistsError
    part = _aside(store, path)
    _fill(store, part, content)
    try:
        store.files.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # no links here, or the disk fails, which is seen again
        _fill(store, path, content)
    finally:
        _discard(store, part)


def _fill(store: Store, path: Path, content: bytes) -> None:
    handle = store.files.new(path)
    try:
        try:
            store.files.write(handle, content)
        finally:
            store.files.close(handle)
    except OSError:
        _discard(store, path)
        raise


def _aside(store: Store, path: Path) -> Path:
    """A name beside a lock that is nobody else's; the next sweep removes what is left there."""
    return path.with_name(part_name(store.owner, "aside"))


def _discard(store: Store, path: Path) -> None:
    """Remove a file, at the second try if need be."""
    for _ in range(2):
        with contextlib.suppress(OSError):
            store.files.remove(path)
            return


def release(store: Store, path: Path) -> None:
    """Remove a lock; one that cannot be removed is taken over by the next sweep, as ours is no longer held."""
    with contextlib.suppress(OSError):
        content = _content(store, path) or {}
        _TOKENS.discard(str(content.get("token")))
        store.files.remove(path)


def _holder(store: Store, path: Path, patience: float = FILLED_WITHIN) -> str | None:
    """Who holds a lock, in words; None when nobody does any more."""
    content = _content(store, path)
    if content == {}:
        store.files.wait(patience)
        content = _content(store, path)
    if not content:
        return None  # gone, or torn: its writer was killed within it
    pid = content["pid"]
    if content.get("host") != store.files.host:
        return f"{pid} of {content.get('host')}; when it is gone, remove {path}"
    if content.get("boot") != store.files.boot:
        return None
    if pid == store.files.pid:
        return f"{pid}, this one" if content.get("token") in _TOKENS else None
    return str(pid) if store.files.is_running(int(pid)) else None


def _content(store: Store, path: Path) -> dict[str, Any] | None:
    """What a lock says: None when there is none, {} when it is not whole."""
    try:
        found = store.files.read(path)
        content = None if found is None else json.loads(found)
    except (OSError, ValueError):
        return {}
    if content is None:
        return None if found is None else {}
    return content if isinstance(content, dict) and isinstance(content.get("pid"), int) else {}


def _remove_stale(store: Store, path: Path) -> None:
    """Remove a lock that nobody holds: renamed first, so that of two who see it stale only one removes it.

    The other one may have renamed a lock that was made since: it is given back.
    """
    aside = _aside(store, path)
    with contextlib.suppress(OSError):
        store.files.rename(path, aside)
        if _holder(store, aside, patience=0.0) is not None:
            store.files.link(aside, path)
    _discard(store, aside)
