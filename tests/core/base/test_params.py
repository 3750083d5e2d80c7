"""Kinds of parameters: what they take, that text goes there and back, and what they say of what does not fit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.base.params import (
    MAX_SIZE,
    Bool,
    Choice,
    Dims,
    Float,
    Int,
    OneOf,
    Optional,
    ParamKind,
    Sizes,
    Value,
    defaults_of,
    param,
    params_of,
    parse_value,
    show,
)
from layerledger.core.layers import LAYER_TYPES

REFUSED = object()
"""What `reads` gives where a kind takes a value for none of its own."""


def reads(kind: ParamKind, value: Value, dims: int = 2) -> object:
    try:
        return kind.read(value, dims)
    except ValueError:
        return REFUSED


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        (Int(), 3, 3),
        (Int(1), 0, REFUSED),
        (Int(1), True, REFUSED),
        (Int(1), 3.0, REFUSED),
        (Int(1), "3", REFUSED),
        (Int(), MAX_SIZE + 1, REFUSED),
        (Int(), -MAX_SIZE, -MAX_SIZE),
        (Int(0, 5), 6, REFUSED),
        (Float(), 1, 1),
        (Float(0, 1), 0.5, 0.5),
        (Float(0, 1), 1.5, REFUSED),
        (Float(), True, REFUSED),
        (Float(), float("nan"), REFUSED),
        (Float(), float("inf"), REFUSED),
        (Bool(), True, True),
        (Bool(), 1, REFUSED),
        (Choice(("same", "valid")), "same", "same"),
        (Choice(("same", "valid")), "SAME", REFUSED),
        (Sizes(1), 3, (3, 3)),
        (Sizes(1), (3, 5), (3, 5)),
        (Sizes(1), (3, 5, 7), REFUSED),
        (Sizes(1), (3,), REFUSED),
        (Sizes(1, lone=True), (3,), (3, 3)),
        (Sizes(1), 0, REFUSED),
        (Sizes(1), None, REFUSED),
        (Sizes(0, keep=True), (None, 5), (None, 5)),
        (Sizes(0, keep=True), None, REFUSED),
        (Sizes(None, per_dim=2), -1, (-1, -1, -1, -1)),
        (Sizes(None, per_dim=2), (1, 2, 3, 4), (1, 2, 3, 4)),
        (Dims(), 3, (3,)),
        (Dims(), (), ()),
        (Dims(), (1, -1), (1, -1)),
        (Dims(0), (1, -1), REFUSED),
        (Dims(0, floats=True), (1.5, 2), (1.5, 2)),
        (Dims(), (1,) * 65, REFUSED),
        (OneOf((Choice(("same",)), Sizes(0))), "same", "same"),
        (OneOf((Choice(("same",)), Sizes(0))), 1, (1, 1)),
        (OneOf((Choice(("same",)), Sizes(0))), "full", REFUSED),
        (Optional(Int(1)), None, None),
        (Optional(Int(1)), 0, REFUSED),
    ],
)
def test_reads(kind: ParamKind, value: Value, read: object) -> None:
    assert reads(kind, value) == read
    assert read is REFUSED or type(reads(kind, value)) is type(read)


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        (Int(1), "an integer ≥ 1"),
        (Int(0, 5), "an integer from 0 to 5"),
        (Float(), "a number"),
        (Float(0, 1), "a number from 0 to 1"),
        (Bool(), "true or false"),
        (Choice(("zeros", "reflect", "circular")), '"zeros", "reflect" or "circular"'),
        (Sizes(1), "an integer ≥ 1, or 2 of them"),
        (Sizes(0, keep=True), "an integer ≥ 0, or 2 of them with none where the input's is kept"),
        (Sizes(None, per_dim=2), "an integer, or 4 of them"),
        (Dims(-1), "a list of integers ≥ -1"),
        (OneOf((Choice(("same", "valid")), Sizes(0))), '"same" or "valid", or an integer ≥ 0, or 2 of them'),
        (Optional(Int(1)), "an integer ≥ 1, or none"),
    ],
)
def test_says_what_fits(kind: ParamKind, hint: str) -> None:
    assert kind.hint_for(2) == hint
    assert kind.hint


# -- there and back

KINDS = st.one_of(
    st.builds(Int, st.none() | st.integers(-5, 5)),
    st.builds(Float, st.none() | st.integers(-5, 5)),
    st.just(Bool()),
    st.just(Choice(("zeros", "reflect", "replicate", "max"))),
    st.builds(Sizes, st.sampled_from([None, 0, 1]), st.sampled_from([1, 2]), st.booleans(), st.booleans()),
    st.builds(Dims, st.sampled_from([None, 0]), st.booleans()),
    st.just(OneOf((Choice(("same", "valid")), Sizes(0)))),
)


def values(kind: ParamKind, dims: int) -> st.SearchStrategy[Value]:
    """Return values that fit."""
    match kind:
        case Int(low, high):
            return st.integers(-high if low is None else low, high)
        case Float(low, _):
            return st.floats(low, allow_nan=False, allow_infinity=False) | st.integers(low)
        case Bool():
            return st.booleans()
        case Choice(options):
            return st.sampled_from(options)
        case Sizes(low, per_dim, keep, _):
            one = st.integers(-99 if low is None else low, 99)
            n = dims * per_dim
            return one | st.tuples(*[one | st.none() if keep else one] * n)
        case Dims(low, floats):
            one = (
                st.floats(-1e9 if low is None else low, 1e9)
                if floats
                else st.integers(-99 if low is None else int(low), 99)
            )
            return one | st.lists(one, max_size=5).map(tuple)
        case OneOf(kinds):
            return st.one_of([values(each, dims) for each in kinds])
        case Optional(inner):
            return st.none() | values(inner, dims)
        case _:
            raise AssertionError(kind)


@given(st.data(), KINDS | KINDS.map(Optional), st.integers(1, 3))
def test_text_goes_there_and_back(data: st.DataObject, kind: ParamKind, dims: int) -> None:
    value = data.draw(values(kind, dims))
    kind.read(value, dims)
    back = kind.parse(kind.text(value))
    assert back == value
    assert type(back) is type(value) or isinstance(value, float)


@given(st.text(max_size=30) | st.text("0123456789.,x×-+e ()[]", max_size=12), KINDS)
def test_any_text_is_a_value(text: str, kind: ParamKind) -> None:
    value = kind.parse(text)
    assert isinstance(show(value), str)
    assert reads(kind, value) is REFUSED or kind.read(value, 2) == reads(kind, value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v).map(tuple)), KINDS)
def test_any_value_has_a_text(value: Value, kind: ParamKind) -> None:
    assert isinstance(kind.text(value), str)
    assert len(show(value)) <= 60


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        (" -1 ", -1),
        ("0.5", 0.5),
        ("1e-5", 1e-5),
        ("true", True),
        ("off", False),
        ("None", None),
        ("3×3", (3, 3)),
        ("3x3", (3, 3)),
        ("3 x 5", (3, 5)),
        ("3 5", (3, 5)),
        ("1, -1", (1, -1)),
        ("(2, 2)", (2, 2)),
        ("[7]", 7),
        ("7,", (7,)),
        ("none × 5", (None, 5)),
        ("max", "max"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("1e999", "1e999"),
        ("", ""),
        ("()", ""),
        (",", ","),
    ],
)
def test_what_people_type(text: str, value: Value) -> None:
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


def test_shows_values_short() -> None:
    assert show((3, None, True, "same")) == '(3, none, true, "same")'
    assert len(show("x" * 100)) <= 60
    assert show(10**5000) == "a number of thousands of digits"


# -- declarations


class _Base:
    first: int = param(Int(1), initial=2, help="A size.")
    second: int | None = param(Optional(Int()), default=None, help="Another.")
    third: tuple[int, ...] = param(Sizes(1), default=3, help="Sizes.")


class _Derived(_Base):
    second: int = param(Int(), default=7, help="Declared again, last.")


def test_declarations_in_order() -> None:
    assert list(params_of(_Base)) == ["first", "second", "third"]
    assert list(params_of(_Derived)) == ["first", "third", "second"]
    assert params_of(_Derived)["second"].default == 7


def test_what_a_declaration_says() -> None:
    first, second = params_of(_Base)["first"], params_of(_Base)["second"]
    assert (first.name, first.required, first.start) == ("first", True, 2)
    assert (second.name, second.required, second.start) == ("second", False, None)
    with pytest.raises(ValueError, match="first must be an integer ≥ 1; got 0"):
        first.read(0, 1)


def test_defaults_are_read() -> None:
    assert defaults_of(_Derived, 2) == {"second": 7, "third": (3, 3)}


@pytest.mark.parametrize("cls", LAYER_TYPES.values(), ids=LAYER_TYPES)
def test_every_declaration_fits_its_kind(cls: type) -> None:
    dims = 0 if "dims" in params_of(cls) else cls.dims
    for info in params_of(cls).values():
        assert re.fullmatch(r"[^\n]{5,119}\.", info.help)
        assert info.required or info.default is None or reads(info.kind, info.default, dims) is not REFUSED
        assert info.initial is None or reads(info.kind, info.initial, dims) is not REFUSED
        assert not (info.required and info.initial is None), f"{info.name} has nothing to start with"
        assert info.kind.hint_for(dims)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Int(1), "4k", 4096),
        (Int(1), "128K", 131_072),
        (Int(1), "128 K", 131_072),
        (Int(1), "1.5k", 1536),
        (Int(1), "1M", 1_048_576),
        (Int(1), "4,096", 4096),
        (Int(1), "4kk", "4kk"),
        (Int(1), "0.3k", "0.3k"),  # 307.2 is no size
        (Int(1), "k", "k"),
        (Optional(Int(1)), "2k", 2048),
        (Sizes(1), "1k × 2k", (1024, 2048)),
        (Sizes(1), "1kx2k", (1024, 2048)),
        (Dims(), "1, 4k", (1, 4096)),
        (Dims(), "4,096", (4, 96)),  # a list, as everywhere
        (OneOf((Choice(("same",)), Sizes(0))), "1k", 1024),
    ],
)
def test_sizes_are_typed_with_a_multiple_of_1024(kind: ParamKind, text: str, value: Value) -> None:
    assert repr(kind.parse(text)) == repr(value)
