"""The built app does what the app from source does, to the byte, and leaves the machine as it was."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from built_app import ISOLATION, ROOT, Done, Run
from PySide6.QtGui import QImage

from layerledger.core.reports.registry import REPORTS

TEMPLATES = sorted(path.name for path in (ROOT / "resources/templates").glob("*.layers"))
OWN = (".config/LayerLedger", ".local/share/LayerLedger", ".local/state/LayerLedger", ".cache")
LARGEST = 150_000_000
STARTED = "openblas"  # NumPy is loaded after the window's first painting


def outcome(done: Done) -> tuple[int, str, str]:
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("form", REPORTS)
def test_reports_of_all_templates_equal_those_from_source(built: Run, source: Run, form: str) -> None:
    result = built("report", *TEMPLATES, "--format", form)
    assert result.stdout.strip()
    assert outcome(result) == outcome(source("report", *TEMPLATES, "--format", form))


@pytest.mark.parametrize("call", [["--version"], ["--help"], ["report", "--help"], ["conventions"], ["report"]])
def test_other_calls_equal_those_from_source(built: Run, source: Run, call: list[str]) -> None:
    assert outcome(built(*call)) == outcome(source(*call))


def test_a_file_is_written_as_from_source(built: Run, source: Run, folder: Path) -> None:
    for run, name in ((built, "built.csv"), (source, "source.csv")):
        assert run("report", "lenet5", "--format", "csv", "-o", name).returncode == 0
    assert (folder / "built.csv").read_bytes() == (folder / "source.csv").read_bytes()


@pytest.mark.parametrize("command", [["report"], ["--screenshot", "out.png"]])
@pytest.mark.parametrize("content", [None, b"", b"{", b"\x00\xff", b'{"layers": 3}'])
def test_what_cannot_be_read_is_one_sentence(
    built: Run, source: Run, folder: Path, command: list[str], content: bytes | None
) -> None:
    if content is not None:
        (folder / "bad.layers").write_bytes(content)
    result = built(*command, "bad.layers")
    assert result.returncode == 2
    assert result.stderr.startswith("layerledger: ")
    assert result.stderr.count("\n") == 1
    assert outcome(result) == outcome(source(*command, "bad.layers"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_shows_the_window(built: Run, folder: Path, theme: str) -> None:
    result = built("resnet18.layers", "--screenshot", "out.png", "--size", "1200x800", "--theme", theme)
    assert result.returncode == 0, result.stderr
    image = QImage(str(folder / "out.png"))
    assert (image.width(), image.height()) == (1200, 800)
    colours = [image.pixelColor(x, y) for x in range(0, 1200, 7) for y in range(0, 800, 7)]
    assert len({colour.rgb() for colour in colours}) > 40
    light = sum(colour.lightness() for colour in colours) / len(colours)
    assert (light > 128) == (theme == "light")


def test_the_window_opens_and_nothing_is_written_elsewhere(
    app: Path, environment: dict[str, str], folder: Path, home: Path
) -> None:
    (folder / "mine.layers").write_bytes((ROOT / "resources/templates/lenet5.layers").read_bytes())
    before = tree(app), tree(folder)
    command = [*ISOLATION, str(app / "layerledger"), "mine.layers"]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE) as process:
        wait_for_window(process)
        process.terminate()
        said = process.communicate()[1].decode()
    assert "Traceback" not in said
    assert (tree(app), tree(folder)) == before
    assert not list(tree(home.parent / "tmp"))
    assert not [name for name in tree(home) if not name.startswith(OWN)]


def wait_for_window(process: "subprocess.Popen[bytes]") -> None:
    """Wait until the window is painted and has loaded its charts."""
    deadline = time.monotonic() + 60
    while STARTED not in mapped(process.pid):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)  # another process: there is no event to wait for


def mapped(pid: int) -> str:
    """Return the files that a process has in memory."""
    try:
        return Path(f"/proc/{pid}/maps").read_text("utf-8")
    except OSError:
        return ""


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """Return each file below a folder with its size and time."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the aim is Linux's")
def test_it_is_small(app: Path) -> None:
    assert sum(os.lstat(path).st_size for path in app.rglob("*") if not path.is_dir()) <= LARGEST
