"""A session with the window in a process of its own, which ends as soon as anything asks for a socket or a name.

Prints the modules of Qt that were loaded.
"""

import sys
from pathlib import Path

BANNED = ("socket.", "http.", "urllib.", "ftplib.", "smtplib.", "imaplib.", "telnetlib.", "poplib.", "nntplib.")


def refuse(event: str, arguments: object) -> None:
    if event.startswith(BANNED):
        print(f"asked for the network: {event} {arguments}", file=sys.stderr)
        sys.stderr.flush()
        __import__("os")._exit(3)


def main(folder: Path) -> None:
    from layerledger.core.app.cli import main as command

    assert command(["report", "lenet5", "-o", str(folder / "report.csv"), "--format", "csv"]) == 0

    from layerledger.core.library.templates.templates import open_file_or_template
    from layerledger.gui.app.application import choose_theme, make_application
    from layerledger.gui.app.crash_dialog import install_crash_dialog
    from layerledger.gui.app.windows import Windows
    from layerledger.gui.dialogs.about import AboutDialog
    from layerledger.gui.dialogs.export.export_dialog import ExportDialog
    from layerledger.gui.dialogs.licences import LicencesDialog

    app = make_application()
    choose_theme(app, "light")
    install_crash_dialog()
    window = Windows().new()
    window.document.replace(open_file_or_template("resnet18"), None)
    for _ in range(5):
        app.processEvents()
    window.chart.finish()
    window.actions_by_id["reference"].trigger()
    for dialog in (AboutDialog(window), LicencesDialog(window), ExportDialog(window.document, window)):
        dialog.show()
        app.processEvents()
        dialog.close()
    window.document.save(folder / "saved.layers")
    assert (folder / "saved.layers").stat().st_size > 1000
    print(*sorted(name for name in sys.modules if name.startswith("PySide6.")))
    window.document.undo_stack.setClean()
    app.closeAllWindows()


if __name__ == "__main__":
    sys.addaudithook(refuse)
    main(Path(sys.argv[1]))
