"""The command line, through main() and in processes of their own: what it prints, and how it ends."""

import csv
import io
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import layerledger.core
from layerledger.core.app import cli
from layerledger.core.metrics.registry import COUNTS
from layerledger.core.reports.registry import REPORTS

LESSON = """{
  "format": "layerledger", "version": 1, "name": "lesson",
  "inputs": [{"name": "image", "shape": [1, 3, 6, 6]}],
  "layers": [{"name": "conv", "type": "Conv2d", "params": {"out_channels": 6, "kernel_size": 3, "stride": 3}}]
}"""
WRONG = LESSON.replace('"stride": 3', '"stride": 0')


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Give the test a working directory with a good file, a wrong one and one that cannot be read."""
    monkeypatch.chdir(tmp_path)
    Path("good.layers").write_text(LESSON, "utf-8")
    Path("wrong.layers").write_text(WRONG, "utf-8")
    Path("broken.layers").write_text("{", "utf-8")
    return tmp_path


@pytest.fixture
def call(capsys):
    """Return a function that calls main() and returns exit status, output and complaints."""

    def run(*arguments):
        status = cli.main([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return run


# -- report


def test_json_of_one_file(call):
    status, out, err = call("report", "good.layers", "--format", "json")
    report = json.loads(out)
    assert (status, err) == (0, "")
    assert (report["model"], report["file"]) == ("lesson", "good.layers")
    assert report["totals"].items() >= {"params": 168, "macs": 648, "flops": 1296, "exact_flops": 1296}.items()


def test_json_of_several_files_is_an_object_a_line_in_order(call):
    status, out, err = call("report", "wrong.layers", "good.layers", "wrong.layers", "--format", "json")
    assert [json.loads(line)["file"] for line in out.splitlines()] == ["wrong.layers", "good.layers", "wrong.layers"]
    assert (status, err) == (1, "")


@pytest.mark.parametrize("format", REPORTS)
def test_every_format_of_several_files(call, format):
    status, out, err = call("report", "good.layers", "wrong.layers", "--format", format)
    assert (status, err) == (1, "")
    assert "good.layers" in out
    assert "wrong.layers" in out


def test_csv_of_several_files_has_one_header(call):
    out = call("report", "good.layers", "good.layers", "--format", "csv")[1]
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert [(row["File"], row["Layer"]) for row in rows] == [("good.layers", "conv"), ("good.layers", "Total")] * 2


def test_the_default_is_a_table(call):
    assert call("report", "good.layers")[1] == call("report", "good.layers", "--format", "table")[1]


@pytest.mark.parametrize(("id", "count"), [("macs", 648), ("flops", 1296), ("exact", 1296)])
def test_count_names_a_convention(call, id, count):
    out = call("report", "good.layers", "--format", "json", "--count", id)[1]
    assert json.loads(out)["totals"]["count"] == count
    assert COUNTS[id].title in call("report", "good.layers", "--count", id)[1]


@pytest.mark.parametrize("id", COUNTS)
def test_every_convention_counts_totals_and_layers(call, id):
    report = json.loads(call("report", "good.layers", "--format", "json", "--count", id)[1])
    total = report["totals"]["count"]
    assert total == sum(layer["count"] for layer in report["layers"])
    # Nothing there is frozen, and nothing is a statistic of a batch norm.
    assert (total == 0) == (id == "keras-params-non-trainable")
    title = COUNTS[id].title
    assert report["conventions"][COUNTS[id].key].startswith(f"{title}: ")
    assert title in call("report", "good.layers", "--format", "csv", "--count", id)[1].splitlines()[0]
    assert title in call("report", "good.layers", "--format", "markdown", "--count", id)[1]
    assert COUNTS[id].short in call("report", "good.layers", "--count", id)[1]


def test_conventions_are_listed(call):
    status, out, err = call("conventions")
    assert (status, err) == (0, "")
    found = [json.loads(line) for line in call("conventions", "--format", "json")[1].splitlines()]
    assert [each["id"] for each in found] == [*COUNTS]
    for each in found:
        assert all(text in out for text in (each["id"], each["title"], each["versions"], *each["sources"]))


# -- devices


def test_devices_are_listed(call):
    status, out, err = call("devices")
    assert (status, err) == (0, "")
    assert "nvidia-t4" in out
    assert "float16: 65 Top/s. " in out
    found = [json.loads(line) for line in call("devices", "--format", "json")[1].splitlines()]
    assert len(found) >= 20
    assert all(peak["source"] for device in found for peak in device["peaks"])
    assert call("devices", "--frobnicate")[0] == 2


def test_a_wrong_device_of_ones_own_is_told(call, tmp_path, monkeypatch):
    (tmp_path / "devices").mkdir()
    (tmp_path / "devices" / "mine.json").write_text("{}", "utf-8")
    monkeypatch.setenv("LAYERLEDGER_DEVICES", str(tmp_path / "devices"))
    status, out, err = call("devices")
    assert (status, "nvidia-t4" in out) == (2, True)
    assert (
        err
        == f"layerledger: {tmp_path}/devices/mine.json: id must be a text of at most 1,000 characters; it is missing\n"
    )


def test_a_device_adds_the_least_time_of_each_layer(call):
    status, out, err = call("report", "good.layers", "--format", "json", "--device", "nvidia-t4")
    report = json.loads(out)
    assert (status, err) == (0, "")
    assert report["totals"]["device_seconds"] == sum(layer["device_seconds"] for layer in report["layers"]) == 3.75e-9
    assert [layer["bound"] for layer in report["layers"]] == ["memory"]  # 1,200 bytes at 320 GB/s
    assert (report["device"], report["device_dtype"], report["efficiency"]) == ("nvidia-t4", "float32", 1)
    assert report["conventions"]["device_seconds"].startswith("Least time on NVIDIA T4: Roofline, a lower bound: ")
    assert "device_seconds" not in json.loads(call("report", "good.layers", "--format", "json")[1])["totals"]


def test_efficiency_and_fusing_change_the_time(call):
    def seconds(*options):
        arguments = ("report", "resnet18", "--format", "json", "--device", "nvidia-t4", *options)
        return json.loads(call(*arguments)[1])["totals"]["device_seconds"]

    assert seconds("--efficiency", "0.5") > seconds() > seconds("--fused") > seconds("--dtype", "float16", "--fused")


def test_a_device_that_knows_nothing_of_a_dtype_says_so(call):
    report = json.loads(call("report", "good.layers", "--format", "json", "--device", "coral-edge-tpu")[1])
    assert (report["totals"]["device_seconds"], report["totals"]["bound"], report["device_dtype"]) == (None, None, None)
    quantized = call("report", "good.layers", "--format", "json", "--device", "coral-edge-tpu", "--dtype", "int8")
    assert json.loads(quantized[1])["totals"]["bound"] == "compute"
    assert "not counted" in call("report", "good.layers", "--format", "csv", "--device", "coral-edge-tpu")[1]


def test_fusing_needs_no_device(call):
    plain, fused = (json.loads(call("report", "resnet18", "--format", "json", *more)[1]) for more in ((), ("--fused",)))
    assert fused["totals"]["read_bytes"] < plain["totals"]["read_bytes"]
    assert (plain["fused"], fused["fused"]) == (False, True)


def test_weights_are_stored_in_another_dtype(call):
    def report(*options):
        return json.loads(call("report", "resnet18", "--format", "json", *options)[1])

    small, both = report("--weights", "int4"), report("--weights", "int8", "--dtype", "float16")
    assert small["weights"] == "int4"
    assert small["totals"]["weight_bytes"] == pytest.approx(report()["totals"]["weight_bytes"] * 4.5 / 32, rel=1e-3)
    assert both["totals"]["weight_bytes"] == both["totals"]["params"]
    assert both["totals"]["activation_bytes"] == report()["totals"]["activation_bytes"] / 2
    assert "argument --weights: invalid choice" in call("report", "resnet18", "--weights", "int3")[2]


def test_int4_is_of_the_weights_alone(call):
    """4 bits a weight and a scale of 16 bits for 32 of them; activations as they are computed."""

    def totals(*options):
        return json.loads(call("report", "lenet5", "--format", "json", *options)[1])["totals"]

    plain, small = totals(), totals("--dtype", "int4")
    sizes = (150 + 6, 2400 + 16, 48_000 + 120, 10_080 + 84, 840 + 10)  # of LeNet-5's five layers with weights
    assert sum(sizes) == plain["params"]
    assert small["weight_bytes"] == sum(-(-n // 2) + 2 * -(-n // 32) for n in sizes)
    assert small["activation_bytes"] == plain["activation_bytes"]
    assert totals("--dtype", "int4", "--weights", "int8")["weight_bytes"] == plain["params"]


@pytest.mark.parametrize("format", ["table", "csv", "markdown"])
def test_every_format_has_a_column_of_the_time(call, format):
    status, out, _ = call("report", "good.layers", "--format", format, "--device", "nvidia-t4")
    assert status == 0
    assert "Least time on NVIDIA T4" in out
    assert ("0.000000003750,memory" if format == "csv" else "3.75 ns") in out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--device", "nvidia-t5"], 'unknown device "nvidia-t5"; did you mean nvidia-t4?'),
        (["--device", "x"], 'unknown device "x"; layerledger devices lists them'),
        (["--device", "nvidia-t4", "--efficiency", "2"], "must be a number above 0 and at most 1, such as 0.5; got 2"),
        (["--device", "nvidia-t4", "--efficiency", "0.0"], "must be a number above 0"),
        (["--efficiency", "0.5"], "--efficiency needs --device with an id"),
    ],
)
def test_a_wrong_device_or_efficiency_is_one_line(call, options, sentence):
    status, out, err = call("report", "good.layers", *options)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_conventions_of_ones_own(call, tmp_path, monkeypatch):
    monkeypatch.setenv("LAYERLEDGER_CONVENTIONS", "")
    (folder := tmp_path / "mine").mkdir()
    (folder / "bad.json").write_text("{}")
    rules = {"rules": [], "default": {"parts": {"twice": "2*macs"}}}
    texts = {"id": "twice", "title": "Twice", "short": "Twice", "description": "Twice the MACs."}
    (folder / "twice.json").write_text(json.dumps(texts | rules))
    status, out, err = call("conventions", "--conventions", folder)
    assert (status, err.count("\n")) == (2, 1)
    assert "Twice the MACs." in out
    assert "bad.json" in err
    assert call("conventions", "--frobnicate")[0] == 2


def test_batch_and_dtype_replace_the_inputs(call):
    out = call("report", "good.layers", "--format", "json", "--batch", 5, "--dtype", "float16")[1]
    report = json.loads(out)
    assert report["layers"][0]["inputs"] == [[5, 3, 6, 6]]
    assert report["totals"]["macs"] == 5 * 648
    assert (report["totals"]["weight_bytes"], report["dtype"]) == (2 * 168, "float16")


# -- exit status


def test_a_network_with_an_error_is_reported_with_status_1(call):
    status, out, err = call("report", "wrong.layers", "--format", "json")
    assert (status, err) == (1, "")
    assert json.loads(out)["problems"][0]["param"] == "stride"


def test_a_file_that_cannot_be_read_has_one_line_and_the_others_a_report(call):
    status, out, err = call("report", "good.layers", "broken.layers", "wrong.layers", "--format", "json")
    assert status == 2
    assert [json.loads(line)["file"] for line in out.splitlines()] == ["good.layers", "wrong.layers"]
    assert err.startswith("layerledger: broken.layers: line 1")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["report"], "FILE"),
        (["report", "good.layers", "--count", "flopz"], "invalid choice: 'flopz' (choose from macs, flops, exact, "),
        (["report", "good.layers", "--format", "pdf"], "(choose from table, csv, json, markdown)"),
        (["report", "good.layers", "--batch", "0"], "--batch"),
        (["report", "good.layers", "--batch", "9" * 30], "--batch"),
        (["report", "good.layers", "--dtype", "float3"], "float32"),
        (["report", "good.layers", "--frobnicate"], "--frobnicate"),
        (["report", "good.layers", "--form", "json"], "--form"),
        (["report", "nothing.layers"], "nothing.layers"),
        (["report", "a\nb"], r"a\nb"),
        (["report", "."], "folder"),
        (["--size", "big", "good.layers"], "1280x800"),
        (["--size", "0x0"], "1280x800"),
        (["--scale", "0"], "--scale"),
        (["--theme", "blue"], "(choose from light, dark, system)"),
        (["--frobnicate"], "--frobnicate"),
    ],
)
def test_a_wrong_call_has_one_line(call, arguments, part):
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert part in err
    assert err.endswith("\n")
    assert err.count("\n") == 1


# -- templates


@pytest.mark.parametrize("name", ["lesson", "lesson.layers"])
def test_a_template_needs_no_file(call, name):
    status, out, err = call("report", name, "--format", "json")
    assert (status, err) == (0, "")
    assert json.loads(out)["totals"]["params"] == 168 + 60


def test_a_file_goes_before_a_template_of_its_name(call, folder):
    (folder / "lesson.layers").write_text(LESSON, "utf-8")
    assert json.loads(call("report", "lesson.layers", "--format", "json")[1])["totals"]["params"] == 168


@pytest.mark.parametrize("name", ["./lesson.layers", "no/lesson", "lesson.txt", "Lesson"])
def test_a_path_is_no_template(call, name):
    assert call("report", name)[0] == 2


# -- output


@pytest.mark.parametrize("format", REPORTS)
def test_a_report_goes_to_a_file_as_it_goes_to_the_terminal(call, folder, format):
    printed = call("report", "good.layers", "lesson", "--format", format)[1]
    assert call("report", "good.layers", "lesson", "--format", format, "-o", "out") == (0, "", "")
    assert (folder / "out").read_bytes() == printed.encode()


def test_a_report_that_cannot_be_written_has_one_line(call):
    status, out, err = call("report", "good.layers", "-o", "no/such/folder/out")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1


def test_a_report_never_replaces_the_network_it_is_of(call, folder):
    status, _, err = call("report", "good.layers", "-o", folder / "good.layers")
    assert status == 2
    assert "good.layers" in err
    assert (folder / "good.layers").read_text("utf-8") == LESSON


def test_an_older_report_stays_where_nothing_can_be_read(call, folder):
    (folder / "out").write_text("older", "utf-8")
    assert call("report", "broken.layers", "-o", "out")[0] == 2
    assert (folder / "out").read_text("utf-8") == "older"


# -- help, version, window


def test_help_and_version_end_well(call):
    assert call("--version") == (0, f"layerledger {version('layerledger')}\n", "")
    for arguments in (["--help"], ["report", "--help"]):
        status, out, err = call(*arguments)
        assert (status, err) == (0, "")
        assert "report" in out
    assert "template" in out


def test_the_window_gets_its_files_and_options(call, monkeypatch):
    calls = []
    app = type(sys)("layerledger.gui.app.application")
    app.run = lambda files, **options: calls.append((files, options)) or 7
    monkeypatch.setitem(sys.modules, "layerledger.gui.app.application", app)
    options = ["--screenshot", "a.png", "--size", "640x480", "--theme", "dark", "--scale", "1.5"]
    assert call("./report", *options)[0] == 7
    assert call()[0] == 7
    nothing = {"screenshot": None, "size": None, "theme": None, "scale": None}
    wanted = {"screenshot": "a.png", "size": (640, 480), "theme": "dark", "scale": 1.5}
    assert calls == [(["./report"], wanted), ([], nothing)]


def test_a_missing_qt_is_said_in_one_line(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "PySide6", None)
    monkeypatch.delitem(sys.modules, "layerledger.gui.app.application", raising=False)
    for name in [name for name in sys.modules if name.startswith("PySide6.")]:
        monkeypatch.setitem(sys.modules, name, None)
    status, _, err = call()
    assert status == 2
    assert "PySide6" in err
    assert err.count("\n") == 1


# -- processes

BLOCKED = ("PySide6", "shiboken6", "pyqtgraph", "numpy", "layerledger.gui")
BLOCK = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name in {BLOCKED!r}:
            raise ImportError(name + " must not be imported")
sys.meta_path.insert(0, Blocked())
"""


