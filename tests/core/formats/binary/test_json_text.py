"""JSON out of other programs' files: bounded before it is parsed."""

import pytest

from layerledger.core.base.files import FormatError
from layerledger.core.formats.binary.json_text import MAX_JSON_BYTES, MAX_JSON_VALUES, parse_json


def test_values():
    assert parse_json(b' {"a": [1, 2.5, "x", null, true]} ') == {"a": [1, 2.5, "x", None, True]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b"[1," * (MAX_JSON_VALUES // 2 + 1), "more than 2,000,000 values"),
        (bytes(MAX_JSON_BYTES + 1), "more than 64 MiB"),
        (b"\xff", "byte 0 of its JSON: this is not UTF-8 text"),
        (b'{"a": 1, "a": 2}', "duplicate key"),
        (b"[NaN]", "NaN is not JSON"),
        (b"", "the file is empty"),
    ],
    ids=["deep", "many", "large", "no UTF-8", "twice", "NaN", "empty"],
)
def test_refusals(content: bytes, words: str):
    with pytest.raises(FormatError, match=words):
        parse_json(content)
