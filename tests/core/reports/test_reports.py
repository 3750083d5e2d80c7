"""Reports: goldens whose numbers follow from the lesson's closed forms, and the promises of each format."""

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core import Block, Layer, Network, NetworkInput, analyze, open_network
from layerledger.core.base.params import params_of
from layerledger.core.formats import native
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.metrics.registry import COUNTS, METRICS, metrics_on
from layerledger.core.network.nodes import MAX_DEPTH
from layerledger.core.reports.columns import COLUMNS, NOT_COUNTED
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.csv import DELIMITERS, CsvOptions, escape_formula
from layerledger.core.reports.json import JsonOptions
from layerledger.core.reports.markdown import escaped
from layerledger.core.reports.options import Columns, RowsOptions, read_options
from layerledger.core.reports.registry import REPORTS
from layerledger.core.reports.table import printable, width

GOLDEN = Path(__file__).parents[2] / "golden"

# What product.md prints for the lesson's two convolutions, then the closed forms with the sizes written out.
# Layer: params, MACs, every multiply and add.
EXPECTED = {
    "conv": (168, 648, 1296),
    "grouped": (60, 216, 432),
    "pair.0.a|b": (6 * 6, 6 * 6 * 2 * 2, (6 + 5) * 6 * 2 * 2),
    "pair.1.a|b": (6 * 6, 6 * 6 * 2 * 2, (6 + 5) * 6 * 2 * 2),
    "fc": ((2 + 1) * 10, 6 * 2 * 2 * 10, 6 * 2 * (2 + 1 + 1) * 10),
}
TOTALS = tuple(map(sum, zip(*EXPECTED.values(), strict=True)))


@pytest.fixture(scope="module")
def result():
    return analyze(open_network(GOLDEN / "reports.layers"))


def network(*layers, name="net", shape=(1, 3, 6, 6), **root):
    """Return a network of one image."""
    inputs = (NetworkInput(name="image", shape=shape),)
    return Network(name=name, inputs=inputs, root=Block(name="", layers=layers, **root))


def layer(name, type_name, **params):
    """Return a layer."""
    return Layer(name=name, type=type_name, params=params)


def conv(name="conv", **params):
    """Return a convolution that fits anything."""
    return layer(name, "Conv2d", **{"out_channels": 3, "kernel_size": 1, **params})


def table_of(text, **dialect):
    """Return the rows of a CSV file by heading."""
    return list(csv.DictReader(io.StringIO(text, newline=""), **dialect))


def written(id, result, file="", number=0, of=1, limit=None, fused=False, **options):
    """Return a report as text."""
    return content(id, result, file, number, of, limit, fused, **options).decode()


def content(id, result, file="", number=0, of=1, limit=None, fused=False, **options):
    """Return a report as bytes."""
    context = ReportContext(MetricContext(result, fused=fused), file, number, of, limit=limit)
    return REPORTS[id].write(context, REPORTS[id].options(**options))


# -- goldens


@pytest.mark.parametrize(
    ("id", "options", "name"),
    [
        ("table", {}, "report.txt"),
        ("table", {"count": "exact", "expand": True}, "report-exact.txt"),
        ("csv", {}, "report.csv"),
        ("csv", {"expand": False, "delimiter": "semicolon", "decimal_sign": "comma"}, "report-folded.csv"),
        ("json", {"indent": True, "count": "exact"}, "report.json"),
        ("markdown", {}, "report.md"),
    ],
)
def test_is_the_golden_file(result, id, options, name):
    found = content(id, result, file="golden.layers", **options)
    if "LAYERLEDGER_WRITE_GOLDENS" in os.environ:
        (GOLDEN / name).write_bytes(found)
    assert found.decode() == (GOLDEN / name).read_bytes().decode()


def test_every_format_has_a_golden_file():
    assert {file.suffix for file in GOLDEN.glob("report*.*")} >= {report.suffix for report in REPORTS.values()}


