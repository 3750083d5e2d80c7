"""The formulas of Custom under fire: any text gets a number or a sentence, in steps and memory that are bounded.

Nothing here looks at a clock: a formula has at most so many characters, so many nodes, so many levels, and no number
on the way has more bits than a limit; the tests look at those.
"""

import sys

import pytest
from core_samples import checked_sentence
from hypothesis import example, given
from hypothesis import strategies as st

from layerledger.core.base.params import Value
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.formula.formula import MAX_BITS, MAX_EXPONENT, Formula, FormulaError
from layerledger.core.formula.param_kinds import MAX_WRITTEN
from layerledger.core.formula.parser import MAX_DEPTH, MAX_LENGTH, Node, Operation, parse, walk
from layerledger.core.layers import LAYER_TYPES, ParamProblem, bind, evaluate

INPUTS = (TensorSpec((2, 3, 8, 10)),)
HUGE = (TensorSpec((2**31, 2**31)),)
FORMULAS = ("params", "trainable_params", "buffers", "macs", "mul", "add", "cmp", "special")


def depth(node: Node) -> int:
    return 1 + max(map(depth, node.args)) if isinstance(node, Operation) else 0


def look_at(params: dict[str, Value], inputs: tuple[TensorSpec, ...] = INPUTS) -> None:
    """Look that a layer is counted, in numbers of bounded size, or refused in a sentence about its parameter."""
    LAYER_TYPES["Custom"].preview(params, inputs)
    bound = bind("Custom", params)
    for fault in bound.problems:
        checked_sentence(fault.message)
        assert fault.param in params
    if bound.op is None:
        return
    found = evaluate(bound.op, inputs)
    if isinstance(found, ParamProblem):
        checked_sentence(found.message)
        assert found.param in {*params, "inputs"}
        return
    assert all(0 <= size < 2**63 for output in found[0] for size in output.shape)
    assert all(0 <= getattr(found[1], key) < 2**MAX_BITS for key in FORMULAS)


HOSTILE = [
    "9**9**9**9",
    "9^9^9^9^9^9",
    "(9**64)**64",
    "*".join(["(9**60)**60"] * 40),
    "-".join(["N**64"] * 90),
    "(" * 250 + "1" + ")" * 250,
    "(" * 500,
    ")" * 500,
    "-" * 499 + "1",
    "floor(" * 80 + "1" + ")" * 80,
    "⌊" * 99 + "1" + "⌋" * 99,
    "+".join("1" * 250),
    "1" * 500,
    "1" * 100_000,
    "(" * 100_000,
    "N+" * 50_000 + "N",
    "floor(" + "9" * 400 + "/7)",
    "9" * 400 + "/7",
    "1/(N - N)",
    "max(" + ",".join(["numel**64"] * 50) + ")",
    "\u0661+\u0661",
    "\uff11+\uff11",
    "²",
    "1²",
    "N\0",
    "\0",
    "N\nN",
    "\ud800",
    "\u202e1 + 2",
    "\ufeffN",
    "__import__('os')",
    "__import__",
    "().__class__.__bases__[0].__subclasses__()",
    "[x for x in (1,)]",
    "lambda: 0",
    "lambda",
    "eval(N)",
    "N if C else H",
    "N := 1",
    "0x10",
    "1e9",
    "1_000",
    "1__0",
    "07",
    "N # C",
    "N; C",
    "N,",
    ",",
    ";" * 499,
    "," * 499,
    "'" + "a" * 400 + "'",
    "f'{N}'",
    "_" * 500,
    "a" * 500,
    "min()",
    "min(,)",
    "floor(N, C)",
    "max(1, 2",
    "floor floor",
    "%s%n",
    "{N}",
    "=1+1",
]


