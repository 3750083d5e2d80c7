"""Custom: a layer that is counted by the user's formulas, as any other is by its own."""

import csv
import io
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_layer import cost, counted, fault, result_of, shapes_of, specs

from layerledger.core import Block, Layer, Network, NetworkInput, Result, analyze
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.params import Value
from layerledger.core.base.shapes import Shape
from layerledger.core.formats import native
from layerledger.core.formats.clipboard import copy, paste
from layerledger.core.layers import LAYER_TYPES, bind
from layerledger.core.metrics.conventions import conventions
from layerledger.core.metrics.explanations.explanation import Explanation
from layerledger.core.metrics.explanations.node import explain_counts
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.registry import REPORTS

IMAGE = (2, 3, 8, 10)


def network(shape: Shape = IMAGE, **params: Value) -> Network:
    layer = Layer(name="own", type="Custom", params=FrozenMap(params))
    return Network(inputs=(NetworkInput(name="x", shape=shape),), root=Block(name="", layers=(layer,)))


# -- output


@pytest.mark.parametrize(
    ("written", "shapes"),
    [
        ("", [(2, 3, 8, 10)]),
        ("N, 64, H/2, W/2", [(2, 64, 4, 5)]),
        ("(N, C*2, floor(H/3))", [(2, 6, 2)]),
        ("[D0, D1 + D2, max(H, W)]", [(2, 11, 10)]),
        ("N_in, C; numel; scalar", [(2, 3), (480,), ()]),
        ("batch − 1, ⌈W/4⌉·2^2", [(1, 12)]),
    ],
)
def test_the_output_is_what_is_written(written: str, shapes: list[Shape]) -> None:
    assert shapes_of("Custom", IMAGE, output_shape=written) == shapes


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ((), {}),
        ((7,), {"N": 7, "D0": 7}),
        ((7, 5), {"N": 7, "C": 5, "C_in": 5, "D1": 5}),
        ((7, 5, 3), {"N": 7, "C": 5, "L": 3, "D2": 3}),
        ((7, 5, 3, 2), {"H": 3, "W": 2}),
        ((7, 5, 4, 3, 2), {"D": 4, "H": 3, "W": 2, "D4": 2}),
        ((7, 5, 4, 3, 2, 9), {"N": 7, "C": 5, "D5": 9}),
    ],
)
def test_sizes_have_the_names_of_torch(shape: Shape, names: dict[str, int]) -> None:
    spec = bind("Custom", {}).op
    assert spec
    inputs = specs(shape)
    symbols = spec.symbols(inputs, spec.outputs(inputs))
    assert names.items() <= symbols.items()
    assert symbols["numel"] == symbols["numel_out"] == inputs[0].elements
    assert symbols["batch"] == (shape or (1,))[0]


def test_several_inputs_and_outputs_are_numbered() -> None:
    found = cost("Custom", (2, 3), (5, 7), output_shape="N, X1_C; X1_N, X0_C", params="X1_numel + Y1_D0 + C_out")
    assert found.params == 35 + 5 + 7


def test_the_dtype_follows_the_first_input() -> None:
    assert counted("Custom", (2, 3), dtype="float16", output_shape="N; C")[0] == specs((2,), (3,), dtype="float16")


# -- counts


def test_counts_are_what_is_written() -> None:
    found = cost(
        "Custom",
        IMAGE,
        constants="K = 3, P = (K - 1)/2",
        params="K*K*C",
        trainable_params="C",
        buffers="P",
        macs="numel*K",
        mul="numel",
        add="0",
        cmp="7",
        special=8,
    )
    assert (found.params, found.trainable_params, found.buffers, found.macs) == (27, 3, 1, 1440)
    assert (found.mul, found.add, found.cmp, found.special) == (480, 0, 7, 8)


def test_what_is_left_empty_follows() -> None:
    found = cost("Custom", IMAGE, params="5", macs="N*C")
    assert (found.trainable_params, found.mul, found.add, found.cmp) == (5, 6, 6, 0)


def test_what_counts_nothing_says_so() -> None:
    result = analyze(network())
    assert [p.severity for p in result.problems] == ["warning"]
    assert "no formula" in result.problems[0].message
    assert not analyze(network(macs="0")).problems


_CONV = LAYER_TYPES["Conv2d"]


