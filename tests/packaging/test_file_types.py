"""Desktops offer LayerLedger for the formats that it opens: the lists of each system agree with the registry."""

from __future__ import annotations

import re
from pathlib import Path

from layerledger.core.formats.foreign import FOREIGN

ROOT = Path(__file__).resolve().parents[2]
LINUX = ROOT / "packaging/linux/org.layerledger.LayerLedger"
TOO_COMMON = {"config.json", ".bin"}  # names of much else
ENDINGS = {suffix for each in FOREIGN for suffix in each.suffixes} - TOO_COMMON


def text(file: Path) -> str:
    return file.read_text("utf-8")


def test_linux_knows_each_ending() -> None:
    globs = set(re.findall(r'glob pattern="\*([^"]+)"', text(Path(f"{LINUX}.mime.xml"))))
    hdf5 = {".h5", ".hdf5"}  # these belong to application/x-hdf5 of the system
    assert globs == ENDINGS - hdf5 | {".layers"}


def test_linux_offers_each_type() -> None:
    types = re.findall(r'mime-type type="([^"]+)"', text(Path(f"{LINUX}.mime.xml")))
    found = re.search(r"^MimeType=(.*)$", text(Path(f"{LINUX}.desktop")), re.MULTILINE)
    assert found
    assert found[1].strip(";").split(";") == [*types, "application/x-hdf5"]
    assert re.findall(r"<mediatype>([^<]+)<", text(Path(f"{LINUX}.metainfo.xml"))) == types


def test_windows_and_macos_offer_each_plain_ending() -> None:
    plain = {ending for ending in ENDINGS if ending.count(".") == 1}
    installer = text(ROOT / "packaging/windows/layerledger.iss")
    assert set(re.findall(r"Classes\\(\.\w+)\\OpenWithProgids", installer)) == plain | {".layers"}
    listed = re.search(r"FOREIGN_ENDINGS = \(([^)]*)\)", text(ROOT / "packaging/bundling/project.py"))
    assert listed
    assert {f".{name}" for name in re.findall(r'"(\w+)"', listed[1])} == plain
