"""Sets up the development environment of this checkout and runs things in it; needs only Python and its venv module.

python3 packaging/dev.py run [FILE...]        open the app
python3 packaging/dev.py test [PYTEST ARGS]   run the tests, without a display
python3 packaging/dev.py lint                 ruff: rules and format
python3 packaging/dev.py types                pyright, strict
python3 packaging/dev.py bench [PYTEST ARGS]  run the benchmarks
python3 packaging/dev.py translations [LANG]  bring the catalogues up to date, with a new one for LANG, and compile them
python3 packaging/dev.py built [PYTEST ARGS]  test the app that packaging/build has made
python3 packaging/dev.py matrix [PYTEST ARGS] run the tests with the oldest and the newest that pyproject.toml allows
python3 packaging/dev.py setup                only make or refresh the environment
"""

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "layerledger-stamp.txt"
LINKS = ROOT / "build/types/layerledger"
PACKAGES = ("core", "gui", "resources")
TRANSLATED = ("tr", "_tr", "translated", "translate:2", "QT_TRANSLATE_NOOP:2", "Message", "plural:2,3")
DEBIAN_LIBRARIES = "libgl1 libegl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0"
VERSIONS = """import numpy, platform, PySide6, pyqtgraph
print("Python", platform.python_version(), "PySide6", PySide6.__version__, end=" ")
print("pyqtgraph", pyqtgraph.__version__, "NumPy", numpy.__version__)"""


def main(argv):
    """Run one command and return its exit status."""
    command, *args = argv or ["help"]
    if command not in COMMANDS:
        print(__doc__.strip())
        return 0 if command in ("help", "-h", "--help") else 2
    check_python()
    if command != "matrix":  # it makes environments of its own
        prepare(dev=command != "run")
    return COMMANDS[command](args)


def check_python():
    """End with one sentence where this Python cannot make the environment."""
    if sys.version_info < (3, 11):
        fail("LayerLedger needs Python 3.11 or newer, and this is {}.{}.".format(*sys.version_info))
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        fail("Python's venv module is missing; on Debian and Ubuntu, install it with: sudo apt install python3-venv")


def prepare(*, dev):
    """Make .venv, or brings it up to date; does nothing while its stamp says that it fits."""
    have = STAMP.read_text().split() if STAMP.exists() and PYTHON.exists() else []
    dev = dev or "dev" in have
    want = [fingerprint(), *["dev"] * dev]
    if have == want:
        return
    print(f"Setting up {VENV} (the first time takes a minute) ...", flush=True)
    STAMP.unlink(missing_ok=True)
    if not PYTHON.exists():
        make(VENV, sys.executable)
    install(PYTHON, "--editable", f"{ROOT}[dev]" if dev else ROOT)
    check_qt(PYTHON)
    call(PYTHON, "-m", "compileall", "-q", *PACKAGES)  # the first start is then as fast as the next
    STAMP.write_text(" ".join(want))


def make(venv, python):
    if call(python, "-m", "venv", "--clear", venv):
        fail(f"The virtual environment {venv} could not be made; the reason stands above.")


def install(python, *what):
    if call(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what):
        fail("pip could not install what LayerLedger needs; the reason stands above (is this machine online?).")


def read_pyproject():
    import tomllib  # here, because older Pythons must get as far as check_python

    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def fingerprint():
    """Return a hash of what the installation depends on: the checkout's place and parts of pyproject.toml."""
    pyproject = read_pyproject()
    parts = [str(ROOT), pyproject["build-system"], pyproject["project"], pyproject["tool"]["setuptools"]]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def check_qt(python):
    """End with one sentence where Qt lacks a library of the system."""
    test = subprocess.run([python, "-c", "import PySide6.QtWidgets"], capture_output=True, text=True, check=False)
    if test.returncode:
        reason = (test.stderr.strip().splitlines() or ["it crashed"])[-1]
        fail(f"Qt does not load ({reason}); on Debian and Ubuntu: sudo apt install {DEBIAN_LIBRARIES}")


def run(args):
    return call(PYTHON, "-P", "-m", "layerledger", *args, cwd=None)


def test(args):
    return run_tests(PYTHON, args)


def run_tests(python, args):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return call(python, "-P", "-m", "pytest", *args)


def matrix(args):
    """Run the tests with the oldest Python and the lowest bound of each requirement, then with the newest of all."""
    project = read_pyproject()["project"]
    oldest = tuple(map(int, re.search(r">=(\d+)\.(\d+)", project["requires-python"]).groups()))
    found = pythons(oldest)
    newest = max(found)
    if oldest not in found:
        print("note: without Python {}.{}, the oldest versions are not tested".format(*oldest), flush=True)
    elif status := cell("oldest", found[oldest], lowest(project), args):
        return status
    if newest == sys.version_info[:2]:
        print("note: no Python here is newer than {}.{}, with which `test` runs".format(*newest), flush=True)
        return 0
    return cell("newest", found[newest], [], args)


