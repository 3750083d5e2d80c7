"""The wheel holds exactly the sources: no sub-package or icon forgotten, nothing at the top under a common name."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "packaging/layerledger": "layerledger",
    "core": "layerledger/core",
    "gui": "layerledger/gui",
    "resources": "layerledger/resources",
}
SOURCE_ONLY = ("ruff.toml", "*.ts")  # for developers and translators


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a copy of what is packaged, with a new sub-package and a new data folder in it."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, copy)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for new in ("core/brand/new/__init__.py", "core/brand/__init__.py", "resources/brand/new.svg"):
        (copy / new).parent.mkdir(parents=True, exist_ok=True)
        (copy / new).touch()
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    out = tmp_path_factory.mktemp("dist")
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-P", "-m", "pip", "wheel", *options, "--wheel-dir", str(out), str(checkout)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    with ZipFile(next(out.glob("*.whl"))) as opened:
        yield opened


def sources(checkout: Path) -> set[str]:
    return {
        f"{package}/{path.relative_to(checkout / folder).as_posix()}"
        for folder, package in FOLDERS.items()
        for path in (checkout / folder).rglob("*")
        if path.is_file() and not any(map(path.match, SOURCE_ONLY))
    }


def test_wheel_holds_exactly_the_sources(checkout: Path, wheel: ZipFile) -> None:
    files = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert files == sources(checkout)


def test_wheel_names_its_command_and_licences(wheel: ZipFile) -> None:
    text = {name.partition(".dist-info/")[2]: name for name in wheel.namelist()}
    assert "layerledger = layerledger.core.cli:main" in wheel.read(text["entry_points.txt"]).decode()
    assert {"licenses/LICENSE", "licenses/resources/fonts/OFL.txt"} <= text.keys()


def test_wheel_keeps_the_broken_binding_away_from_python_3_11(wheel: ZipFile) -> None:
    metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    required = [line.lower() for line in wheel.read(metadata).decode().splitlines() if "pyside6" in line.lower()]
    assert any("<6.12" in line and 'python_version < "3.12"' in line for line in required)
