"""The style sheet, with the theme's tokens as `$token`.

Dynamic properties that widgets may set (to "true"): `primary` and `outlined` for buttons, `outlined` for combo boxes;
`card` for panels and `well` for sunken boxes (QFrame, or a QWidget with WA_StyledBackground); `title`, `headline`,
`muted`, `small`, `section`, `changed`, `error`, `warning` and `chip` for labels; `invalid` for fields; `title` for a
line edit that looks like a title; `tiny` for buttons that are only an icon; `heading` for those that fold a section;
`chosen` for a well that stands out; `bare` for a list whose rows show the focus. One set after the widget was shown
needs a `style().unpolish(widget)` and `polish(widget)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

IMAGES = "layerledgerstyle"  # Qt search path of the pictures named below
_SIZES = {"small": 0.86, "title": 1.12, "headline": 1.6}


def render(tokens: Mapping[str, str], *, points: float) -> str:
    """Return the style sheet for a theme's tokens and an application font of `points` points."""
    sizes = {f"{name}_size": f"{points * factor:.2f}pt" for name, factor in _SIZES.items()}
    return _SHEET.substitute(tokens, images=f"{IMAGES}:", **sizes)


# A focused field's border is 2 px wide; its padding is 1 px less, so that nothing moves.
_SHEET = Template("""
QMainWindow, QDialog { background: $window; }

*[card="true"] { background: $panel; border: 1px solid $border; border-radius: 6px; }
*[well="true"] { background: $window; border: none; border-radius: 6px; }
*[well="true"][chosen="true"] { background: $selection; }

QLabel { background: transparent; }
QLabel[title="true"] { font-size: $title_size; font-weight: 600; }
QLabel[headline="true"] { font-size: $headline_size; font-weight: 700; }
QLabel[small="true"] { font-size: $small_size; }
QLabel[muted="true"] { color: $muted; }
QLabel[section="true"] { font-weight: 600; }
QLabel[changed="true"] { color: $text; font-weight: 600; }
QLabel[error="true"] { color: $error; }
QLabel[warning="true"] { color: $warning; }
QLabel[chip="true"] { background: $accent; color: $accent_text; border-radius: 6px; padding: 1px 6px;
    font-size: $small_size; font-weight: 600; }

/* bars around the window */
QMenuBar { background: $panel; border: none; padding: 2px 4px; }
QMenuBar::item { background: transparent; border-radius: 4px; padding: 4px 8px; }
QMenuBar::item:selected { background: $hover; }
QMenuBar::item:pressed { background: $selection; }
QToolBar { background: $panel; border: none; border-bottom: 1px solid $border; padding: 6px 10px; spacing: 4px; }
QToolBar::separator { background: $border; width: 1px; margin: 4px 8px; }
QToolBar::handle { image: none; width: 0; }
QStatusBar { background: $panel; border-top: 1px solid $border; color: $muted; font-size: $small_size; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; font-size: $small_size; padding: 2px 6px; }
QSizeGrip { image: none; width: 0; height: 0; }

/* dialogs: pictures of our own; those of Qt and of the desktop would not fit the theme */
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QMessageBox { messagebox-warning-icon: url(${images}warning-$name.svg);
    messagebox-critical-icon: url(${images}error-$name.svg);
    messagebox-question-icon: url(${images}help-$name.svg);
    messagebox-information-icon: url(${images}info-$name.svg); }
QFileDialog { backward-icon: url(${images}chevron-left.svg);
    forward-icon: url(${images}chevron-right.svg);
    filedialog-parent-directory-icon: url(${images}move-up.svg);
    filedialog-new-directory-icon: url(${images}new-folder.svg);
    filedialog-detailedview-icon: url(${images}rows.svg); filedialog-listview-icon: url(${images}list.svg); }
QLineEdit { lineedit-clear-button-icon: url(${images}close.svg); }

/* menus and tool tips */
QMenu { background: $panel; border: 1px solid $border; border-radius: 6px; padding: 4px; }
QMenu::item { background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 4px 22px 4px 8px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $disabled; }
QMenu::icon { padding-left: 6px; }
QMenu::separator { background: $border; height: 1px; margin: 4px 8px; }
QMenu::right-arrow { image: url(${images}chevron-right.svg); width: 12px; height: 12px; margin-right: 4px; }
QMenu::indicator { width: 12px; height: 12px; margin-left: 6px; border: 1px solid $field_border; border-radius: 3px; }
QMenu::indicator:checked { background: $accent; border-color: $accent; image: url(${images}check-$name.svg); }
QMenu::indicator:exclusive { border-radius: 7px; }
QMenu::indicator:exclusive:checked { image: none; background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5,
    fx: 0.5, fy: 0.5, stop: 0 $accent_text, stop: 0.36 $accent_text, stop: 0.46 $accent, stop: 1 $accent); }
QToolTip { background: $panel; color: $text; border: 1px solid $border; padding: 4px 6px; }

/* buttons */
QPushButton, QToolButton[outlined="true"] { background: $panel; border: 1px solid $border; border-radius: 6px;
    padding: 4px 12px; }
QPushButton { min-width: 3em; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px 6px; }
QToolButton[outlined="true"] { padding: 4px 10px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QPushButton:open, QToolButton:open { background: $pressed; }
QPushButton:checked, QToolButton:checked { background: $selection; border-color: $accent; }
QPushButton:default { border-color: $accent; }
QPushButton:focus { border: 2px solid $focus; padding: 3px 11px; }
QToolButton:focus { border: 2px solid $focus; padding: 3px 5px; }
QToolButton[outlined="true"]:focus { padding: 3px 9px; }
QToolButton[tiny="true"] { border-radius: 4px; padding: 2px; }
QToolButton[tiny="true"]:focus { padding: 1px; }
QToolButton[heading="true"] { font-weight: 600; }
QPushButton:disabled, QToolButton:disabled { color: $disabled; }
QPushButton:flat { background: transparent; border-color: transparent; }
*[primary="true"] { background: $accent; color: $accent_text; border: 1px solid $accent; font-weight: 600; }
QToolButton[primary="true"] { padding: 4px 12px; }
*[primary="true"]:hover { background: $accent_hover; border-color: $accent_hover; }
*[primary="true"]:pressed, *[primary="true"]:open { background: $accent_hover; border-color: $accent_hover; }
*[primary="true"]:focus { border: 2px solid $text; padding: 3px 11px; }
*[primary="true"]:disabled { background: $pressed; border-color: $pressed; color: $disabled; }
QPushButton::menu-indicator, QToolButton::menu-indicator { image: url(${images}chevron-down.svg);
    subcontrol-origin: padding; subcontrol-position: right center; width: 0.6em; height: 0.6em; right: 6px; }
*[primary="true"]::menu-indicator { image: url(${images}chevron-accent-$name.svg); }
QToolButton[popupMode="2"] { padding-right: 20px; }
QToolButton[popupMode="2"]:focus { padding-right: 19px; }
QToolButton[popupMode="1"] { padding-right: 22px; }
QToolButton[popupMode="1"]:focus { padding-right: 21px; }
QToolButton::menu-button { border: none; border-left: 1px solid $border; width: 17px; }
QToolButton::menu-arrow { image: url(${images}chevron-down.svg); width: 0.6em; height: 0.6em; }

QToolBar QToolButton { padding: 4px; }
QToolBar QToolButton:focus { padding: 3px; }
QToolBar QToolButton[popupMode="2"] { padding-right: 20px; }
QToolBar QToolButton[popupMode="2"]:focus { padding-right: 19px; }
QToolBar QToolButton[primary="true"] { padding: 4px 12px; }
QToolBar QToolButton[primary="true"]:focus { padding: 3px 11px; }

/* fields */
QAbstractScrollArea { background: $panel; border: none; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }
QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit { background: $field; border: 1px solid $field_border;
    border-radius: 6px; padding: 3px 7px; }
QLineEdit, QAbstractSpinBox, QPlainTextEdit, QTextEdit { selection-background-color: $accent;
    selection-color: $accent_text; }
QComboBox { combobox-popup: 0; background: $panel; padding: 3px 2px 3px 8px; }
QAbstractSpinBox { padding: 2px 18px 2px 7px; }
QComboBox[outlined="true"] { border-color: $border; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $muted; }
QLineEdit:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $focus;
    padding: 2px 6px; }
QAbstractSpinBox:focus { padding: 1px 17px 1px 6px; }
QComboBox:focus, QComboBox:on { border: 2px solid $focus; padding: 2px 1px 2px 7px; }
QLineEdit:read-only { background: transparent; border-style: dashed; color: $muted; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled, QTextEdit:disabled, QPlainTextEdit:disabled {
    background: $window; border-color: $border; color: $disabled; }
QLineEdit[title="true"] { background: transparent; border-color: transparent; padding: 1px 3px; font-weight: 600;
    font-size: $title_size; }
QLineEdit[title="true"]:hover { border-color: $border; }
QLineEdit[title="true"]:focus { background: $field; border: 2px solid $focus; padding: 0 2px; }
*[invalid="true"], *[invalid="true"]:hover { border-color: $error; }
QComboBox QLineEdit, QAbstractSpinBox QLineEdit, QAbstractItemView QLineEdit { border-radius: 0; }
QComboBox::drop-down { border: none; subcontrol-origin: border; subcontrol-position: center right; width: 22px; }
QComboBox::down-arrow { image: url(${images}chevron-down.svg); width: 0.6em; height: 0.6em; }
QComboBox QAbstractItemView, QComboBox QAbstractItemView:focus { background: $panel;
    border: 1px solid $border; border-radius: 0; padding: 3px;
    selection-background-color: $selection; selection-color: $text; }
QComboBox QAbstractItemView::item { border-radius: 4px; padding: 3px 6px; min-height: 1.1em; }
QComboBox QAbstractItemView::item:selected { background: $selection; color: $text; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { background: transparent; border: none; width: 17px;
    subcontrol-origin: border; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; border-top-right-radius: 4px; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0;
    border-bottom-right-radius: 4px; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-button:pressed, QAbstractSpinBox::down-button:pressed { background: $pressed; }
QAbstractSpinBox::up-arrow { image: url(${images}chevron-up.svg); width: 0.5em; height: 0.5em; }
QAbstractSpinBox::down-arrow { image: url(${images}chevron-down.svg); width: 0.5em; height: 0.5em; }
QAbstractSpinBox::up-arrow:off, QAbstractSpinBox::down-arrow:off { image: none; }

/* check boxes */
QCheckBox, QRadioButton { background: transparent; border: 2px solid transparent; border-radius: 4px; spacing: 6px;
    padding: 0 2px 0 0; }
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator, QGroupBox::indicator {
    background: $field; border: 1px solid $field_border; width: 0.8em; height: 0.8em; }
QCheckBox::indicator, QAbstractItemView::indicator, QGroupBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 0.44em; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked, QGroupBox::indicator:checked {
    background: $accent; border-color: $accent; image: url(${images}check-$name.svg); }
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate { background: $accent;
    border-color: $accent; image: url(${images}minus-$name.svg); }
QRadioButton::indicator:checked { border-color: $accent; background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5,
    fx: 0.5, fy: 0.5, stop: 0 $accent_text, stop: 0.36 $accent_text, stop: 0.46 $accent, stop: 1 $accent); }
QCheckBox::indicator:disabled, QAbstractItemView::indicator:disabled { background: $window; border-color: $border; }
QCheckBox::indicator:checked:disabled { background: $disabled; border-color: $disabled; }
QCheckBox:focus, QRadioButton:focus { border-color: $focus; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }

/* rows */
QAbstractItemView { background: $panel; alternate-background-color: $alternate; border: 1px solid transparent;
    border-radius: 6px; gridline-color: $border; outline: none; selection-background-color: $selection;
    selection-color: $text; }
QAbstractItemView:focus { border: 1px solid $focus; }
QAbstractItemView[card="true"] { border: 1px solid $border; padding: 2px; }
QAbstractItemView[card="true"]:focus { border: 1px solid $focus; }
QAbstractItemView[bare="true"], QAbstractItemView[bare="true"]:focus { background: transparent;
    border: 1px solid transparent; }
QTreeView, QListView { show-decoration-selected: 1; }
QTreeView::item { border: none; padding: 5px 6px; }
QListView::item { border: none; border-radius: 4px; padding: 2px 6px; }
QTreeView::item:hover, QListView::item:hover, QTreeView::branch:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected, QTreeView::branch:selected {
    background: $selection; color: $text; }
QTreeView::item:disabled, QListView::item:disabled { color: $disabled; }
QTreeView::branch { image: none; border-image: none; }
QTreeView::branch:has-children:closed { image: url(${images}triangle-right.svg); }
QTreeView::branch:has-children:open { image: url(${images}triangle-down.svg); }
QAbstractItemView QLineEdit, QAbstractItemView QAbstractSpinBox, QAbstractItemView QComboBox { padding: 0 4px; }
QHeaderView { background: $header; border: none; border-radius: 0; }
QHeaderView::section { background: $header; color: $muted; border: none; border-bottom: 1px solid $border;
    padding: 5px 8px; font-size: $small_size; }
QHeaderView::section:hover { color: $text; }
QHeaderView::up-arrow { image: url(${images}chevron-up.svg); width: 0.6em; height: 0.6em; right: 4px; }
QHeaderView::down-arrow { image: url(${images}chevron-down.svg); width: 0.6em; height: 0.6em; right: 4px; }
QTableCornerButton::section { background: $header; border: none; border-bottom: 1px solid $border; }

/* scroll bars and splitters */
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $scroll; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 28px; margin: 2px; }
QScrollBar::handle:horizontal { min-width: 28px; margin: 2px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QSplitter::handle { background: transparent; }
QSplitter::handle:horizontal { width: 10px; }
QSplitter::handle:vertical { height: 10px; }
QSplitter::handle:hover, QSplitter::handle:pressed { background: $pressed; }
QMainWindow::separator { background: transparent; width: 10px; height: 10px; }
QMainWindow::separator:hover { background: $pressed; }

/* tabs */
QTabWidget::pane { border: none; border-top: 1px solid $border; top: -1px; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; border: none; border-bottom: 2px solid transparent;
    padding: 5px 10px 4px 10px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $accent; border-bottom: 2px solid $accent; }
QTabBar::tab:selected:focus { background: $selection; border-top-left-radius: 4px; border-top-right-radius: 4px; }
QTabBar::tab:disabled { color: $disabled; }
QTabBar::scroller { width: 44px; }
QTabBar QToolButton { background: $panel; border-radius: 4px; margin: 3px 1px; padding: 2px; }
QTabBar QToolButton::left-arrow { image: url(${images}chevron-left.svg); width: 12px; height: 12px; }
QTabBar QToolButton::right-arrow { image: url(${images}chevron-right.svg); width: 12px; height: 12px; }
QTabBar::close-button { image: url(${images}close.svg); width: 12px; height: 12px; }

/* the rest */
QGroupBox { background: transparent; border: 1px solid $border; border-radius: 6px; margin-top: 0.7em;
    padding: 0.7em 6px 4px 6px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; subcontrol-position: top left; left: 8px; padding: 0 4px; }
QProgressBar { background: $bar_track; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
    text-align: center; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider { min-height: 18px; }
QSlider::groove:horizontal { background: $bar_track; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $panel; border: 1px solid $field_border; width: 12px; margin: -5px 0;
    border-radius: 7px; }
QSlider::handle:horizontal:focus { border: 2px solid $focus; width: 10px; }
QDockWidget::title { background: transparent; padding: 4px 8px; }
""")
