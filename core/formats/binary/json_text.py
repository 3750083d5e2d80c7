"""JSON out of other programs' files, bounded before it is parsed."""

from __future__ import annotations

from layerledger.core.base.files import FormatError
from layerledger.core.base.json_reader import parse
from layerledger.core.base.messages import Message

MAX_JSON_BYTES = 1 << 26
"""Most bytes of a JSON text; an exported program of torch has some 2,000 for each operator."""

MAX_JSON_VALUES = 2_000_000
"""Most values in a JSON text: as Python objects, they take at most some 80 bytes each."""


def parse_json(content: bytes) -> object:
    """Return the value of a JSON text in UTF-8.

    Raises:
        FormatError: it is too large, not UTF-8, not JSON or ambiguous.
    """
    if len(content) > MAX_JSON_BYTES:
        raise FormatError(Message("its JSON has more than {most} MiB", most=MAX_JSON_BYTES // 2**20))
    # Each value but the first follows one of these; in texts they count too, which does no harm.
    if sum(map(content.count, (b",", b"[", b"{", b":"))) > MAX_JSON_VALUES:
        raise FormatError(Message("its JSON has more than {most:,} values", most=MAX_JSON_VALUES))
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise FormatError(Message("byte {start} of its JSON: this is not UTF-8 text", start=error.start)) from None
    return parse(text)
