"""Recovery records: what is written comes back, damage is noticed, who is running is never asked of a process id."""

import os
import threading
import zlib
from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from network_strategies import any_networks

from layerledger.core import Network
from layerledger.core.app.recovery.debounce import LONGEST_S, QUIET_S, WriteDelay
from layerledger.core.app.recovery.lock import Lock
from layerledger.core.app.recovery.record import RecoveryRecord, decode, decode_network, encode
from layerledger.core.app.recovery.store import Leftovers, Session
from layerledger.core.app.recovery.writer import Copy, Writer
from layerledger.core.formats import FormatError, native

RECORD = RecoveryRecord("net.layers", "/home/somebody/net.layers", (12, 34), 1_700_000_000.5, 4321)
MOST_LOST_S = 10.0
SLOWEST_DISK_S = 2.0


def end(session):
    """End a run as the system ends that of a killed process: the lock is free, and nothing is tidied."""
    session._lock.release(delete=False)


def left_by(folder, *names):
    session = Session(folder)
    for number, name in enumerate(names):
        session.write(number, replace(RECORD, name=name, written_s=float(number)), Network(name=name))
    end(session)
    return session


# -- the record


records = st.builds(
    RecoveryRecord,
    name=st.text(st.characters(exclude_categories=())),
    file=st.none() | st.text(st.characters(exclude_categories=())),
    stamp=st.none() | st.tuples(st.integers(0), st.integers(0)),
    written_s=st.floats(0, 1e11),
    pid=st.integers(0),
)


@given(records)
def test_a_record_comes_back_even_with_paths_that_are_no_text(record):
    assert decode(encode(record, Network())) == record


@given(any_networks)
def test_so_does_its_network(network):
    try:
        content = encode(RECORD, network)
    except FormatError:  # it cannot be saved either
        return
    assert native.write(decode_network(content)) == native.write(network)


def test_without_its_first_line_it_is_a_layers_file():
    assert encode(RECORD, Network(name="x")).split(b"\n", 1)[1].decode() == native.write(Network(name="x"))


@given(st.data())
def test_no_damage_goes_unnoticed(data):
    content = encode(RECORD, Network(name="damaged"))
    cut = data.draw(st.integers(content.index(b"\n") + 1, len(content) - 1))
    with pytest.raises(FormatError, match="damaged"):
        decode(content[:cut])
    with pytest.raises(FormatError):
        decode(content[:cut] + bytes([content[cut] ^ 1]) + content[cut + 1 :])


@given(st.binary())
def test_anything_is_a_record_or_a_sentence(content):
    with pytest.raises(FormatError):
        decode(content)


@pytest.mark.parametrize(
    "header",
    [
        "[]",
        '{"format": "other"}',
        '{"format": "layerledger recovery"}',
        '{"format": "layerledger recovery", "version": 2}',
        '{"format": "layerledger recovery", "version": 1, "crc32": 0}',
        '{"format": "layerledger recovery", "version": 1, "crc32": 0, "file": 1, "stamp": null, "written": 0}',
        '{"format": "layerledger recovery", "version": 1, "crc32": 0, "file": null, "stamp": null, "written": "x"}',
        '{"format": "layerledger recovery", "version": 1, "crc32": 0, "file": null, "stamp": null, "written": 0,'
        ' "name": 3, "pid": 0}',
        '{"format": "layerledger recovery", "version": 1, "crc32": 0, "file": null, "stamp": [1], "written": 0,'
        ' "name": "", "pid": 0}',
    ],
)
def test_a_header_that_is_none_is_refused(header):
    assert zlib.crc32(b"") == 0
    with pytest.raises(FormatError):
        decode(header.encode() + b"\n")


# -- when


typing = st.lists(st.floats(0.0, QUIET_S), min_size=1, max_size=60)
thinking = st.lists(st.floats(0.0, QUIET_S) | st.floats(0.0, 20.0), min_size=1, max_size=60)
durations = st.lists(st.floats(0.0, SLOWEST_DISK_S), min_size=1, max_size=8)


def writings(moments, takes):
    """Yield (when it is done, how many edits it holds) of each writing, as the keeper and the writer go about it."""
    pace, free = WriteDelay(), 0.0
    for number, moment in enumerate([*moments, float("inf")]):
        while pace.due is not None and pace.due <= moment:
            begun = max(pace.due, free)
            pace.begun()
            free = begun + takes[number % len(takes)]
            yield free, number
        if moment != float("inf"):
            pace.edited(moment)


@example([0.5] * 60, [SLOWEST_DISK_S])
@given(typing | thinking, durations)
def test_at_most_ten_seconds_are_lost_whenever_the_power_goes(gaps, takes):
    moments, kept = list(accumulate(gaps)), 0
    for done, held in writings(moments, takes):
        assert done - moments[kept] <= MOST_LOST_S + 1e-6  # most is lost by what ends just before a writing is done
        kept = held
    assert kept == len(moments)