def pythons(oldest):
    """Return this machine's Pythons by version, none before `oldest`: this one, those on PATH, and pyenv's.

    What pyenv puts on PATH may lead nowhere, so each is asked whether it runs.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [*map(Path, os.get_exec_path()), *sorted(pyenv.glob("versions/*/bin"))]
    found = {sys.version_info[:2]: sys.executable}
    for path in (path for folder in folders for path in folder.glob("python3.*")):
        named = re.fullmatch(r"python(3)\.(\d+)(?:\.exe)?", path.name)
        version = tuple(map(int, named.groups())) if named else (0, 0)
        if version >= oldest and version not in found and works(path):
            found[version] = path
    return found


def works(python):
    """Return whether a Python runs, can make environments, and is a final release."""
    test = "import ensurepip, ssl, sys, venv; sys.exit(sys.version_info.releaselevel != 'final')"
    return subprocess.run([python, "-c", test], capture_output=True, check=False).returncode == 0


def lowest(project):
    """Return all requirements, each pinned to its lower bound where it has one."""
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return [re.sub(r">=([^,; ]+)[^;]*", r"==\1 ", line) for line in lines]


def cell(name, python, pins, args):
    """Run the tests in a fresh environment in build/matrix and return their exit status."""
    venv = ROOT / "build/matrix" / name
    make(venv, python)
    python = venv / PYTHON.relative_to(VENV)
    install(python, *pins, "--editable", f"{ROOT}[dev]")
    check_qt(python)
    print(f"-- the {name} versions:", flush=True)
    call(python, "-c", VERSIONS)
    return run_tests(python, args)


def bench(args):
    return test(["tests/benchmarks", "--timeout=0", *args])


def built(args):
    return test(["tests/built", *args])


def translations(languages):
    """Bring the catalogues of translations up to date with the sources, and compile them."""
    folder = ROOT / "resources/translations"
    texts = ROOT / "build/layerledger.pot"
    texts.parent.mkdir(exist_ok=True)
    keywords = [option for name in TRANSLATED for option in ("--keyword", name)]
    data = ROOT / "build/core_texts.py"
    with data.open("w", encoding="utf-8") as out:
        command = [PYTHON, "-X", "utf8", "-P", ROOT / "packaging/core_texts.py"]
        subprocess.run(command, stdout=out, check=True)
    status = babel("extract", "--no-location", "--sort-output", *keywords, "--output", texts, "core", "gui", data)
    for language in sorted({*languages, *(path.name for path in folder.glob("*") if path.is_dir())}):
        known = (folder / language / "LC_MESSAGES/layerledger.po").exists()
        place = ["--domain", "layerledger", "--output-dir", folder, "--locale", language]
        status = status or babel("update" if known else "init", "--input-file", texts, *place)
        status = status or babel("compile", "--domain", "layerledger", "--directory", folder, "--locale", language)
    return status


def babel(command, *options):
    return call(PYTHON, "-m", "babel.messages.frontend", "--quiet", command, *options)


def lint(args):
    return call(PYTHON, "-m", "ruff", "check", *args) or call(PYTHON, "-m", "ruff", "format", "--check", *args)


def types(args):
    link_sources()
    return call(PYTHON, "-m", "pyright", *args)


def link_sources():
    """Make build/types/layerledger, where pyright finds the sources under the names by which they are imported."""
    LINKS.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        if not (LINKS / name).exists():
            link(ROOT / name, LINKS / name)


def link(source, target):
    if os.name != "nt":
        target.symlink_to(os.path.relpath(source, target.parent), target_is_directory=True)
    elif subprocess.call(["cmd", "/c", "mklink", "/J", str(target), str(source)], stdout=subprocess.DEVNULL):
        fail(f"{target} could not be made as a junction to {source}.")


COMMANDS = {
    "run": run,
    "test": test,
    "lint": lint,
    "types": types,
    "matrix": matrix,
    "bench": bench,
    "translations": translations,
    "built": built,
    "setup": lambda args: 0,
}


def call(*command, cwd=ROOT):
    """Run a command in the checkout (in the caller's folder with cwd=None) and return its exit status."""
    return subprocess.call([str(part) for part in command], cwd=cwd)


def fail(sentence):
    sys.exit(f"error: {sentence}")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
