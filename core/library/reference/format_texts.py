"""Texts of the pages on foreign formats: the code that makes a file, and the limits of its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.frozen_map import FrozenMap


class FormatText(NamedTuple):
    """The text of a page on a format.

    Attributes:
        recipes: the lines of code that make a file, by the program that has the model.
        exact: what is exact.
        limits: what is not exact, or not in the file, each a sentence.
    """

    recipes: Mapping[str, str]
    exact: str
    limits: tuple[str, ...]


_EXPORT = "program = torch.export.export(model.eval(), (x,))\ntorch.export.save(program, 'model.pt2')"
_BATCH = "A file for batch 1 may hold the 1 in its shapes; the notes then say that the batch cannot change."

TEXTS: Mapping[str, FormatText] = FrozenMap(
    {
        "onnx": FormatText(
            FrozenMap(
                {
                    "PyTorch": "x = torch.zeros(1, 3, 224, 224)\n"
                    "torch.onnx.export(model.eval(), (x,), 'model.onnx', dynamo=True)",
                    "Keras": "model.export('model.onnx', format='onnx')",
                    "TensorFlow": "python -m tf2onnx.convert --saved-model folder --output model.onnx",
                    "Hugging Face": "optimum-cli export onnx --model name folder",
                }
            ),
            "MACs are exact where each operator has a layer type. Shapes in the file are compared with those of the "
            "layers.",
            (
                "Exporters fold BatchNorm into convolutions, drop biases of zeros and store equal weights once: the "
                "parameters are those that the file holds, and a note says what differs from the source.",
                "Loop, Scan, and If on a computed condition are not counted.",
                _BATCH,
            ),
        ),
        "pt2": FormatText(
            FrozenMap({"PyTorch": f"x = torch.zeros(1, 3, 224, 224)\n{_EXPORT}"}),
            "MACs, parameters and buffers are those of the model: nothing is folded. Blocks have the modules' names.",
            (
                "A model whose Python code branches on values cannot be exported; record a trace of it instead.",
                "An operator without a layer type is not counted; its output shape comes from the file.",
            ),
        ),
        "keras": FormatText(
            FrozenMap(
                {
                    "Keras": "model.save('model.keras')",
                    "TensorFlow": "model.save('model.h5')",
                    "Without weights": "open('model.json', 'w').write(model.to_json())",
                }
            ),
            "MACs and parameters are those that Keras counts, frozen layers included.",
            (
                "Shapes are shown channels first; Keras has channels last.",
                "A layer class of your own is not counted, and neither is a Lambda: its code is not run.",
                "A SavedModel folder of TensorFlow is not read; load it and save it as .keras or .tflite.",
            ),
        ),
        "tflite": FormatText(
            FrozenMap(
                {
                    "Keras": "found = tf.lite.TFLiteConverter.from_keras_model(model).convert()\n"
                    "open('model.tflite', 'wb').write(found)",
                    "TensorFlow": "found = tf.lite.TFLiteConverter.from_saved_model('folder').convert()\n"
                    "open('model.tflite', 'wb').write(found)",
                }
            ),
            "MACs are exact, also of quantized models; int8 weights take the bytes that they take in the file.",
            (
                "The converter folds BatchNorm, so the parameters are those that the file holds.",
                "Shapes are shown channels first; the file has channels last.",
                "Custom operators are not counted.",
            ),
        ),
        "huggingface": FormatText(
            FrozenMap(
                {
                    "Hugging Face": "from transformers import AutoConfig\n"
                    "AutoConfig.from_pretrained('name').save_pretrained('folder')  # folder/config.json",
                    "From the hub": "Download config.json from the files of a model: it has one or two kilobytes.",
                }
            ),
            "Parameters and MACs are exact for the kinds of models that are known: decoders such as Llama, Qwen, Gemma "
            "and Mixtral, and BERT, T5, BART, Whisper, ViT, CLIP, LLaVA, Mamba, ResNet and those like them.",
            (
                "The number of tokens is open; 128 are taken until you set it.",
                "Code in the repository of a model is never run: a kind that needs it is refused by its name.",
            ),
        ),
        "gguf": FormatText(
            FrozenMap({"llama.cpp": "python convert_hf_to_gguf.py folder --outfile model.gguf"}),
            "Parameters and the bytes of each quantized type are exact.",
            ("A file of an unknown architecture opens as a table of its tensors: without a graph there are no MACs.",),
        ),
        "safetensors": FormatText(
            FrozenMap(
                {
                    "PyTorch": "from safetensors.torch import save_file\n"
                    "save_file(model.state_dict(), 'model.safetensors')",
                    "Hugging Face": "model.save_pretrained('folder')  # with an index if there are several files",
                }
            ),
            "Parameters and bytes are exact.",
            (
                "There is no graph in the file: it opens as a table of its tensors.",
                "The config.json beside it opens as a network.",
            ),
        ),
        "state-dict": FormatText(
            FrozenMap({"PyTorch": "torch.save(model.state_dict(), 'model.pt')"}),
            "Parameters, buffers and bytes are exact. The pickle is read as names and shapes; nothing in it is run.",
            (
                "There is no graph in the file: it opens as a table of its tensors.",
                "A whole model saved by torch.save, or TorchScript, is refused: opening it would run its code. "
                f"With the model in Python, make a .pt2: `{_EXPORT.splitlines()[-1]}`.",
            ),
        ),
        "trace": FormatText(
            FrozenMap(
                {
                    "PyTorch, with the recorder below": "from layerledger_recorder import record\n"
                    "record(model, torch.zeros(1, 3, 224, 224), file='model.trace.json')"
                }
            ),
            "MACs and parameters of modules of torch.nn are exact; the recorder is tested with PyTorch 2.14. Use it "
            "for models that torch.export refuses.",
            (
                "A trace is what the model did with one input: other branches of its code are not in it.",
                "Functions outside torch are not seen; what they make has no layer before it.",
            ),
        ),
    }
)
"""The texts by the id of the format."""

RECORDER = "recorder/layerledger_recorder.py"
"""The recorder, in the folder of the resources."""
