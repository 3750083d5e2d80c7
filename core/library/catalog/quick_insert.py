"""Quick insert: a whole layer in one line, `conv 64 3 2` or `maxpool 3 stride=2 padding=1`, and back.

Values without a keyword go to the parameters in their declared order, without those that follow from the input. A line
written as a call, `Conv2d(3, 64, kernel_size=(7, 7))`, is read as torch.nn prints it: there those parameters come too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from layerledger.core.base.messages import Message, message_of
from layerledger.core.base.params import ParamInfo, Value, show
from layerledger.core.layers import bind, evaluate
from layerledger.core.layers.layer_type import Inputs, ParamProblem
from layerledger.core.library.catalog.entries import CATALOG, CatalogEntry, entry_for
from layerledger.core.library.catalog.search import PART, fit, letters, search
from layerledger.core.network.nodes import Block, Node


class QuickError(ValueError):
    """A line that does not describe a layer: one sentence that names the word and a correction."""


@dataclass(frozen=True)
class Argument:
    """One value of a line, with its keyword or without."""

    keyword: str
    text: str


@dataclass(frozen=True)
class QuickLayer:
    """The parts of a line.

    Attributes:
        name: the words that name the layer.
        entries: the entries that match the name, best first.
        arguments: the words after the name.
        call: whether it is written as a call in Python.
    """

    name: str
    entries: tuple[CatalogEntry, ...]
    arguments: tuple[Argument, ...] = ()
    call: bool = False


# -- taking a line apart

_CALL = re.compile(r"\s*(?:torch\.)?(?:nn\.)?([\w.]*\w)\((.*?)\)?\s*", re.DOTALL)
_BRACKETS = r"""\([^()]*\)?|\[[^\]]*\]?|"[^"]*"?|'[^']*'?"""
_KEYWORD = r"([A-Za-z_]\w*)\s*=\s*"
_IN_CALL = re.compile(rf"{_KEYWORD}({_BRACKETS}|[^\s,()=]+)?|({_BRACKETS}|[^\s,()=]+|\S)")
_IN_LINE = re.compile(rf"{_KEYWORD}({_BRACKETS}|[^\s()=]+)?|({_BRACKETS}|[^\s()=]+|\S)")
_NAME_WORD = re.compile(r"[A-Za-z]\w*|[123][dD]")
_MOST_NAME_WORDS = 4


def read(text: str, *, rank: int | None = None) -> QuickLayer:
    """Return the parts of `text`.

    Args:
        text: the line as typed.
        rank: dimensions of the input tensor; see `search`.
    """
    call = _CALL.fullmatch(text)
    if call:
        return QuickLayer(call[1], tuple(search(call[1], rank=rank)), _arguments(_IN_CALL, call[2]), call=True)
    words = _arguments(_IN_LINE, re.sub(r"\s*×\s*", "×", text))
    count = _name_length(words)
    name = " ".join(word.text for word in words[:count])
    return QuickLayer(name, tuple(search(name, rank=rank)), words[count:])


def _arguments(pattern: re.Pattern[str], text: str) -> tuple[Argument, ...]:
    found = pattern.finditer(text)
    words = (Argument(m[1] or "", (m[2] or m[3] or "").rstrip(",")) for m in found)
    return tuple(word for word in words if word.keyword or word.text)


def _name_length(words: Sequence[Argument]) -> int:
    """Return the number of first words that name the layer: the longest match of a title, at least one."""
    most = 0
    while most < min(len(words), _MOST_NAME_WORDS) and _may_name(words[most], first=most == 0):
        most += 1
    # The longest name first: `depthwise conv2d` is one entry, not `depthwise` with a value.
    for count in range(most, 1, -1):
        key = letters("".join(word.text for word in words[:count]))
        if any(fit(entry, key) <= PART for entry in CATALOG):
            return count
    return min(1, len(words))


def _may_name(word: Argument, *, first: bool) -> bool:
    return not word.keyword and (first or _NAME_WORD.fullmatch(word.text) is not None)


# -- what it says


def parse(text: str, inputs: Inputs = ()) -> Node:
    """Return the new layer or block that `text` describes.

    Args:
        text: the line as typed.
        inputs: its inputs, as far as known.

    Raises:
        QuickError: the text does not describe a layer.
    """
    line = read(text, rank=rank_of(inputs))
    if not line.name:
        raise QuickError("type a layer, for example: conv 64 3 2")
    if not line.entries:
        raise QuickError(unknown(line.name, rank=rank_of(inputs)))
    return node(line.entries[0], line, inputs)


def rank_of(inputs: Inputs) -> int | None:
    """Return the dimensions of the first input; None where it is not known."""
    return len(inputs[0].shape) if inputs else None


def node(entry: CatalogEntry, line: QuickLayer, inputs: Inputs = ()) -> Node:
    """Return the new layer or block of `entry` with the arguments of a line.

    Raises:
        QuickError: an argument does not fit.
    """
    made = entry.node(inputs, given(entry, line))
    if not isinstance(made, Block) and (faults := bind(made.type, made.params).problems):
        raise QuickError(faults[0].message)
    return made


