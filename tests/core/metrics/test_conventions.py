"""Conventions against what the tools print, layer by layer and network by network; their language; comparison."""

import json
import lzma
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from core_samples import in_evaluation
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core import edits
from layerledger.core.analysis import analyze
from layerledger.core.base.json_reader import DataError
from layerledger.core.library.templates.templates import load_template, template_ids
from layerledger.core.metrics.conventions import CONVENTIONS, ToolCounts, conventions, count_by_tools, read_convention
from layerledger.core.metrics.conventions.convention_file import check_names, convention_of
from layerledger.core.metrics.conventions.rules import MACS_PART
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.metrics.registry import COUNTS, METRICS
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput

OURS = ("macs", "flops", "exact", "all-ops")
ORDER = (
    "thop",
    "ultralytics-thop",
    "ptflops-aten",
    "fvcore",
    "torchinfo",
    "torchprofile",
    "torch-flop-counter",
    "calflops",
    "torchstat-flops",
    "torchstat-madd",
)
WEIGHTS = ("keras-params", "keras-params-trainable", "keras-params-non-trainable")
IDS = (*OURS, *ORDER, *WEIGHTS)
ALL = conventions("")


def reference(name):
    """Return a document of tests/reference."""
    return json.loads(lzma.decompress((Path(__file__).parents[2] / "reference" / f"{name}.json.xz").read_bytes()))


NETWORKS = reference("networks")["networks"]
CASES = reference("layers")["types"]
TOOLS, MORE_TOOLS = reference("tools"), reference("tools_layers")
TORCHVISION = sorted({*template_ids()} & NETWORKS.keys())
NAMES = {"reshape": "Reshape", "torchvision.ops.Permute": "Permute"}


def frozen(value):
    """Return a JSON value as a network holds it."""
    if isinstance(value, dict):
        return {key: frozen(v) for key, v in value.items()}
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def analyzed(kind, shapes, *, dtype="float32", extra=None, **params):
    """Return the analysis of a network of one layer."""
    inputs = tuple(NetworkInput(name=f"x{i}", shape=tuple(s), dtype=dtype) for i, s in enumerate(shapes))
    fed = tuple(i.name for i in inputs)
    layer = Layer(name="layer", type=kind, params=frozen(params), inputs=fed, extra=extra or {})
    return analyze(Network(inputs=inputs, root=Block(name="", layers=(layer,))))


def stored(kind, kwargs, tensors):
    """Return the analysis of a reference case."""
    dtype = next((t[0] for t in tensors if t and isinstance(t[0], str)), "float32")
    shapes = [t[1] if t and isinstance(t[0], str) else t for t in tensors]
    params = {**kwargs.get("layer", {}), **{key: v for key, v in kwargs.items() if key != "layer"}}
    return analyzed(NAMES.get(kind, kind), shapes, dtype=dtype, **params)


# -- the files


def test_there_are_the_conventions_that_everyone_compares():
    assert set(ALL) == set(IDS) == set(COUNTS)
    assert tuple(ALL)[:4] == OURS
    assert len(ALL) == len(COUNTS) == len(IDS)


@pytest.mark.parametrize("id", IDS)
def test_a_convention_is_a_file_that_says_where_it_comes_from(id):
    convention = read_convention(CONVENTIONS.folder / f"{id}.json", check=True)
    assert convention.id == id
    assert convention.sources
    assert convention.versions or id in OURS
    texts = [convention.description, *(defect.text for defect in convention.known_issues)]
    default = [convention.default] if convention.default else []
    notes = [rule.note for rule in (*convention.rules, *convention.zero, *default) if rule.note]
    assert all(text.endswith(".") for text in texts + notes)
    assert all(rule.note for rule in convention.zero)
    assert all(rule.parts for rule in default)


