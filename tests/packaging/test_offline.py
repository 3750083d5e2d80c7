"""Offline means offline: a session with the window opens no socket, resolves no name and loads no network module."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STORY = [sys.executable, "-P", str(Path(__file__).with_name("offline_story.py"))]
OWN_KINDS = "AF_UNIX", "AF_NETLINK"  # to the session bus and the display, inside the machine


def tell(command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, "HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}
    whole = [*command, str(folder)]
    return subprocess.run(whole, env=variables, capture_output=True, encoding="utf-8", check=False)


def test_a_session_asks_python_for_no_socket(tmp_path: Path) -> None:
    done = tell(STORY, tmp_path)
    assert done.returncode == 0, done.stderr
    modules = done.stdout.split()
    assert "PySide6.QtWidgets" in modules
    assert not [name for name in modules if "Network" in name or "Web" in name]


def test_the_check_would_notice(tmp_path: Path) -> None:
    """The audit hook ends a process that makes a socket."""
    code = "import runpy, sys, socket; story = runpy.run_path(sys.argv[1]); sys.addaudithook(story['refuse'])\n"
    command = [sys.executable, "-P", "-c", code + "socket.socket()", STORY[-1]]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr.split(":")[0]) == (3, "asked for the network")


def test_a_session_asks_the_system_for_no_socket_of_the_network(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if not strace or subprocess.run([strace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not installed, or not permitted here")
    log = tmp_path / "trace.txt"
    done = tell([strace, "-f", "-qq", "-e", "trace=socket,connect", "-o", str(log), *STORY], tmp_path)
    assert done.returncode == 0, done.stderr
    calls = [line for line in log.read_text("utf-8").splitlines() if "socket(" in line or "connect(" in line]
    assert not [line for line in calls if not any(kind in line for kind in OWN_KINDS)]
