"""Each convention with each layer type: a rule counts it, it is listed as 0 with a reason, or it is not modelled."""

import pytest
from new_layer_type import ECA

from layerledger.core.analysis import Result, analyze
from layerledger.core.base.data_files import DataError
from layerledger.core.layers import LAYER_TYPES, LayerType
from layerledger.core.layers.registry import layer_type
from layerledger.core.library.reference.convention_page import convention_page
from layerledger.core.metrics.conventions import Convention, conventions, count_by_tools
from layerledger.core.metrics.conventions.convention_file import check_names, convention_of
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.metrics.registry import COUNTS
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput

ALL = conventions("")
BY_FORMULA = (
    *("macs", "flops", "exact", "all-ops", "torch-flop-counter"),
    *("keras-params", "keras-params-trainable", "keras-params-non-trainable"),
)
"""Conventions whose default is a formula of a layer's own counts, and so holds for every type."""

NOT_MODELLED = {id: {"Opaque", "RotaryEmbedding"} for id in ALL if id not in BY_FORMULA}
NOT_MODELLED["fvcore"] |= {"GridSample"}
NOT_MODELLED["torchprofile"] |= {"GridSample"}
NOT_MODELLED["torchstat-flops"] |= {"MixtureOfExperts"}
NOT_MODELLED["torchstat-madd"] |= {"MixtureOfExperts"}

PAIRS = pytest.mark.parametrize("convention", ALL.values(), ids=ALL)
TOOLS = pytest.mark.parametrize("convention", [ALL[id] for id in NOT_MODELLED], ids=NOT_MODELLED)


def of_one(kind: str, *shapes: tuple[int, ...], **params: object) -> Result:
    """Return the analysis of a network of one layer."""
    inputs = tuple(NetworkInput(name=f"x{i}", shape=shape) for i, shape in enumerate(shapes))
    layer = Layer(name="layer", type=kind, params=params, inputs=tuple(each.name for each in inputs))  # type: ignore[arg-type]
    return analyze(Network(inputs=inputs, root=Block(name="", layers=(layer,))))


@PAIRS
def test_a_type_is_covered_by_a_rule_or_a_list_or_known_as_not_modelled(convention: Convention) -> None:
    found = {name: convention.coverage_of(cls) for name, cls in LAYER_TYPES.items()}
    assert {name for name, coverage in found.items() if coverage == "not modelled"} == NOT_MODELLED.get(
        convention.id, set()
    )
    assert set(found.values()) <= {"rule", "zero", "not modelled"}


@PAIRS
def test_only_formulas_hold_for_every_type(convention: Convention) -> None:
    assert bool(convention.default) == (convention.id in BY_FORMULA)
    assert convention.default is None or convention.default.parts


@TOOLS
def test_a_type_is_listed_as_0_once_and_only_where_no_rule_holds_always(convention: Convention) -> None:
    always = [rule for rule in convention.rules if not rule.when]
    for name, cls in LAYER_TYPES.items():
        listed = [rule for rule in convention.zero if rule.covers(cls)]
        assert len(listed) <= 1, name
        assert not (listed and any(rule.covers(cls) for rule in always)), name
    assert all(rule.types and rule.note and not rule.families for rule in convention.zero)


def new_type() -> type[LayerType]:
    return layer_type("Attention", order=5)(ECA)


@TOOLS
@pytest.mark.usefixtures("own_registry")
def test_a_new_type_is_not_modelled(convention: Convention) -> None:
    assert convention.coverage_of(new_type()) == "not modelled"
    result = of_one("ECA", (1, 8, 4, 4))
    counted = convention.of_layer(result.at((0,)))
    sentence = f"Not modelled: it is not known here what {convention.title} counts for this ECA, so it adds 0."
    assert (counted.value, dict(counted.parts), counted.note, counted.modelled) == (0, {}, sentence, False)
    assert convention.terms(result.at((0,))) == ()
    explained = COUNTS[convention.id].explain(MetricContext(result), result.at((0,)))
    assert sentence in explained.note
    assert explained.value == 0


@pytest.mark.usefixtures("own_registry")
def test_the_comparison_says_what_is_not_modelled() -> None:
    new_type()
    result = of_one("ECA", (1, 8, 4, 4))
    for row in count_by_tools(result, ALL):
        known = row.convention.id in BY_FORMULA
        assert row.not_modelled == ("" if known else "Not modelled, and so counted as 0: ECA.")
        assert not any("modelled" in text for text in row.defects)
        parts = {part.part: part.amount for part in row.parts}
        assert parts.get("not modelled", 0) == (0 if known else -24)
        assert "not counted" not in parts


def test_a_layer_can_be_not_modelled_where_its_type_has_rules() -> None:
    plain, deep, single = (of_one("Linear", shape, out_features=3) for shape in ((2, 5), (2, 4, 5), (5,)))
    for id in ("torchstat-flops", "torchstat-madd"):
        assert ALL[id].of_layer(plain.at((0,))).value > 0
        assert "more than two dimensions" in ALL[id].of_layer(deep.at((0,))).note
        assert "this Linear" in ALL[id].of_layer(single.at((0,))).note
        (row,) = count_by_tools(single, {id: ALL[id]})
        assert row.not_modelled == "Not modelled, and so counted as 0: Linear."


@TOOLS
def test_the_page_lists_what_counts_0_and_says_that_the_rest_is_not_modelled(convention: Convention) -> None:
    page = convention_page(convention)
    assert "not modelled" in page
    assert all(rule.note.replace("'", "&#x27;") in page for rule in convention.zero)


@pytest.mark.parametrize("id", BY_FORMULA)
def test_the_page_of_a_formula_holds_for_every_layer(id: str) -> None:
    assert "not modelled" not in convention_page(ALL[id])


# -- files

FILE = {"id": "mine", "title": "Mine", "short": "Mine", "description": "Some."}


def test_a_file_without_a_default_models_only_what_it_names() -> None:
    mine = convention_of({**FILE, "zero": [{"types": ["ReLU*"], "when": "in_rank > 1", "note": "Free."}]})
    check_names(mine)
    relu, short, tanh = (of_one(*given) for given in (("ReLU6", (2, 3)), ("ReLU", (3,)), ("Tanh", (2, 3))))
    assert mine.of_layer(relu.at((0,))).note == "Free."
    assert [mine.of_layer(each.at((0,))).modelled for each in (relu, short, tanh)] == [True, False, False]


def test_a_users_default_holds_for_every_layer() -> None:
    mine = convention_of({**FILE, "default": {"note": "Nothing else counts."}})
    counted = mine.of_layer(of_one("Tanh", (2, 3)).at((0,)))
    assert (counted.note, counted.modelled) == ("Nothing else counts.", True)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"note": "Free."}, r"zero\[0\].types must name at least one layer type"),
        ({"types": ["ReLU"]}, r"zero\[0\].note must be a text; it is missing"),
        ({"types": ["ReLU"], "note": "Free.", "families": ["Activation"]}, "families"),
        ({"types": ["ReLU"], "note": "Free.", "parts": {"a": "macs"}}, "parts"),
        ({"types": ["Relu"], "note": "Free."}, r"zero\[0\]: unknown layer type Relu"),
    ],
)
def test_a_list_of_zeros_is_checked(entry: dict[str, object], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        check_names(convention_of({**FILE, "zero": [entry]}))