def process(*command, **options):
    """Run a command of this Python and returns it, its output as bytes."""
    environment = {**os.environ, "PYTHONIOENCODING": "", "LC_ALL": "C", "LANG": "C", **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-P", *command], capture_output=True, env=environment, check=False, timeout=60, **options
    )


def test_report_works_where_no_window_could():
    code = BLOCK + "from layerledger.core.app.cli import main; sys.exit(main())"
    done = process("-c", code, "report", "good.layers", "lesson", "--format", "json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == 2


def test_all_of_core_can_be_imported_where_no_window_could():
    folder = Path(layerledger.core.__path__[0])
    files = (file.relative_to(folder).with_suffix("") for file in folder.rglob("*.py"))
    names = [".".join(("layerledger.core", *file.parts)).removesuffix(".__init__") for file in files]
    assert "layerledger.core.reports.csv" in names
    code = BLOCK + f"import importlib\nfor name in {names!r}: importlib.import_module(name)"
    done = process("-W", "error", "-c", code)
    assert (done.returncode, done.stderr) == (0, b"")


def test_output_is_utf8_whatever_the_locale():
    done = process("-m", "layerledger", "report", "good.layers", env={"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
    assert done.returncode == 0
    assert "1×6×2×2" in done.stdout.decode("utf-8")


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is told of otherwise")
def test_a_reader_who_has_seen_enough_is_no_error():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-P", "-m", "layerledger", "report", *["good.layers"] * 50]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_said_in_one_line():
    command = [sys.executable, "-P", "-m", "layerledger", "report", "good.layers"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1


def test_columns_of_a_device_need_one(call):
    status, _, err = call("report", "good.layers", "--columns", "path,device_seconds")
    assert (status, "column device_seconds needs --device" in err) == (2, True)
    asked = ("report", "good.layers", "--format", "csv", "--columns", "bound,path", "--device", "nvidia-t4")
    status, out, _ = call(*asked)
    assert (status, out.splitlines()[0]) == (0, "Bound by,Layer")
