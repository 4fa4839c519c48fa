"""The folder of a sweep: damage is seen, work is shared or refused, parts make the whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sim.record.record import SEMANTICS
from sim.sweeps import SweepError, load_sweep, merge_sweeps, run_sweep
from sim.sweeps.executors import threads
from sim.sweeps.lock import locked
from sim.sweeps.store import Store, sealed, unsealed
from sim.sweeps.summary import METRICS
from tests.sweeps.conftest import OVER, RUNS, Disk, Stub, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sim.scenario import Scenario
    from sim.sweeps import Sweep
    from sim.sweeps.executors import Job
    from sim.sweeps.plan import Task
    from sim.sweeps.summary import Summary


def sweep(tiny: Scenario, folder: Path, **changes: Any) -> Sweep:
    """The tiny sweep."""
    given: dict[str, Any] = {"runs": RUNS, "files": Disk(), "runner": Stub(), "jobs": 1, **changes}
    return run_sweep(tiny, OVER, folder=folder, **given)


def test_every_flipped_bit_and_every_cut_is_seen(tiny: Scenario, tmp_path: Path) -> None:
    """No file with one bit changed, and no file cut short or made longer, passes as whole."""
    sweep(tiny, tmp_path)
    content = next((tmp_path / "runs").iterdir()).read_bytes()
    assert unsealed(content) is not None
    for place in range(len(content)):
        assert unsealed(content[:place]) is None
        for bit in range(8):
            assert unsealed(content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]) is None
    assert unsealed(content + b"\n") is None


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "swap"])
def test_damaged_runs_are_run_again_and_only_those(tiny: Scenario, tmp_path: Path, harm: str) -> None:
    """A damaged file, or a whole one under a wrong name, counts as absent, is reported and written again."""
    sweep(tiny, tmp_path)
    expected = tree(tmp_path)
    first, second, *_ = sorted((tmp_path / "runs").iterdir())
    content = first.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]
    first.write_bytes({"flip": flipped, "cut": content[:-1], "empty": b"", "swap": second.read_bytes()}[harm])
    stub = Stub()
    again = sweep(tiny, tmp_path, runner=stub)
    assert again.damaged == (first.name,)
    assert stub.ran == [first.stem]
    assert tree(tmp_path) == expected


@pytest.mark.parametrize("content", ["[]", "3", "{}", "not JSON", "no values", "a list of values", "a text for a value"])
def test_a_whole_file_of_something_else_is_damaged(tiny: Scenario, tmp_path: Path, content: str) -> None:
    """A right checksum over what no sweep has written: the run counts as absent, is reported and written again."""
    sweep(tiny, tmp_path)
    expected = tree(tmp_path)
    first = min((tmp_path / "runs").iterdir())
    data = unsealed(first.read_bytes())
    assert data is not None
    other: dict[str, Any] = {
        "no values": {**data, "values": {}},
        "a list of values": {**data, "values": [1.0]},
        "a text for a value": {**data, "values": dict.fromkeys(data["values"], "many")},
    }
    body = content.encode() + b"\n"
    alien = b"sha256:" + hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    first.write_bytes(sealed(other[content]) if content in other else alien)
    assert load_sweep(tmp_path).damaged == (first.name,)
    stub = Stub()
    assert sweep(tiny, tmp_path, runner=stub).damaged == (first.name,)
    assert stub.ran == [first.stem]
    assert tree(tmp_path) == expected


OF_NOTHING = {"format": 1, "semantics": SEMANTICS, "variants": [1], "scenarios": []}


@pytest.mark.parametrize("data", [[], {}, {"format": 1}, OF_NOTHING, {**OF_NOTHING, "variants": ["a"]}])
def test_a_whole_file_of_something_else_is_no_plan(tiny: Scenario, tmp_path: Path, data: Any) -> None:
    """What is no plan is said so by its name, and the command of the sweep writes it anew."""
    sweep(tiny, tmp_path)
    expected = tree(tmp_path)
    (tmp_path / "sweep.json").write_bytes(sealed(data))
    with pytest.raises(SweepError, match=r"sweep\.json is (damaged|not the plan of a sweep)"):
        load_sweep(tmp_path)
    sweep(tiny, tmp_path)
    assert tree(tmp_path) == expected


def test_a_file_where_the_folder_should_be(tiny: Scenario, tmp_path: Path) -> None:
    """Nothing was finished that could be kept: the remedy is another name."""
    (tmp_path / "a.yaml").write_text("a: 1\n")
    for name in ("a.yaml", "a.yaml/b"):
        with pytest.raises(SweepError, match=r"is a file, or below one; a sweep is a folder: name another by --out$"):
            sweep(tiny, tmp_path / name)


def test_what_is_damaged_in_a_part_is_named_where_it_is(tiny: Scenario, tmp_path: Path) -> None:
    """A merge names the damaged files of its sources with their folders."""
    sweep(tiny, tmp_path / "1", shard="1/2")
    sweep(tiny, tmp_path / "2", shard="2/2")
    torn = min((tmp_path / "2" / "runs").iterdir())
    torn.write_bytes(b"torn")
    merged = merge_sweeps([tmp_path / "1", tmp_path / "2"], tmp_path / "merged")
    assert merged.damaged == (torn.as_posix(),)
    assert not merged.complete


def test_a_damaged_plan(tiny: Scenario, tmp_path: Path) -> None:
    """The same command repairs it; what only reads the folder says so."""
    sweep(tiny, tmp_path)
    expected = tree(tmp_path)
    (tmp_path / "sweep.json").write_bytes(expected["sweep.json"][:-9])
    with pytest.raises(SweepError, match="damaged; repeat the command"):
        load_sweep(tmp_path)
    sweep(tiny, tmp_path)
    assert tree(tmp_path) == expected
    with pytest.raises(SweepError, match="not the folder of a sweep"):
        load_sweep(tmp_path / "runs")


def test_any_number_of_workers_in_any_order(tiny: Scenario, tmp_path: Path) -> None:
    """One, two, three and eight workers that finish in other orders leave the same bytes."""

    class Slow(Stub):
        def __call__(self, task: Task, seed: int) -> Summary:
            time.sleep(int(task.key[:2], 16) / 10_000)
            return super().__call__(task, seed)

    trees = []
    for jobs in (1, 2, 3, 8):
        done = sweep(tiny, tmp_path / str(jobs), jobs=jobs, runs=8, runner=Slow())
        assert done.complete
        trees.append((tree(tmp_path / str(jobs)), done.fingerprint(), done.to_dict()))
    assert all(one == trees[0] for one in trees)


def test_more_runs_find_the_earlier_ones(tiny: Scenario, tmp_path: Path) -> None:
    """More replications, other objectives and another title use what is stored; another value or seed does not."""
    sweep(tiny, tmp_path)
    assert sweep(tiny.replace("title", "other"), tmp_path).ran == 0
    assert sweep(tiny.replace("objectives", ["orders.errors < 9%"]), tmp_path).ran == 0
    assert sweep(tiny, tmp_path, runs=RUNS + 1).ran == 2
    assert sweep(tiny, tmp_path, seed=4, replan=True).ran == 4
    assert sweep(tiny.replace("network.hop", "1ms"), tmp_path, replan=True).ran == 4
    assert sweep(tiny, tmp_path, metrics=["orders.latency.p99.9"], replan=True).ran == 4
    assert sweep(tiny, tmp_path, replan=True).ran == 0


@pytest.mark.parametrize(
    ("changes", "over", "said"),
    [
        ({"seed": 4}, OVER, "its seed is 3, not 4;"),
        ({"runs": 1}, OVER, "it has 2 replications, not 1;"),
        ({"metrics": ["orders.latency.p99.9"]}, OVER, r"other metrics are kept of its runs \(--metrics, objectives\);"),
        ({}, ("services.back.workers=2,3",), "1 of its 2 points are not asked for: services.back.workers=1;"),
        ({}, ("services.front.workers=1,2",), "it varies services.back.workers, not services.front.workers;"),
        ({"settings": ("network.hop", "1ms")}, OVER, "its scenario 'tiny' has other settings;"),
        ({"settings": ("name", "small")}, OVER, "its scenarios are tiny, not small;"),
        ({"settings": ("objectives", ["orders.latency.p99.9 < 1s"])}, OVER, "other metrics are kept of its runs"),
        ({"seed": 4, "runs": 1}, (), "its seed is 3, not 4; it varies services.back.workers, not nothing; it has 2 repl"),
    ],
)
def test_a_folder_is_not_taken_from_another_sweep(
    tiny: Scenario, tmp_path: Path, changes: dict[str, Any], over: tuple[str, ...], said: str
) -> None:
    """What does not ask for every run of the folder's sweep is refused with what differs, and nothing is touched."""
    sweep(tiny, tmp_path)
    before = tree(tmp_path)
    settings = changes.pop("settings", ("title", "the same"))
    given: dict[str, Any] = {"runs": RUNS, **changes, "runner": Stub(), "files": Disk()}
    with pytest.raises(SweepError, match=f"holds another sweep: {said}.* --out, or write --replan to make this sweep of it"):
        run_sweep(tiny.replace(*settings), over, folder=tmp_path, **given)
    assert tree(tmp_path) == before
    assert run_sweep(tiny.replace(*settings), over, folder=tmp_path, replan=True, **given).complete
    assert before.items() - {("sweep.json", before["sweep.json"])} <= tree(tmp_path).items()


