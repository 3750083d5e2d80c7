"""The kind of each layer of a decoder: sliding windows, rotation, experts; and equal layers as one block ×N."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.formats.huggingface.attention import Rope
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.nodes import Nodes, block
from layerledger.core.formats.huggingface.traits import Traits
from layerledger.core.network.nodes import Block

MAX_LAYERS = 10_000
"""Most layers of a decoder that are read: the deepest have some hundred."""


class LayerKind(NamedTuple):
    """The differences between the layers of a decoder.

    Attributes:
        window: the most tokens that one sees; None for all.
        rope: the rotation; None for none.
        experts: whether it is a mixture of experts.
    """

    window: int | None = None
    rope: Rope | None = None
    experts: bool = False


def layer_kinds(config: Config, traits: Traits, head: int) -> list[LayerKind]:
    """Return the kind of each layer; `head` is the size of a head."""
    count = config.main("num_hidden_layers")
    if count > MAX_LAYERS:
        raise config.wrong("num_hidden_layers", Message("a whole number from 1 to {most:,}", most=MAX_LAYERS), count)
    windows = _windows(config, traits, count)
    full, sliding = _rope(config, traits, head), _rope(config, traits, head, local=True)
    turned = _turned(config, traits, windows)
    experts = _experts(config, traits, count)
    return [
        LayerKind(window, (full if window is None else sliding) if turns else None, sparse)
        for window, turns, sparse in zip(windows, turned, experts, strict=True)
    ]


# -- windows


def _windows(config: Config, traits: Traits, count: int) -> list[int | None]:
    stated = config.items("layer_types")
    if traits.window == "global local":
        local = _global_local(config, count)
        return [config.size("window_size") if each else None for each in local]
    if stated:
        known = ("sliding_attention", "full_attention")
        if len(stated) != count or any(each not in known for each in stated):
            raise FormatError(
                Message(
                    "{key} must be {count} texts, one a layer, each of them {known}",
                    key=config.place("layer_types"),
                    count=count,
                    known=" or ".join(known),
                )
            )
        local = [each == "sliding_attention" for each in stated]
    else:
        local = [_slides(config, traits, i) for i in range(count)]
    window = config.optional("sliding_window", least=0) or None if any(local) else None
    return [window if each else None for each in local]


def _slides(config: Config, traits: Traits, i: int) -> bool:
    """Return whether a layer has a window where the file does not list them."""
    if "asked" in traits.window and not config.flag("use_sliding_window"):
        return False
    if "late" in traits.window:
        return i >= (config.optional("max_window_layers", least=0) or 0)
    if traits.window == "pattern":
        _, stated = config.find("sliding_window_pattern")
        if isinstance(stated, str) and stated:  # as "LLLG": local and global
            return stated[i % len(stated)] == "L"
        every = config.optional("sliding_window_pattern", least=0)
        return every != 0 and (i + 1) % (every or traits.every) != 0
    return bool(traits.window)


def _global_local(config: Config, count: int) -> list[bool]:
    """Return which layers are local, of [[["global", "local"], 12]]."""
    found: list[bool] = []
    for each in config.items("attention_types") or [[["global", "local"], (count + 1) // 2]]:
        kinds, times = _pair(each)
        if not isinstance(kinds, list) or not isinstance(times, int) or not 0 < times <= count:
            break
        found += [kind == "local" for kind in cast("list[object]", kinds)] * times
    default = not config.has("attention_types")
    if len(found) != count and not default:
        raise FormatError(
            Message(
                '{key} must give {count} layers, as [[["global", "local"], {half}]]',
                key=config.place("attention_types"),
                count=count,
                half=count // 2,
            )
        )
    return found[:count]


def _pair(value: object) -> tuple[object, object]:
    if not isinstance(value, list | tuple):
        return None, None
    listed = cast("list[object]", value)
    return (listed[0], listed[1]) if len(listed) == 2 else (None, None)


# -- rotation


def _rope(config: Config, traits: Traits, head: int, *, local: bool = False) -> Rope | None:
    if not traits.rope or _alibi(config, traits):
        return None
    nested = config.object("rope_parameters")
    kinds = nested.get("sliding_attention" if local else "full_attention")
    given = cast("dict[str, object]", kinds) if isinstance(kinds, dict) else dict(nested)
    base = given.get("rope_theta", config.number("rope_theta"))
    if local and config.has("rope_local_base_freq"):
        base = config.number("rope_local_base_freq")
    if base is None:
        base = config.number("rotary_emb_base") or 10_000.0
    if isinstance(base, bool) or not isinstance(base, int | float) or not 1 <= base <= 1e18:
        raise config.wrong("rope_theta", Message("a number of 1 or more"), base)
    return Rope(base, _turned_features(config, traits, head, given.get("partial_rotary_factor")))


def _turned_features(config: Config, traits: Traits, head: int, share: object) -> int | None:
    stated = config.optional("rotary_dim", least=0)
    if stated:
        if stated % 2:
            raise config.wrong("rotary_dim", Message("an even number"), stated)
        return stated if stated < head else None
    if share is None:
        share = config.number("partial_rotary_factor") or config.number("rotary_pct") or traits.rotary
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise config.wrong("partial_rotary_factor", Message("above 0 and at most 1"), share)
    if share == 1 and head % 2:
        raise config.wrong("head_dim", Message("even, since pairs of features are rotated"), head)
    features = int(head * share)
    return None if features == head else max(features - features % 2, 2)


def _alibi(config: Config, traits: Traits) -> bool:
    return config.flag(traits.alibi) if isinstance(traits.alibi, str) else traits.alibi


def _turned(config: Config, traits: Traits, windows: Sequence[int | None]) -> list[bool]:
    """Return which layers rotate queries and keys."""
    if traits.unturned == "full" and any(windows):
        return [window is not None for window in windows]
    if traits.unturned == "listed":
        if stated := config.sizes("no_rope_layers"):
            if len(stated) != len(windows):
                raise FormatError(
                    Message(
                        "{key} must be {count} numbers, one a layer; got {got}",
                        key=config.place("no_rope_layers"),
                        count=len(windows),
                        got=len(stated),
                    )
                )
            return [each != 0 for each in stated]
        every = config.size("no_rope_layer_interval")
        return [(i + 1) % every != 0 for i in range(len(windows))]
    return [True] * len(windows)


# -- experts


def _experts(config: Config, traits: Traits, count: int) -> list[bool]:
    """Return which layers have experts: past the first dense ones, each n-th, and none of those that are listed."""
    if not traits.experts or config.find(traits.experts[0])[1] in (None, 0):
        return [False] * count
    first = config.optional("first_k_dense_replace", least=0) or 0
    step = config.optional("decoder_sparse_step", least=0)
    every = config.optional("moe_layer_freq") or 1
    dense = set(config.sizes("mlp_only_layers"))
    if step is not None:  # Qwen: the n-th, 2n-th, … layer
        return [step > 0 and (i + 1) % step == 0 and i not in dense for i in range(count)]
    return [i >= first and (i - first) % every == 0 for i in range(count)]


# -- blocks


def stacked(kinds: Sequence[LayerKind], build: Callable[[LayerKind], Nodes], *source: str) -> tuple[Block, ...]:
    """Return the layers as blocks: equal ones in a row, and patterns that come again, are one block ×N."""
    runs = [(kind, len(list(group))) for kind, group in groupby(kinds)]
    names = _names([kind for kind, _ in runs])
    made = {kind: tuple(build(kind)) for kind in dict(runs)}
    start, period = _pattern(runs)
    used: dict[str, int] = {}

    def one(kind: LayerKind, repeat: int) -> Block:
        name = names[kind]
        used[name] = used.get(name, 0) + 1
        return block(name if used[name] == 1 else f"{name}_{used[name]}", made[kind], repeat=repeat)

    if not period:
        found = [one(*run) for run in runs]
    else:
        times = (len(runs) - start) // period
        inside = tuple(block(names[kind], made[kind], repeat=n) for kind, n in runs[start : start + period])
        found = [one(*run) for run in runs[:start]]
        found.append(block("layers", inside, repeat=times))
        found += [one(*run) for run in runs[start + period * times :]]
    if source:
        first = found[0]
        found[0] = block(first.name, first.layers, *source, repeat=first.repeat)
    return tuple(found)


def _pattern(runs: Sequence[tuple[LayerKind, int]]) -> tuple[int, int]:
    """Return where a pattern of runs begins that comes twice or more to the end, and its length; or (0, 0)."""
    count = len(runs)
    for start in range(min(count, 3)):
        for period in range(2, (count - start) // 2 + 1):
            times = (count - start) // period
            body, rest = runs[start : start + period * times], runs[start + period * times :]
            whole = all(run == body[i % period] for i, run in enumerate(body))
            if whole and all(kind == body[i % period][0] for i, (kind, _) in enumerate(rest)):
                return start, period
    return 0, 0


def _names(kinds: Sequence[LayerKind]) -> dict[LayerKind, str]:
    """Return a name for each kind, of what tells it apart; `layers` where there is one kind."""
    different = list(dict.fromkeys(kinds))
    words = [_words(kind) for kind in different]
    # A word that all kinds have tells nothing apart.
    told = [i for i in range(3) if len({word[i] for word in words}) > 1]
    if told == [1, 2] and len({word[1] for word in words}) == len(different):
        told = [1]
    return {kind: "_".join([*(word[i] for i in told), "layers"]) for kind, word in zip(different, words, strict=True)}


def _words(kind: LayerKind) -> tuple[str, str, str]:
    return (
        "expert" if kind.experts else "dense",
        "sliding" if kind.window else "full",
        "rotated" if kind.rope else "unrotated",
    )
