"""The licences of everything on board, found where the build found the files: distributions, Qt, Debian's packages.

Runs in the build environment. Nothing here is typed but the names of Qt and ICU, which their wheel does not tell apart.
"""

import json
import re
import subprocess
from dataclasses import dataclass, field, replace
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from layerledger.core.app import licences as declared
from layerledger.core.app.licences import Component, LicenceText

_PLACE = "layerledger/resources/licences"


@dataclass
class Part:
    """A component with its name in package registries and its files in the app."""

    component: Component
    purl: str
    files: list[str] = field(default_factory=list)


def write(folder, binaries):
    """Write components.json and the licence texts; returns (place in the app, file) of each, and of the metadata."""
    parts = _parts(binaries)
    entries = [_entry(part, Path(folder)) for part in parts]
    index = Path(folder, "components.json")
    index.parent.mkdir(parents=True, exist_ok=True)
    index.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", "utf-8")
    texts = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return [(f"{_PLACE}/{path.relative_to(folder).as_posix()}", path) for path in texts] + _metadata(parts)


def _entry(part, folder):
    component = part.component
    names = []
    for text in component.texts:
        names.append(f"{_slug(component.name)}/{_slug(text.name.replace('/', '-'))}")
        (folder / names[-1]).parent.mkdir(parents=True, exist_ok=True)
        (folder / names[-1]).write_text(text.text, "utf-8")
    described = {"name": component.name, "version": component.version, "licence": component.licence, "purl": part.purl}
    return {**described, "requires": list(component.requires), "texts": names, "files": sorted(part.files)}


def _slug(name):
    return re.sub(r"[^\w.+-]+", "-", name)


def _metadata(parts):
    """Return the METADATA of each distribution, in which the app reads versions."""
    names = [part.component.name for part in parts if part.purl.startswith("pkg:pypi/")]
    found = {name: distribution(name) for name in names if name != "pyinstaller"}
    files = (next(file for file in one.files if file.name == "METADATA") for one in found.values())
    return [(file.as_posix(), Path(file.locate())) for file in files]


# -- who owns which file


def _parts(binaries):
    python = replace(declared.python(), requires=())
    parts = {one.name: Part(one, _pypi(one)) for one in (*declared.distributions(), _bootloader())}
    parts["Python"] = Part(python, f"pkg:generic/python@{python.version}")
    modules = packages_distributions()
    for name, source, _ in binaries:
        owner = _owner(Path(source), modules, parts)
        if owner:
            parts[owner].files.append(Path(name).as_posix())
    root, *others = parts.values()
    return [root, *sorted(others, key=lambda part: part.component.name.lower())]


def _owner(source, modules, parts):
    """Return the name of the part that a file belongs to, and adds that part where it is new."""
    path = source.as_posix()
    if "/site-packages/" in path.replace("\\", "/"):
        inside = path.partition("/site-packages/")[2]
        top = inside.split("/")[0].removesuffix(".libs")
        if inside.startswith("PySide6/") and re.search(r"libicu|icudt|icuuc|icuin", inside):
            return _add(parts, _icu(source.name))
        if re.search(r"Qt6|/Qt/|/plugins/|/Frameworks/", inside):
            return _add(parts, _qt())
        return next((name for name in modules.get(top, ()) if name in parts), None)
    if re.search(r"libpython|lib-dynload|[Pp]ython3", path):
        return "Python"
    return _add(parts, _debian(source))


def _add(parts, part):
    if part:
        parts.setdefault(part.component.name, part)
    return part.component.name if part else None


def _pypi(component):
    return f"pkg:pypi/{component.name.lower().replace('_', '-')}@{component.version}"


def _bootloader():
    """PyInstaller's bootloader is the executable; its licence lets it be passed on with any program."""
    return replace(declared.of_distribution(distribution("pyinstaller")), requires=())


def _qt():
    from PySide6.QtCore import qVersion

    binding = declared.of_distribution(distribution("PySide6-Essentials"))
    texts = (*binding.texts, *declared.standard_texts("Qt-third-party"))
    return Part(Component("Qt", qVersion(), binding.licence, texts), f"pkg:generic/qt@{qVersion()}")


def _icu(file_name):
    version = "".join(re.findall(r"(\d+)(?:\.dll)?$", file_name))
    licence = "ICU"
    return Part(Component("ICU", version, licence, declared.standard_texts(licence)), f"pkg:generic/icu@{version}")


def _debian(source):
    """The Debian package of a library of the system, with its copyright file; nothing on other systems."""
    name = _package(source)
    if not name:
        return None
    version, architecture = _output("dpkg-query", "-W", "-f", "${Version} ${Architecture} ", name).split()[:2]
    text = Path(f"/usr/share/doc/{name}/copyright").read_text("utf-8", "replace")
    licence = re.search(r"^Files: \*\n(?:(?!\n).+\n)*?License: *(\S.*)$", text, re.MULTILINE)
    component = Component(
        name, version, licence[1] if licence else "see its copyright file", (LicenceText("copyright", text),)
    )
    return Part(component, f"pkg:deb/debian/{name}@{version}?arch={architecture}")


def _package(source):
    """The name of the package that a file is of; dpkg knows it by its old or its new place, /lib or /usr/lib."""
    places = [place for path in (source, source.resolve()) for place in (str(path), f"/usr{path}")]
    found = (_output("dpkg-query", "-S", place).partition(":")[0] for place in places)
    return next(filter(None, found), "")


def _output(*command):
    try:
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""
