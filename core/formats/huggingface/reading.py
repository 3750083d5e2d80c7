"""The way from a parsed config.json to a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.values import show
from layerledger.core.formats.huggingface.built import Built, assemble
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.traits import TRAITS
from layerledger.core.formats.importing.notes import ImportNote
from layerledger.core.network.nodes import MAX_LAYERS, Block, Network

Builder = Callable[[Config, Mapping[str, int]], Built]

_PACKAGE = "layerledger.core.formats.huggingface"
_BUILDERS: dict[str, str] = {
    **dict.fromkeys(TRAITS, "causal.causal_model"),
    **dict.fromkeys(
        ("bert", "roberta", "xlm-roberta", "camembert", "distilbert", "electra", "albert"), "bert.text_encoder"
    ),
    **dict.fromkeys(("vit", "deit", "dinov2"), "vision.vision_model"),
    **dict.fromkeys(("clip", "siglip"), "clip.pair_model"),
    **dict.fromkeys(("clip_vision_model", "siglip_vision_model"), "clip.vision_encoder"),
    **dict.fromkeys(("clip_text_model", "siglip_text_model"), "clip.text_encoder"),
    **dict.fromkeys(("bart", "mbart", "pegasus", "marian", "blenderbot", "m2m_100"), "seq2seq.translator"),
    "whisper": "seq2seq.whisper",
    **dict.fromkeys(("t5", "mt5"), "t5.t5"),
    "llava": "pictured.llava",
    "gemma3": "pictured.gemma3",
    "paligemma": "pictured.paligemma",
    "qwen2_vl": "qwen_vision.qwen2_vl",
    "mamba": "mamba.mamba",
    "resnet": "resnet.resnet",
}
"""The module and function that build each model_type; imported when a file has it."""

MODEL_TYPES = tuple(sorted(_BUILDERS))
"""All that are known."""


def read_config(
    config: Mapping[str, object], *, name: str, sizes: Mapping[str, int] | None = None, file: str = ""
) -> Network:
    """Return the network that a config.json describes; no weights are read and no code is run.

    Args:
        config: the parsed file.
        name: of the network.
        sizes: those that the file leaves open, such as tokens.
        file: the file's name; empty for that of the network.

    Raises:
        FormatError: the model_type is not known, or a value breaks a rule; the sentence names the key.
    """
    kind = _kind(config)
    read = Config(config, kind=kind)
    built = _builder(kind)(read, sizes or {})
    built = built._replace(notes=(*built.notes, *_notes(read)))
    made_by = config.get("transformers_version")
    made = f"transformers {made_by}" if isinstance(made_by, str) and len(made_by) < 40 else ""
    network = assemble(name, built, made, file=file)
    if _too_many(network.root):
        raise FormatError(Message("the network has more than {most:,} layers", most=MAX_LAYERS))
    return network


def _too_many(block: Block) -> bool:
    return block.too_many or any(_too_many(node) for node in block.layers if isinstance(node, Block))


def _kind(config: Mapping[str, object]) -> str:
    kind = config.get("model_type")
    if isinstance(kind, str) and kind:
        return kind
    raise FormatError(
        Message(
            'this config.json has no "model_type", which names the kind of model; these are known: {known}',
            known=", ".join(MODEL_TYPES),
        )
    )


def _builder(kind: str) -> Builder:
    if kind not in _BUILDERS:
        raise FormatError(
            Message(
                "model_type {kind} is not known, and code of a repository is never run; these are known: {known}. A "
                ".safetensors or .gguf file of the model opens as a list of its tensors",
                kind=show(kind[:60]),
                known=", ".join(MODEL_TYPES),
            )
        )
    module, function = _BUILDERS[kind].split(".")
    return getattr(import_module(f"{_PACKAGE}.{module}"), function)


def _notes(config: Config) -> Iterator[ImportNote]:
    if config.object("auto_map"):
        text = Message(
            "The repository has code of its own (auto_map), which was not run: the network is what transformers makes "
            "of model_type {kind}.",
            kind=show(config.kind),
        )
        yield ImportNote("assumed", text)
    taken = {key: value for key, value in config.assumed.items() if type(value) is int and value}
    if taken:
        listed = ", ".join(f"{config.place(key)} {value}" for key, value in taken.items())
        text = Message("Not in the file, so as in transformers’ {kind}: {listed}.", kind=config.kind, listed=listed)
        yield ImportNote("assumed", text)
    if config.object("quantization_config"):
        text = Message("The weights are quantized in the file; dtypes here are those of the network.")
        yield ImportNote("assumed", text)
