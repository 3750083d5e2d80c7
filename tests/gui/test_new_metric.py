"""A metric that is added to the registry appears on every surface, without a change elsewhere."""

import json
import os
import subprocess
import sys

SCRIPT = """
import csv, io, json
from operator import attrgetter

from layerledger.core.metrics import registry
from layerledger.core.metrics.metric import MetricContext, SumMetric

registry.METRICS["moved_bytes"] = metric = SumMetric(
    key="moved_bytes",
    title="Bytes moved",
    short="Moved",
    help="Bytes that are read and written.",
    unit="bytes",
    read=lambda node: node.traffic.read_bytes + node.traffic.write_bytes,
)

from PySide6.QtWidgets import QApplication

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.library.reference.contents import page
from layerledger.core.metrics.budgets import Limit, check_budget, limits_of
from layerledger.core.metrics.explanations.node import explain
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.registry import REPORTS
from layerledger.gui.charts.controls import SHOWN
from layerledger.gui.dialogs.budgets import BudgetsDialog
from layerledger.gui.document.document import Document
from layerledger.gui.stack.columns import COLUMNS
from layerledger.gui.window.cards import CARDS

app = QApplication([])
image = NetworkInput(name="x", shape=(1, 3, 8, 8))
conv = Layer(name="conv", type="Conv2d", params={"out_channels": 4, "kernel_size": 3})
network = Network(inputs=(image,), root=Block(name="", layers=(conv,)))
result = analyze(network)
moved = result.totals.read_bytes + result.totals.write_bytes
context = ReportContext(MetricContext(result))

data = json.loads(REPORTS["json"].write(context))
(row, total) = csv.DictReader(io.StringIO(REPORTS["csv"].write(context).decode(), newline=""))
document = Document(network)
column = next(column for column in COLUMNS if column.key == "moved_bytes")
card = next(card for card in CARDS if card.key == "moved_bytes")
dialog = BudgetsDialog(document)
limit = Limit(key="moved_bytes", maximum=1)
explained = {each.title: each for each in explain(context.metrics, result.at((0,)))}
print(json.dumps({
    "column": int(row["Bytes moved"]) == int(total["Bytes moved"]) == moved,
    "totals": "Bytes moved" in REPORTS["table"].write(context).decode(),
    "json": data["totals"]["moved_bytes"] == data["layers"][0]["moved_bytes"] == moved,
    "convention": data["conventions"]["moved_bytes"] == "Bytes moved: Bytes that are read and written.",
    "stack": (column.heading(document), column.name(document)) == ("Moved", "Bytes moved"),
    "chart": "moved_bytes" in SHOWN,
    "card": card.of(document).value == metric.text(moved),
    "budget": "moved_bytes" in dialog.fields and check_budget(result, limit).first == "conv",
    "explanation": explained["Bytes moved"].value == moved and explained["Bytes moved"].formula != "",
    "reference": "Bytes that are read and written." in page("notion-moved_bytes"),
}))
"""


def test_it_is_on_every_surface():
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    made = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=False, timeout=120
    )
    assert made.returncode == 0, made.stderr
    found = json.loads(made.stdout)
    assert found == dict.fromkeys(found, True)
    assert len(found) == 10
