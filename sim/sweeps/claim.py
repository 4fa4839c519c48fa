"""One sweep at a time in a folder, or several that agree to share it.

    .claim              {"boot": ..., "host": ..., "pid": ...}     made by O_EXCL: only one can
    .claim-<owner>      the same, of each sweep that shares the folder (--share)
    runs/<key>.claim    which of them runs what

A claim whose process is gone (no such process, or the machine was started anew) is taken over. Whoever makes a claim looks for
contrary ones afterwards, so two that start at once never both go on. Claims save work and make folders understandable;
they are not what keeps results right: a run filed twice is filed with the same bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

from sim.sweeps.errors import SweepError
from sim.sweeps.store import RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sim.sweeps.store import Store

CLAIM = ".claim"
_TOKENS: set[str] = set()
"""Claims that this process holds."""


@contextlib.contextmanager
def claimed(store: Store, *, share: bool = False) -> Iterator[None]:
    """Hold the folder of a sweep. Raises `SweepError` when somebody else is at work there."""
    own = store.folder / (f"{CLAIM}-{store.owner}" if share else CLAIM)
    holder = _take(store, own)
    try:
        if holder is None:
            others = [name for name in store.names(store.folder) if name.startswith(CLAIM) and name != own.name]
            contrary = [name for name in others if not share or name == CLAIM]
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


def claim_run(store: Store, key: str) -> bool:
    """Claim one run among sweeps that share a folder; False when another one has it."""
    return _take(store, store.folder / RUNS / f"{key}{CLAIM}") is None


def release_run(store: Store, key: str) -> None:
    """Give back the claim of a run."""
    release(store, store.folder / RUNS / f"{key}{CLAIM}")


def clean_claims(store: Store) -> None:
    """Remove the claims of sweeps that were killed."""
    for folder in (store.folder, store.folder / RUNS):
        for name in store.names(folder):
            if CLAIM in name and _holder(store, folder / name) is None:
                with contextlib.suppress(OSError):
                    store.files.remove(folder / name)


def _take(store: Store, path: Path) -> str | None:
    """Make a claim; returns None, or who holds it."""
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
    handle = store.files.new(path)
    try:
        try:
            store.files.write(handle, content)
        finally:
            store.files.close(handle)
    except OSError:
        with contextlib.suppress(OSError):
            store.files.remove(path)
        raise


def release(store: Store, path: Path) -> None:
    """Remove a claim; one that cannot be removed is taken over by the next sweep, as ours is no longer held."""
    with contextlib.suppress(OSError):
        content = _content(store, path)
        _TOKENS.discard(str(content.get("token")))
        store.files.remove(path)


def _holder(store: Store, path: Path) -> str | None:
    """Who holds a claim, in words; None when nobody does any more."""
    content = _content(store, path)
    pid = content.get("pid")
    if not isinstance(pid, int):
        return None  # torn: its writer was killed within it
    if content.get("host") != store.files.host:
        return f"{pid} of {content.get('host')}; when it is gone, remove {path}"
    if content.get("boot") != store.files.boot:
        return None
    if pid == store.files.pid:
        return f"{pid}, this one" if content.get("token") in _TOKENS else None
    return str(pid) if store.files.is_running(pid) else None


def _content(store: Store, path: Path) -> dict[str, object]:
    try:
        found = json.loads(store.files.read(path) or b"{}")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remove_stale(store: Store, path: Path) -> None:
    """Remove a claim that nobody holds: renamed first, so that of two who see it stale only one removes it."""
    aside = path.with_name(f"{path.name}.{store.owner}.stale.part")
    with contextlib.suppress(OSError):
        store.files.rename(path, aside)
        store.files.remove(aside)