@given(
    out=st.integers(1, 6),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    groups=st.sampled_from([1, 2]),
    bias=st.booleans(),
    batch=st.integers(1, 3),
)
def test_with_the_formulas_of_a_convolution_it_is_one(
    *, out: int, kernel: tuple[int, int], stride: int, padding: int, groups: int, bias: bool, batch: int
) -> None:
    given = {"out_channels": out * groups, "kernel_size": kernel, "stride": stride, "padding": padding}
    inputs = specs((batch, 4, 9, 11))
    outputs, expected = result_of("Conv2d", {**given, "groups": groups, "bias": bias}, inputs)
    own: dict[str, Value] = {
        "constants": f"M = {out * groups}, K_h = {kernel[0]}, K_w = {kernel[1]}, S = {stride}, P = {padding}, "
        f"g = {groups}, b = {int(bias)}",
        "output_shape": "N, M, floor((H + 2*P - K_h)/S) + 1, floor((W + 2*P - K_w)/S) + 1",
    }
    own |= {key: each.text() for key, each in _CONV.formulas.items()}
    assert result_of("Custom", own, inputs) == (outputs, expected)


def test_it_counts_what_torch_counts() -> None:
    """nn.Conv2d(3, 6, 3, stride=3) on 1×3×6×6: 168 parameters, and 1,296 by torch's FlopCounterMode."""
    found = cost(
        "Custom",
        (1, 3, 6, 6),
        output_shape="N, 6, H/3, W/3",
        params="(3*3*C + 1)*C_out",
        macs="numel_out*3*3*C",
    )
    assert (found.params, found.flops) == (168, 1296)


# -- sentences


@pytest.mark.parametrize(
    ("params", "param", "says"),
    [
        ({"macs": "N*Hout"}, "macs", "macs: Hout is not known here; did you mean H_out? There are N, C, H, W,"),
        ({"macs": "qqqq"}, "macs", "macs: qqqq is not known here; there are N, C, H, W, numel, batch,"),
        ({"output_shape": "N, C_out"}, "output_shape", "C_out is not known here; there are N, C, H, W,"),
        ({"output_shape": "N, C/2"}, "output_shape", "D1 = C/2: 3 / 2 is not a whole number; floor( ) or ceil( )"),
        ({"output_shape": "N, C - 4"}, "output_shape", "D1 = C - 4 is −1; it must be from 0 to"),
        ({"output_shape": "N, 2^63"}, "output_shape", "it must be from 0 to 9223372036854775807"),
        ({"output_shape": ", ".join(["1"] * 65)}, "output_shape", "a tensor has at most 64 dimensions; these are 65"),
        ({"params": "C - 100"}, "params", "params: C - 100 is −97; a count is 0 or more"),
        ({"params": "C/0"}, "params", "a division by 0 has no value"),
        ({"params": "1", "trainable_params": "2"}, "trainable_params", "must be at most params, 1; got 2"),
        ({"params": "9**64**2"}, "params", "an exponent must be from 0 to 64"),
        ({"constants": "K"}, "constants", "constants: a constant must be a name with a value, such as K = 3; got “K”"),
        ({"constants": "3K = 1"}, "constants", "a letter first; got “3K”"),
        ({"constants": "max = 1"}, "constants", "a letter first; got “max”"),
        ({"constants": "K = 1, K = 2"}, "constants", 'duplicate name "K"; remove one'),
        ({"constants": "C = 4"}, "constants", "C is 4, but the tensors make it 3; choose another name"),
        ({"constants": "C_out = 4"}, "constants", "C_out is 4, but the tensors make it 3; choose another name"),
        ({"constants": "P = K, K = 3"}, "constants", "constants: K is not known here"),
        ({"macs": "N*"}, "macs", "macs: after “*” a number, a name or ( must follow; got the end"),
        ({"macs": "2N"}, "macs", "between “2” and “N” an operator is missing"),
        ({"macs": "(N"}, "macs", "unbalanced parentheses: add a )"),
        ({"macs": "N)"}, "macs", "unbalanced parentheses: remove one )"),
        ({"macs": "log(N)"}, "macs", "unknown function “log”; the functions are floor, ceil, min, max"),
        ({"macs": "floor"}, "macs", "floor must be followed by values in parentheses, as in floor(H/2)"),
        ({"macs": "max(N)"}, "macs", "max takes two values or more"),
        ({"macs": "0.5*N"}, "macs", "write 1/2 for a half"),
        ({"macs": 1.5}, "macs", "macs must be a formula such as K*K*C*C_out, or empty; got 1.5"),
        ({"macs": "1" * 501}, "macs", "macs: it must have at most 500 characters; it has 501"),
        ({"label": "a\nb"}, "label", "label must be a text"),
    ],
)
def test_what_is_wrong_is_said(params: dict[str, Value], param: str, says: str) -> None:
    found = fault("Custom", IMAGE, **params)
    assert found.param == param
    assert says in found.message


