"""Precision of whole networks: bytes, cache and time follow what is stated, in networks of any kind of input."""

import pytest

from layerledger.core import Layer, Network, NetworkInput, analyze, edits
from layerledger.core.analysis.layer_dtypes import weight_dtypes
from layerledger.core.analysis.passes.language_model import language_model_cost
from layerledger.core.base.dtypes import Dtypes
from layerledger.core.base.precision import BUNDLES, Precision
from layerledger.core.formats import native
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.device_time import time_on
from layerledger.core.metrics.devices import devices
from layerledger.core.metrics.devices.roofline import SECOND
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.network.nodes import Block

LLAMA_PARAMS = 6_738_415_616  # meta-llama/Llama-2-7b on huggingface.co
GPT2_PARAMS = 124_439_808  # transformers, GPT2LMHeadModel


def seconds(result, device):
    """Return the least time on a device."""
    target = DeviceTarget(devices()[device])
    metric = time_on(target, result)
    return metric.roofline.time(result.root).total / SECOND


def stated(network, id_):
    return edits.set_precision(network, BUNDLES[id_].stated)


def cnn(dtype="float32", **keys):
    """Return a convolution whose time on a device is that of its operations."""
    conv = Layer(name="conv", type="Conv2d", params={"out_channels": 512, "kernel_size": 3, "padding": 1}, extra=keys)
    given = NetworkInput(name="image", shape=(8, 512, 32, 32), dtype=dtype)
    return Network(inputs=(given,), root=Block(name="", layers=(conv,)))


FLOPS = 2 * 8 * 512 * 512 * 9 * 32 * 32


# -- networks whose input is tokens


