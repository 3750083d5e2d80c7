"""What is on board is found in the metadata of what is installed, or in the list that a build has written."""

import json
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from layerledger.core.app import licences


def distribution(folder: Path, *, files: dict[str, str], **fields: str) -> PathDistribution:
    """Make the metadata of a distribution."""
    place = folder / "thing-1.dist-info"
    stated = {"Name": "thing", "Version": "1", **fields}
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in stated.items() if value]
    for name, text in {"METADATA": "\n".join(lines) + "\n", **files}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, "utf-8")
    record = "".join(f"thing-1.dist-info/{name},,\n" for name in files)
    (place / "RECORD").write_text(record, "utf-8")
    return PathDistribution(place)


def test_all_that_is_required_is_named_once_with_its_texts() -> None:
    found = licences.components()
    names = [component.name for component in found]
    assert names[0] == "layerledger"
    assert {"numpy", "pyqtgraph", "PySide6_Essentials", "shiboken6", "Python"} <= set(names)
    assert len(names) == len(set(names))
    assert not {"pytest", "ruff"} & set(names)
    for component in found:
        assert component.version
        assert component.licence
        assert all(text.text.strip() for text in component.texts)


@pytest.mark.parametrize("name", ["licenses/LICENSE", "licenses/deep/COPYING", "LICENSE.txt", "NOTICE", "LICENCE.md"])
def test_licence_files_are_found_in_every_form(tmp_path: Path, name: str) -> None:
    made = licences.of_distribution(distribution(tmp_path, files={name: "be kind"}, License_Expression="MIT"))
    assert [text.text for text in made.texts] == ["be kind"]
    assert made.licence == "MIT"


def test_without_files_the_standard_text_of_a_named_licence_is_shown(tmp_path: Path) -> None:
    made = licences.of_distribution(distribution(tmp_path, files={}, License="LGPL-3.0-only OR GPL-3.0-only"))
    assert [text.name for text in made.texts] == ["LGPL-3.0-only.txt", "GPL-3.0-only.txt"]
    assert "LESSER" in made.texts[0].text


def test_an_old_package_names_its_licence_by_a_classifier(tmp_path: Path) -> None:
    classifier = "License :: OSI Approved :: BSD License"
    assert licences.of_distribution(distribution(tmp_path, files={}, Classifier=classifier)).licence == "BSD License"


def test_a_package_that_does_not_say_who_it_is_breaks_nothing(tmp_path: Path) -> None:
    made = licences.of_distribution(distribution(tmp_path, files={"COPYING": "be kind"}, Name="", Version=""))
    assert made == licences.Component("", "", "", (licences.LicenceText("COPYING", "be kind"),))


def test_what_only_an_extra_requires_is_not_on_board(tmp_path: Path) -> None:
    needed = {"Requires_Dist": "numpy>=1\nRequires-Dist: pytest ; extra == 'dev'"}
    assert licences.of_distribution(distribution(tmp_path, files={}, **needed)).requires == ("numpy",)


def test_a_packaged_app_tells_what_its_build_has_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "qt").mkdir()
    (tmp_path / "qt/LGPL.txt").write_text("Lesser", "utf-8")
    entry = {"name": "Qt", "version": "6", "licence": "LGPL", "texts": ["qt/LGPL.txt"], "requires": [], "files": ["a"]}
    (tmp_path / "components.json").write_text(json.dumps([entry]), "utf-8")
    monkeypatch.setattr(licences, "_FOLDER", tmp_path)
    expected = licences.Component("Qt", "6", "LGPL", (licences.LicenceText("LGPL.txt", "Lesser"),))
    assert licences.components() == (expected,)
