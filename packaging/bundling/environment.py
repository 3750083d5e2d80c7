"""The build environment, in the git-ignored build folder: made once, the wheel installed into it anew each time."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bundling import tarballs
from bundling.project import DIST, NAME, PYTHON, ROOT, SOURCE, TITLE, VENV, WORK, artefact, epoch, requirements, version

_STAMP = VENV / "layerledger-stamp.txt"
_PIP = (PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
_NOT_SOURCES = ("build", "dist", ".git", ".venv")


def prepare():
    """Make the environment where it is missing or made for other requirements."""
    want = hashlib.sha256(repr([sys.version, str(ROOT), requirements()]).encode()).hexdigest()
    if _STAMP.exists() and _STAMP.read_text() == want:
        return
    run(sys.executable, "-m", "venv", "--clear", VENV)
    run(*_PIP, *requirements())
    _STAMP.write_text(want)


def build_wheel():
    """Build the sdist from a clean copy of the sources and the wheel from the sdist, and installs the wheel."""
    shutil.rmtree(DIST, ignore_errors=True)
    _copy_sources()
    run(PYTHON, "-m", "build", "--no-isolation", "--outdir", DIST, SOURCE, stdout=subprocess.DEVNULL)
    tarballs.settle(DIST / f"{NAME}-{version()}.tar.gz")
    wheel = f"{NAME}=={version()}"
    run(*_PIP, "--no-index", "--find-links", DIST, "--no-deps", "--force-reinstall", wheel)


def _copy_sources():
    """Copy what git knows of, or would know if it were added, so that nothing stale gets into a package."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    for name in _source_files():
        if (ROOT / name).is_file():
            (SOURCE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, SOURCE / name)
            os.utime(SOURCE / name, (epoch(), epoch()))


def _source_files():
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(git, capture_output=True, check=True)
        return sorted(os.fsdecode(done.stdout).split("\0")[:-1])
    except (OSError, subprocess.CalledProcessError):  # an unpacked sdist
        files = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        return sorted(str(path) for path in files if path.parts[0] not in _NOT_SOURCES)


def run_pyinstaller(*arguments):
    """Run the spec with the installed wheel, and return the app's folder (with --one-file, its file)."""
    spec = ROOT / "packaging/layerledger.spec"
    work = WORK / ("work-one-file" if arguments else "work")
    options = ["--noconfirm", "--clean", "--log-level", "WARN", "--distpath", DIST, "--workpath", work]
    run(PYTHON, "-P", "-m", "PyInstaller", *options, spec, "--", *arguments)
    return DIST / (f"{TITLE}.app" if sys.platform == "darwin" else NAME) if not arguments else _name_one_file()


def _name_one_file():
    suffix = ".exe" if os.name == "nt" else ""
    return (DIST / f"{NAME}-one-file{suffix}").rename(DIST / artefact(suffix or ".bin"))


def draw(what, target):
    """Has the build environment, which has Qt, paint the icon: `sizes` into a folder, `ico` or `icns` into a file."""
    run(PYTHON, "-P", "-m", "bundling.icons", what, target, env={**os.environ, "PYTHONPATH": str(ROOT / "packaging")})


def run(*command, **options):
    """Run a command in the build folder; ends with its name where it fails."""
    WORK.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([str(part) for part in command], cwd=WORK, check=False, **options)
    if done.returncode:
        sys.exit(f"error: {Path(command[0]).name} {' '.join(map(str, command[1:4]))} … failed; the reason stands above")
