"""Whole files: whatever the disk does, the old file stays whole and one sentence says why."""

import errno
import os
import stat
import sys

import pytest
from core_samples import PRODUCT_EXAMPLE, checked_sentence

from layerledger.core import FormatError, Network, open_network, save_network
from layerledger.core.formats import save_bytes
from layerledger.core.formats.native import MAX_FILE_BYTES

posix = pytest.mark.skipif(sys.platform == "win32", reason="file modes, links and devices of Unix")


@pytest.fixture
def old(tmp_path):
    """A file that must not be lost."""
    path = tmp_path / "net.layers"
    path.write_text(PRODUCT_EXAMPLE, "utf-8")
    return path


def open_message(path):
    with pytest.raises(FormatError) as caught:
        open_network(path)
    return checked_sentence(str(caught.value))


def save_message(path, network=None):
    with pytest.raises(FormatError) as caught:
        save_network(network or Network(), path)
    return checked_sentence(str(caught.value))


# -- reading


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_reads(tmp_path, encoding, newline):
    path = tmp_path / "net.layers"
    path.write_bytes(PRODUCT_EXAMPLE.replace("\n", newline).replace("tiny", "tiný").encode(encoding))
    assert open_network(path).name == "tiný"
    assert open_network(str(path)).name == "tiný"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (PRODUCT_EXAMPLE.encode("utf-16"), "byte 0: this is not UTF-8 text, so not a .layers file"),
        (b'{"format": "\xff"}', "byte 12: this is not UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "this is a picture"),
        (b"PK\x03\x04", "this zip archive is damaged"),
        (b"\x00" * 100, "the file holds only zeros"),
        (b"{" * 100_000, "this is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * (MAX_FILE_BYTES + 1), "larger than 32 MiB"),
    ],
)
def test_a_file_that_is_no_network(tmp_path, content, words):
    path = tmp_path / "net.layers"
    path.write_bytes(content)
    sentence = open_message(path)
    assert sentence.startswith("net.layers: ")
    assert words in sentence


def test_a_file_that_is_not_there(tmp_path):
    assert open_message(tmp_path / "no.layers") == "no.layers: it cannot be opened: there is no such file or folder"
    assert "no such file or folder" in open_message(tmp_path / "nowhere" / "no.layers")


def test_a_folder(tmp_path):
    (tmp_path / "net.layers").mkdir()
    assert open_message(tmp_path / "net.layers") == "net.layers: this is a folder, not a file"
    open_message("")
    open_message("/")


def test_a_path_through_a_file(old):
    assert "part of the path is not a folder" in open_message(old / "net.layers")


def test_names_that_no_system_takes(tmp_path):
    assert "code 0" in open_message(f"{tmp_path}/a\0b.layers")
    assert "name is too long" in open_message(tmp_path / ("x" * 300))
    open_message(tmp_path / "a\nb.layers")
    open_message(tmp_path / "a\udcffb.layers")


def test_a_file_that_may_not_be_read(old, monkeypatch):
    _fail("io.open", errno.EACCES, monkeypatch)
    assert "permission denied" in open_message(old)


def test_a_disk_that_breaks_while_reading(old, monkeypatch):
    _fail("io.open", errno.EIO, monkeypatch)
    assert "the disk cannot be read" in open_message(old)


@posix
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.layers")
    assert "a device or a pipe" in open_message(tmp_path / "pipe.layers")


@posix
def test_links_in_a_circle(tmp_path):
    (tmp_path / "a.layers").symlink_to(tmp_path / "b.layers")
    (tmp_path / "b.layers").symlink_to(tmp_path / "a.layers")
    assert "in a circle" in open_message(tmp_path / "a.layers")
    for kept in (tmp_path / "a.layers", tmp_path / "b.layers"):
        assert "in a circle" in save_message(kept)
        assert kept.is_symlink()


@posix
def test_folders_in_a_circle(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "c.layers").symlink_to(tmp_path / "a" / "c.layers")
    for file in (tmp_path / "a" / "c.layers", tmp_path / "c.layers"):
        assert "in a circle" in open_message(file)
        assert "in a circle" in save_message(file)


# -- writing