def test_golden_json_holds_the_closed_forms():
    report = json.loads((GOLDEN / "report.json").read_text("utf-8"))
    keys = ("params", "macs", "exact_flops")
    rows = {row["path"]: tuple(row[key] for key in keys) for row in report["layers"]}
    assert rows == {**EXPECTED, "=1+1": (0, 0, 0)}
    assert tuple(report["totals"][key] for key in keys) == TOTALS
    assert all(row["flops"] == 2 * row["macs"] and row["count"] == row["exact_flops"] for row in report["layers"])


def test_golden_csv_holds_the_closed_forms():
    rows = table_of((GOLDEN / "report.csv").read_bytes().decode())
    headings = ("Parameters", "MACs", "FLOPs (every multiply and add)")
    found = {row["Layer"]: tuple(int(row[h]) for h in headings) for row in rows if row["Status"] == "exact"}
    assert found == EXPECTED
    assert tuple(int(rows[-1][h]) for h in headings) == TOTALS


def test_golden_json_holds_the_bytes_of_the_lesson():
    report = json.loads((GOLDEN / "report.json").read_text("utf-8"))
    row = report["layers"][0]  # 1×3×6×6 -> 1×6×2×2, 168 parameters, float32
    found = [row[key] for key in ("weight_bytes", "read_bytes", "write_bytes", "output_bytes")]
    assert found == [168 * 4, (3 * 6 * 6 + 168) * 4, 6 * 2 * 2 * 4, 6 * 2 * 2 * 4]
    totals = report["totals"]
    assert totals["intensity"] == totals["flops"] / (totals["read_bytes"] + totals["write_bytes"])
    assert row["intensity"] == row["flops"] / (row["read_bytes"] + row["write_bytes"])


def test_fused_norms_and_activation_functions_move_nothing():
    found = analyze(network(conv("a"), Layer(name="relu", type="ReLU")))
    plain, fused = (json.loads(written("json", found, fused=on)) for on in (False, True))
    assert (plain["fused"], fused["fused"]) == (False, True)
    assert [row["read_bytes"] for row in fused["layers"]] == [plain["layers"][0]["read_bytes"], 0]
    assert fused["layers"][1]["intensity"] is None
    assert fused["totals"]["intensity"] > plain["totals"]["intensity"]
    assert fused["totals"]["write_bytes"] == plain["layers"][0]["write_bytes"]
    assert "Bytes read, fused" in written("table", found, fused=True)
    columns = ("path", "read_bytes", "intensity")
    rows = table_of(written("csv", found, fused=True, columns=columns))
    assert rows[1]["Bytes read"] == "0"


# -- JSON: the contract of product.md

KEYS = {
    "totals": "params trainable_params buffers macs flops exact_flops activation_bytes weight_bytes read_bytes "
    "write_bytes layers uncounted_layers peak_activation_bytes packed_activation_bytes intensity",
    "layers": "path type inputs outputs params trainable_params buffers macs flops exact_flops activation_bytes "
    "weight_bytes read_bytes write_bytes output_bytes intensity",
    "problems": "path severity param message",
}


def test_json_is_one_line_with_the_documented_keys(result):
    text = written("json", result, file="golden.layers")
    assert text.count("\n") == 1
    report = json.loads(text)
    assert list(report)[:5] == ["model", "file", "totals", "layers", "problems"]
    assert (report["model"], report["file"]) == ("golden", "golden.layers")
    for key, wanted in KEYS.items():
        found = report[key] if isinstance(report[key], list) else [report[key]]
        assert all(wanted.split() == [k for k in row if k in wanted.split()] for row in found), key


def test_json_counts_as_asked_only_where_asked(result):
    plain = json.loads(written("json", result))
    assert "count" not in plain
    assert "count" not in plain["totals"]
    for id, metric in COUNTS.items():
        asked = json.loads(written("json", result, count=id))
        assert asked["count"] == id
        assert asked["totals"]["count"] == sum(row["count"] for row in asked["layers"])
        assert metric.title in asked["conventions"][metric.key]
        if metric.key in METRICS:
            assert asked["totals"]["count"] == asked["totals"][metric.key]
            assert all(row["count"] == row[metric.key] for row in asked["layers"])


