"""A comparison of conventions as a table: whole numbers, nothing that a spreadsheet would run."""

import csv
import io

from layerledger.core.analysis import analyze
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.conventions import CountPart, ToolCount, conventions, count_by_tools
from layerledger.core.reports import tool_counts as comparison

ROWS = count_by_tools(analyze(load_template("resnet18")))
THOP = next(row for row in ROWS if row.convention.id == "thop")


def test_a_row_is_a_line_of_cells():
    assert comparison.as_text([THOP]) == "thop 0.1\t1824033792\t9960448\tnormalization 9934848; pooling 25600"


def test_all_rows_have_headings():
    lines = comparison.as_text(ROWS, header=True).splitlines()
    assert lines[0] == "Convention\tTotal\tDifference from MACs\tParts"
    assert len(lines) == len(ROWS) + 1
    assert {line.count("\t") for line in lines} == {3}


def test_the_parts_of_a_csv_row_add_up_to_its_difference():
    table = list(csv.DictReader(io.StringIO(comparison.as_csv(ROWS), newline="")))
    names = {part.part for row in ROWS for part in row.parts}
    assert [line["Convention"] for line in table] == [row.convention.title for row in ROWS]
    for line in table:
        weights = line["Difference from parameters or buffers"]
        assert sum(int(line[name]) for name in names) == int(line["Difference from MACs"] or weights)
        assert bool(line["Difference from MACs"]) != bool(weights) == line["Convention"].startswith("Keras")
        if not weights:
            assert int(line["Total"]) == 1_814_073_344 + int(line["Difference from MACs"])
    versions = {line["Convention"]: line["Versions"] for line in table}
    assert versions["thop 0.1"] == "0.1.0 – 0.1.1.post2209072238"


def test_what_a_user_calls_a_part_is_no_formula():
    part = CountPart("=HYPERLINK(1)", 10**5000, tuple)
    row = ToolCount(conventions()["thop"], 10**5000, 10**5000, (part,), ("+1",))
    assert "\t'=HYPERLINK(1)" in comparison.as_text([row])
    assert ",'=HYPERLINK(1)," in comparison.as_csv([row])
    assert "1.00×10⁵⁰⁰⁰" in comparison.as_csv([row])
