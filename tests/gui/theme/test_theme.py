"""The colours keep what they promise to eyes of every kind; palette, sheet, font and icons follow them."""

from __future__ import annotations

import gc
import subprocess
import sys
from importlib.resources import files
from itertools import combinations
from typing import cast

import pytest
from PySide6.QtCore import QByteArray, QEvent, QFile, QObject, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QIcon, QImage, QPalette, QPixmap, QRawFont
from PySide6.QtWidgets import QApplication, QLabel, QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from layerledger.gui.theme import icons, theme
from layerledger.gui.theme import style_sheet as qss
from layerledger.gui.theme.theme import DARK, LIGHT, Theme

BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda t: t.name)
FAMILIES = sorted(LIGHT.families)
OFTEN_TOGETHER = (
    *("Convolution", "Linear", "Normalization", "Activation"),
    *("Pooling", "Attention", "Merge", "Reshape"),
)
FOLDER = files("layerledger.resources")
ICONS = sorted({path.name[:-4] for path in FOLDER.joinpath("icons").iterdir() if path.name.endswith(".svg")})
STROKES = [name for name in ICONS if name != "layerledger"]
SIGNS = "AzÀőŻΣΠβЖя·×÷−≈≤≥√→←↑↓₀₉⁰⁹ⁿ½…–“”▶▼▲●"
Triple = tuple[float, float, float]