def test_json_has_a_row_for_each_pass_and_says_what_it_could_not_count(result):
    report = json.loads(written("json", result))
    assert [row["path"] for row in report["layers"]] == [*EXPECTED, "=1+1"]
    assert report["layers"][-1]["status"] == NOT_COUNTED
    assert report["layers"][-1]["outputs"] == []
    assert report["totals"]["uncounted_layers"] == 1
    assert [(p["path"], p["severity"], p["param"]) for p in report["problems"]] == [("=1+1", "error", "type")]


@pytest.mark.parametrize("stated", [None, {}, 3])
def test_json_has_the_key_budgets_wherever_the_file_has_it(stated):
    net = {"format": "layerledger", "version": 1, "name": "n", "inputs": [], "layers": [], "budgets": stated}
    assert json.loads(written("json", analyze(native.read(json.dumps(net)))))["budgets"] == []
    del net["budgets"]
    assert "budgets" not in json.loads(written("json", analyze(native.read(json.dumps(net)))))


def test_half_a_surrogate_pair_survives_as_json():
    found = content("json", analyze(network(conv("a\ud800"))))
    assert json.loads(found)["layers"][0]["path"] == "a\ud800"


# -- CSV


def test_csv_has_raw_integers_full_headings_and_windows_line_ends(result):
    text = written("csv", result)
    rows = table_of(text)
    assert list(rows[0])[:2] == ["Layer", "Type"]
    assert {"FLOPs (2 × MACs)", "Activations (bytes)", "Share of MACs (%)"} <= set(rows[0])
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    big = written("csv", analyze(network(conv(out_channels=10**6))))
    assert table_of(big)[0]["Parameters"] == "4000000"


def test_csv_has_not_counted_where_a_zero_would_lie(result):
    last, total = table_of(written("csv", result))[-2:]
    counts = [METRICS[key].title for key in ("params", "macs", "flops", "exact_flops", "buffers")]
    assert [last[title] for title in counts] == [NOT_COUNTED] * len(counts)
    assert last["Status"] == NOT_COUNTED
    assert last["Problems"].startswith("error: ")
    assert total["Status"] == "5 of 6 layers counted, the parameters of 1 layer are not known"


def test_csv_of_several_files_is_one_table(result):
    parts = [written("csv", result, file=f"{i}.layers", number=i, of=2) for i in range(2)]
    rows = table_of("".join(parts))
    assert [row["File"] for row in rows] == ["0.layers"] * 7 + ["1.layers"] * 7


@pytest.mark.parametrize(("decimal_sign", "share"), [("point", "46.5517"), ("comma", "46,5517")])
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_csv_in_every_dialect(result, delimiter, decimal_sign, share):
    text = written("csv", result, delimiter=delimiter, decimal_sign=decimal_sign)
    rows = table_of(text, delimiter=DELIMITERS[delimiter])
    assert rows[0]["Share of MACs (%)"] == share
    assert rows[-1]["Share of MACs (%)"].startswith("100")
    assert len(rows) == 7


def test_csv_columns_are_those_asked_for_in_that_order(result):
    keys = ("type", "count", "path", "model", "problems")
    text = written("csv", result, columns=keys, count="flops", total=False)
    assert text.splitlines()[0] == "Type,Count: FLOPs (2 × MACs),Layer,Model,Problems"
    assert text.splitlines()[1] == "Conv2d,1296,conv,golden,"
    for key in COLUMNS:
        assert written("csv", result, columns=(key,))


def test_csv_without_header_and_with_byte_order_mark(result):
    assert written("csv", result, header=False).startswith("conv,")
    assert content("csv", result, byte_order_mark=True).startswith(b"\xef\xbb\xbfLayer,")


