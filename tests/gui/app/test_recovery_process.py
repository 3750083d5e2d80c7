"""Real processes that are killed at random moments while they are being edited, and the start after that."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO, cast

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerledger.core import Layer, Network, save_network
from layerledger.core.app.recovery.store import Leftovers
from layerledger.core.network.paths import NodePath, node_at
from layerledger.gui.app.recovery import Recovery, recovery_folder
from layerledger.gui.app.windows import Windows
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme

QUIET_S, LONGEST_S = 0.1, 0.3
SLACK_S = 2.0  # for a slow, busy disk
AT: NodePath = (0,)

# The app as a user has it, but for the pace. Edit n of window w sets a size to n and says so: the moment, w and n.
# A runner without a terminal, such as nohup, hands on signals that are ignored: the app keeps those, so none is here.
DRIVER = """
import signal
import sys

for name in ("SIGHUP", "SIGINT"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)

from time import monotonic
from PySide6.QtCore import QTimer
from layerledger.core import Layer
from layerledger.gui.app import application as ours
from layerledger.gui.document import commands
from layerledger.gui.app.recovery import Recovery, recovery_folder

quiet_s, longest_s, *files = sys.argv[1:]
app = ours.make_application()
ours.choose_theme(app, "light")
recovery = Recovery(recovery_folder(), quiet_s=float(quiet_s), longest_s=float(longest_s))
windows = ours.open_windows(files, None, recovery)
done = 0

def edit():
    global done
    number, window = divmod(done, len(windows.open))
    moment = monotonic()
    commands.set_param(windows.open[window].document, (0,), "out_features", number + 1)
    print(moment, window, number + 1, flush=True)
    done += 1

timer = QTimer()
timer.timeout.connect(edit)
timer.start(3)
sys.exit(ours.execute(app, recovery))
"""


@dataclass
class Edited:
    """What a process said that it did: of each window, when it made which edit."""

    process: subprocess.Popen[str]
    edits: list[tuple[float, int, int]] = field(default_factory=list)

    def read(self, most: int = sys.maxsize) -> None:
        """Read what it says, up to so many lines or to its end."""
        for line in cast("IO[str]", self.process.stdout):
            moment, window, number = line.split()
            self.edits.append((float(moment), int(window), int(number)))
            if len(self.edits) >= most:
                return

    def of(self, window: int) -> list[float]:
        """Return when the edits of a window were made; number n stands at n - 1."""
        return [moment for moment, where, _ in self.edits if where == window]


@contextmanager
def driven(files: list[Path], quiet_s: float, longest_s: float) -> Iterator[Edited]:
    command = [sys.executable, "-c", DRIVER, str(quiet_s), str(longest_s), *map(str, files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        try:
            yield Edited(process)
        finally:
            process.kill()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A file for each of two windows."""
    made = [tmp_path / "first.layers", tmp_path / "second.layers"]
    for file in made:
        layer = Layer(name="fc", type="Linear", params={"out_features": 1_000_000})
        network = Network(name=file.stem)
        save_network(_with(network, layer), file)
    return made


def _with(network: Network, layer: Layer) -> Network:
    from layerledger.core.edits import insert

    return insert(network, AT, [layer])


def number(document: Document) -> int:
    """Return the last edit that a document holds."""
    layer = node_at(document.network, AT)
    assert isinstance(layer, Layer)
    return cast("int", layer.params["out_features"])


@contextmanager
def next_start(qapp: QApplication) -> Iterator[dict[Path, Document]]:
    """Start again, restores all that is offered, and gives it by its file."""
    theme.apply(qapp, theme.LIGHT)
    recovery = Recovery(recovery_folder())
    windows = Windows(recovery)
    windows.new()
    if strip := windows.offer_leftovers():
        QCoreApplication.processEvents()
        strip.restore.click()
    documents = [window.document for window in windows.open]
    yield {document.file: document for document in documents if document.file}
    for window in list(windows.open):
        window.document.undo_stack.setClean()
        window.document.replace(Network())
        window.close()
    recovery.close()
    QCoreApplication.processEvents()


@pytest.fixture(autouse=True)
def names(qapp: QApplication) -> None:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    qapp.setOrganizationName("LayerLedger")
    qapp.setApplicationName("LayerLedger")


@pytest.mark.parametrize("round_", range(4))
def test_killed_at_any_moment_it_loses_no_more_than_promised(
    qtbot: QtBot, qapp: QApplication, files: list[Path], round_: int
) -> None:
    most = random.randint(1, 200)
    with driven(files, QUIET_S, LONGEST_S) as edited:
        edited.read(most)
        assert not Leftovers(recovery_folder())  # it runs: what it keeps is its own
        killed = monotonic()
        edited.process.kill()
        edited.read()
    assert edited.edits, "it never got as far as an edit"
    with next_start(qapp) as restored:
        for window, file in enumerate(files):
            kept = number(restored[file]) if file in restored else 0
            made = edited.of(window)
            assert 0 <= kept <= len(made) + 1  # the last may have been made and not said
            lost_s = killed - made[kept] if kept < len(made) else 0.0
            assert lost_s <= LONGEST_S + SLACK_S, f"{lost_s:.1f} s of edits are lost, killed after {most} edits"
            assert file not in restored or restored[file].modified


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_asked_to_end_it_loses_nothing(qtbot: QtBot, qapp: QApplication, files: list[Path], name: str) -> None:
    import signal

    wanted = signal.Signals[name]
    with driven(files, 1_000.0, 1_000.0) as edited:
        edited.read(20)
        edited.process.send_signal(wanted)
        edited.read()
        assert edited.process.wait() == 128 + wanted
    with next_start(qapp) as restored:
        assert [number(restored[file]) for file in files] == [len(edited.of(0)), len(edited.of(1))]
