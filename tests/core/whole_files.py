"""Whole files, changed at random, through every pass and every report: what the program must survive."""

import copy
import json

from core_samples import PRODUCT_EXAMPLE, example_network

from layerledger.core import analyze
from layerledger.core.analysis.passes.language_model import language_model_cost
from layerledger.core.analysis.passes.liveness import IN_PLACE, LivenessProfile
from layerledger.core.analysis.passes.training import CHECKPOINTING, OPTIMIZERS, PRECISIONS, Training, TrainingConfig
from layerledger.core.base.files import FormatError
from layerledger.core.formats.native import read
from layerledger.core.formats.native_writer import write
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.metrics.devices.registry import devices
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.metrics.registry import COUNTS, METRICS
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.registry import REPORTS

SIZES = (0, 1, 2, 3, 4, 7, 8, 16, 31, 64, -1, 2**31, 10**6, 0.5, True, False, None, "same", "x", [], [0], [1, 2])
RATES = (2, 3, 0, -1, 50)
UNET = [
    {"name": "down", "type": "AvgPool2d", "params": {"kernel_size": 2}},
    {"name": "conv", "type": "Conv2d", "params": {"out_channels": 3, "kernel_size": 3, "padding": 1}},
    {"name": "up", "type": "ConvTranspose2d", "params": {"out_channels": 3, "kernel_size": 2, "stride": 2}},
    {"name": "cat", "type": "Concat", "params": {"dim": 1}, "inputs": ["up", "image"]},
    {"name": "end", "type": "Upsample", "params": {"scale_factor": 2, "mode": "bilinear"}},
]
GRU = [
    {"name": "cat", "type": "Concat", "params": {"dim": 1}, "inputs": ["input", "input:1"]},
    {"name": "mix", "type": "Conv2d", "params": {"out_channels": 3, "kernel_size": 3, "padding": 1}},
    {"name": "sum", "type": "Add", "inputs": ["mix", "input"]},
]
DECODER = [
    {"name": "words", "type": "Embedding", "params": {"num_embeddings": 50, "embedding_dim": 8}},
    {
        "name": "block",
        "type": "Block",
        "repeat": 2,
        "layers": [
            {"name": "norm", "type": "LayerNorm"},
            {"name": "attention", "type": "MultiheadAttention", "params": {"num_heads": 2, "batch_first": True}},
            {"name": "add", "type": "Add", "inputs": ["attention", "input"]},
            {"name": "mlp", "type": "SwiGLU", "params": {"hidden_features": 16}},
        ],
    },
    {"name": "head", "type": "Linear", "params": {"out_features": 50}, "tied_to": "words"},
]


def file_of(layers, *inputs):
    named = [{"name": name, "shape": shape, "dtype": dtype} for name, shape, dtype in inputs]
    return {"format": "layerledger", "version": 1, "name": "n", "inputs": named, "layers": layers}


def small_files():
    """Return small networks of every kind, as JSON objects: each layer type by itself, and some that are wired."""
    image = ("image", [1, 3, 16, 16], "float32")
    gru = {"name": "gru", "type": "Block", "repeat": 3, "inputs": ["image", "state"], "layers": GRU}
    found = [
        json.loads(PRODUCT_EXAMPLE),
        file_of(UNET, image),
        file_of([gru, *UNET], image, ("state", [1, 3, 16, 16], "float32")),
        file_of([gru | {"outputs": ["sum", "input:1"]}], image, ("state", [1, 3, 16, 16], "float32")),
        file_of(DECODER, ("tokens", [1, 12], "int64")),
    ]
    for cls in LAYER_TYPES.values():
        found += [json.loads(write(example_network(cls, example))) for example in cls.examples[:1]]
    return found


# -- mutation


def places(value, found=None):
    """Return every container in a JSON value with a key into it."""
    found = [] if found is None else found
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            found.append((value, key))
            places(each, found)
    return found