@pytest.mark.parametrize("expand", [True, False])
def test_csv_columns_sum_to_the_total(result, expand):
    *rows, total = table_of(written("csv", result, expand=expand))
    assert sum(int(row["Parameters"]) for row in rows if row["Parameters"].isdigit()) == int(total["Parameters"])
    assert ("Times" in total) == (not expand)


def test_a_preview_is_the_start_of_the_report(result):
    whole = written("csv", result, total=False).splitlines()
    assert written("csv", result, limit=2, total=False).splitlines() == whole[:3]
    assert len(json.loads(written("json", result, limit=2))["layers"]) == 2
    for id in ("table", "markdown"):
        assert len(written(id, result, limit=2).splitlines()) < len(written(id, result).splitlines())


TRICKS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\tx",
    "\rx",
    " =1",
    '"=1',
    "'=1",
    "\" '=1",
    "\u00a0=1",
    "\ufeff=1",
    "\u200b=1",
    "\x00=1",
    "\uff1d1",
    "\uff0d1",
]


@pytest.mark.parametrize("delimiter", DELIMITERS.values())
@pytest.mark.parametrize("text", TRICKS)
def test_no_cell_starts_a_formula(text, delimiter):
    assert escape_formula(text, delimiter)[0] == "'"
    assert escape_formula(text, delimiter).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    ("text", "delimiter", "wanted"),
    [
        ("a;=1;b", ",", "a;'=1;b"),
        ("a\t=1", ",", "a\t'=1"),
        ("a\n=1", ",", "a\n'=1"),
        ("a, -1", ";", "a,' -1"),
        ("got (3, -1)", ",", "got (3, -1)"),
        ("layer1.0.conv", ",", "layer1.0.conv"),
        ("1×3×6×6", ",", "1×3×6×6"),
    ],
)
def test_nor_does_a_cell_that_another_delimiter_splits(text, delimiter, wanted):
    assert escape_formula(text, delimiter) == wanted


@given(st.text(alphabet="a1=+-@\t\r\n ,;|'\"\uff1d\ufeff"), st.sampled_from(sorted(DELIMITERS.values())))
def test_no_delimiter_ever_splits_off_a_formula(text, delimiter):
    safe = escape_formula(text, delimiter)
    assert safe.replace("'", "") == text.replace("'", "")
    for other in {*DELIMITERS.values()} - {delimiter}:
        for cell in re.split(f"[{other}\r\n]", safe):
            assert not re.match(r"[\s\"\ufeff]*[=+\-@\uff1d]", cell), cell


def test_a_hostile_network_stays_text_in_every_cell():
    hostile = network(conv("=cmd|' /C calc'!A0"), layer("a;=2", "+1,=2\n@x"), name="-1")
    text = written("csv", analyze(hostile), columns=("model", "path", "type", "problems"), file="=a.layers", of=2)
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r")]
    assert "\n'@x" in text


# -- nothing is silently zero


def test_what_is_wrong_beside_the_layers_is_said_in_every_format():
    lost = Block(name="empty", repeat=0, layers=(conv(),))
    found = analyze(network(conv("a"), lost, layer("fc", "Linear", out_features=2), shape=(1, 3, -1, 6)))
    rows = {row["Layer"]: row for row in table_of(written("csv", found))}
    assert rows["image"]["Type"] == "Input"
    assert rows["image"]["Problems"].startswith("error: ")
    assert rows["Total"]["MACs"] == NOT_COUNTED
    for id in ("table", "markdown"):
        text = written(id, found)
        assert "image: not known" in text
        assert NOT_COUNTED in text


def test_a_block_that_cannot_be_counted_has_a_row_of_its_own():
    inner = Block(name="b", layers=(conv(),))
    for _ in range(MAX_DEPTH):
        inner = Block(name="b", layers=(inner,))
    found = analyze(network(inner))
    rows = table_of(written("csv", found))
    assert [(row["Type"], row["MACs"]) for row in rows] == [("Network", NOT_COUNTED), ("1 layer", NOT_COUNTED)]
    assert "nested" in rows[0]["Problems"]
    for id in ("table", "markdown"):
        assert written(id, found).count(NOT_COUNTED) > len(metrics_on("column"))