def _fail(function, number, monkeypatch):
    """Make `function` fail as the system would."""

    def fail(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(function, fail)


def _only(path):
    """Return whether there is nothing else beside `path`: no temporary file was left."""
    return [p.name for p in path.parent.iterdir()] == [path.name]


def test_writes_a_new_file(tmp_path):
    path = tmp_path / "net.layers"
    save_network(Network(name="né"), path)
    assert open_network(path).name == "né"
    assert _only(path)


def test_replaces_a_file(old):
    save_network(Network(name="new"), str(old))
    assert open_network(old).name == "new"
    assert _only(old)


@pytest.mark.parametrize(
    ("function", "number", "words"),
    [
        ("os.fsync", errno.ENOSPC, "the disk is full"),
        ("os.fsync", errno.EDQUOT, "the disk quota is used up"),
        ("os.fsync", errno.EIO, "the disk cannot be read or written"),
        ("os.replace", errno.EACCES, "permission denied"),
        ("os.replace", errno.EXDEV, "cannot be written"),
        ("os.chmod", errno.EROFS, "the disk is read-only"),
        ("tempfile.mkstemp", errno.EACCES, "permission denied"),
        ("tempfile.mkstemp", errno.ENOSPC, "the disk is full"),
    ],
)
def test_a_failure_leaves_the_old_file_whole(old, monkeypatch, function, number, words):
    _fail(function, number, monkeypatch)
    sentence = save_message(old)
    assert sentence.startswith(f"net.layers cannot be written to {old.parent}: ")
    assert words in sentence
    assert old.read_text("utf-8") == PRODUCT_EXAMPLE
    assert _only(old)


def test_a_disk_that_fills_while_writing(old, monkeypatch):
    real = os.fdopen

    def full(handle, mode):
        file = real(handle, mode)

        class Full:
            def __enter__(self):
                return self

            def __exit__(self, *args):
                file.close()

            def write(self, content):
                file.write(content[: len(content) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")

        return Full()

    monkeypatch.setattr(os, "fdopen", full)
    assert "the disk is full" in save_message(old)
    assert old.read_text("utf-8") == PRODUCT_EXAMPLE
    assert _only(old)


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_full_device():
    with pytest.raises(FormatError, match="the disk is full"):
        save_bytes(b"x", "/dev/full")


def test_an_interrupt_leaves_the_old_file_whole(old, monkeypatch):
    def interrupt(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_network(Network(), old)
    assert old.read_text("utf-8") == PRODUCT_EXAMPLE
    assert _only(old)


def test_a_network_that_cannot_be_written_touches_nothing(old):
    assert save_message(old, Network(name="\ud800")).startswith(
        "net.layers cannot be written: name contains an unpaired surrogate"
    )
    assert old.read_text("utf-8") == PRODUCT_EXAMPLE
    save_message(old.parent / "new.layers", Network(name="\ud800"))
    assert _only(old)


def test_a_read_only_file_stays(old, monkeypatch):
    old.chmod(stat.S_IREAD)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the superuser may write all the same
    assert "it may be read-only" in save_message(old)
    assert old.read_text("utf-8") == PRODUCT_EXAMPLE


def test_a_folder_of_that_name(tmp_path):
    (tmp_path / "net.layers").mkdir()
    assert "this is a folder" in save_message(tmp_path / "net.layers")
    assert "this is a folder" in save_message("")


def test_a_folder_that_is_not_there(tmp_path):
    assert "no such file or folder" in save_message(tmp_path / "nowhere" / "net.layers")


def test_names_that_no_system_takes_for_writing(tmp_path):
    assert "code 0" in save_message(f"{tmp_path}/a\0b.layers")
    assert "name is too long" in save_message(tmp_path / ("x" * 300))
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_file_without_rights_for_others_keeps_its_rights(old):
    old.chmod(0o640)
    save_network(Network(), old)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


@posix
def test_a_new_file_has_the_usual_rights(tmp_path):
    mask = os.umask(0o027)
    try:
        save_network(Network(), tmp_path / "net.layers")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "net.layers").stat().st_mode) == 0o640


@posix
def test_a_link_stays_a_link(old):
    (old.parent / "sub").mkdir()
    link = old.parent / "sub" / "link.layers"
    link.symlink_to(os.path.join("..", old.name))
    save_network(Network(name="new"), link)
    assert link.is_symlink()
    assert not old.is_symlink()
    assert open_network(old).name == "new"


@posix
def test_a_link_to_what_is_not_there_yet(tmp_path):
    link = tmp_path / "link.layers"
    link.symlink_to(tmp_path / "net.layers")
    save_network(Network(name="new"), link)
    assert link.is_symlink()
    assert open_network(tmp_path / "net.layers").name == "new"


@posix
def test_a_device_is_written_to_and_not_replaced(tmp_path):
    save_bytes(b"x", "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_name_as_long_as_can_be(tmp_path):
    path = tmp_path / ("é" * 120 + ".layers")
    save_network(Network(name="long"), path)
    assert open_network(path).name == "long"