@given(st.floats(0.01, QUIET_S - 0.01))
def test_it_never_waits_longer_however_steadily_one_types(gap):
    pace, now = WriteDelay(), 0.0
    while now < LONGEST_S:
        assert pace.edited(now) <= LONGEST_S
        now += gap
    assert pace.due == LONGEST_S


def test_it_waits_for_a_pause():
    pace = WriteDelay()
    assert pace.due is None
    assert pace.edited(100.0) == 100.0 + QUIET_S
    assert pace.edited(101.0) == 101.0 + QUIET_S
    pace.begun()
    assert pace.due is None
    assert pace.edited(200.0) == 200.0 + QUIET_S


# -- who is running


def test_one_holds_a_lock_at_a_time(tmp_path):
    lock = Lock(tmp_path / "lock")
    with pytest.raises(BlockingIOError):
        Lock(tmp_path / "lock")
    lock.release(delete=False)
    Lock(tmp_path / "lock").release(delete=True)
    assert not (tmp_path / "lock").exists()


def test_a_lock_on_a_file_that_was_deleted_meanwhile_is_none(tmp_path, monkeypatch):
    open_file = os.open

    def open_and_delete(*arguments):
        handle = open_file(*arguments)
        os.unlink(tmp_path / "lock")
        return handle

    monkeypatch.setattr(os, "open", open_and_delete)
    with pytest.raises(BlockingIOError):
        Lock(tmp_path / "lock")


@pytest.mark.parametrize("error", [OSError(95, "not supported"), OSError(37, "no locks available")])
def test_where_there_are_no_locks_copies_are_offered_nevertheless(tmp_path, monkeypatch, error):
    def refuse(handle):
        raise error

    monkeypatch.setattr("layerledger.core.app.recovery.lock._take", refuse)
    left_by(tmp_path, "a")
    assert [found.record.name for found in Leftovers(tmp_path).records] == ["a"]


def test_what_a_running_one_keeps_is_left_alone(tmp_path):
    running = Session(tmp_path)
    running.write(1, replace(RECORD, pid=1), Network())
    for _ in range(2):
        found = Leftovers(tmp_path)
        assert not found
        found.close()
    assert running.file(1).exists()


def test_a_process_id_that_is_in_use_again_says_nothing(tmp_path):
    session = Session(tmp_path)
    session.write(1, replace(RECORD, pid=os.getpid()), Network())
    end(session)
    assert len(Leftovers(tmp_path).records) == 1


def test_two_starts_at_once_do_not_offer_the_same(tmp_path):
    left_by(tmp_path, "a")
    first = Leftovers(tmp_path)
    assert first
    assert not Leftovers(tmp_path)
    first.close()
    assert Leftovers(tmp_path)


def test_a_fresh_folder_that_another_start_takes_for_an_old_one_is_given_up(tmp_path, monkeypatch):
    others = []
    make = Lock.__init__

    def late(self, file, *, new=False):
        if new and len(others) < 3:
            others.append(None)
            Leftovers(tmp_path).close()  # finds the folder that was just made, and removes it
        make(self, file, new=new)

    monkeypatch.setattr(Lock, "__init__", late)
    session = Session(tmp_path)
    assert len(others) == 3
    session.write(1, RECORD, Network())
    assert not Leftovers(tmp_path)


# -- what is left


def test_the_newest_stands_first(tmp_path):
    left_by(tmp_path, "a", "b", "c")
    assert [found.record.name for found in Leftovers(tmp_path).records] == ["c", "b", "a"]


def test_a_run_without_unsaved_changes_leaves_nothing(tmp_path):
    session = Session(tmp_path)
    session.write(1, RECORD, Network())
    session.remove(1)
    session.remove(2)
    session.close()
    assert list(tmp_path.iterdir()) == []


def test_what_is_decided_is_gone_and_the_rest_comes_again(tmp_path):
    left_by(tmp_path, "a", "b")
    left = Leftovers(tmp_path)
    a = left.records[-1]
    a.remove()
    left.settle(a)
    left.close()
    left = Leftovers(tmp_path)
    assert [found.record.name for found in left.records] == ["b"]
    left.records[0].remove()
    left.settle(left.records[0])
    assert list(tmp_path.iterdir()) == []


def test_what_is_taken_is_not_offered_but_stays_locked_until_it_is_settled(tmp_path):
    left_by(tmp_path, "a")
    left = Leftovers(tmp_path)
    found = left.records[0]
    left.take(found)
    assert not left
    assert not Leftovers(tmp_path)
    left.close()  # it ended before the new copy was written
    assert len(Leftovers(tmp_path).records) == 1


def test_a_writing_that_was_cut_short_leaves_nothing_for_long(tmp_path):
    session = left_by(tmp_path)
    (session.folder / ".1.recovery.abc123").write_bytes(b"half of i")
    assert not Leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"\0\xff", b"{}\n", encode(RECORD, Network())[:-3]])