def test_an_empty_block_is_a_problem_but_not_uncounted():
    rows = table_of(written("csv", analyze(network(conv("a"), Block(name="b")))))
    assert (rows[1]["Layer"], rows[1]["MACs"], rows[1]["Status"]) == ("b", "", "")
    assert rows[1]["Problems"].startswith("error: ")


def test_a_wrong_tie_stands_in_the_row_of_its_layer():
    tied = Layer(name="b", type="Conv2d", params={"out_channels": 3, "kernel_size": 1}, tied_to="nobody")
    rows = table_of(written("csv", analyze(network(conv("a"), tied))))
    assert "nobody" in rows[1]["Problems"]
    assert len(rows) == 3


def test_an_empty_network_has_an_honest_report():
    found = analyze(network())
    for id in REPORTS:
        assert "nan" not in written(id, found).lower()
    assert table_of(written("csv", found))[-1]["MACs"] == "0"


# -- for people


def test_every_report_names_its_conventions(result):
    for id in REPORTS:
        for metric in ("flops", "exact_flops"):
            assert METRICS[metric].title in written(id, result), id


def test_text_for_people_names_the_chosen_convention(result):
    assert "Share of FLOPs (2 × MACs)" in written("markdown", result, count="flops")
    assert "Share of 2 × MACs" in written("table", result, count="flops")


def test_folded_rows_say_how_many_passes_they_are(result):
    assert re.search(r"^pair\.0–1\.a\|b +2 +Conv2d", written("table", result), re.M)
    assert "Times" not in written("table", result, expand=True)
    assert "Times" not in written("table", analyze(network(conv())))


def test_markdown_shows_names_as_they_are(result):
    assert r"pair.0–1.a\|b" in written("markdown", result)
    assert escaped("a|b*c_d _e_ `f` <g> [h] \\\n") == r"a\|b\*c_d \_e\_ \`f\` \<g\> \[h\] \\ "
    rows = [line for line in written("markdown", result).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4, 8}


def test_a_table_lines_up_and_no_name_moves_the_cursor():
    found = analyze(network(conv("層"), conv("e\u0301"), conv("\x1b[2J\u202e\nx"), conv("x" * 200)))
    lines = written("table", found, total=False).split("\n\n")[2].splitlines()
    at = {width(line[: line.index("Conv2d")]) for line in lines[1:]}
    assert len(at) == 1
    assert printable("\x1b[2J\u202e") == r"\x1b[2J\u202e"
    assert max(map(len, lines)) < 140


# -- options


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_options_are_declared(report):
    declared = params_of(report.options)
    assert declared
    for name, info in declared.items():
        assert info.help.endswith(".")
        assert info.read(info.start, 0) == getattr(report.options(), name)


def test_options_that_do_not_fit_are_as_declared():
    found = read_options(CsvOptions, {"delimiter": "tab", "columns": ("path", "path"), "total": 3, "old": True})
    assert found.delimiter == "tab"
    assert found.columns == CsvOptions().columns
    assert found.total is True
    assert read_options(JsonOptions, {"count": "exact"}).count == "exact"


def test_an_unknown_option_is_an_error():
    with pytest.raises(TypeError, match="colums"):
        RowsOptions(colums=("path",))


@pytest.mark.parametrize("value", [(), ("path", "path"), ("nothing",), "path", (1,), None])
def test_columns_are_known_and_not_repeated(value):
    with pytest.raises(ValueError):  # noqa: PT011  (the sentence is ParamInfo's)
        Columns().read(value, 0)


def test_columns_as_text():
    kind = Columns()
    assert kind.parse(kind.text(("path", "macs"))) == ("path", "macs")


def test_the_golden_network_is_canonical():
    text = (GOLDEN / "reports.layers").read_text("utf-8")
    assert native.write(native.read(text)) == text