@pytest.mark.parametrize("name", ["lesson", "resnet18", "mobilenet_v3_small", "densenet121"])
def test_the_three_of_our_own_are_the_primitives(name):
    result = analyze(load_template(name), batch=2)
    totals = result.totals
    assert ALL["macs"].of_result(result).value == totals.macs == COUNTS["macs"].whole(MetricContext(result))
    assert ALL["flops"].of_result(result).value == totals.flops
    assert ALL["exact"].of_result(result).value == totals.exact_flops
    cost = result.root.cost
    assert ALL["all-ops"].of_result(result).value == cost.mul + cost.add + cost.cmp + cost.special


# -- whole networks

KEYS = {
    "macs": "flop_counter_macs",
    "fvcore": "fvcore",
    "thop": "thop",
    "ultralytics-thop": "ultralytics_thop",
    "ptflops-aten": "ptflops_aten",
    "torchinfo": "torchinfo_mult_adds",
    "torchprofile": "torchprofile",
}

# Products that no layer does, and torchprofile counts: googlenet and inception_v3 normalize each channel of their input
# inside the network, 1 a pixel; swin and vit multiply sizes, in the trace.
OWN_PRODUCTS = {
    ("googlenet", "torchprofile"): 3 * 224 * 224,
    ("inception_v3", "torchprofile"): 3 * 299 * 299,
    ("swin_t", "torchprofile"): 12 * 2,
    ("vit_b_16", "torchprofile"): 1,
    ("vit_l_16", "torchprofile"): 1,
}


@pytest.mark.parametrize("name", TORCHVISION)
def test_totals_are_what_the_tools_print(name):
    result, tools = analyze(in_evaluation(load_template(name))), NETWORKS[name]["tools"]
    found = {id: ALL[id].of_result(result).value for id in KEYS}
    assert found == {id: tools[key] - OWN_PRODUCTS.get((name, id), 0) for id, key in KEYS.items()}
    assert ALL["torch-flop-counter"].of_result(result).value == 2 * tools["flop_counter_macs"]
    for row in count_by_tools(result):
        if more := OWN_PRODUCTS.get((name, row.convention.id)):
            printed = tools[KEYS[row.convention.id]]
            assert f"prints {more:,} more, {printed:,}:" in row.defects[-1]


@pytest.mark.parametrize("name", sorted({*TOOLS["torchstat"]} & {*template_ids()}))
def test_torchstat_row_by_row(name):
    result, wanted = analyze(load_template(name)), TOOLS["torchstat"][name]
    madd, flops = ALL["torchstat-madd"], ALL["torchstat-flops"]
    assert [madd.of_result(result).value, flops.of_result(result).value] == wanted["totals"]
    rows = ((tuple(r.outputs[0][1:]), madd.of_row(r).value, flops.of_row(r).value) for r in result.rows())
    found = Counter(row for row in rows if any(row[1:]))
    assert found == Counter((tuple(out), *map(int, counts)) for out, *counts in wanted["rows"] if any(counts))


@pytest.mark.parametrize("tokens", [1, 3])
def test_repeated_and_shared_layers_count_each_time(tokens):
    conv = Layer(name="conv", type="Conv2d", params={"out_channels": 3, "kernel_size": 3, "padding": 1})
    block = Block(name="b", layers=(conv,), repeat=tokens, share_weights=True)
    result = analyze(
        Network(inputs=(NetworkInput(name="x", shape=(1, 3, 8, 8)),), root=Block(name="", layers=(block,)))
    )
    context = MetricContext(result)
    for id, convention in ALL.items():
        rows = sum(convention.of_row(row).value * row.times for row in result.rows(expand=False))
        assert convention.of_result(result).value == rows == sum(convention.of_row(r).value for r in result.rows()), id
        assert COUNTS[id].whole(context) == sum(COUNTS[id].value(context, row) for row in result.rows())
    assert ALL["torchinfo"].of_result(result).value == tokens * 84 * 64


# -- single layers