def given(entry: CatalogEntry, line: QuickLayer) -> dict[str, Value]:
    """Return the parameters that a line gives, by name.

    Raises:
        QuickError: an argument does not fit.
    """
    order = list(entry.declared) if line.call and not entry.fixed else entry.positional
    places = iter(order)
    values: dict[str, Value] = {}
    for argument in line.arguments:
        name = _keyword(entry, argument.keyword) if argument.keyword else next(places, None)
        if name is None:
            raise QuickError(_too_many(entry, argument.text, order))
        if name in values:
            raise QuickError(Message("{name} is given twice; remove one", name=name))
        values[name] = _value(entry, name, argument)
    return values


def _keyword(entry: CatalogEntry, word: str) -> str:
    """Return the parameter of a keyword, which is its name or a unique beginning of it."""
    word = word.lower()
    found = [name for name in entry.declared if name.startswith(word)]
    # `pad` begins padding and padding_mode; the shortest is meant where it begins all the others.
    shortest = min(found, key=len, default="")
    if not found:
        close = get_close_matches(word, entry.declared, 1)
        hint = Message("did you mean {name}?", name=close[0]) if close else _takes(list(entry.declared))
        raise QuickError(
            Message("{title} has no parameter {word}; {hint}", title=entry.title, word=show(word), hint=hint)
        )
    if not all(name.startswith(shortest) for name in found):
        raise QuickError(
            Message("{word} can mean {found}; type more of the name", word=show(word), found=" or ".join(found))
        )
    return shortest


def _value(entry: CatalogEntry, name: str, argument: Argument) -> Value:
    info, text = entry.declared[name], argument.text
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    value = text[1:-1] if quoted else () if text in ("()", "[]") else info.kind.parse(text)
    try:
        info.read(value, entry.dims)
    except ValueError as error:
        raise QuickError(_without_value(entry, name, argument) or message_of(error)) from None
    return value


def _without_value(entry: CatalogEntry, name: str, argument: Argument) -> str:
    """Return the sentence for a keyword without a value, such as `pad` or `padding=`."""
    if argument.keyword:
        wanted = "" if argument.text else name
    else:
        wanted = next((n for n in entry.declared if n.startswith(argument.text.lower())), "")
    if not wanted:
        return ""
    rule = entry.declared[wanted].kind.hint_for(entry.dims)
    return Message("{name}= needs a value: {rule}", name=wanted, rule=rule)


def _too_many(entry: CatalogEntry, text: str, order: Sequence[str]) -> str:
    return Message(
        "{title} takes fewer values than given with {text}; {takes}",
        title=entry.title,
        text=show(text),
        takes=_takes(order),
    )


def _takes(names: Sequence[str]) -> str:
    return Message("it takes {names}", names=", ".join(names)) if names else Message("it takes no values")


def unknown(name: str, *, rank: int | None = None) -> str:
    """Return the sentence for an unknown name, with a similar known one."""
    known = [letters(word) for entry in CATALOG for word in (*entry.aliases, entry.title)]
    close = get_close_matches(letters(name), known, 1)
    if not close:
        return Message("unknown layer type {name}; try conv, linear or relu", name=show(name))
    meant = search(close[0], rank=rank)[0].title
    return Message("unknown layer type {name}; did you mean {meant}?", name=show(name), meant=meant)


# -- and back


def summary(made: Node, inputs: Inputs = ()) -> str:
    """Return a short text on the parameters of a new layer: as its row shows them, or else as they are written."""
    if isinstance(made, Block):
        return f"×{made.repeat}" if made.repeat != 1 else ""
    spec = bind(made.type, made.params).op
    if spec is not None and inputs and not isinstance(evaluate(spec, inputs), ParamProblem):
        return spec.summary(inputs)
    return written(made).partition(" ")[2]


def written(made: Node) -> str:
    """Return a layer or block as a line that `parse` reads back: its type and its parameters."""
    if isinstance(made, Block):
        return f"Block repeat={made.repeat} share_weights={str(made.share_weights).lower()}"
    entry = entry_for(made.type)
    known: Mapping[str, ParamInfo] = entry.declared if entry else {}
    leading = entry.positional if entry else []
    texts = {name: _text(known.get(name), value) for name, value in made.params.items()}
    plain = 0
    # A value that could belong to the name, such as a word, is written with its keyword.
    while plain < len(leading) and leading[plain] in texts and not _is_word(texts[leading[plain]]):
        plain += 1
    rest = [f"{name}={text}" for name, text in texts.items() if name not in leading[:plain]]
    return " ".join([made.type, *(texts[name] for name in leading[:plain]), *rest])


def _is_word(text: str) -> bool:
    """Return whether a value could be read as part of the layer's name."""
    return _NAME_WORD.fullmatch(text) is not None


def _text(info: ParamInfo | None, value: Value) -> str:
    if isinstance(value, str):
        return value if re.fullmatch(r"[\w.+-]+", value) else f'"{value}"' if '"' not in value else f"'{value}'"
    text = info.kind.text(value) if info else show(value)
    text = text.replace(" × ", "×").replace(", ", ",") or "()"
    return f"({text})" if text.endswith(",") else text  # a list of one
