"""The icon in the forms that systems want, all painted from one SVG, and the tables that go with it into executables.

Runs in the build environment: Qt paints.
"""

import struct
import sys
from pathlib import Path

from bundling import project

SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
_ICNS = {"ic11": 32, "ic12": 64, "ic07": 128, "ic08": 256, "ic09": 512, "ic10": 1024}


def png(size):
    """Return the icon as a PNG of so many pixels."""
    from PySide6.QtCore import QBuffer, QByteArray
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(project.ICON)).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return data.data()


def ico(sizes=(16, 24, 32, 48, 64, 128, 256)):
    """Return a Windows icon: a table, then a PNG a size."""
    pictures = [png(size) for size in sizes]
    table, start = struct.pack("<3H", 0, 1, len(pictures)), 6 + 16 * len(pictures)
    for size, picture in zip(sizes, pictures, strict=True):
        table += struct.pack("<4B2H2I", size % 256, size % 256, 0, 0, 1, 32, len(picture), start)
        start += len(picture)
    return table + b"".join(pictures)


def icns():
    """Return a macOS icon: a PNG a kind, each behind its name and length."""
    pictures = ((kind.encode(), png(size)) for kind, size in _ICNS.items())
    body = b"".join(kind + struct.pack(">I", len(picture) + 8) + picture for kind, picture in pictures)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def write_icon(folder):
    """Write the icon for executables of this system and return its path."""
    kind = "ico" if sys.platform == "win32" else "icns"
    path = Path(folder, f"{project.NAME}.{kind}")
    path.parent.mkdir(parents=True, exist_ok=True)
    write(kind, path)
    return path


def write(kind, target):
    """Write the icon as `ico` or `icns` into a file, or as `sizes` into a folder."""
    if kind == "sizes":
        write_sizes(target)
    else:
        Path(target).write_bytes({"ico": ico, "icns": icns}[kind]())


def write_sizes(folder):
    """Write the icon as folder/16x16/apps/….png and so on, and as SVG, under the app's identifier."""
    for size in SIZES:
        path = Path(folder, f"{size}x{size}", "apps", f"{project.APP_ID}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(size))
    path = Path(folder, "scalable/apps", f"{project.APP_ID}.svg")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(project.ICON.read_bytes())


# -- tables


def windows_version(name):
    """Return what Windows shows under Properties, Details."""
    from PyInstaller.utils.win32 import versioninfo as win

    about = project.pyproject()["project"]
    texts = {
        "CompanyName": about["authors"][0]["name"],
        "FileDescription": project.TITLE,
        "FileVersion": about["version"],
        "InternalName": name,
        "LegalCopyright": f"{about['authors'][0]['name']}, {about['license']} licence",
        "OriginalFilename": f"{name}.exe",
        "ProductName": project.TITLE,
        "ProductVersion": about["version"],
    }
    numbers = tuple(int(part) for part in f"{about['version']}.0.0.0".split(".")[:4])
    table = win.StringTable("040904B0", [win.StringStruct(key, text) for key, text in texts.items()])
    kids = [win.StringFileInfo([table]), win.VarFileInfo([win.VarStruct("Translation", [0x409, 1200])])]
    return win.VSVersionInfo(ffi=win.FixedFileInfo(filevers=numbers, prodvers=numbers), kids=kids)


def mac_properties():
    """Return what Info.plist says besides the bundle's names: the document types, and that it is no script."""
    kind = {
        "UTTypeIdentifier": f"{project.APP_ID}.layers",
        "UTTypeDescription": "LayerLedger network",
        "UTTypeConformsTo": ["public.json"],
        "UTTypeTagSpecification": {"public.filename-extension": [project.SUFFIX[1:]]},
    }
    document = {
        "CFBundleTypeName": kind["UTTypeDescription"],
        "CFBundleTypeRole": "Editor",
        "LSHandlerRank": "Owner",
        "LSItemContentTypes": [kind["UTTypeIdentifier"]],
    }
    # Models of other programs: offered under "Open with", never as the default.
    model = {
        "CFBundleTypeName": "Neural network model",
        "CFBundleTypeRole": "Viewer",
        "LSHandlerRank": "Alternate",
        "CFBundleTypeExtensions": list(project.FOREIGN_ENDINGS),
    }
    return {
        "CFBundleDisplayName": project.TITLE,
        "CFBundleDocumentTypes": [document, model],
        "UTExportedTypeDeclarations": [kind],
        "NSHighResolutionCapable": True,
        "NSPrincipalClass": "NSApplication",
        "LSApplicationCategoryType": "public.app-category.developer-tools",
    }


if __name__ == "__main__":
    write(*sys.argv[1:])
