"""What lies beside the built app is complete: licences, bill of materials, and the Debian package with its parts."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from built_app import DIST
from bundling import elf, pruning

LOADER = re.compile(r"lib(c|m|dl|rt|pthread|util|resolv)\.so\.\d|ld-linux.*|libwayland-.*")
OFFLINE = ("Network", "ssl", "crypto", "Sql", "Qml", "Quick", "WebEngine", "OpenGL", "PrintSupport")


@pytest.fixture(scope="session")
def binaries(app: Path) -> list[Path]:
    files = [path for path in app.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if path.read_bytes()[:4] == elf.MAGIC]


@pytest.fixture(scope="session")
def entries(app: Path) -> list[dict[str, Any]]:
    return json.loads((app / "_internal/layerledger/resources/licences/components.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def bill() -> dict[str, Any]:
    return json.loads(next(DIST.glob("*.cdx.json")).read_text("utf-8"))


def tool(name: str) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


# -- the app


def test_every_library_is_on_board_or_part_of_the_desktop(binaries: list[Path]) -> None:
    known = {path.name for path in binaries} | set(pruning.SYSTEM)
    missing = {name for path in binaries for name in elf.needed(path) if name not in known and not LOADER.match(name)}
    assert not missing


def test_nothing_on_board_can_reach_the_network(app: Path) -> None:
    names = [path.name for path in app.rglob("*") if "licences" not in path.parts]
    assert not [name for name in names if any(part in name for part in OFFLINE)]


def test_the_libraries_under_the_lgpl_are_files_of_their_own(app: Path) -> None:
    for name in ("PySide6/Qt/lib/libQt6Core.so.6", "PySide6/Qt/lib/libQt6Widgets.so.6", "PySide6/QtCore.abi3.so"):
        assert (app / "_internal" / name).is_file()


# -- licences and bill of materials


def test_every_part_has_its_licence(app: Path, entries: list[dict[str, Any]]) -> None:
    folder = app / "_internal/layerledger/resources/licences"
    for entry in entries:
        assert entry["version"], entry["name"]
        assert entry["licence"], entry["name"]
        assert entry["texts"], entry["name"]
        assert all((folder / name).stat().st_size > 100 for name in entry["texts"]), entry["name"]
    assert {"layerledger", "Qt", "ICU", "Python", "numpy", "pyqtgraph", "pyinstaller"} <= {e["name"] for e in entries}
    everything = (app / "LICENCES.txt").read_text("utf-8")
    for part in ("GNU LESSER GENERAL PUBLIC LICENSE", "PYTHON SOFTWARE FOUNDATION", "OpenBLAS", "UNICODE, INC."):
        assert part in everything
    for part in ("The FreeType Project LICENSE", "harfbuzz-ng", "libpng", "pcre2", "Zlib", "double-conversion", "md4c"):
        assert part in everything


def test_every_binary_belongs_to_a_part(app: Path, binaries: list[Path], entries: list[dict[str, Any]]) -> None:
    owned = {name for entry in entries for name in entry["files"]}
    inside = {path.relative_to(app / "_internal").as_posix() for path in binaries if path.parent != app}
    assert inside <= owned


def test_the_bill_names_every_part_and_hashes_its_files(
    app: Path, entries: list[dict[str, Any]], bill: dict[str, Any]
) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = [bill["metadata"]["component"], *bill["components"]]
    assert [part["purl"] for part in parts] == [entry["purl"] for entry in entries]
    for file in (file for part in parts for file in part.get("components", ())):
        content = (app / "_internal" / file["name"]).read_bytes()
        assert file["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}]
    known = {part["bom-ref"] for part in parts}
    for relation in bill["dependencies"]:
        assert {relation["ref"], *relation["dependsOn"]} <= known


# -- the Debian package


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package = next(DIST.glob("*.deb"), None)
    if not package:
        pytest.skip("packaging/build --no-archives makes no package")
    root = tmp_path_factory.mktemp("deb")
    subprocess.run([tool("dpkg-deb"), "-x", package, root], check=True)
    return root


def only(root: Path, pattern: str) -> Path:
    found = list(root.glob(pattern))
    assert len(found) == 1
    return found[0]


def check(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout + done.stderr


def test_the_command_of_the_package_runs(unpacked: Path) -> None:
    command = [unpacked / "usr/bin/layerledger", "report", "lenet5"]
    assert "lenet5" in subprocess.run(command, capture_output=True, encoding="utf-8", env={}, check=True).stdout


def test_desktop_entry_is_valid(unpacked: Path) -> None:
    check(tool("desktop-file-validate"), only(unpacked, "usr/share/applications/*.desktop"))


def test_appstream_metadata_are_valid(unpacked: Path) -> None:
    check(tool("appstreamcli"), "validate", "--no-net", only(unpacked, "usr/share/metainfo/*.xml"))


def test_files_are_known_by_their_suffix(unpacked: Path) -> None:
    check(tool("update-mime-database"), unpacked / "usr/share/mime")
    assert "application/x-layerledger:*.layers" in (unpacked / "usr/share/mime/globs").read_text("utf-8")


def test_all_names_are_one(unpacked: Path) -> None:
    entry = only(unpacked, "usr/share/applications/*.desktop")
    lines = entry.read_text("utf-8").splitlines()
    assert {f"Icon={entry.stem}", "Exec=layerledger %F"} <= set(lines)
    types = next(line for line in lines if line.startswith("MimeType="))
    assert types.startswith("MimeType=application/x-layerledger;")
    assert "onnx" in types
    icons = {path.parts[-3] for path in unpacked.glob(f"usr/share/icons/hicolor/*/apps/{entry.stem}.*")}
    assert {"16x16", "48x48", "128x128", "256x256", "512x512", "scalable"} <= icons


def test_the_package_asks_for_what_it_does_not_bring(unpacked: Path) -> None:
    package = next(DIST.glob("*.deb"))
    done = subprocess.run([tool("dpkg-deb"), "-f", package, "Depends"], capture_output=True, text=True, check=True)
    assert re.match(r"libc6 \(>= 2\.\d+\), ", done.stdout)
    assert {"libglib2.0-0", "libfontconfig1", "libstdc++6"} <= set(re.split(r"[\s,]+", done.stdout))