def test_a_longer_sweep_goes_on_in_the_folder(tiny: Scenario, tmp_path: Path) -> None:
    """More values, more replications and another axis that has what was there: the runs are found, the plan is the new one."""
    sweep(tiny, tmp_path)
    more = run_sweep(tiny, ["services.back.workers=1,2,3"], runs=3, folder=tmp_path, runner=Stub(), files=Disk())
    assert more.ran == 9 - 4
    over = ["services.back.workers=1,2,3", "services.front.workers=4,8"]
    both = run_sweep(tiny, over, runs=3, folder=tmp_path, runner=Stub(), files=Disk())
    assert both.ran == 9
    assert load_sweep(tmp_path).complete


def test_a_folder_of_an_older_version_can_be_run_again(tiny: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that was written when metrics meant something else, or that cannot be read any more, is no reason to refuse."""
    monkeypatch.setattr("sim.sweeps.plan.METRICS", METRICS - 1)
    sweep(tiny, tmp_path)
    monkeypatch.undo()
    with pytest.raises(SweepError, match="other metrics; repeat its command"):
        load_sweep(tmp_path)
    assert sweep(tiny, tmp_path).ran == 4
    (tmp_path / "sweep.json").write_bytes(sealed({"format": 0, "semantics": 0}))
    assert sweep(tiny, tmp_path).ran == 0


def test_parts_are_not_merged_into_another_sweep(tiny: Scenario, tmp_path: Path) -> None:
    """The folder of the whole is another sweep's: refused, with what differs."""
    sweep(tiny, tmp_path / "part", shard="1/2")
    sweep(tiny, tmp_path / "other", seed=9)
    with pytest.raises(SweepError, match=r"holds another sweep: its seed is 9, not 3; choose another folder by --out$"):
        merge_sweeps([tmp_path / "part"], tmp_path / "other", files=Disk())


def test_what_is_read_is_what_was_run(tiny: Scenario, tmp_path: Path) -> None:
    """Values come back from the folder to the last bit, infinite ones and missing ones too."""
    done = sweep(tiny, tmp_path)
    again = load_sweep(tmp_path)
    assert again.complete
    assert again.to_dict() == done.to_dict()
    for point in done.points:
        for path in point.paths:
            assert repr(again.values(point.number, path)) == repr(done.values(point.number, path))


def test_shards_make_the_whole(tiny: Scenario, tmp_path: Path) -> None:
    """Three shards, merged in any order, are the same to the byte as one sweep; missing and alien ones are told."""
    sweep(tiny, tmp_path / "whole")
    for number in (1, 2, 3):
        part = sweep(tiny, tmp_path / str(number), shard=f"{number}/3")
        assert not part.complete
    two = merge_sweeps([tmp_path / "3", tmp_path / "1"], tmp_path / "merged", files=Disk())
    assert (two.done, two.complete) == (3, False)
    three = merge_sweeps([tmp_path / "2", tmp_path / "3", tmp_path / "1"], tmp_path / "merged", files=Disk())
    assert three.complete
    assert tree(tmp_path / "merged") == tree(tmp_path / "whole")
    sweep(tiny, tmp_path / "other", seed=9)
    with pytest.raises(SweepError, match="not parts of the same sweep: seed"):
        merge_sweeps([tmp_path / "1", tmp_path / "other"], tmp_path / "no")
    for shard in ("0/3", "4/3", "1", "a/b"):
        with pytest.raises(SweepError, match="not a shard"):
            sweep(tiny, tmp_path / "no", shard=shard)


class Failing(Stub):
    """Has no result of the second replications."""

    def __call__(self, task: Task, seed: int) -> Summary:
        """Fail, or pretend to run a task."""
        if task.replication == 1:
            message = f"stuck at {task.point.number}"
            raise RuntimeError(message)
        return super().__call__(task, seed)


def test_why_a_run_failed_is_read_with_the_folder(tiny: Scenario, tmp_path: Path) -> None:
    """Also when parts are put together; a run that was never begun, or whose note is damaged, is only not there."""
    made = sweep(tiny, tmp_path / "whole", runner=Failing())
    assert sorted(made.failures.values()) == ["RuntimeError: stuck at 0", "RuntimeError: stuck at 1"]
    assert load_sweep(tmp_path / "whole").failures == made.failures
    for part in ("1", "2"):
        sweep(tiny, tmp_path / part, runner=Failing(), shard=f"{part}/2")
    merged = merge_sweeps([tmp_path / "1", tmp_path / "2"], tmp_path / "merged")
    assert merged.failures == made.failures
    assert tree(tmp_path / "merged") == tree(tmp_path / "whole")
    note = next((tmp_path / "whole" / "runs").glob("*.failed"))
    note.write_bytes(note.read_bytes()[:-1])
    assert len(load_sweep(tmp_path / "whole").failures) == 1


def test_a_failure_is_forgotten_with_the_result(tiny: Scenario, tmp_path: Path) -> None:
    """Repeated with success, the folder is that of a sweep in which nothing failed; also killed between result and note."""
    sweep(tiny, tmp_path / "whole")
    expected = tree(tmp_path / "whole")
    sweep(tiny, tmp_path / "again", runner=Failing())
    notes = {name: content for name, content in tree(tmp_path / "again").items() if name.endswith(".failed")}
    again = sweep(tiny, tmp_path / "again")
    assert (again.ran, again.failures) == (2, {})
    assert tree(tmp_path / "again") == expected
    for name, content in notes.items():
        (tmp_path / "again" / name).write_bytes(content)
    assert load_sweep(tmp_path / "again").failures == {}
    assert sweep(tiny, tmp_path / "again").ran == 0
    assert tree(tmp_path / "again") == expected


def test_a_second_sweep_is_refused(tiny: Scenario, tmp_path: Path) -> None:
    """While one sweep is at work in a folder another one says so and touches nothing; also in the same process."""
    store = Store(tmp_path, Disk(7))
    store.prepare()
    with locked(store):
        before = tree(tmp_path)
        for share in (False, True):
            with pytest.raises(SweepError, match=r"at work in .* \(process 7\).*--share"):
                sweep(tiny, tmp_path, files=Disk(8, running=(7,)), share=share)
        with pytest.raises(SweepError, match="process 7, this one"):
            sweep(tiny, tmp_path, files=Disk(7))
        assert tree(tmp_path) == before
    with locked(store, share=True), pytest.raises(SweepError, match="process 7"):
        sweep(tiny, tmp_path, files=Disk(8, running=(7,)))
    assert sweep(tiny, tmp_path, files=Disk(8, running=(7,))).complete


def test_the_lock_of_a_gone_process_is_taken_over(tiny: Scenario, tmp_path: Path) -> None:
    """A lock and temporary files of a killed process, or a torn lock, stop nobody and do not stay; other machines' do."""
    sweep(tiny, tmp_path)
    expected = tree(tmp_path)
    for content in (b"", b"{", b'{"pid": 5, "boot": "before", "host": "%s"}' % Disk().host.encode(), b"[1]"):
        (tmp_path / ".claim").write_bytes(content)
        (tmp_path / ".claim-5-abc").write_bytes(content)
        (tmp_path / "runs" / ".abc.5-0123-0.part").write_bytes(b"half")
        sweep(tiny, tmp_path)
        assert tree(tmp_path) == expected
    (tmp_path / ".claim").write_bytes(b'{"pid": 5, "boot": "x", "host": "elsewhere"}')
    with pytest.raises(SweepError, match=r"5 of elsewhere; when it is gone, remove .*\.claim"):
        sweep(tiny, tmp_path)


class Between(Disk):
    """A disk on which something happens right before or after one kind of operation."""

    def __init__(self, pid: int, **acts: Callable[[Path], None]) -> None:
        super().__init__(pid, running=(7, 8))
        self.acts = acts

    def new(self, path: Path) -> int:
        """Create, and let others have a look at what is there before anything is written."""
        handle = super().new(path)
        self.acts.get("made", lambda _path: None)(path)
        return handle

    def link(self, path: Path, target: Path) -> None:
        """Link, unless this disk has no links."""
        if "unlinked" in self.acts:
            raise PermissionError
        super().link(path, target)

    def rename(self, path: Path, target: Path) -> None:
        """Let others do something before a file is renamed."""
        self.acts.pop("renamed", lambda _path: None)(path)
        super().rename(path, target)

    def wait(self, seconds: float) -> None:
        """Let others go on."""
        super().wait(seconds)
        self.acts.get("waited", lambda _path: None)(Path())


def test_a_lock_is_whole_as_soon_as_it_is_there(tmp_path: Path) -> None:
    """Whoever looks while a lock is made sees none, or a whole one; never an empty one that could be taken over."""
    seen: list[str] = []
    disk = Between(7, made=lambda _path: seen.extend(path.name for path in tmp_path.glob(".claim*")))
    store = Store(tmp_path, disk)
    store.prepare()
    with locked(store):
        assert not seen
        assert (tmp_path / ".claim").read_bytes().endswith(b"}")
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == [".claim"]


def test_a_lock_that_is_being_filled_is_waited_for(tmp_path: Path) -> None:
    """Where a disk has no links, a lock is empty at first: who sees it so looks again, and finds who holds it."""
    refused: list[str] = []
    lock = tmp_path / ".claim"
    filling: list[bytes] = []

    def look(path: Path) -> None:
        if path == lock:
            other = Store(tmp_path, Between(8, unlinked=print, waited=lambda _path: lock.write_bytes(filling[0])))
            with pytest.raises(SweepError) as error, locked(other):
                pass
            refused.append(str(error.value))

    first = Between(7, unlinked=print, made=look)
    filling.append(f'{{"boot": "{first.boot}", "host": "{first.host}", "pid": 7, "token": "x"}}'.encode())
    store = Store(tmp_path, first)
    store.prepare()
    with locked(store):
        assert ["(process 7)" in message for message in refused] == [True]
    assert tree(tmp_path) == {}


def test_a_lock_made_meanwhile_is_given_back(tmp_path: Path) -> None:
    """Two see the lock of a gone process; while one takes it over, the other is about to remove it, and does not."""
    stale = b'{"boot": "before", "host": "%s", "pid": 5}' % Disk().host.encode()
    store = Store(tmp_path, Between(7))
    store.prepare()
    (tmp_path / ".claim").write_bytes(stale)

    with contextlib.ExitStack() as held:
        late = Store(tmp_path, Between(8, renamed=lambda _path: held.enter_context(locked(store))))
        with pytest.raises(SweepError, match=r"\(process 7\)"), locked(late):
            pass
        assert b'"pid": 7' in (tmp_path / ".claim").read_bytes()
        assert not list(tmp_path.glob("*.part"))


def test_a_chunk_that_cannot_be_stored_gives_its_locks_back(
    tiny: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk in the middle of a chunk of runs: the locks of the rest are gone too, and the next sweep need not wait."""

    class Full(Disk):
        def write(self, handle: int, data: bytes) -> None:
            if b"fingerprint" in data:
                raise OSError(errno.ENOSPC, "No space left on device")
            super().write(handle, data)

    begin = threads.Threads.__init__

    def in_chunks(executor: threads.Threads, job: Job) -> None:
        begin(executor, job)
        executor.chunk = RUNS

    monkeypatch.setattr(threads.Threads, "__init__", in_chunks)
    with pytest.raises(SweepError, match="No space left"):
        sweep(tiny, tmp_path, share=True, files=Full())
    assert not list((tmp_path / "runs").glob("*.claim"))
    assert sweep(tiny, tmp_path, share=True).complete


def test_sweeps_that_share_a_folder(tiny: Scenario, tmp_path: Path) -> None:
    """Three sweeps at once with --share: each run is made once, all get all results, the bytes are the same."""
    sweep(tiny, tmp_path / "whole", runs=12)

    class Slow(Stub):
        def __call__(self, task: Task, seed: int) -> Summary:
            time.sleep(0.005)
            return super().__call__(task, seed)

    pids = (11, 12, 13)
    stubs = {pid: Slow() for pid in pids}
    done: dict[int, Sweep] = {}

    def work(pid: int) -> None:
        disk = Disk(pid, running=pids)
        done[pid] = sweep(tiny, tmp_path / "shared", runs=12, share=True, files=disk, runner=stubs[pid])

    threads = [threading.Thread(target=work, args=(pid,)) for pid in pids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key for stub in stubs.values() for key in stub.ran) == sorted(task.key for task in done[11].plan.tasks)
    assert all(done[pid].complete for pid in pids)
    assert tree(tmp_path / "shared") == tree(tmp_path / "whole")


def test_a_file_has_one_spelling() -> None:
    """Keys sorted, no spaces, floats as repr: the same data is the same bytes."""
    assert sealed({"b": 0.1, "a": 1}) == sealed({"a": 1, "b": 0.1})
    assert sealed({"a": 0.1}).endswith(b'\n{"a":0.1}\n')
