"""A config.json read key by key: each value is checked where it is used, and what is assumed is remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import layerledger.resources
from layerledger.core.base.files import FormatError
from layerledger.core.base.json_reader import short, shown
from layerledger.core.base.messages import Message

MAX_NUMBER = 10**9
"""The largest size that a key may state: far more than any network has."""

_OLD_NAMES = {
    "hidden_size": ("n_embd", "n_embed", "d_model"),
    "num_hidden_layers": ("n_layer", "n_layers", "num_layers"),
    "num_attention_heads": ("n_head", "n_heads", "num_heads"),
    "num_key_value_heads": ("num_kv_heads", "n_head_kv"),
    "max_position_embeddings": ("n_positions", "n_ctx", "max_seq_len"),
    "intermediate_size": ("n_inner", "ffn_dim", "ffn_hidden_size", "d_ff"),
}
"""Names of keys before transformers had one name for each."""


@cache
def _known() -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    """Return what transformers' classes take for keys that are missing, and their other names, by model_type."""
    file = Path(layerledger.resources.__path__[0], "huggingface", "defaults.json")
    return json.loads(file.read_text(encoding="utf-8"))


class Config:
    """A mapping of a config.json, or of a part of one.

    Attributes:
        given: the keys and values of the file.
        kind: its model_type.
        prefix: the key of the part, such as text_config; empty for the whole file.
        assumed: the keys of the file that are missing, with the default that was taken.
    """

    def __init__(self, given: Mapping[str, object], *, kind: str, place: str = "") -> None:
        self.given, self.kind, self.prefix = given, kind, place
        known = _known().get(kind, {})
        self._defaults, self._aliases = known.get("defaults", {}), known.get("names", {})
        self.assumed: dict[str, object] = {}

    def find(self, name: str) -> tuple[str, object]:
        """Return the key under which a value stands, and the value; the class's default where there is no key."""
        names = self._names(name)
        for each in names:
            if each in self.given:
                return each, self.given[each]
        for each in names:
            if (value := self._defaults.get(each)) is not None:
                self.assumed[each] = value
                return each, value
        return name, None

    def has(self, name: str) -> bool:
        """Whether the file states a value that is not null."""
        return any(self.given.get(each) is not None for each in self._names(name))

    def place(self, key: str) -> str:
        """Return the name of a key for a sentence, with the parts that it is in."""
        return f"{self.prefix}.{key}" if self.prefix else key

    def main(self, name: str) -> int:
        """Return a size without which nobody can say what the network is; a part of another may leave it out."""
        if not self.prefix and not any(each in self.given for each in self._names(name)):
            raise FormatError(Message("{key} is missing; it must be {rule}", key=name, rule=_whole(1)))
        return self.size(name)

    def size(self, name: str, *, least: int = 1) -> int:
        """Return a size that must be known."""
        key, value = self.find(name)
        if value is None:
            raise FormatError(Message("{key} is missing; it must be {rule}", key=self.place(key), rule=_whole(least)))
        return self._checked(key, value, least)

    def optional(self, name: str, *, least: int = 1) -> int | None:
        """Return a size, or None where it is missing or null."""
        key, value = self.find(name)
        return None if value is None else self._checked(key, value, least)

    def _checked(self, key: str, value: object, least: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_NUMBER:
            raise self.wrong(key, _whole(least), value)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return true or false; the default where the key is missing or null."""
        key, value = self.find(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(key, Message("true or false"), value)
        return value

    def number(self, name: str) -> float | None:
        """Return a finite number, or None where it is missing or null."""
        key, value = self.find(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e18:
            raise self.wrong(key, Message("a number"), value)
        return float(value)

    def share(self, name: str) -> float:
        """Return a number from 0 to 1; 0 where it is missing or null."""
        found = self.number(name) or 0.0
        if not 0 <= found <= 1:
            raise self.wrong(name, Message("from 0 to 1"), found)
        return found

    def text(self, name: str, default: str = "") -> str:
        """Return a text; the default where the key is missing or null."""
        key, value = self.find(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.wrong(key, Message("a text"), value)
        return value

    def items(self, name: str) -> Sequence[object]:
        """Return the values of an array; () where it is missing or null."""
        key, value = self.find(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            raise self.wrong(key, Message("an array"), value)
        return cast("Sequence[object]", value)

    def sizes(self, name: str) -> tuple[int, ...]:
        """Return the whole numbers of an array."""
        return tuple(self._checked(name, value, 0) for value in self.items(name))

    def object(self, name: str) -> Mapping[str, object]:
        """Return an object; an empty one where it is missing or null."""
        key, value = self.find(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.wrong(key, Message("an object"), value)
        return cast("Mapping[str, object]", value)

    def part(self, name: str, kind: str) -> Config:
        """Return a part, such as text_config, with its own model_type, or with `kind` where it states none."""
        found = self.object(name)
        stated = found.get("model_type", kind)
        if not isinstance(stated, str):
            raise self.wrong(".".join((name, "model_type")), Message("a text"), stated)
        return Config(found, kind=stated, place=self.place(name))

    def wrong(self, key: str, rule: str, value: Any) -> FormatError:
        """Return the error of a value that breaks a rule."""
        return FormatError(
            Message("{key} must be {rule}; got {value}", key=short(self.place(key)), rule=rule, value=shown(value))
        )

    def divided(self, whole: str, parts: str, of: int, by: int) -> int:
        """Return a size divided by another, which must leave nothing."""
        if of % by:
            raise FormatError(
                Message(
                    "{whole} must be divisible by {parts}, {by}; got {of}",
                    whole=self.place(whole),
                    parts=self.place(parts),
                    by=by,
                    of=of,
                )
            )
        return of // by

    def _names(self, name: str) -> tuple[str, ...]:
        alias = self._aliases.get(name)
        other = (alias,) if isinstance(alias, str) else ()
        return (name, *other, *_OLD_NAMES.get(name, ()))


def _whole(least: int) -> Message:
    return Message("a whole number from {least} to {most:,}", least=least, most=MAX_NUMBER)
