"""Where the built app lies, and how to run it apart from everything."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "build/dist"

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


def isolation() -> list[str]:
    """Return the command that cuts a process off the network, or nothing where the system does not permit it."""
    unshare = shutil.which("unshare")
    for options in (["-n"], ["-r", "-n"]) if unshare else ():
        if not subprocess.run([str(unshare), *options, "true"], capture_output=True, check=False).returncode:
            return [str(unshare), *options]
    return []


ISOLATION = isolation()


def run(command: list[str], folder: Path, variables: dict[str, str]) -> Done:
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, encoding="utf-8", check=False)
