"""The built app on a real X screen, typed into and killed: what was not saved is there at the next start."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from built_app import ISOLATION

_PATIENCE_S = 60.0

pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool to type into a real window"
)


@pytest.fixture
def screen(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Return the variables of an app on a screen of its own."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1440x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL) as server:
        os.close(writer)
        with os.fdopen(reader) as told:
            display = f":{told.readline().strip()}"
        yield {**environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        server.terminate()


def until(is_so: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    """Wait for what another process does: there is no event to wait for."""
    deadline = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.1)


def said(home: Path) -> str:
    """Return all that the app has written about networks."""
    files = (path for path in home.rglob("*") if path.is_file() and "recovery" in str(path).lower())
    return "\n".join(path.read_text("utf-8", "replace") for path in files)


def xdotool(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["xdotool", *arguments], env={**os.environ, **variables}, capture_output=True, check=False)


def test_a_killed_window_leaves_a_copy_and_the_next_one_offers_it(
    app: Path, screen: dict[str, str], folder: Path, home: Path
) -> None:
    command = [*ISOLATION, str(app / "layerledger")]
    with subprocess.Popen(command, cwd=folder, env=screen, stderr=subprocess.PIPE) as process:
        search = ("search", "--onlyvisible", "--name", "LayerLedger")
        until(lambda: xdotool(screen, *search).returncode == 0, process)
        xdotool(screen, *search, "windowfocus")

        def type_a_layer() -> bool:
            if "Hardswish" not in said(home):
                xdotool(screen, "key", "ctrl+k")
                xdotool(screen, "type", "hardswish")
                xdotool(screen, "key", "Return")
                time.sleep(3)  # longer than the app lets an edit wait
            return "Hardswish" in said(home)

        until(type_a_layer, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    kept = said(home)
    assert "Hardswish" in kept
    with subprocess.Popen(command, cwd=folder, env=screen, stderr=subprocess.PIPE) as process:
        until(lambda: xdotool(screen, *search).returncode == 0, process)
        assert "Hardswish" in said(home)
        process.terminate()
        assert b"Traceback" not in process.communicate()[1]
