"""Training: bytes and MACs against cases worked out by hand, published formulas, and a simulation of one step."""

from dataclasses import replace

import pytest
from hypothesis import given
from network_strategies import built_networks

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.passes.training import (
    CHECKPOINTING,
    OPTIMIZERS,
    PRECISIONS,
    Training,
    TrainingConfig,
)
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.library.templates.templates import load_template


def layer(kind, name, *inputs, **params):
    return Layer(name=name, type=kind, params=params, inputs=inputs)


def net(*layers, shape=(2, 3, 8, 8), dtype="float32", **root):
    given = NetworkInput(name="x", shape=shape, dtype=dtype)
    return analyze(Network(inputs=(given,), root=Block(name="", layers=layers, **root)))


def trained(result, *plan):
    return Training(result, TrainingConfig(*plan))


def part(training, key):
    return next(part for part in (*training.parts, training.peak) if part.key == key)


# -- bytes of parameters


@pytest.mark.parametrize(
    ("optimizer", "precision", "expected"),
    [
        ("sgd", "fp32", (4, 0, 4, 0)),
        ("momentum", "fp32", (4, 0, 4, 4)),
        ("adam", "fp32", (4, 0, 4, 8)),
        ("adamw", "mixed", (4, 2, 4, 8)),
        ("momentum", "mixed", (4, 2, 4, 4)),
        ("adam8bit", "mixed", (4, 2, 4, 2)),
        ("adamw", "bfloat16", (2, 0, 2, 4)),
        ("adam8bit", "float16", (2, 0, 2, 2)),
    ],
)
def test_bytes_a_parameter(optimizer, precision, expected):
    """Hugging Face's anatomy of a model's memory: 18 bytes for mixed AdamW, 12 with 8-bit Adam; 16 for Adam in fp32."""
    learned = layer("Parameter", "p", shape=(1, 100))
    linear = layer("Linear", "l", "p", out_features=10, bias=False)
    training = trained(net(learned, linear, shape=(1, 100)), optimizer, precision)
    assert [p.nbytes // 1000 for p in training.parts[:4]] == [*expected]
    assert training.parts[0].formula == f"{expected[0]} × 1,100"


@pytest.mark.parametrize(("states", "each"), [("weights", 2), ("float32", 4), ("bfloat16", 2)])
def test_states_have_a_dtype_of_their_own(states, each):
    """torch.optim.Adam makes its means with zeros_like(parameter)."""
    result = net(layer("Linear", "l", out_features=10, bias=False), shape=(1, 100))
    assert part(trained(result, "adam", "bfloat16", "none", states), "optimizer").nbytes == 2 * each * 1000


@pytest.mark.parametrize(
    ("dtype", "precision"), [("float32", "fp32"), ("bfloat16", "bfloat16"), ("float16", "float16")]
)
def test_training_follows_the_dtype_of_the_network(dtype, precision):
    result = net(layer("Linear", "l", out_features=10), layer("ReLU", "r"), shape=(1, 100), dtype=dtype)
    training = trained(result)
    assert (training.precision, training.note) == (precision, "")
    assert training.sum_bytes == trained(result, "adamw", precision).sum_bytes
    assert trained(result, "adamw", "mixed").weights.nbytes == 4 * 1010


def test_a_dtype_that_pytorch_does_not_train_is_named():
    training = trained(net(layer("ReLU", "r"), layer("Linear", "l", out_features=2), dtype="int8"))
    assert "int8" in training.note
    assert training.sum_bytes == trained(net(layer("ReLU", "r"), layer("Linear", "l", out_features=2))).sum_bytes


def test_weights_that_no_optimizer_can_change_are_named():
    result = net(layer("ReLU", "r"), layer("Linear", "l", out_features=2))
    training = Training(analyze(result.network, dtype="float16", weights="int4"), TrainingConfig())
    assert (training.precision, training.weights.nbytes) == ("float16", 2 * result.totals.params)
    assert "int4" in training.note


def test_what_is_not_trained_has_no_gradient_and_no_state():
    frozen = layer("Parameter", "p", shape=(8, 8), requires_grad=False)
    result = net(frozen, layer("Mul", "m", "x", "p"), layer("BatchNorm2d", "bn"))
    training = trained(result, "adam", "mixed")
    assert part(training, "weight").nbytes == 64 * 4 + 6 * 4 + 7 * 4
    assert part(training, "gradient").nbytes == 6 * 4
    assert part(training, "optimizer").nbytes == 6 * 8


def test_adafactor_keeps_rows_and_columns():
    """Shazeer & Stern 2018: r + c numbers for a matrix, all of a vector; a filter has matrices of K·K."""
    linear = trained(net(layer("Linear", "l", out_features=20), shape=(1, 100)), "adafactor")
    assert part(linear, "optimizer").nbytes == 4 * (100 + 20 + 20)
    conv = trained(net(layer("Conv2d", "c", out_channels=5, kernel_size=3)), "adafactor")
    assert part(conv, "optimizer").nbytes == 4 * (5 * 3 * (3 + 3) + 5)
    rnn = net(layer("LSTM", "r", hidden_size=4), shape=(5, 2, 3))
    assert part(trained(rnn, "adafactor"), "optimizer").nbytes == 4 * rnn.totals.params


@pytest.mark.parametrize("name", LAYER_TYPES)
def test_shapes_of_weights_hold_all_parameters(name):
    for example in LAYER_TYPES[name].examples:
        fed = tuple(NetworkInput(name=f"i{i}", shape=s, dtype=example.dtype) for i, s in enumerate(example.inputs))
        node = Layer(name="l", type=name, params=example.params, inputs=tuple(i.name for i in fed))
        result = analyze(Network(inputs=fed, root=Block(name="", layers=(node,))))
        (found,) = result.root.children
        shapes = found.op.weight_shapes(found.known_inputs)
        sizes = [1] * len(shapes)
        for i, shape in enumerate(shapes):
            for size in shape:
                sizes[i] *= size
        assert not shapes or sum(sizes) == result.totals.params
        for plan in (TrainingConfig(), TrainingConfig("adafactor", "mixed", "blocks")):
            assert Training(result, plan).peak.nbytes >= 0


@pytest.mark.parametrize("name", ["resnet18", "gpt2", "t5-small"])
def test_gradients_are_made_once_for_each_trainable_parameter(name):
    result = analyze(load_template(name))
    made = sum(step.layer.cost.trainable_params for _, step in trained(result).backward.owners.values())
    assert made == result.totals.trainable_params


# -- saved activations


IMAGE = 2 * 3 * 8 * 8 * 4
FEATURES = 2 * 4 * 8 * 8 * 4
STATISTICS = 8 * 4
"""Mean and deviation of 4 channels."""


def conv(name, *inputs, **params):
    return layer("Conv2d", name, *inputs, **{"out_channels": 4, "kernel_size": 3, "padding": 1} | params)


def saved(*layers, **given):
    return part(trained(net(*layers, **given)), "activation").nbytes


def test_each_tensor_is_saved_once():
    assert saved(conv("a")) == IMAGE
    assert saved(conv("a"), layer("BatchNorm2d", "bn")) == IMAGE + FEATURES + STATISTICS
    assert saved(conv("a"), layer("BatchNorm2d", "bn"), layer("ReLU", "r")) == IMAGE + 2 * FEATURES + STATISTICS
    # the output of r is also the input of b
    assert saved(conv("a"), layer("BatchNorm2d", "bn"), layer("ReLU", "r"), conv("b")) == (
        IMAGE + 2 * FEATURES + STATISTICS
    )
    assert saved(conv("a"), layer("SiLU", "s"), conv("b")) == IMAGE + 2 * FEATURES


def test_sums_and_moved_data_save_nothing_and_a_view_is_what_it_looks_at():
    add = layer("Add", "sum", "a", "a")
    assert saved(conv("a"), add) == IMAGE
    flat = layer("Flatten", "f"), layer("Linear", "l", out_features=2)
    assert saved(conv("a"), layer("ReLU", "r"), *flat) == IMAGE + FEATURES


def test_masks_and_places():
    assert saved(conv("a"), layer("Dropout", "d")) == IMAGE + FEATURES
    assert saved(conv("a"), layer("Dropout", "d", p=0.0)) == IMAGE
    assert saved(conv("a"), layer("Dropout2d", "d")) == IMAGE + 2 * 4 * 4
    assert saved(conv("a"), layer("MaxPool2d", "p", kernel_size=2)) == IMAGE + FEATURES + FEATURES // 4 // 4 * 8
    assert saved(conv("a"), layer("AvgPool2d", "p", kernel_size=2)) == IMAGE + FEATURES


def test_what_learns_nothing_saves_nothing():
    assert saved(layer("ReLU", "r"), layer("MaxPool2d", "p", kernel_size=2)) == 0
    assert saved(layer("ReLU", "r"), conv("a")) == IMAGE


def test_16_bits_halve_floats_but_no_indices():
    result = net(
        layer("Embedding", "e", num_embeddings=9, embedding_dim=6), layer("Tanh", "t"), shape=(2, 5), dtype="int64"
    )
    assert part(trained(result), "activation").nbytes == 2 * 5 * 8 + 2 * 5 * 6 * 4
    assert part(trained(result, "sgd", "bfloat16"), "activation").nbytes == 2 * 5 * 8 + 2 * 5 * 6 * 2
    # Under autocast a table and a function of its rows stay in float32.
    assert part(trained(result, "sgd", "mixed"), "activation").nbytes == 2 * 5 * 8 + 2 * 5 * 6 * 4


@pytest.mark.parametrize(
    ("frozen", "precision", "dtype", "expected"),
    [
        ("", "fp32", "float32", 37_504),
        ("", "mixed", "float32", 27_008),
        ("", "bfloat16", "bfloat16", 27_008),
        ("linear", "mixed", "float32", 12_288),
        ("norm", "mixed", "float32", 18_816),
    ],
)
def test_rms_norm_of_16_bits_keeps_its_quotient_in_float32(frozen, precision, dtype, expected):
    """Linear(100, 64), RMSNorm, ReLU on 32 rows, asked of PyTorch 2.14.1's saved-tensor hooks."""
    layers = [
        Layer(name="linear", type="Linear", params={"out_features": 64}),
        Layer(name="norm", type="RMSNorm", params={"normalized_shape": (64,)}),
        layer("ReLU", "relu"),
    ]
    layers = [replace(one, trainable=False) if one.name == frozen else one for one in layers]
    training = trained(net(*layers, shape=(32, 100), dtype=dtype), "sgd", precision)
    assert training.activations.nbytes == expected


def test_a_transformer_layer_saves_what_korthikanti_counts():
    """Bytes in 16 bits: arXiv:2205.05198, eq. 2, s·b·h·(34 + 5·a·s/h).

    Its masks of dropout, and what dropout makes, are left out, 2 and 3·a·s/h; two statistics of each norm are added.
    """
    s, b, h, a = 32, 2, 64, 4
    heads = [
        node
        for part in "qkv"
        for node in (
            layer("Linear", part, "ln1", out_features=h),
            layer("Unflatten", f"{part}u", dim=-1, unflattened_size=(a, h // a)),
            layer("Transpose", f"{part}t", dim0=1, dim1=2),
        )
    ]
    result = net(
        layer("Linear", "stem", "x", out_features=h),
        layer("LayerNorm", "ln1"),
        *heads,
        layer("Transpose", "kk", "kt", dim0=-2, dim1=-1),
        layer("MatMul", "scores", "qt", "kk"),
        layer("Softmax", "p", dim=-1),
        layer("MatMul", "context", "p", "vt"),
        layer("Transpose", "ct", dim0=1, dim1=2),
        layer("Reshape", "cr", shape=(b, s, h)),
        layer("Linear", "out", out_features=h),
        layer("Add", "sum1", "out", "stem"),
        layer("LayerNorm", "ln2"),
        layer("Linear", "up", out_features=4 * h),
        layer("GELU", "gelu"),
        layer("Linear", "down", out_features=h),
        layer("Add", "sum2", "down", "sum1"),
        shape=(b, s, 8),
    )
    stem = b * s * 8 * 2
    found = part(trained(result, "adamw", "bfloat16"), "activation").nbytes - stem
    assert found == s * b * h * 32 + 2 * a * s * s * b + 2 * 8 * s * b


# -- checkpoints


def test_a_checkpointed_block_keeps_its_input_and_the_largest_runs_again():
    block = Block(name="b", repeat=3, layers=(conv("a"), layer("ReLU", "r"), conv("c")))
    result = net(conv("stem"), block)
    plain, kept = trained(result), trained(result, "adamw", "fp32", "blocks")
    assert part(plain, "activation").nbytes == IMAGE + 3 * 2 * FEATURES
    assert part(kept, "activation").nbytes == IMAGE + 3 * FEATURES + FEATURES
    assert kept.macs.again == result.root.children[1].cost.macs
    assert (plain.macs.again, plain.macs[:3]) == (0, kept.macs[:3])
    assert kept.peak.nbytes < plain.peak.nbytes


# -- MACs


def test_macs_of_training():
    """Three times the forward pass, less the gradient by the image."""
    result = analyze(load_template("resnet18"))
    macs = trained(result).macs
    assert macs.total == 3 * 1_814_073_344 - 118_013_952
    assert macs.by_weight == macs.forward


def test_products_of_two_tensors_need_both_gradients():
    attention = layer("ScaledDotProductAttention", "a", "l", "l", "l")
    result = net(layer("Linear", "l", out_features=8), attention, shape=(2, 4, 8))
    linear, products = (child.cost.macs for child in result.root.children)
    assert trained(result).macs == (linear + products, 2 * products, linear, 0)


def test_macs_of_what_is_not_trained():
    own = layer("Custom", "own", params="5", trainable_params="0", macs="100")
    assert trained(net(own)).macs == (100, 0, 0, 0)
    assert trained(net(conv("a"), own)).macs[1:] == (100, trained(net(conv("a"))).macs.forward, 0)


def test_tied_weights_are_learned_too():
    result = net(
        conv("a", in_channels=3), conv("b"), Layer(name="c", type="Conv2d", params=conv("c").params, tied_to="b")
    )
    a, b, c = (child.cost.macs for child in result.root.children)
    assert trained(result).macs == (a + b + c, b + c, a + b + c, 0)


# -- the peak, against a simulation


def simulated(training):
    """Run a step forward and back over sets of what is alive, from the definitions."""
    plan = training.backward
    steps, homes, blocks = plan.schedule.steps, plan.base_tensors, plan.segments
    n = len(steps)
    keeps = {i: set(plan._kept_tensors(i)) for i in range(n)}
    reads = {i: {homes[t] for t in step.inputs} for i, step in enumerate(steps)}
    makes = {i: {homes[t] for t in step.outputs} for i, step in enumerate(steps)}
    inside = {t: blocks[max(m, 0)] if m >= 0 else None for t, m in enumerate(plan.schedule.producers)}
    for i in range(n):  # a block that runs again needs what it is fed
        if blocks[i] is not None and any(plan.requires_grad[t] for t in steps[i].outputs):
            keeps[i] |= {t for t in reads[i] if inside[t] != blocks[i]}
    outs = {homes[t] for t in plan.schedule.outputs}
    start = {homes[t] for t, m in enumerate(plan.schedule.producers) if m < 0}
    peak, alive = 0, set(start)
    gone_for_now = {i: {t for t in keeps[i] if blocks[i] is not None and inside[t] == blocks[i]} for i in range(n)}
    stay = set().union(*(keeps[i] - gone_for_now[i] for i in range(n))) if n else set()
    own = dict.fromkeys(range(n), 0)
    for i in range(n):
        alive |= makes[i]
        own[i] = plan.keeps[i].nbytes + plan.copies.get(i, 0) if blocks[i] is None else 0
        peak = max(peak, sum(plan.sizes[t] for t in alive) + sum(own.values()))
        later = set().union(*(reads[j] for j in range(i + 1, n)), outs if i < n - 1 else set())
        alive = {t for t in alive if t in later or t in stay}
    gradients, weights, running = set(), 0, None
    used = {homes[t] for step in steps for t in step.inputs if plan.requires_grad[t]} | {
        homes[t] for t in outs if plan.requires_grad[t]
    }
    last_use = {t: max([j for j in range(n) if t in reads[j]] + ([n - 1] if t in outs else [])) for t in used}
    owners = {}
    for i, step in plan.owners.values():
        owners[i] = owners.get(i, 0) + step.layer.cost.trainable_params * training.mode.width
    for i in reversed(range(n)):
        if blocks[i] is not None and blocks[i] != running:
            again = [j for j in range(n) if blocks[j] == blocks[i]]
            alive |= set().union(*(gone_for_now[j] for j in again))
            own.update({j: plan.keeps[j].nbytes + plan.copies.get(j, 0) for j in again})
        running = blocks[i]
        gradients |= {t for t in used if last_use[t] == i and plan.requires_grad[t]}
        weights += owners.get(i, 0)
        bytes_now = sum(plan.sizes[t] for t in alive) + sum(plan.sizes[t] for t in gradients)
        peak = max(peak, bytes_now + sum(own.values()) + weights)
        own[i] = 0
        gradients -= {t for t in gradients if plan.schedule.producers[t] == i}
        needed = set().union(*(keeps[j] - gone_for_now[j] for j in range(i))) if i else set()
        in_block = [j for j in range(i) if blocks[j] is not None and blocks[j] == blocks[i]]
        needed |= set().union(*(gone_for_now[j] for j in in_block)) if in_block else set()
        alive &= needed
    return peak


@pytest.mark.parametrize("checkpointing", CHECKPOINTING)
@given(built_networks())
def test_the_peak_is_what_a_simulation_finds(checkpointing, network):
    training = trained(analyze(network), "adamw", "fp32", checkpointing)
    stays = part(training, "weight").nbytes + part(training, "optimizer").nbytes
    assert training.peak.nbytes - stays == simulated(training)
    assert part(training, "activation").nbytes <= training.peak.nbytes or not training.backward.schedule.steps


@pytest.mark.parametrize("checkpointing", CHECKPOINTING)
@pytest.mark.parametrize("name", ["lenet5", "unet", "lstm_classifier"])
def test_the_peak_of_templates(name, checkpointing):
    training = trained(analyze(load_template(name)), "sgd", "mixed", checkpointing)
    assert training.peak.nbytes - part(training, "weight").nbytes == simulated(training)


def test_why_the_peak_is_not_the_sum():
    smooth = [layer("GELU", f"g{i}") for i in range(4)]
    below = trained(net(layer("Flatten", "f"), layer("Linear", "l", out_features=500), *smooth))
    above = trained(net(conv("a"), layer("ReLU", "r"), conv("b")))
    for training, words in ((below, "below the sum"), (above, "above the sum")):
        gap = abs(training.peak.nbytes - training.sum_bytes)
        assert f"{gap:,} B {words}" in training.difference
    assert trained(net()).difference


def test_an_unknown_plan_says_what_is_known():
    for plan in (TrainingConfig("lion"), TrainingConfig("sgd", "fp8"), TrainingConfig("sgd", "fp32", "half")):
        with pytest.raises(ValueError, match="must be one of"):
            Training(net(conv("a")), plan)
    assert {*OPTIMIZERS} >= {"sgd", "momentum", "adam", "adamw", "adam8bit", "adafactor"}
    assert {*PRECISIONS} == {"network", "fp32", "mixed", "bfloat16", "float16"}


def test_wrong_and_empty_networks_take_what_is_known():
    assert trained(net()).peak.nbytes == 0
    assert trained(net(conv("a"), layer("Odd", "o"), conv("b"))).sum_bytes > 0
