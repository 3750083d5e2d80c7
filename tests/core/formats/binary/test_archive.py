"""Reading of zip archives: bounded before anything is unpacked, nothing written."""

import io
import zipfile
from pathlib import Path

import pytest
from foreign_files import put

from layerledger.core.base.files import FormatError
from layerledger.core.formats.binary import archive as module
from layerledger.core.formats.binary.archive import opened_archive


def zipped(path: Path, *files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as out:
        for name, content in files:
            out.writestr(name, content)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_are_read(method: int, tmp_path: Path):
    large = bytes(range(256)) * 40_000
    path = zipped(tmp_path / "a.zip", ("m/a.json", b'{"x": [1, 2]}'), ("m/b", large), method=method)
    with opened_archive(path) as found:
        assert found.names == ("m/a.json", "m/b")
        assert found.read_json("m/a.json") == {"x": [1, 2]}
        assert found.size("m/b") == len(large)
        assert found.read("m/b", most=len(large)) == large
        with pytest.raises(FormatError, match="at most 100 are read"):
            found.read("m/b", most=100)
        with pytest.raises(FormatError, match="is missing"):
            found.read("m/c", most=100)


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "\\x", "C:/x", "c:x", "..", "a\\..\\x"])
def test_names_that_leave_the_folder_are_ignored(name: str, tmp_path: Path):
    with opened_archive(zipped(tmp_path / "a.zip", (name, b"x"), ("..a/b..", b"y"))) as found:
        assert found.names == ("..a/b..",)
        assert len(found.ignored) == 1
        with pytest.raises(FormatError, match="is missing"):
            found.read(name, most=100)
    assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]


def test_a_name_twice_is_refused(tmp_path: Path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "a.zip", ("a", b"1"), ("a", b"2"))
    with pytest.raises(FormatError, match='two files named "a"'), opened_archive(path):
        pass


def test_a_bomb_is_not_unpacked(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", ("bomb", bytes(1 << 25)))
    with opened_archive(path) as found, pytest.raises(FormatError, match="more than 250 times its size"):
        found.read("bomb", most=1 << 30)


def changed(content: bytes, old: bytes, new: bytes, *, start: bytes) -> bytes:
    """Return content with bytes replaced behind the last place of `start`."""
    at = content.rindex(start)
    return content[:at] + content[at:].replace(old, new, 1)


@pytest.mark.parametrize("stated", [0, 5, 2_000, 1 << 20])
def test_a_size_that_is_not_true_is_refused(stated: int, tmp_path: Path):
    path = zipped(tmp_path / "a.zip", ("a", b"x" * 1000))
    written = path.read_bytes()
    path.write_bytes(changed(written, (1000).to_bytes(4, "little"), stated.to_bytes(4, "little"), start=b"PK\1\2"))
    with opened_archive(path) as found, pytest.raises(FormatError, match='"a" in the archive is damaged'):
        found.read("a", most=1 << 24)


@pytest.mark.parametrize(("method", "number"), [(zipfile.ZIP_BZIP2, 12), (zipfile.ZIP_LZMA, 14)])
def test_other_methods_are_named(method: int, number: int, tmp_path: Path):
    path = zipped(tmp_path / "a.zip", ("a", b"x"), method=method)
    with opened_archive(path) as found, pytest.raises(FormatError, match=f"packed by method {number}"):
        found.read("a", most=100)


def test_a_directory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_DIRECTORY_BYTES", 1 << 17)
    path = zipped(tmp_path / "a.zip", *((f"{i:0200}", b"") for i in range(1000)))
    with pytest.raises(FormatError, match="its directory has more than"), opened_archive(path):
        pass


def read_all_json(path: Path) -> None:
    with opened_archive(path) as found:
        for name in found.names:
            if name.endswith(".json"):
                found.read_json(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bomb.pt2", "at most 67,108,864 are read"),
        ("crc.pt2", "is damaged"),
        ("encrypted.keras", "is encrypted"),
        ("not_zip.keras", "no zip archive, or a damaged"),
    ],
)
def test_hostile_files_are_refused(name: str, words: str, tmp_path: Path):
    with pytest.raises(FormatError, match=words):
        read_all_json(put("hostile", name, tmp_path))


def test_names_that_slip_are_not_seen(tmp_path: Path):
    with opened_archive(put("hostile", "slip.keras", tmp_path)) as found:
        assert found.names == ("config.json",)
        assert found.ignored == ("../../evil.txt", "/etc/evil")
        assert isinstance(found.read_json("config.json"), dict)


def test_any_part_of_an_archive_is_read_or_refused(tmp_path: Path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as out:
        out.writestr("a.json", "[1]")
    path = tmp_path / "a.zip"
    for end in range(len(held.getvalue())):
        path.write_bytes(held.getvalue()[:end])
        with pytest.raises(FormatError), opened_archive(path):
            pass
