"""Runs the command line again and again, each time in a forked child with a limit, and says what became of it.

    {"argv": ["run", "x.yaml"], "cwd": "/somewhere", "seconds": 5, "uid": null}     a line on stdin
    {"code": 2, "seconds": 0.03, "peak": 91234304, "out": "", "err": "..."}         a line on stdout

A fork costs a few milliseconds where a new process costs a second, so that hundreds of hostile inputs can be tried. ``code`` is
None when the child had to be ended; ``peak`` is the most memory that it held at a time, in bytes. ``seconds`` are of work
or of the clock, whichever are fewer: others that are busy on the machine do not count.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

LOADED = (
    *("sim.cli.app", "sim.cli.commands.run", "sim.loaded", "sim.report.html.page", "sim.report.write"),
    *("sim.charts.forest", "sim.charts.latency", "matplotlib.backends.backend_svg", "matplotlib.pyplot"),
)
"""What is forked has these already."""
ADDRESSES_MAX = 6 << 30
"""Bytes of addresses that a child may have: a last line of defence of the machine that the tests run on."""


def ready() -> None:
    """Import and compile what every command would, once."""
    for name in LOADED:
        importlib.import_module(name)
    from sim.engine import prepare

    prepare(lambda _text: None)


@cache
def warm() -> None:
    """Run something once, so that whoever may not read Python's own files has every module."""
    text = """{name: x, architecture: synchronous, services: {s: {operations: {op: [{work: 1ms}]}}}, run: {horizon: 2s},
        workload: {f: {operation: s.op, arrivals: {kind: poisson, rate: 1/s}}}}"""
    from sim.cli import main  # loaded long since

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as nothing:
        kept = os.dup(1), os.dup(2)
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
        Path(folder, "x.yaml").write_text(text)
        main(["run", f"{folder}/x.yaml", "--out", folder, "-j", "1"])
        sys.stdout.flush()
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)


def attacked(asked: dict[str, Any]) -> dict[str, Any]:
    """Run one command in a child; returns what became of it."""
    if asked.get("uid") is not None:
        warm()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.monotonic()
        child = os.fork()
        if child == 0:
            _in_child(asked, out.fileno(), err.fileno())
        until, status, used = begin + asked["seconds"], 0, None
        while used is None and time.monotonic() < until:
            found, status, usage = os.wait4(child, os.WNOHANG)
            if found:
                used = usage
            else:
                time.sleep(0.002)
        ended = used is not None
        if used is None:
            os.kill(child, signal.SIGKILL)
            _, status, used = os.wait4(child, 0)
        seconds = time.monotonic() - begin
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read(1 << 20).decode("utf-8", "replace"))
    code = os.waitstatus_to_exitcode(status) if ended else None
    seconds = min(seconds, used.ru_utime + used.ru_stime)
    return {"code": code, "seconds": seconds, "peak": used.ru_maxrss * 1024, "out": texts[0], "err": texts[1]}


def _in_child(asked: dict[str, Any], out: int, err: int) -> None:
    """Become the command; never returns."""
    code = 70
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.chdir(asked["cwd"])
        os.environ.update(asked.get("environment", {}))
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES_MAX, ADDRESSES_MAX))
        if asked.get("file_bytes") is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (asked["file_bytes"], asked["file_bytes"]))
        if asked.get("uid") is not None:
            os.setgroups([])
            os.setgid(asked["uid"])
            os.setuid(asked["uid"])
        sys.argv = ["eventflow", *asked["argv"]]
        from sim.cli import main  # loaded long since

        code = main(asked["argv"])
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as error:  # noqa: BLE001 - whatever it is: it came out of the command line, which is the finding
        sys.stderr.write(f"escaped: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
    finally:
        os._exit(code)


def main() -> None:
    """Answer lines until there are no more."""
    ready()
    print("ready", flush=True)  # noqa: T201 - this is how it talks
    for line in sys.stdin:
        print(json.dumps(attacked(json.loads(line))), flush=True)  # noqa: T201 - the same


if __name__ == "__main__":
    main()