# thop multiplies ratios of sizes as floats and cuts what follows the point off.
ROUNDED = {("AdaptiveAvgPool3d", "thop"): 1}
COLUMNS = TOOLS["meta"]["columns"]


@pytest.mark.parametrize("kind", MORE_TOOLS["types"])
def test_random_layers_are_what_every_tool_prints(kind):
    columns = MORE_TOOLS["meta"]["columns"]
    assert {*columns} == {*ORDER} - {"torch-flop-counter"}
    for kwargs, inputs, printed in MORE_TOOLS["types"][kind]:
        result = stored(kind, kwargs, inputs)
        wanted = {id: number for id, number in zip(columns, printed, strict=True) if number is not None}
        assert {id: ALL[id].of_result(result).value for id in wanted} == wanted, (kwargs, inputs)


@pytest.mark.parametrize("kind", CASES)
def test_layers_are_what_the_tools_print(kind):
    missed = Counter()
    for (kwargs, inputs, _), wanted in zip(CASES[kind], TOOLS["layers"][kind], strict=True):
        if wanted is None:
            continue
        result = stored(kind, kwargs, inputs)
        for id, number in zip(COLUMNS, wanted, strict=True):
            value = ALL[id].of_result(result).value
            if (kind, id) in ROUNDED and abs(value - number) <= 1:
                missed[kind, id] += value != number
            else:
                assert value == number, (id, kwargs, inputs)
    assert sum(missed.values()) <= ROUNDED.get((kind, "thop"), 0)