# Machado, Oliveira & Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# severity 1.0; they act on linear RGB.
VISION: dict[str, tuple[Triple, Triple, Triple]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# sRGB to XYZ (D65), IEC 61966-2-1
XYZ: tuple[Triple, Triple, Triple] = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
LEAST_DIFFERENCE = 15.0  # CIEDE76; 2.3 is just noticeable side by side, small marks far apart need more


def linear(colour: str) -> Triple:
    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return red, green, blue


def times(matrix: tuple[Triple, Triple, Triple], vector: Triple) -> Triple:
    x, y, z = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def lab(rgb: Triple) -> Triple:
    def f(t: float) -> float:
        return t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116

    red, green, blue = (min(max(c, 0.0), 1.0) for c in rgb)
    x, y, z = (f(v / sum(row)) for v, row in zip(times(XYZ, (red, green, blue)), XYZ, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: str, other: str, vision: str) -> float:
    a, b = (lab(times(VISION[vision], linear(c))) for c in (one, other))
    return sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) ** 0.5


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    dark, light = sorted(times(XYZ, linear(c))[1] for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_the_measures_agree_with_known_values():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert difference("#000000", "#ffffff", "normal") == pytest.approx(100, abs=0.1)


# --- colours -------------------------------------------------------------------------------------------------------


@BOTH
def test_every_family_has_a_colour_of_its_own(colours: Theme):
    assert sorted(colours.families) == FAMILIES
    assert len(set(colours.families.values())) == len(FAMILIES)


@BOTH
@pytest.mark.parametrize("vision", VISION)
def test_families_that_meet_differ_in_every_vision(colours: Theme, vision: str):
    close = {
        (a, b): d
        for a, b in combinations(OFTEN_TOGETHER, 2)
        if (d := difference(colours.families[a], colours.families[b], vision)) < LEAST_DIFFERENCE
    }
    assert not close


@BOTH
@pytest.mark.parametrize("ink", ["text", "muted", "accent", "error", "warning", "ok"])
@pytest.mark.parametrize("ground", ["window", "panel", "alternate", "selection"])
def test_text_is_legible(colours: Theme, ink: str, ground: str):
    assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5


@BOTH
def test_text_on_the_accent_is_legible(colours: Theme):
    assert contrast(colours.accent_text, colours.accent) >= 4.5
    assert contrast(colours.accent_text, colours.accent_hover) >= 4.5


@BOTH
@pytest.mark.parametrize("token", ["focus", "field_border", "accent", "bar", "lane", "lane_skip"])
def test_marks_stand_out_from_the_panel(colours: Theme, token: str):
    assert contrast(getattr(colours, token), colours.panel) >= 3


@BOTH
@pytest.mark.parametrize("family", FAMILIES)
def test_families_stand_out_from_the_panel(colours: Theme, family: str):
    assert contrast(colours.families[family], colours.panel) >= 3


# --- palette and style sheet ---------------------------------------------------------------------------------------


@BOTH
def test_the_palette_sets_every_role_of_every_group(colours: Theme):
    made = theme.palette(colours)
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        for role in QPalette.ColorRole:
            if role not in (QPalette.ColorRole.NoRole, QPalette.ColorRole.NColorRoles):
                assert made.isBrushSet(group, role), (group, role)
    assert made.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text) == QColor(colours.disabled)
    assert made.color(QPalette.ColorGroup.Inactive, QPalette.ColorRole.Highlight) == QColor(colours.selection)


@BOTH
def test_the_sheet_has_no_loose_ends(qapp: QApplication, colours: Theme):
    theme.apply(qapp, colours)
    sheet = theme.style_sheet(colours)
    assert "$" not in sheet
    pictures = {part.split(")")[0] for part in sheet.split("url(")[1:]}
    assert pictures
    assert all(QFile.exists(path) and path.startswith(qss.IMAGES) for path in pictures)


@BOTH
def test_the_pictures_of_the_sheet_have_the_themes_colours(colours: Theme):
    folder = FOLDER.joinpath("icons", "style")
    for name in ("check", "minus", "chevron-accent"):
        assert f'"{colours.accent_text}"' in folder.joinpath(f"{name}-{colours.name}.svg").read_text()
    chevrons = [f"chevron-{side}" for side in ("down", "up", "left", "right")]
    for name in (*chevrons, "close", "triangle-down", "triangle-right"):
        ink = folder.joinpath(f"{name}.svg").read_text().split('stroke="')[1][:7]
        assert contrast(ink, colours.panel) >= 3


def test_fonts_are_sized_in_points_only():
    source = theme.style_sheet(LIGHT)
    sizes = [part.split(";")[0].strip() for part in source.split("font-size:")[1:]]
    assert sizes
    assert all(size.endswith("pt") for size in sizes)


# --- applying ------------------------------------------------------------------------------------------------------


class Listener(QWidget):
    """Notes the theme it reads when its palette changes."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.heard.append(theme.current().name)
        super().changeEvent(event)


def test_widgets_hear_of_a_change_and_read_the_new_theme(qtbot, qapp: QApplication):
    theme.apply(qapp, LIGHT)
    widget = Listener()
    qtbot.addWidget(widget)
    qapp.processEvents()
    widget.heard.clear()
    theme.apply(qapp, DARK)
    qapp.processEvents()
    assert set(widget.heard) == {"dark"}
    assert widget.palette().color(QPalette.ColorRole.Base) == QColor(DARK.panel)
    theme.apply(qapp, LIGHT)
    qapp.processEvents()
    assert widget.heard[-1] == "light"


def test_the_choice_is_kept_and_shown(qapp: QApplication):
    theme.choose("dark")
    assert (theme.choice(), theme.current()) == ("dark", DARK)
    theme.choose("light")
    assert (theme.choice(), theme.current()) == ("light", LIGHT)
    theme.choose("system")
    assert theme.current() == theme.system_theme()


def test_an_unknown_choice_is_refused():
    with pytest.raises(ValueError, match="system, light or dark"):
        theme.choose(cast("theme.Choice", "blue"))


def test_the_systems_change_is_followed_only_when_asked_to(qapp: QApplication):
    theme.follow_system(qapp)
    theme.follow_system(qapp)
    theme.choose("dark")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.current() == DARK
    theme.choose("system")
    theme.apply(qapp, LIGHT if theme.system_theme() == DARK else DARK)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.current() == theme.system_theme()


def test_importing_makes_no_qt_object():
    program = (
        "import gc\n"
        "from PySide6.QtCore import QObject\n"
        "from layerledger.gui.theme import icons, theme\n"
        "assert not [thing for thing in gc.get_objects() if isinstance(thing, QObject)]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


# --- fonts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def dressed(qapp: QApplication) -> QApplication:
    theme.apply(qapp, LIGHT)
    return qapp


def test_the_interface_font_is_inter_and_no_smaller_than_legible(dressed: QApplication):
    font = dressed.font()
    assert font.families()[0] == "Inter"
    assert font.pointSizeF() >= 9.75


def test_digits_have_one_width_and_words_keep_theirs(dressed: QApplication):
    metrics = QFontMetricsF(dressed.font())
    assert metrics.horizontalAdvance("1111") == pytest.approx(metrics.horizontalAdvance("0000"))
    assert metrics.horizontalAdvance("-") < 0.8 * metrics.horizontalAdvance("0")


@pytest.mark.parametrize("weight", ["Regular", "SemiBold", "Bold"])
def test_the_bundled_font_has_the_signs_of_formulas(weight: str):
    data = FOLDER.joinpath("fonts", f"Inter-{weight}.ttf").read_bytes()
    font = QRawFont(QByteArray(data), 12)
    assert [sign for sign in SIGNS if not font.supportsCharacter(ord(sign))] == []


def test_each_weight_is_drawn_from_its_own_file(dressed: QApplication):
    names = {
        QRawFont.fromFont(theme.scaled(dressed.font(), 1.0, weight)).styleName()
        for weight in (QFont.Weight.Normal, QFont.Weight.DemiBold, QFont.Weight.Bold)
    }
    assert len(names) == 3


def test_scaled_keeps_the_ratio_to_the_users_font(dressed: QApplication):
    font = dressed.font()
    large = theme.scaled(font, 1.5, QFont.Weight.Bold)
    assert large.pointSizeF() == pytest.approx(font.pointSizeF() * 1.5)
    assert large.weight() == QFont.Weight.Bold
    in_pixels = QFont(font)
    in_pixels.setPixelSize(20)
    assert theme.scaled(in_pixels, 2.0).pointSizeF() > font.pointSizeF()


def test_a_title_is_larger_than_its_text(qtbot, dressed: QApplication):
    title, text = QLabel("a"), QLabel("a")
    title.setProperty("title", "true")
    for label in (title, text):
        qtbot.addWidget(label)
        label.ensurePolished()
    assert title.font().pointSizeF() > text.font().pointSizeF()


def test_a_spin_boxs_text_stands_off_its_border(qtbot, dressed: QApplication):
    box = QSpinBox()
    qtbot.addWidget(box)
    theme.inset(box)
    assert box.lineEdit().textMargins().left() > 0


# --- icons ---------------------------------------------------------------------------------------------------------


def ink(pixmap: QPixmap) -> set[str]:
    """The colours of an image's opaque pixels."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    points = ((x, y) for x in range(image.width()) for y in range(image.height()))
    seen = (image.pixelColor(x, y) for x, y in points)
    return {c.name() for c in seen if c.alpha() == 255}


def pixmap(of: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal, scale: float = 1.0) -> QPixmap:
    return of.pixmap(QSize(24, 24), scale, mode, QIcon.State.Off)


@pytest.mark.parametrize("name", STROKES)
def test_every_icon_is_drawn_in_one_colour_and_within_its_square(dressed: QApplication, name: str):
    picture = pixmap(icons.icon(name), scale=2.0)
    assert picture.size() == QSize(48, 48)
    assert ink(picture) == {LIGHT.text}
    image = picture.toImage()
    edge = [(x, y) for x in range(48) for y in (0, 47)] + [(x, y) for y in range(48) for x in (0, 47)]
    assert not any(image.pixelColor(x, y).alpha() for x, y in edge)


def test_icons_follow_the_theme_without_being_set_again(qapp: QApplication):
    theme.apply(qapp, LIGHT)
    save = icons.icon("save")
    assert ink(pixmap(save)) == {LIGHT.text}
    theme.apply(qapp, DARK)
    assert ink(pixmap(save)) == {DARK.text}
    assert ink(pixmap(save, QIcon.Mode.Disabled)) == {DARK.disabled}
    theme.apply(qapp, LIGHT)


def test_an_icon_may_keep_a_theme_and_take_a_role(dressed: QApplication):
    assert ink(pixmap(icons.icon("check", DARK, role="accent"))) == {DARK.accent}
    assert ink(icons.pixmap("check", 24, role="error")) == {LIGHT.error}


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 2.0])
def test_icons_are_drawn_at_the_screens_resolution(dressed: QApplication, scale: float):
    picture = pixmap(icons.icon("save"), scale=scale)
    assert picture.width() == round(24 * scale)
    assert picture.devicePixelRatio() == pytest.approx(scale)


