"""Recent files: the last used first, at most ten, none that is gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from layerledger.gui.document import recent_files as recent


def make(folder: Path, count: int) -> list[Path]:
    found = [folder / f"net, {i} & ü.layers" for i in range(count)]
    for file in found:
        file.write_text("{}")
    return found


def test_nothing_at_first(qapp: object) -> None:
    assert recent.files() == []


@pytest.mark.parametrize("count", [1, 2, 10])
def test_the_last_used_stands_first(qapp: object, tmp_path: Path, count: int) -> None:
    made = make(tmp_path, count)
    for file in made:
        recent.add(file)
    assert recent.files() == made[::-1]


def test_a_file_stands_once(qapp: object, tmp_path: Path) -> None:
    a, b = make(tmp_path, 2)
    for file in (a, b, a):
        recent.add(file)
    assert recent.files() == [a, b]


def test_ten_are_remembered(qapp: object, tmp_path: Path) -> None:
    made = make(tmp_path, recent.MOST + 3)
    for file in made:
        recent.add(file)
    assert recent.files() == made[:2:-1]


def test_what_is_gone_is_left_out(qapp: object, tmp_path: Path) -> None:
    a, b, c = make(tmp_path, 3)
    for file in (a, b):
        recent.add(file)
    a.unlink()
    assert recent.files() == [b]
    recent.add(c)
    make(tmp_path, 3)
    assert recent.files() == [c, b], "forgotten for good"


def test_a_relative_path_is_kept_whole(qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (made,) = make(tmp_path, 1)
    monkeypatch.chdir(tmp_path)
    recent.add(Path(made.name))
    assert recent.files() == [made]


@pytest.mark.parametrize("stored", [None, 7, [1, 2], "", {"a": 1}])
def test_strange_settings_are_no_files(qapp: object, stored: object) -> None:
    QSettings().setValue("files/recent", stored)
    assert recent.files() == []