@pytest.mark.parametrize(
    ("bundle", "weights", "token_bytes"),
    [
        ("float32", LLAMA_PARAMS * 4, 2 * 32 * 4096 * 4),
        ("float16", LLAMA_PARAMS * 2, 2 * 32 * 4096 * 2),
        ("bfloat16", LLAMA_PARAMS * 2, 2 * 32 * 4096 * 2),
        ("w8a16", LLAMA_PARAMS, 2 * 32 * 4096 * 2),
        ("w8a16kv8", LLAMA_PARAMS, 2 * 32 * 4096),
        ("w4a16", LLAMA_PARAMS * 9 // 16, 2 * 32 * 4096 * 2),
        ("w4a16kv8", LLAMA_PARAMS * 9 // 16, 2 * 32 * 4096),
        ("Q6_K", LLAMA_PARAMS * 210 // 256, 2 * 32 * 4096 * 2),
    ],
)
def test_llama_2(bundle, weights, token_bytes):
    """No dimension of Llama 2 7B leaves a part of a block."""
    result = analyze(stated(load_template("llama-2-7b"), bundle))
    assert result.ok
    assert result.precision == BUNDLES[bundle].precision
    assert result.totals.weight_bytes == weights
    assert language_model_cost(result).token_bytes == token_bytes
    assert weight_dtypes(result) == (result.precision.weights,)


def test_gpt_2_takes_half_the_bytes_and_less_time_in_float16():
    network = load_template("gpt2")
    single, half = (analyze(stated(network, id_)) for id_ in ("float32", "float16"))
    assert single.totals.weight_bytes == GPT2_PARAMS * 4
    assert half.totals.weight_bytes * 2 == single.totals.weight_bytes
    assert language_model_cost(half).cache_bytes * 2 == language_model_cost(single).cache_bytes
    assert half.memory.peak_bytes < 0.51 * single.memory.peak_bytes
    assert seconds(half, "nvidia-a100-80gb") < 0.55 * seconds(single, "nvidia-a100-80gb")
    assert analyze(network).precision == Precision(*["float32"] * 4)


def test_the_cache_is_a_choice_of_its_own():
    network = edits.set_stored_dtype(stated(load_template("gpt2"), "float16"), (), "cache", "Q8_0")
    cost = language_model_cost(analyze(network))
    assert cost.token_bytes == 2 * 12 * 768 * 34 // 32
    assert language_model_cost(analyze(network), cache_dtype="float32").token_bytes == 2 * 12 * 768 * 4
    assert language_model_cost(analyze(network, cache="int8")).token_bytes == 2 * 12 * 768
    # A dtype for all replaces what the network declares.
    assert language_model_cost(analyze(network, dtype="float32")).token_bytes == 2 * 12 * 768 * 4


# -- the dtype of computations


@pytest.mark.parametrize(
    ("network", "settings", "peak"),
    [
        pytest.param(cnn(), {}, 19.5e12, id="float32"),
        pytest.param(cnn(), {"dtype": "tf32"}, 156e12, id="TF32"),
        pytest.param(stated(cnn(), "tf32"), {}, 156e12, id="TF32 in the file"),
        pytest.param(stated(cnn(), "float16"), {}, 312e12, id="float16"),
        pytest.param(stated(cnn(), "int8"), {}, 624e12, id="int8"),
        pytest.param(cnn(), {"dtype": "int8"}, 624e12, id="int8 as a setting"),
        pytest.param(cnn("int8"), {}, 624e12, id="an input of int8"),
        pytest.param(cnn("uint8"), {}, 624e12, id="an input of uint8"),
        pytest.param(cnn("int8"), {"dtype": "float32"}, 19.5e12, id="an input of int8 that is replaced"),
        pytest.param(stated(cnn("int8"), "float16"), {}, 312e12, id="an input of int8 in a file of float16"),
        pytest.param(stated(cnn(), "w8a16"), {}, 312e12, id="int8 weights, float16 compute"),
        pytest.param(cnn(dtypes={"compute": "int8"}), {}, 624e12, id="a layer of its own"),
    ],
)
def test_a_convolution_is_timed_at_the_peak_of_its_dtype(network, settings, peak):
    """Peaks of the A100 from NVIDIA's data sheet, dense."""
    assert seconds(analyze(network, **settings), "nvidia-a100-80gb") == pytest.approx(FLOPS / peak, rel=1e-9)


def test_tf32_is_float32_in_memory_and_where_a_device_does_not_have_it():
    plain, tf32 = analyze(cnn()), analyze(cnn(), dtype="tf32")
    assert tf32.totals == plain.totals
    assert tf32.precision == Precision("tf32", "float32", "float32", "float32")
    assert seconds(tf32, "nvidia-t4") == seconds(plain, "nvidia-t4")
    assert devices()["nvidia-t4"].peak("tf32").as_dtype == "float32"


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_a_quantized_cnn_stores_quantized_weights(dtype):
    """As TensorFlow Lite does: a convolution of int8 has weights of int8."""
    result = analyze(cnn(dtype))
    assert result.totals.weight_bytes == result.totals.params
    assert result.root.outputs[0].dtype == dtype


def test_a_picture_of_uint8_that_is_divided_first_is_computed_in_float32():
    scale = Layer(name="scale", type="Div", inputs=("image", "image"))
    conv = cnn().layers[0]
    given = NetworkInput(name="image", shape=(8, 512, 32, 32), dtype="uint8")
    result = analyze(Network(inputs=(given,), root=Block(name="", layers=(scale, conv))))
    assert result.totals.weight_bytes == 4 * result.totals.params
    assert weight_dtypes(result) == ("float32",)
    assert seconds(result, "nvidia-a100-80gb") >= FLOPS / 19.5e12


def test_in_a_quantized_network_all_numbers_are():
    layers = (Layer(name="scale", type="Div", inputs=("image", "image")), Layer(name="soft", type="Softmax"))
    network = Network(inputs=(NetworkInput(name="image", shape=(1, 8, 4, 4)),), root=Block(name="", layers=layers))
    result = analyze(stated(network, "int8"))
    assert [row.result.outputs[0].dtype for row in result.rows()] == ["int8", "int8"]


# -- the key of the file


def test_activations_that_a_network_states_are_those_of_its_inputs_and_layers():
    result = analyze(edits.set_stored_dtype(cnn(), (), "activations", "float16"))
    assert result.inputs["image"].dtype == "float16"
    assert result.root.outputs[0].dtype == "float16"
    assert result.precision == Precision(*["float16"] * 4)


def test_a_file_of_before_means_the_same():
    network = edits.set_stored_dtype(cnn("float16"), (), "weights", "int4")
    assert analyze(network).precision == Precision("float16", "int4", "float16", "float16")
    layered = edits.set_stored_dtype(cnn(), (0,), "activations", "int8")
    result = analyze(layered)
    assert result.root.outputs[0].dtype == "int8"
    assert result.precision == Precision(*["float32"] * 4)


def test_it_is_saved_and_read_again():
    network = stated(load_template("gpt2"), "w4a16kv8")
    again = native.read(native.write(network))
    assert again.stored_dtypes == {"weights": "int4", "compute": "float16", "cache": "int8"}
    assert analyze(again).totals == analyze(network).totals
    assert edits.set_precision(network, BUNDLES["w4a16kv8"].stated) is network
    assert edits.set_precision(network, Dtypes()).stored_dtypes is None


def test_an_unknown_part_is_kept_and_named():
    network = Network(extra={"dtypes": {"gradients": "bfloat16", "weights": "int8"}})
    result = analyze(network)
    (problem,) = [each for each in result.problems if each.param == "dtypes"]
    assert problem.severity == "warning"
    assert "gradients" in problem.message
    assert result.weights == "int8"
    assert stated(network, "float16").stored_dtypes == {"gradients": "bfloat16", "compute": "float16"}


@pytest.mark.parametrize("part", ["compute", "weights", "activations", "cache"])
def test_a_wrong_dtype_is_a_problem_that_says_which_would_do(part):
    network = Network(extra={"dtypes": {part: "int3"}})
    (problem,) = [each for each in analyze(network).problems if each.param == "dtypes"]
    assert problem.severity == "error"
    assert f"dtypes.{part} must be one of float64, float32" in problem.message


def test_weights_of_several_dtypes_are_named_that_of_the_most_bytes_first():
    network = edits.set_stored_dtype(stated(load_template("resnet18"), "int8"), (0,), "weights", "float32")
    assert weight_dtypes(analyze(network)) == ("int8", "float32")
