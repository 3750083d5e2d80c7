"""What people download: archives of the one-folder app, and what lies beside them."""

import shutil
import sys
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from bundling import contents, deb, environment, project, sbom, sizes, tarballs


def describe(app):
    """Write the bill of materials and the licences beside the app, and the licences into it too, for people."""
    (project.DIST / project.artefact(".cdx.json")).write_text(sbom.text(app), "utf-8")
    target = project.DIST / project.artefact("-licences")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(contents.folder(app), target)
    if app.suffix != ".app":  # a bundle is sealed
        (app / "LICENCES.txt").write_text(contents.licences(app), "utf-8")


def write(app, *, level):
    """Write the archives of this system; on Linux compressed by xz at a level from 0 to 9."""
    if sys.platform == "win32":
        _zip(app, project.DIST / project.artefact(".zip"))
        _windows_installer()
    elif sys.platform == "darwin":
        _mac_image(app)
    else:
        tree = deb.tree(app)
        _tar_xz({app: "", tree / "usr/share": "share"}, project.DIST / project.artefact(".tar.xz"), level)
        deb.write(tree, level)


def _tar_xz(folders, target, level):
    """Packs folders, each under a name within the archive's one folder."""
    plain = project.WORK / "app.tar"
    with tarfile.open(plain, "w", format=tarfile.GNU_FORMAT) as archive:
        for folder, place in folders.items():
            tarballs.add_folder(archive, folder, f"{project.artefact()}/{place}")
    with plain.open("rb") as tar, target.open("wb") as packed:
        environment.run("xz", "-T2", f"-{level}", "--stdout", stdin=tar, stdout=packed)
    plain.unlink()


# -- not yet run: written for systems that were not at hand


def _zip(app, target):
    time = datetime.fromtimestamp(project.epoch(), UTC).timetuple()[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sizes.files(app):
            name = f"{project.artefact()}/{path.relative_to(app).as_posix()}"
            archive.writestr(zipfile.ZipInfo(name, time), path.read_bytes(), zipfile.ZIP_DEFLATED)


def _windows_installer():
    compiler = shutil.which("iscc") or r"C:\Program Files (x86)\Inno Setup 6\ISCC.exe"
    if not Path(compiler).exists():
        print("Without Inno Setup there is no installer; packaging/README.md says where it comes from.")
        return
    environment.draw("ico", project.WORK / "layerledger.ico")
    defines = [f"/DVersion={project.version()}", f"/DOutput={project.artefact('-setup')}"]
    environment.run(compiler, "/Qp", *defines, project.ROOT / "packaging/windows/layerledger.iss")


def _mac_image(app):
    target = project.DIST / project.artefact(".dmg")
    options = ("-volname", project.TITLE, "-format", "UDZO", "-ov")
    environment.run("hdiutil", "create", *options, "-srcfolder", app, target)