def test_a_broken_record_is_kept_aside_with_a_reason(tmp_path, content):
    session = left_by(tmp_path, "whole")
    (session.folder / "7.recovery").write_bytes(content)
    left = Leftovers(tmp_path)
    assert [found.record.name for found in left.records] == ["whole"]
    assert left.broken[0].file.read_bytes() == content
    assert left.broken[0].file.parent == tmp_path / "broken"
    assert left.broken[0].reason
    left.close()
    again = Leftovers(tmp_path)
    assert again.records
    assert not again.broken


def test_a_folder_in_the_place_of_a_record_stops_nothing(tmp_path):
    session = left_by(tmp_path, "whole")
    (session.folder / "8.recovery").mkdir()
    left = Leftovers(tmp_path)
    assert [found.record.name for found in left.records] == ["whole"]
    assert "cannot be opened" in left.broken[0].reason


def test_a_network_of_a_newer_version_is_told_when_it_is_read(tmp_path):
    content = encode(RECORD, Network()).replace(b'"version": 1,\n', b'"version": 9,\n')
    text = content.split(b"\n", 1)[1]
    old = zlib.crc32(native.write(Network()).encode())
    session = left_by(tmp_path)
    (session.folder / "1.recovery").write_bytes(content.replace(b"%d" % old, b"%d" % zlib.crc32(text)))
    with pytest.raises(FormatError, match="newer LayerLedger"):
        Leftovers(tmp_path).records[0].read()


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_nobody_else_can_read_it(tmp_path):
    session = Session(tmp_path / "state" / "recovery")
    session.write(1, RECORD, Network())
    assert session.file(1).stat().st_mode & 0o777 == 0o600
    assert session.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("place", ["recovery", "."])
def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, place):
    (tmp_path / "recovery").write_text("a file")
    with pytest.raises(FormatError, match="cannot be written to"):
        Session(tmp_path / "recovery" / place / "x")
    assert not Leftovers(tmp_path / "recovery")


# -- the writer


class Slow:
    """A place to write that counts, and waits to be let go."""

    def __init__(self, monkeypatch):
        self.at_once = self.most = 0
        self.written = []
        self.begun, self.go = threading.Event(), threading.Event()
        monkeypatch.setattr(Session, "write", self.write)

    def write(self, number, record, network):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.begun.set()
        assert self.go.wait(10)
        self.written.append((number, network.name))
        self.at_once -= 1


def test_it_writes_one_at_a_time_and_only_the_newest_of_what_waits(tmp_path, monkeypatch):
    slow = Slow(monkeypatch)
    writer = Writer(tmp_path, lambda number, sentence: None)
    writer.put(1, Copy(RECORD, Network(name="first")))
    assert slow.begun.wait(10)
    for name in ("second", "third", "last"):
        writer.put(1, Copy(RECORD, Network(name=name)))
    writer.put(2, Copy(RECORD, Network(name="other")))
    assert not writer.flush(timeout_s=0)
    slow.go.set()
    assert writer.flush(timeout_s=10)
    writer.close(timeout_s=10)
    assert slow.written == [(1, "first"), (1, "last"), (2, "other")]
    assert slow.most == 1


def test_a_deletion_overtakes_what_waits(tmp_path):
    said = []
    writer = Writer(tmp_path, lambda *report: said.append(report))
    writer.put(1, None)  # nothing was written: nothing begins
    assert list(tmp_path.iterdir()) == []
    writer.put(1, Copy(RECORD, Network()))
    writer.put(1, None)
    assert writer.flush(timeout_s=10)
    assert list(tmp_path.rglob("*.recovery")) == []
    writer.close(timeout_s=10)
    assert list(tmp_path.iterdir()) == []
    writer.put(1, Copy(RECORD, Network()))  # too late
    assert list(tmp_path.iterdir()) == []


def test_it_goes_on_after_a_failure(tmp_path, monkeypatch):
    said = []
    writer = Writer(tmp_path, lambda *report: said.append(report))
    with monkeypatch.context() as patch:
        patch.setattr(Session, "write", lambda *_: (_ for _ in ()).throw(MemoryError("all of it")))
        writer.put(1, Copy(RECORD, Network()))
        assert writer.flush(timeout_s=10)
    writer.put(1, Copy(RECORD, Network()))
    writer.close(timeout_s=10)
    assert said == [(1, "MemoryError: all of it"), (1, "")]
    assert len(Leftovers(tmp_path).records) == 1


def test_what_it_replaces_goes_once_it_is_written(tmp_path):
    old = left_by(tmp_path, "old").file(0)
    writer = Writer(tmp_path, lambda number, sentence: None)
    writer.put(1, Copy(RECORD, Network(name="new"), old))
    writer.close(timeout_s=10)
    assert not old.exists()
    assert [found.read().name for found in Leftovers(tmp_path).records] == ["new"]
