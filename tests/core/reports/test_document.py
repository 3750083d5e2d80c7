"""A report is a document: each format renders each kind of block, or says why not."""

from types import MappingProxyType

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.passes.training import TrainingConfig
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.document import (
    BLOCKS,
    Budgets,
    Conventions,
    Heading,
    Layers,
    NetworkTotals,
    Problems,
    build,
    render_blocks,
)
from layerledger.core.reports.registry import REPORTS
from layerledger.core.reports.sections import Section

MARKS = {
    Heading: ("everything",),
    NetworkTotals: ("128",),  # bytes of 32 weights, which no row has
    Layers: ("first", "second"),
    Budgets: ("MACs", "{maximum}"),
    Section: ("AdamW", "{tokens}"),
    Problems: ("unknown9",),
    Conventions: ("Learned values; shared and tied weights count once.",),
}
"""Texts by which a block can be found in a rendering of the network below."""


@pytest.fixture
def context():
    """Return a network that has every kind of block."""
    layers = (
        Layer(name="first", type="Linear", params={"out_features": 5}),
        Layer(name="second", type="Linear", params={"out_features": 2}),
        Layer(name="wrong", type="unknown9"),
    )
    given = NetworkInput(name="x", shape=(1, 3))
    extra = MappingProxyType({"budgets": MappingProxyType({"macs": 7})})
    network = Network(name="everything", inputs=(given,), root=Block(name="", layers=layers), extra=extra)
    plan = TrainingConfig("adamw", "fp32", "none")
    return ReportContext(MetricContext(analyze(network)), training=plan, tokens=4321)


@pytest.mark.parametrize("id", REPORTS)
def test_each_kind_of_block_is_rendered_or_declared_as_not_shown(context, id):
    report = REPORTS[id]
    document = build(context, report.options())
    assert {type(block) for block in document.blocks} == set(BLOCKS)
    text = report.render(document).decode()
    for kind in BLOCKS:
        renderer = report.renderers[kind]
        if isinstance(renderer, str):
            assert renderer.endswith("."), f"{id} gives no reason why it does not show {kind.__name__}"
        else:
            for mark in MARKS[kind]:
                wanted = {"{maximum}": "7", "{tokens}": '"language"' if id == "json" else "4,321"}.get(mark, mark)
                assert wanted.lower() in text.lower(), (id, kind.__name__)


@pytest.mark.parametrize("id", REPORTS)
@pytest.mark.parametrize("kind", BLOCKS)
def test_a_rendering_changes_without_a_block_that_it_shows(context, id, kind):
    report = REPORTS[id]
    document = build(context, report.options())
    shown = [block for block in document.blocks if not isinstance(report.renderers[type(block)], str)]
    parts = render_blocks(document, report.renderers)
    assert len(parts) == len(shown)
    assert all(part for block, part in zip(shown, parts, strict=True) if isinstance(block, kind))


def test_a_format_without_a_renderer_for_a_kind_of_block_is_an_error(context):
    document = build(context, REPORTS["table"].options())
    with pytest.raises(TypeError, match="Section is missing"):
        render_blocks(document, {kind: "Not here." for kind in BLOCKS if kind is not Section})


def test_cells_are_typed_by_their_column(context):
    document = build(context, REPORTS["csv"].options())
    layers = next(block for block in document.blocks if isinstance(block, Layers))
    kinds = dict(zip([column.key for column in layers.columns], layers.kinds, strict=True))
    assert [kinds[key] for key in ("path", "params", "read_bytes", "intensity", "share")] == [
        *("text", "count", "bytes", "ratio", "share"),
    ]
    for row in layers.rows():
        assert all(
            type(value) in (str, int, type(None)) or kind == "share"
            for value, kind in zip(row, layers.kinds, strict=True)
        )
