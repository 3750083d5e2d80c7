"""Receptive fields against gradients in PyTorch, output by output, on random networks; see tests/reference."""

import json
import lzma
from pathlib import Path

import pytest

from layerledger.core import analyze
from layerledger.core.formats.native import read

REFERENCE = Path(__file__).parents[2] / "reference" / "receptive.json.xz"
CASES = json.loads(lzma.decompress(REFERENCE.read_bytes()))["cases"]


def last_state(case):
    """Return the field maps of the last layer of a case, and its result."""
    shape = [1, 1, *[case["size"]] * case["dims"]]
    network = {"format": "layerledger", "version": 1, "name": "rf", "layers": case["layers"]}
    network["inputs"] = [{"name": "x", "shape": shape, "dtype": "float32"}]
    result = analyze(read(json.dumps(network)))
    assert not [problem for problem in result.problems if problem.severity == "error"]
    return result.receptive.states[result.schedule.steps[-1].outputs[0]]


@pytest.mark.parametrize("part", range(10))
def test_fields_are_those_of_gradients(part):
    """Each output's first and last input, and the largest and the smallest field among them."""
    for case in CASES[part::10]:
        for seen, spans in zip(last_state(case), case["spans"], strict=True):
            if seen.field.size is None:
                assert "different strides" in seen.field.reason, case
            elif seen.field.at_most:
                assert max(sizes_of(spans)) <= seen.field.size, case
            else:
                check_exact(seen, spans, case)


def check_exact(seen, spans, case):
    found = [seen.span(y) for y in range(case["y0"], case["y0"] + len(spans))]
    assert found == [span and tuple(span) for span in spans], case
    most, sizes = seen.field.size, sizes_of(spans)
    least = most if seen.field.smallest is None else seen.field.smallest
    assert least <= min(sizes), case
    assert max(sizes) <= most, case
    if len(sizes) >= (seen.phases.period if seen.phases else 1):
        assert (min(sizes), max(sizes)) == (least, most), case


def sizes_of(spans):
    return [span[1] - span[0] + 1 if span else 0 for span in spans]


def test_most_fields_are_exact():
    """Bounds are left where sizes such as 137 and 241 have no period of less than 4,096 outputs together."""
    fields = [seen.field for case in CASES for seen in last_state(case)]
    assert sum(field.at_most for field in fields) < len(fields) / 20
    assert sum(field.smallest is not None for field in fields) > len(fields) / 4
    assert len(CASES) > 500
