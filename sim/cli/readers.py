"""A reader that goes away takes nothing with it: the work goes on, what is printed is lost, the exit code is the judgement's.

    eventflow run FILE --save base.npz | head -1      base.npz is written, and a breach ends with 1 all the same

`head` closes a pipe as soon as it has its lines. Done at the lowest level of stdout and stderr, so that no place that prints
has to think of it, and no library makes an exit code of its own of it.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class Pipe(io.FileIO):
    """What is written until the reader has gone, and nothing from then on; any other error is one, such as a full disk."""

    heard = True

    def write(self, data: Any) -> int | None:  # type: ignore[override]
        """Write, or lose it; returns how many bytes that was."""
        if self.heard:
            try:
                return super().write(data)
            except OSError as error:
                if not _gone(error):
                    raise
                self.heard = False
        return memoryview(data).nbytes


def _gone(error: OSError) -> bool:
    """Whether an error of writing says that nobody reads; Windows has another number for it."""
    return isinstance(error, ConnectionError) or (os.name == "nt" and error.errno == errno.EINVAL)


@contextlib.contextmanager
def may_leave() -> Iterator[None]:
    """Let who reads stdout or stderr go away, while this lasts; streams that somebody put in their place are left alone."""
    before = {name: getattr(sys, name) for name in ("stdout", "stderr")}
    for name, stream in before.items():
        setattr(sys, name, _patient(stream))
    try:
        yield
    finally:
        for name, stream in before.items():
            with contextlib.suppress(OSError, ValueError):
                getattr(sys, name).flush()
            setattr(sys, name, stream)


def _patient(stream: Any) -> Any:
    """A stream like the given one on the same file that does not mind when its reader goes."""
    buffer = getattr(stream, "buffer", None)
    if type(stream) is not io.TextIOWrapper or type(getattr(buffer, "raw", buffer)) is not io.FileIO:
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(Pipe(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