IMAGE = [(1, 64, 56, 56)]
TOKENS = [(1, 197, 768)]
SEQUENCE = [(50, 1, 128)]
FUSED = {"torch": "scaled_dot_product_attention"}
PRINTED = [
    # (type, inputs, parameters, what each of ORDER prints; None where that hangs on the device)
    ("Conv2d", IMAGE, {"out_channels": 128, "kernel_size": 3, "padding": 1},
     (231211008, 231211008, 231612416, 231211008, 231612416, 231211008, 462422016, 462823424, 231612416, 462422016)),
    ("Conv2d", IMAGE, {"out_channels": 128, "kernel_size": 3, "padding": 1, "bias": False},
     (231211008, 231211008, 231211008, 231211008, 231211008, 231211008, 462422016, 462422016, 231211008, 462020608)),
    ("ConvTranspose2d", [(1, 64, 28, 28)], {"out_channels": 32, "kernel_size": 2, "stride": 2, "bias": False},
     (25690112, 6422528, 6422528, 6422528, 25690112, 25690112, 12845056, 12845056, 0, 12819968)),
    ("ConvTranspose2d", [(1, 64, 28, 28)],
     {"out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1, "groups": 4, "bias": False},
     (25690112, 6422528, 6422528, 6422528, 25690112, 102760448, 12845056, 3211264, 0, 12819968)),
    ("Linear", [(1, 512)], {"out_features": 1000},
     (512000, 512000, 513000, 512000, 513000, 512000, 1024000, 1024000, 512000, 1023000)),
    ("BatchNorm2d", IMAGE, {}, (802816, 802816, 0, 401408, 128, 200704, 0, 401408, 401408, 802816)),
    ("LayerNorm", TOKENS, {}, (605184, 605184, 0, 756480, 1536, 151296, 0, 756480, 0, 0)),
    ("ReLU", IMAGE, {}, (0, 0, 0, 0, 0, 0, 0, 200704, 200704, 200704)),
    ("MaxPool2d", IMAGE, {"kernel_size": 3, "stride": 2, "padding": 1}, (0, 0, 0, 0, 0, 0, 0, 200704, 200704, 401408)),
    ("AvgPool2d", IMAGE, {"kernel_size": 2}, (50176, 250880, 0, 0, 0, 50176, 0, 200704, 200704, 200704)),
    ("AdaptiveAvgPool2d", [(1, 2048, 7, 7)], {"output_size": 1},
     (102400, 102400, 0, 100352, 0, 2048, 0, 100352, 0, 0)),
    ("Upsample", [(1, 16, 56, 56)], {"scale_factor": 2, "mode": "bilinear"},
     (2207744, 2207744, 0, 802816, 0, 802816, 0, 50176, None, 0)),
    ("MultiheadAttention", TOKENS, {"num_heads": 12, "batch_first": True, "extra": FUSED},
     (0, 525786696, None, 464781312, 0, 524391940, None, 929562624, 0, 0)),
    ("MatMul", [(197, 768), (768, 197)], {}, (0, 29805312, 29805312, 29805312, 0, 29805312, 59610624, 0, 0, 0)),
    ("LSTM", SEQUENCE, {"hidden_size": 256},
     (19865600, 19865600, 0, 0, 19763200, 19660800, None, 39449600, 0, 0)),
    ("LSTM", SEQUENCE, {"hidden_size": 256, "num_layers": 2, "bidirectional": True},
     (118784000, 118784000, 0, 0, 118374400, 117964800, None, 236441600, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "shapes", "params", "printed"), PRINTED)
def test_what_every_tool_prints_for_one_layer(kind, shapes, params, printed):
    result = analyzed(kind, shapes, **params)
    wanted = {id: number for id, number in zip(ORDER, printed, strict=True) if number is not None}
    assert {id: ALL[id].of_result(result).value for id in wanted} == wanted


def test_an_embedding_looks_up_and_computes_nothing():
    result = analyzed("Embedding", [(1, 128)], dtype="int64", num_embeddings=30_000, embedding_dim=768)
    found = {id: ALL[id].of_result(result).value for id in ORDER}
    assert found.pop("torchinfo") == 23_040_000
    assert not any(found.values())


@pytest.mark.parametrize(
    ("ids", "plain", "grouped"),
    [
        ("exact torchstat-madd flops torch-flop-counter", 1296, 432),
        ("macs thop ultralytics-thop fvcore torchprofile", 648, 216),
        ("ptflops-aten torchinfo torchstat-flops", 672, 240),
        ("calflops", 1320, 456),
    ],
)
def test_the_worked_example_of_the_lesson(ids, plain, grouped):
    conv, other = analyze(load_template("lesson")).rows()
    for id in ids.split():
        assert (ALL[id].of_row(conv).value, ALL[id].of_row(other).value) == (plain, grouped), id


@pytest.mark.parametrize("kind", CASES)
def test_every_layer_has_parts_that_add_up_or_a_reason(kind):
    for kwargs, inputs, _ in [case for case in CASES[kind] if not isinstance(case[2], str)][:3]:
        layer = stored(kind, kwargs, inputs).at((0,))
        for convention in ALL.values():
            counted, terms = convention.of_layer(layer), convention.terms(layer)
            assert "no count for it" not in counted.note, counted.note
            assert counted.value == sum(counted.parts.values()) == sum(term.value for term in terms) >= 0
            assert counted.parts or counted.note or terms
            assert all(term.formula(term.numbers) == term.value for term in terms)


# -- composites


def chained(shape, *layers):
    """Return the analysis of layers given as (name, type, inputs, params)."""
    made = tuple(Layer(name=n, type=t, inputs=i, params=frozen(p)) for n, t, i, p in layers)
    return analyze(Network(inputs=(NetworkInput(name="x", shape=shape),), root=Block(name="", layers=made)))


def squeeze_and_excite(shape):
    """Return the analyses of SqueezeExcitation and of the layers that it is made of."""
    whole = chained(shape, ("se", "SqueezeExcitation", ("x",), {"squeeze_channels": 4}))
    parts = chained(
        shape,
        ("mean", "AdaptiveAvgPool2d", ("x",), {"output_size": 1}),
        ("squeeze", "Conv2d", (), {"out_channels": 4, "kernel_size": 1}),
        ("relu", "ReLU", (), {}),
        ("excite", "Conv2d", (), {"out_channels": shape[1], "kernel_size": 1}),
        ("sigmoid", "Sigmoid", (), {}),
        ("scale", "Mul", ("sigmoid", "x"), {}),
    )
    return whole, parts


def gated(shape):
    """Return the analyses of SwiGLU and of the layers that it is made of."""
    linear = {"out_features": 12, "bias": False}
    whole = chained(shape, ("ff", "SwiGLU", ("x",), {"hidden_features": 12, "bias": False}))
    parts = chained(
        shape,
        ("gate", "Linear", ("x",), linear),
        ("silu", "SiLU", (), {}),
        ("up", "Linear", ("x",), linear),
        ("product", "Mul", ("silu", "up"), {}),
        ("down", "Linear", (), {"out_features": shape[-1], "bias": False}),
    )
    return whole, parts


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize(("make", "shape"), [(squeeze_and_excite, (3, 8, 5, 7)), (gated, (3, 8)), (gated, (2, 5, 8))])
def test_a_composite_is_the_sum_of_its_parts(id, make, shape):
    whole, parts = make(shape)
    assert not whole.problems
    assert not parts.problems
    assert ALL[id].of_result(whole).value == ALL[id].of_result(parts).value


# -- comparison


def test_differences_add_up_and_name_their_layers():
    result = analyze(load_template("resnet50"), batch=2)
    rows = count_by_tools(result)
    assert [row.convention.id for row in rows] == [*conventions()]
    for row in rows:
        assert row.total == row.convention.of_result(result).value
        assert row.total == getattr(result.totals, row.convention.counts) + row.difference
        assert row.difference == sum(part.amount for part in row.parts)
        assert row.convention.shared_part not in [part.part for part in row.parts]
        for part in row.parts:
            assert part.amount == sum(share.amount for share in part.layers)
            assert all(result.at(share.at) is not None for share in part.layers)


def test_what_is_remembered_of_the_comparison_before_is_never_wrong():
    network, comparer = load_template("resnet18"), ToolCounts()
    result = None
    for channels, batch in [(64, 1), (32, 1), (32, 3), (64, 1)]:
        changed = edits.set_param(network, (0,), "out_channels", channels)
        result = analyze(changed, batch=batch, previous=result)
        if batch == 3:
            assert len(list(comparer.prepare(result))) == len({row.result for row in result.rows(expand=False)})
            assert not list(comparer.prepare(result))
        assert list(map(plain, comparer.compare(result))) == list(map(plain, count_by_tools(result)))


def plain(row):
    """Return what a row of a comparison says, as values that can be compared."""
    parts = [(part.part, part.amount, part.layers) for part in row.parts]
    return row.convention.id, row.total, row.difference, parts, row.defects


def differences(result, id):
    """Return the parts by name, and the defects, of one convention."""
    (row,) = count_by_tools(result, {id: ALL[id]})
    return {part.part: part.amount for part in row.parts}, row.defects


def test_thop_on_a_generator():
    result = analyzed("ConvTranspose2d", [(1, 64, 28, 28)], out_channels=32, kernel_size=2, stride=2, bias=False)
    parts, defects = differences(result, "thop")
    assert parts == {"transposed convolution on the output side": 25690112 - 6422528}
    assert len(defects) == 1
    assert "transposed" in defects[0]


def test_what_a_tool_leaves_out_is_a_part_below_zero():
    result = analyzed("MultiheadAttention", TOKENS, num_heads=12, batch_first=True, extra=FUSED)
    assert differences(result, "fvcore")[0] == {"attention left out": 464781312 - 524391936}
    assert differences(result, "thop")[0] == {"attention left out": -524391936}


def test_a_function_is_not_seen_by_those_who_watch_modules():
    shapes, called = [(1, 8, 4, 4)], {"torch": "functional.adaptive_avg_pool2d"}
    module, function = (analyzed("AdaptiveAvgPool2d", shapes, output_size=1, extra=e) for e in ({}, called))
    for id, seen in {"thop": 0, "ultralytics-thop": 0, "fvcore": 128, "torchprofile": 8}.items():
        assert ALL[id].of_result(module).value
        assert ALL[id].of_result(function).value == seen
    assert "function" in ALL["thop"].of_layer(function.at((0,))).note


@pytest.mark.parametrize(
    ("equation", "shapes", "printed"),
    [
        ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)], 120),
        ("bhld,bhsd->bhls", [(1, 12, 7, 8), (1, 12, 9, 8)], 6048),
        ("ij,jk", [(3, 4), (4, 5)], 60),
        ("ij,ij->ij", [(3, 4), (3, 4)], 12),
        ("i,j->ij", [(3,), (4,)], 12),
        ("...i,...i->...", [(2, 3), (2, 3)], 0),
    ],
)
def test_torchprofile_on_an_einsum(equation, shapes, printed):
    result = analyzed("Einsum", shapes, equation=equation)
    assert ALL["torchprofile"].of_result(result).value == printed
    assert bool(differences(result, "torchprofile")[1]) == ("..." in equation)