def test_icons_survive_copies_and_collection(qtbot, dressed: QApplication):
    button = QToolButton()
    qtbot.addWidget(button)
    for _ in range(300):
        kept = QIcon(icons.icon("undo"))
        kept.setIsMask(True)  # detaches, and so clones the engine
        button.setIcon(kept)
        button.setIcon(icons.icon("redo"))
        button.grab()
    gc.collect()
    assert ink(pixmap(button.icon())) == {LIGHT.text}


def test_an_unknown_icon_is_an_error_where_it_is_named():
    with pytest.raises(FileNotFoundError):
        icons.icon("no-such-icon")


def test_the_applications_icon_has_small_and_large_pictures(qapp: QApplication):
    sizes = {size.width() for size in icons.app_icon().availableSizes()}
    assert {16, 256} <= sizes
    assert len(ink(icons.app_icon().pixmap(16, 16))) >= 4


class Counter(QObject):
    """Counts the style changes of widgets."""

    number = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.number += event.type() == QEvent.Type.StyleChange
        return False


def test_a_switch_restyles_each_widget_twice_at_most_and_keeps_bold_text(qtbot: QtBot, qapp: QApplication) -> None:
    """Restyled once for each ancestor, a window of nested widgets took 0.4 s."""
    theme.choose("light")
    outer = QWidget()
    qtbot.addWidget(outer)
    inner, depth = outer, 30
    for _ in range(depth):
        inner = QWidget(inner)
    label = QLabel("bold", inner)
    label.setText("sum")
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    outer.show()
    counter = Counter()
    qapp.installEventFilter(counter)
    try:
        theme.choose("dark")
    finally:
        qapp.removeEventFilter(counter)
        theme.choose("light")
    assert counter.number <= 2 * len(qapp.allWidgets()) + 4
    assert label.font().bold()
