"""The order of a build: environment, wheel, app, archives, each said with its time and size."""

import argparse
import os
import time

from bundling import archives, environment, project, sizes

_HELP = """\
Everything lands in build/dist: the wheel and the sdist, the app as one folder, its archives, and beside them the bill
of materials. Needs Python 3.11 or newer with venv, on Linux also binutils; downloads PyInstaller and Qt once."""


def main(argv):
    """Build what is asked for, and return the exit status."""
    options = _options(argv)
    os.environ.update(project.reproducible())
    _step("environment", environment.prepare)
    _step("wheel and sdist", environment.build_wheel)
    app = _step("one-folder app", environment.run_pyinstaller)
    archives.describe(app)
    print(sizes.table(app), flush=True)
    if options.one_file:
        _step("one-file app", lambda: environment.run_pyinstaller("--one-file"))
    if not options.no_archives:
        _step("archives", lambda: archives.write(app, level=0 if options.fast else 6))
    for path in sorted(project.DIST.iterdir()):
        if path.is_file():
            print(f"{sizes.mb(path.stat().st_size):>9}  {path.relative_to(project.ROOT)}")
    return 0


def _options(argv):
    parser = argparse.ArgumentParser(prog="packaging/build", description=__doc__, epilog=_HELP)
    parser.add_argument("--one-file", action="store_true", help="also the app as one file, which starts slower")
    parser.add_argument("--no-archives", action="store_true", help="leave out what takes long: .tar.xz and .deb")
    parser.add_argument("--fast", action="store_true", help="compress the archives little, for a check of them")
    return parser.parse_args(argv)


def _step(title, work):
    begun = time.monotonic()
    print(f"-- {title}", flush=True)
    result = work()
    print(f"-- {title}: {time.monotonic() - begun:.0f} s", flush=True)
    return result