def test_what_could_not_be_analysed_says_so():
    result = analyzed("Conv2d", [(1, 3, 2, 2)], out_channels=4, kernel_size=3)
    counted = ALL["thop"].of_layer(result.at((0,)))
    assert (counted.value, dict(counted.parts)) == (0, {})
    assert "not known" in counted.note
    assert count_by_tools(result)[0].total == 0


# -- as metrics


@pytest.mark.parametrize("id", IDS)
def test_a_convention_is_a_metric(id):
    metric, result = COUNTS[id], analyze(load_template("lenet5"))
    context = MetricContext(result)
    assert metric.whole(context) == ALL[id].of_result(result).value
    assert [metric.value(context, row) for row in result.rows()] == [ALL[id].of_row(row).value for row in result.rows()]
    assert METRICS[id].title == metric.title
    assert metric.short
    assert metric.help.endswith(".")


def test_an_unknown_convention_is_none():
    assert "thop 0.0.31" not in COUNTS
    with pytest.raises(KeyError):
        METRICS["nothing"]


# -- a user's own

MINE = {
    "id": "mine",
    "title": "Mine",
    "short": "Mine",
    "description": "What counts here.",
    "rules": [
        {"types": ["Conv*"], "when": 'bias and padding == "same"', "parts": {"padded": "2*macs"}},
        {"types": ["Conv2d"], "parts": {MACS_PART: "macs", "rows": "in_2*out_3*stride_0"}},
        {"families": ["Activation"], "when": "not (in_rank > 3 or out_elements == 7)", "parts": {"a": "in_elements"}},
    ],
    "default": {"note": "Mine counts nothing else."},
}


