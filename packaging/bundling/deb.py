"""The Debian package, and the tree of files that it unpacks."""

import re
import shutil
import subprocess

from bundling import contents, elf, environment, project, sizes

_FROM = project.ROOT / "packaging/linux"
_TREE = project.WORK / "deb"
_SHARED = {".desktop": "applications", ".metainfo.xml": "metainfo", ".mime.xml": "mime/packages"}
_DESCRIPTION = """\
 LayerLedger is an offline desktop app: stack layers by point and click, and
 every edit updates what the network costs: parameters, multiply-accumulates,
 FLOPs, activations, memory. Each number opens into its formula. Reports leave
 as CSV, JSON or Markdown, from the window or by the command layerledger report."""


def tree(app):
    """Make the tree anew and return its root: the app in /usr/lib, its command, and what desktops read."""
    shutil.rmtree(_TREE, ignore_errors=True)
    shutil.copytree(app, _TREE / "usr/lib" / project.NAME, symlinks=True)
    command = _TREE / "usr/bin" / project.NAME
    command.parent.mkdir(parents=True)
    command.symlink_to(f"../lib/{project.NAME}/{project.NAME}")
    _write_share(_TREE / "usr/share")
    documents = _TREE / "usr/share/doc" / project.NAME
    documents.mkdir(parents=True)
    (documents / "copyright").write_text(contents.licences(app), "utf-8")
    return _TREE


def _write_share(share):
    """Write the desktop entry, the MIME type, the AppStream metadata and the icons."""
    for suffix, place in _SHARED.items():
        text = (_FROM / f"{project.APP_ID}{suffix}").read_text("utf-8")
        target = share / place / f"{project.APP_ID}{suffix.replace('.mime', '')}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("@VERSION@", project.version()).replace("@DATE@", project.day()), "utf-8")
    environment.draw("sizes", share / "icons/hicolor")


def write(root, level):
    """Packs the tree; dpkg-deb takes the time of its files from SOURCE_DATE_EPOCH."""
    control = root / "DEBIAN/control"
    control.parent.mkdir()
    control.write_text(_control(root), "utf-8")
    for path in (path for path in root.rglob("*") if not path.is_symlink()):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    target = project.DIST / f"{project.NAME}_{project.version()}_{_architecture()}.deb"
    environment.run("dpkg-deb", "-Zxz", f"-z{level}", "--root-owner-group", "--build", root, target)


def _control(root):
    about = project.pyproject()["project"]
    size = sum(path.stat().st_size for path in sizes.files(root))
    fields = {
        "Package": project.NAME,
        "Version": about["version"],
        "Architecture": _architecture(),
        "Maintainer": f"{about['authors'][0]['name']} <noreply@localhost>",
        "Installed-Size": size // 1024,
        "Section": "science",
        "Priority": "optional",
        "Depends": ", ".join(_depends(root)),
        "Description": about["description"].partition(":")[0] + "\n" + _DESCRIPTION,
    }
    return "".join(f"{key}: {value}\n" for key, value in fields.items())


def _architecture():
    return _output("dpkg", "--print-architecture").strip()


# -- what the package depends on


def _depends(root):
    """Return the Debian packages of the libraries that the app needs and does not bring, from the files themselves."""
    binaries = [path for path in sizes.files(root) if path.read_bytes()[:4] == elf.MAGIC]
    needed = {name for path in binaries for name in elf.needed(path)} - {path.name for path in binaries}
    packages = {_package(name) for name in needed} - {"", "libc6"}
    return [f"libc6 (>= {elf.newest_glibc(binaries)})", *sorted(packages)]


def _package(library):
    """The package of a library that the loader finds, or nothing."""
    places = re.findall(rf"^\s*{re.escape(library)} .*=> (\S+)$", _output("/sbin/ldconfig", "-p"), re.MULTILINE)
    found = (_output("dpkg-query", "-S", place) or _output("dpkg-query", "-S", f"/usr{place}") for place in places)
    return next((text.partition(":")[0] for text in found if text), "")


def _output(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False).stdout
