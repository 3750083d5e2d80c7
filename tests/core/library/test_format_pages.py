"""Each foreign format has a page that says how to make a file, and the search finds it."""

from __future__ import annotations

import ast

import pytest

from layerledger.core.formats.foreign import FOREIGN
from layerledger.core.library.reference import find, page
from layerledger.core.library.reference.format_page import format_entries, recorder_source
from layerledger.core.library.reference.format_texts import TEXTS


def test_each_format_has_a_page() -> None:
    assert list(TEXTS) == [each.id for each in FOREIGN]
    for key, _ in format_entries():
        html = page(key)
        assert "How to make one" in html
        assert "What is not" in html
        assert "<pre>" in html


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (".onnx", "onnx"),
        ("pt2", "pt2"),
        ("torch.export", "pt2"),
        ("safetensors", "safetensors"),
        ("gguf", "gguf"),
        ("recorder", "trace"),
        ("tflite", "tflite"),
        ("hugging face", "huggingface"),
        ("config.json", "huggingface"),
    ],
)
def test_the_search_finds_it_first(words: str, key: str) -> None:
    assert find(words)[0].key == f"format-{key}"


def test_keras_is_found_among_the_conventions_of_its_name() -> None:
    assert "format-keras" in {entry.key for entry in find("keras")[:6]}


def test_the_recipes_for_python_are_python() -> None:
    for text in TEXTS.values():
        for lines in text.recipes.values():
            if "=" in lines and not lines.startswith(("python ", "optimum-cli ", "Download")):
                ast.parse(lines)


def test_the_recorder_is_short_python_with_a_licence_of_its_own() -> None:
    source = recorder_source()
    assert len(source.splitlines()) <= 100
    assert source.startswith("# SPDX-License-Identifier: MIT-0")
    names = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    assert "record" in names