@pytest.mark.parametrize("param", ["output_shape", "constants", "macs", "trainable_params"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts(text: str, param: str) -> None:
    look_at({param: text})
    look_at({param: f"K = {text}"})


NO_TEXTS: list[Value] = [None, True, 1.5, -1, 10**400, 10**4200, (), ("N",), {"a": 1}, "", " "]


@pytest.mark.parametrize("value", NO_TEXTS, ids=range(len(NO_TEXTS)))
@pytest.mark.parametrize("param", ["output_shape", "constants", "macs", "label"])
def test_what_is_no_text(value: Value, param: str) -> None:
    look_at({param: value})


_CHARACTERS = st.sampled_from("NCHWK012 9+-*/^()·×−⌊⌋⌈⌉,;=._'")
_WORDS = st.sampled_from(
    ["floor(", "ceil(", "min(", "max(", "**", "N", "C_out", "numel", "K = 3", "99999999", ")", ","]
)
TEXTS = st.text(max_size=80) | st.text(_CHARACTERS, max_size=80) | st.lists(_WORDS | _CHARACTERS).map("".join)


@given(st.dictionaries(st.sampled_from(["output_shape", "constants", *FORMULAS]), TEXTS, max_size=4))
def test_any_texts(params: dict[str, str]) -> None:
    look_at(dict(params))


@given(TEXTS | st.sampled_from(HOSTILE))
def test_what_is_read_is_bounded(text: str) -> None:
    """As many nodes as characters, and few levels: what walks a formula, by recursion too, comes to its end."""
    try:
        root = parse(text)
    except FormulaError:
        return
    assert len(text) <= MAX_LENGTH
    assert depth(root) <= MAX_DEPTH
    assert sum(1 for _ in walk(root)) <= len(text)


# -- trees whose numbers grow as fast as they can


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map("*".join).map("({})".format),
        inner.map("({})**64".format),
        pairs.map("**".join).map("({})".format),
        pairs.map(lambda p: f"({p[0]} + {p[1]})"),
        pairs.map(lambda p: f"floor({p[0]}/{p[1]})"),
        pairs.map(lambda p: f"max({p[0]}, {p[1]})"),
    )


GROWING = st.recursive(st.sampled_from(["numel", "N", "9**60", "64", "0"]), _grown, max_leaves=60)


class Bits(int):
    """A number that remembers the most bits that arithmetic with it has made."""

    most = 0

    def _made(self, value: int) -> "Bits":
        Bits.most = max(Bits.most, value.bit_length())
        return Bits(value)

    def __mul__(self, other: int) -> "Bits":
        return self._made(int(self) * int(other))

    __rmul__ = __mul__

    def __add__(self, other: int) -> "Bits":
        return self._made(int(self) + int(other))

    __radd__ = __add__

    def __pow__(self, other: int) -> "Bits":  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._made(int(self) ** int(other))


FACTORS_AT_ONCE = 8
"""So many numbers within the limit are multiplied before the product is looked at."""


@given(GROWING)
@example("*".join(["numel**60"] * 80))
@example("(" + "*".join(["numel**60"] * 8) + ")/(" + "*".join(["numel**60"] * 8) + ")")
@example("floor((" + "*".join(["(numel**60*numel**60*numel**60)"] * 20) + ")/numel)")
def test_no_number_on_the_way_outgrows_the_limit(source: str) -> None:
    Bits.most = 0
    try:
        made = Formula(source)
        value = made(dict.fromkeys(made.names, Bits(2**63 - 1)))
        assert abs(value) < 2**MAX_BITS
    except FormulaError as error:
        checked_sentence(str(error))
    assert Bits.most <= FACTORS_AT_ONCE * MAX_BITS + MAX_WRITTEN


@given(GROWING, st.sampled_from(["output_shape", "constants", *FORMULAS]))
def test_growing_formulas(source: str, param: str) -> None:
    look_at({param: source}, HUGE)
    look_at({param: f"K = {source}"}, HUGE)


def test_a_product_is_given_up_where_it_grows_too_large() -> None:
    """80 factors of 3,780 bits each would make 302,400 bits."""
    Bits.most = 0
    with pytest.raises(FormulaError, match="at most 12,000 bits"):
        Formula("*".join(["numel**60"] * 80))({"numel": Bits(2**63 - 1)})
    assert Bits.most < 2 * MAX_BITS
    assert Formula("*".join(["numel**60"] * 80 + ["0"]))({"numel": 2**63 - 1}) == 0


def test_limits_leave_room_for_the_interpreter() -> None:
    """Levels cost a few frames each; digits stay below what Python writes out."""
    assert sys.getrecursionlimit() > MAX_DEPTH * 5
    assert len(str(2**MAX_BITS)) < sys.get_int_max_str_digits()
    assert MAX_WRITTEN < MAX_LENGTH
    assert MAX_EXPONENT * 63 < MAX_BITS


def test_what_is_shown_of_the_largest_formula_is_bounded() -> None:
    source = "+".join(["numel"] * 83)
    assert len(source) < MAX_WRITTEN
    spec = bind("Custom", {"macs": source}).op
    assert spec
    symbols = spec.symbols(HUGE, spec.outputs(HUGE))
    assert len(spec.formulas["macs"].filled(symbols)) < 20 * MAX_WRITTEN