def mutated(rng, files):
    """Return a file with some of its values changed, taken away, doubled, or taken from another file."""
    top = copy.deepcopy(rng.choice(files))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5))):
        mutate(rng, top, files)
    return top


def mutate(rng, top, files):
    # The head of a file is refused at once, so it is seldom changed.
    kept = {"format", "version"} if rng.random() < 0.99 else set()
    left = [place for place in places(top) if place[1] not in kept]
    if not left:
        return
    holder, key = rng.choice(left)
    names = [each[at] for each, at in places(top) if at == "name"]
    roll = rng.random()
    if roll < 0.15:
        del holder[key]
    elif roll < 0.3 and isinstance(holder, list):
        holder.insert(rng.randint(0, len(holder)), copy.deepcopy(holder[key]))
    elif roll < 0.4 and isinstance(holder, list):
        rng.shuffle(holder)
    elif roll < 0.55:
        # Another file's value under the same key is of the right kind.
        others = [each[at] for each, at in places(rng.choice(files)) if at == key]
        holder[key] = copy.deepcopy(rng.choice(others)) if others else None
    elif roll < 0.7 and isinstance(holder.get("type") if isinstance(holder, dict) else None, str):
        wired(rng, holder, names)
    elif key == "name" or (isinstance(holder[key], str) and roll < 0.85):
        holder[key] = rng.choice([*names, "input", "input:1", "image", "float16", "int64", *LAYER_TYPES])
    elif isinstance(holder[key], int | float) and roll < 0.9:
        holder[key] = holder[key] * rng.choice(RATES) + rng.randint(-1, 1)
    else:
        holder[key] = rng.choice(SIZES)


def wired(rng, node, names):
    """Change what a node takes, returns, repeats or is."""
    reference = [rng.choice([*names, "input", "input:1", f"{rng.choice(names)}:1"] if names else ["input"])]
    roll = rng.random()
    if roll < 0.4:
        taken = node.get("inputs", [])
        node["inputs"] = [*(taken if isinstance(taken, list) and roll > 0.1 else ()), *reference]
    elif roll < 0.5:
        node["outputs"] = reference
    elif roll < 0.6:
        node["repeat"] = rng.choice((1, 2, 3, 7))
    elif roll < 0.7:
        node["share_weights"] = True
    elif roll < 0.8:
        node["tied_to"] = reference[0]
    else:
        node["type"] = rng.choice([*LAYER_TYPES, "Block"])
        if node["type"] == "Block":
            node.setdefault("layers", [{"name": "one", "type": "ReLU"}])


# -- everything that there is to see


def look_at_everything(rng, top):
    """Take a file through every pass and every report; return whether it could be read.

    Raises:
        Exception: anything but the refusal of the file by its format.
    """
    try:
        network = read(json.dumps(top))
    except FormatError:
        return False
    result = analyze(network)
    assert list(result.rows(expand=False)) is not None
    rows = list(result.rows())
    for step in result.schedule.steps:
        result.receptive.of(step)
    memory = LivenessProfile(result.schedule, in_place=IN_PLACE)
    assert memory.peak_bytes >= 0
    assert result.memory.packed_bytes >= 0
    config = TrainingConfig(rng.choice(list(OPTIMIZERS)), rng.choice(list(PRECISIONS)), rng.choice(list(CHECKPOINTING)))
    assert Training(result, config).peak.nbytes >= 0
    language_model_cost(result, context=rng.choice((None, 1, 100)))
    target = DeviceTarget(device=rng.choice(list(devices().values())), fused=rng.random() < 0.5)
    roof = target.roofline(result)
    metrics = MetricContext(result, fused=target.fused, target=target, convention=rng.choice(list(COUNTS)))
    for id_ in (*METRICS, *COUNTS):
        if metric := METRICS[id_].in_context(metrics):
            metric.whole(metrics)
            for row in rows[:20]:
                metric.json_value(metrics, row)
    context = ReportContext(metrics, training=config, tokens=rng.choice((None, 64)))
    for report in REPORTS.values():
        assert report.write(context)
    assert roof
    write(network)
    return True
