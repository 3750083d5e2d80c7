"""The wheel holds exactly the sources: no sub-package or icon forgotten, nothing at the top under a common name.

And it works where nothing but it is installed: reports without Qt, and what it says when the window cannot be opened.
"""

import os
import shutil
import site
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "packaging/layerledger": "layerledger",
    "core": "layerledger/core",
    "gui": "layerledger/gui",
    "resources": "layerledger/resources",
}
COMMON_NAMES = {"core", "gui", "tests", "resources", "packaging", "build", "bundling"}
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
SOURCE_ONLY = ("ruff.toml", "*.po")  # for developers and translators


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what is packaged, with a new sub-package and a new data folder in it."""
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
    assert "layerledger = layerledger.core.app.cli:main" in wheel.read(text["entry_points.txt"]).decode()
    assert {"licenses/LICENSE", "licenses/resources/fonts/OFL.txt"} <= text.keys()


def test_wheel_keeps_the_broken_binding_away_from_python_3_11(wheel: ZipFile) -> None:
    metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    required = [line.lower() for line in wheel.read(metadata).decode().splitlines() if "pyside6" in line.lower()]
    assert any("<6.12" in line and 'python_version < "3.12"' in line for line in required)


# -- installed


@pytest.fixture(scope="module")
def bare(wheel: ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh environment with the wheel and nothing that it depends on: no Qt, no numpy, no display."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    options = ["--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    pip = [sys.executable, "-P", "-m", "pip", "--python", environment, "install", *options]
    subprocess.run([*pip, str(wheel.filename)], check=True)
    return environment


@pytest.fixture
def call(bare: Path, tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Return how to run a command of the fresh environment, in an empty folder, with no variables but its home."""
    variables = {"HOME": str(tmp_path), "LANG": "C.UTF-8", "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")}

    def run(command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        whole = [str(bare / SCRIPTS / command), *arguments]
        return subprocess.run(whole, cwd=tmp_path, env=variables, capture_output=True, encoding="utf-8", check=False)

    return run


def with_dependencies(environment: Path) -> None:
    """Lets a fresh environment find Qt and the rest where this one has them, instead of downloading them again."""
    target = next(environment.rglob("site-packages"))
    folders = map(Path, site.getsitepackages())
    for folder in filter(Path.is_dir, folders):  # Debian's Python names some that it does not make
        for found in folder.iterdir():
            if found.name.lower().startswith(("pyside6", "shiboken6", "numpy", "pyqtgraph", "colorama")):
                (target / found.name).symlink_to(found)


@pytest.mark.parametrize("command", [["layerledger"], ["python", "-m", "layerledger"]], ids=" ".join)
def test_reports_need_nothing_but_the_wheel(call: Callable[..., Any], command: list[str]) -> None:
    done = call(*command, "report", "lenet5", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"params": 61706' in done.stdout


def test_without_qt_the_window_is_one_sentence(call: Callable[..., Any]) -> None:
    done = call("layerledger")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "layerledger: the window needs PySide6, which is not installed; `layerledger report` does not\n"
    )


def test_nothing_lands_under_a_common_name(bare: Path) -> None:
    top = {path.name for path in next(bare.rglob("site-packages")).iterdir()}
    assert "layerledger" in top
    assert not top & COMMON_NAMES


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_with_its_dependencies_the_window_opens(bare: Path, call: Callable[..., Any], tmp_path: Path) -> None:
    with_dependencies(bare)
    done = call("layerledger", "lenet5", "--screenshot", "window.png")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "window.png").stat().st_size > 20_000


# -- the sdist


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout, as a clone would have it."""
    copy = tmp_path_factory.mktemp("whole")
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    for folder in ("core", "gui", "resources", "packaging", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_sdist_holds_all_that_packages_are_made_from_and_tested_by(whole: Path, tmp_path: Path) -> None:
    expected = {path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file()}
    command = [sys.executable, "-P", "-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path), str(whole)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout + done.stderr
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert "packaging/build" in names
    assert expected - {".gitignore"} <= names