def written(folder, *, name="mine", **changes):
    """Write a convention to a folder and returns its path."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps({**MINE, **changes}), "utf-8")
    return path


def test_a_users_own_is_read_from_a_folder(tmp_path, monkeypatch):
    written(tmp_path)
    monkeypatch.setenv(CONVENTIONS.variable, str(tmp_path))
    assert [*COUNTS][-1] == "mine"
    mine = conventions()["mine"]
    same = analyzed("Conv2d", [(1, 2, 5, 5)], out_channels=3, kernel_size=3, padding="same")
    plain = analyzed("Conv2d", [(1, 2, 5, 7)], out_channels=3, kernel_size=3, stride=2)
    assert mine.of_result(same).parts == {"padded": 2 * same.totals.macs}
    assert mine.of_result(plain).parts == {MACS_PART: plain.totals.macs, "rows": 5 * 3 * 2}
    assert mine.of_result(analyzed("ReLU", [(2, 4)])).value == 8
    assert mine.of_result(analyzed("ReLU", [(1, 7)])).value == 0
    assert mine.of_layer(analyzed("Linear", [(1, 7)], out_features=1).at((0,))).note == "Mine counts nothing else."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id": "other"}, 'id is "other", but the file is named mine.json'),
        ({"id": "../mine"}, "id must be of"),
        ({"title": None}, "title must be a text"),
        ({"rules": {}}, "rules must be an array"),
        ({"rules": [7]}, r"rules\[0\] must be an object"),
        ({"rules": [{"type": ["Conv2d"]}]}, 'unknown key "type"'),
        ({"rules": [{"types": "Conv2d"}]}, "types must be an array"),
        ({"rules": [{"types": ["Conv9d"]}]}, r"rules\[0\]: unknown layer type Conv9d"),
        ({"rules": [{"families": ["Magic"]}]}, 'unknown family "Magic"'),
        ({"rules": [{"types": ["ReLU"], "parts": {"a": "K_h"}}]}, r"rules\[0\]: ReLU has no K_h"),
        ({"rules": [{"types": ["ReLU"], "when": "affine"}]}, r"rules\[0\]: ReLU has no affine"),
        ({"rules": [{"parts": {"a": "open('x')"}}]}, r'rules\[0\].parts\["a"\]: a formula contains only'),
        ({"rules": [{"parts": {"a": "macs.real"}}]}, "a formula contains only"),
        ({"rules": [{"when": "__import__('os')"}]}, r"rules\[0\].when: a formula contains only"),
        ({"rules": [{"when": "(" * 200}]}, "cannot read the condition"),
        ({"rules": [{"when": "1 < 2 < 3"}]}, "a formula contains only"),
        ({"rules": [{"when": "macs" * 200}]}, "at most 500 characters"),
        ({"default": {"parts": {"a": "C_in"}}}, "not every layer has C_in"),
        ({"defects": [{"types": ["ReLU"]}]}, "text must be a text; it is missing"),
    ],
)
def test_bad_data_is_refused_with_one_sentence(tmp_path, changes, sentence):
    path = written(tmp_path, **changes)
    with pytest.raises(DataError, match=sentence) as error:
        read_convention(path, check=True)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "[", "[1]", "\ud800", "[" * 100_000, "{" + " " * 1_000_001 + "}"])
def test_what_is_no_convention_is_refused(tmp_path, text):
    path = tmp_path / "mine.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(DataError):
        read_convention(path)


def test_problems_of_a_folder_are_told_and_the_rest_is_used(tmp_path):
    written(tmp_path)
    written(tmp_path, name="thop", id="thop")
    written(tmp_path, name="bad")
    found = conventions(tmp_path)
    assert [*found][len(IDS) :] == ["mine"]
    assert len(found.problems) == 2
    assert found["thop"].title == ALL["thop"].title
    assert len(conventions(tmp_path / "nowhere").problems) == 1


def test_a_formula_without_a_value_is_a_reason_not_a_crash(tmp_path):
    path = written(tmp_path, rules=[{"types": ["Conv2d"], "parts": {"a": "macs/7"}}])
    result = analyzed("Conv2d", [(1, 3, 6, 6)], out_channels=2, kernel_size=3)
    counted = read_convention(path).of_layer(result.at((0,)))
    assert counted.value == 0
    assert "not a whole number" in counted.note


@given(
    st.recursive(
        st.sampled_from(["macs", "bias", "3", 'padding == "same"', "stride_0 > 1", "nothing", "(", "and"]),
        lambda s: st.tuples(s, st.sampled_from([" and ", " or ", " + ", " * ", " < ", "**"]), s).map("".join),
    )
)
def test_any_condition_is_read_or_refused(text):
    data = {**MINE, "rules": [{"types": ["Conv2d"], "when": text, "parts": {"a": "1"}}]}
    try:
        convention = convention_of(data)
    except DataError:
        return
    with suppress(DataError):
        check_names(convention)
    convention.of_result(analyzed("Conv2d", [(1, 3, 6, 6)], out_channels=2, kernel_size=3))