def test_a_constant_may_say_what_a_size_is() -> None:
    assert cost("Custom", IMAGE, constants="C = 3, C_out = 3", params="C*C_out").params == 9


def test_inputs_that_no_tensor_library_can_index() -> None:
    assert fault("Custom", (2**40, 2**40)).param == "inputs"


# -- around it


def explained(**params: Value) -> dict[str, Explanation]:
    found = analyze(network(**params)).at((0,))
    assert found
    return {each.title: each for each in explain_counts(found)}


def test_it_is_explained_as_any_other() -> None:
    found = explained(params="K_h*K_h*C", constants="K_h = 3", macs="⌊numel/2⌋")
    shown = found["Parameters"]
    assert (shown.formula, shown.filled, shown.value) == ("K_h·K_h·C", "3·3·3", 27)
    assert shown.html == "K<sub>h</sub>·K<sub>h</sub>·C"
    assert shown.latex == r"K_{\mathrm{h}} \cdot K_{\mathrm{h}} \cdot C"
    assert found["FLOPs (2 × MACs)"].value == 2 * found["MACs"].value == 480
    assert found["Additions"].value == 240
    assert explained(params="1")["MACs"].note == "Custom has no formula for it."


def test_names_of_a_convention_mean_the_users_own_numbers() -> None:
    """They are no roads around: a formula of params that names params is the constant, not itself."""
    result = analyze(network(constants="params = 5, in_0 = 9, macs = 2", params="params*in_0", macs="macs"))
    assert not result.problems
    assert (result.totals.params, result.totals.macs) == (45, 2)
    assert conventions()["torchinfo"].of_result(result).value == 2 * 45


@pytest.mark.parametrize("id", conventions())
def test_our_own_conventions_count_it_and_tools_say_why_not(id: str) -> None:
    convention = conventions()[id]
    result = analyze(network(params="10", macs="100", mul="90", add="80", cmp="7", special="6"))
    found = convention.of_row(next(result.rows()))
    ours = {"macs": 100, "flops": 200, "exact": 170, "all-ops": 183, "torchinfo": 20}
    ours |= {"keras-params": 10, "keras-params-trainable": 10}
    assert found.value == ours.get(id, 0)
    # All of its parameters are trained, so there is nothing to say of others.
    assert found.parts or found.note or id == "keras-params-non-trainable"


def test_it_goes_there_and_back() -> None:
    params: Mapping[str, Value] = {
        "output_shape": "N, C; 1",
        "constants": "K = 3",
        "macs": "⌊N/2⌋·K^2",
        "special": 7,
        "label": '=1+1 "x"',
    }
    made = network(**params)
    layer = native.read(native.write(made)).layers[0]
    assert isinstance(layer, Layer)
    assert layer.params == params
    (copied,) = paste(copy(made, [(0,)]))
    assert isinstance(copied, Layer)
    assert copied.params == params


def written(id: str, result: Result) -> str:
    return REPORTS[id].write(ReportContext(MetricContext(result))).decode()


def test_reports_show_it() -> None:
    result = analyze(network(params="10", macs="N*5", label="=cmd()"))
    rows = list(csv.reader(io.StringIO(written("csv", result))))
    row = dict(zip(rows[0], rows[1], strict=True))
    assert (row["Type"], row["MACs"], row["Status"]) == ("Custom", "10", "stated")
    assert not any(cell.startswith("=") for cell in rows[1])
    (layer,) = json.loads(written("json", result))["layers"]
    assert (layer["type"], layer["params"], layer["status"]) == ("Custom", 10, "stated")
    assert "Custom" in written("markdown", result)


# -- while it is typed


def test_a_trial_tells_what_can_be_told() -> None:
    cls = LAYER_TYPES["Custom"]
    wrong = {"constants": "K = 3, P = K - 1", "output_shape": "N, K", "macs": "K*", "mul": "oops", "add": "C_out*1000"}
    found = cls.preview({**wrong, "cmp": 1.5, "unknown": 1}, specs(IMAGE))
    assert found.values == {"constants": "K = 3, P = 2", "output_shape": "= 2×3", "add": "= 3,000"}
    assert list(found.symbols["macs"]) == [
        "N",
        "C",
        "H",
        "W",
        "numel",
        "batch",
        "K",
        "P",
        "N_out",
        "C_out",
        "numel_out",
    ]
    assert list(found.symbols["output_shape"]) == ["N", "C", "H", "W", "numel", "batch", "K", "P"]
    assert cls.preview({"output_shape": "oops", "params": "C"}, specs(IMAGE)).values["params"] == "= 3"
    assert LAYER_TYPES["ReLU"].preview({}, specs(IMAGE)).values == {}
