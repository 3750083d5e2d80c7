"""Inner steps: each composite type states them, with the weights and outputs that it has."""

from collections.abc import Iterator

import pytest

from layerledger.core.analysis.components import component_names
from layerledger.core.base.params import Value, params_of
from layerledger.core.base.shapes import Shape, TensorSpec
from layerledger.core.formula.formula import formula
from layerledger.core.layers import LAYER_TYPES, bind
from layerledger.core.layers.inner_schedule import KERNEL, InnerSchedule, inner_schedule, is_fused
from layerledger.core.layers.inner_steps import InnerPart, Loop, PlainStep, Room
from layerledger.core.layers.layer_type import LayerType

COMPOSITE = [cls for cls in LAYER_TYPES.values() if len(component_names(cls)) > 1]


def steps_in(parts: tuple[InnerPart, ...]) -> Iterator[PlainStep]:
    for part in parts:
        if isinstance(part, PlainStep):
            yield part
        elif isinstance(part, Loop):
            yield from steps_in(part.steps)


def sizes_in(parts: tuple[InnerPart, ...]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if isinstance(part, Room):
            yield part.name, part.elements
        elif isinstance(part, Loop):
            yield from sizes_in(part.steps)
        else:
            yield from part.makes.items()


def schedule_of(type_name: str, *shapes: Shape, **params: Value) -> InnerSchedule:
    op = bind(type_name, params).op
    assert op
    inputs = tuple(map(TensorSpec, shapes))
    found = inner_schedule(op, inputs, op.result(inputs)[0])
    assert found
    return found


@pytest.mark.parametrize("cls", COMPOSITE, ids=lambda cls: cls.type_name)
def test_a_composite_type_states_its_inner_steps(cls: type[LayerType]) -> None:
    assert cls.inside, "state `inside`, the plain layers that compute the same; see LayerType"
    for step in steps_in(cls.inside.steps):
        assert step.type in LAYER_TYPES, step
    assert {"fused", "need_weights"} & {*params_of(cls)}, "a parameter says whether one kernel computes it"
    names = {step.name for step in steps_in(cls.inside.steps)}
    assert names & {*cls.inside.kernel} or not cls.inside.kernel


def test_only_composite_types_have_inner_steps() -> None:
    assert {cls.type_name for cls in LAYER_TYPES.values() if cls.inside} == {cls.type_name for cls in COMPOSITE}


def written_out(cls: type[LayerType]) -> Iterator[tuple[LayerType, tuple[TensorSpec, ...]]]:
    """Yield a type's examples with nothing fused; sequences of recurrent layers with one step, which reads all once."""
    for example in cls.examples:
        params = dict(example.params) | ({"fused": False} if "fused" in params_of(cls) else {})
        shapes = [
            (1, *shape[1:]) if cls.family == "Recurrent" and len(shape) == 3 else shape for shape in example.inputs
        ]
        op = bind(cls.type_name, params).op
        assert op
        yield op, tuple(map(TensorSpec, shapes))


@pytest.mark.parametrize("cls", COMPOSITE, ids=lambda cls: cls.type_name)
def test_inner_steps_read_all_weights_and_make_the_outputs(cls: type[LayerType]) -> None:
    assert cls.inside
    for op, inputs in written_out(cls):
        outputs, cost = op.result(inputs)
        found = inner_schedule(op, inputs, outputs)
        assert found
        assert found.params_read == op.params_read_by(cost.params, outputs)
        made = {number for step in found.steps for number, _ in step.makes}
        assert {*range(len(inputs), len(inputs) + len(outputs))} <= made
        read = {number for step in found.steps for number, _ in step.reads}
        assert {*range(len(inputs))} <= read
        # What is made inside is read inside.
        assert {*range(len(inputs) + len(outputs), len(found.sizes))} <= read & made
        symbols, stated = op.symbols(inputs, outputs), dict(sizes_in(cls.inside.steps))
        given = zip(cls.inside.gives, outputs, strict=False)
        assert [formula(stated[name])(symbols) for name, _ in given] == [
            spec.elements for _, spec in zip(cls.inside.gives, outputs, strict=False)
        ]


@pytest.mark.parametrize("cls", COMPOSITE, ids=lambda cls: cls.type_name)
def test_one_kernel_moves_inputs_weights_and_outputs(cls: type[LayerType]) -> None:
    key = "fused" if "fused" in params_of(cls) else "need_weights"
    example = cls.examples[0]
    op = bind(cls.type_name, dict(example.params) | {key: key == "fused"}).op
    assert op
    assert is_fused(op)
    inputs = tuple(map(TensorSpec, example.inputs))
    found = inner_schedule(op, inputs, op.result(inputs)[0])
    assert cls.inside
    assert (found is not None) == bool(cls.inside.kernel)
    if found:
        assert KERNEL in {step.name for step in found.steps}
        assert not {step.name for step in found.steps} & {*cls.inside.kernel}


def test_a_long_sequence_has_as_few_steps_as_one_of_three() -> None:
    """Runs between the first and the last are alike; their bytes are those of all runs."""
    few, many = (schedule_of("LSTM", (steps, 2, 8), hidden_size=16) for steps in (3, 1_000_000))
    assert len(few.steps) == len(many.steps)
    # By hand, for each step of the sequence and 2 samples: 64 gates of the state; their sum, their functions; f·c, i·g,
    # c, tanh(c), o·tanh(c) and the copy into the sequence, of 16 each; once, the products with the inputs, and h and c.
    each = 2 * (64 + 64 + 64 + 6 * 16)
    for found, steps in ((few, 3), (many, 1_000_000)):
        assert sum(map(found.written_bytes, found.steps)) == 4 * (steps * (each + 2 * 64) + 2 * 2 * 16)
        # Weights of the input once, and those of the state in every step.
        assert found.params_read == 64 * (8 + 1) + steps * 64 * (16 + 1)


def test_layers_in_series_are_alike() -> None:
    one, six = (schedule_of("TransformerEncoder", (2, 5, 8), nhead=2, dim_feedforward=12, num_layers=n) for n in (1, 6))
    assert sum(map(six.written_bytes, six.steps)) == 6 * sum(map(one.written_bytes, one.steps))
    assert six.params_read == 6 * one.params_read
