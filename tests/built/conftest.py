"""The app as `packaging/build` made it, copied away from the checkout and run without Python, network or settings."""

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[2] / "packaging"))  # last, because layerledger/ lies there too
from built_app import DIST, ISOLATION, Run, run


def pytest_report_header() -> str:
    how = "with no network (unshare)" if ISOLATION else "with the network there: this system lets nobody take it away"
    return f"built app: {DIST}, run {how}"


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a copy of the app."""
    built = DIST / "layerledger"
    if not built.is_dir():
        pytest.fail(f"There is no {built}; packaging/build makes it.")
    return Path(shutil.copytree(built, tmp_path_factory.mktemp("elsewhere") / "layerledger", symlinks=True))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir()
    return tmp_path / "home"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """Return all that the app is told of the machine."""
    return {"HOME": str(home), "TMPDIR": str(home.parent / "tmp"), "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the working folder of both runs."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def built(app: Path, environment: dict[str, str], folder: Path) -> Run:
    """Return how to run the app."""
    return lambda *arguments: run([*ISOLATION, str(app / "layerledger"), *arguments], folder, environment)


@pytest.fixture
def source(environment: dict[str, str], folder: Path) -> Run:
    """Return how to run the same from the checkout."""
    variables = {**os.environ, **environment}
    return lambda *arguments: run([sys.executable, "-P", "-m", "layerledger", *arguments], folder, variables)
