"""Whole files, changed at random, through every pass and every report: no exception but the format's refusal."""

import random
from itertools import product

import pytest
from whole_files import file_of, look_at_everything, mutated, small_files


@pytest.mark.parametrize("part", range(4))
def test_changed_files_go_through_every_pass_and_report(part):
    files = small_files()
    read = 0
    for seed in range(part * 50, part * 50 + 50):
        rng = random.Random(seed)
        read += look_at_everything(rng, mutated(rng, files))
    assert read > 10


def test_two_inputs_of_one_name_and_different_rank():
    """They have ended in an IndexError of the receptive field: a step took the other of the two."""
    conv = {"name": "conv", "type": "Conv2d", "params": {"out_channels": 4, "kernel_size": 3}}
    for shapes in product(([1, 3, 8, 8], [1, 3], [1, 3, 4, 8, 8]), repeat=2):
        for reference in ("x", "input", "input:1"):
            top = file_of([conv | {"inputs": [reference]}], *(("x", shape, "float32") for shape in shapes))
            assert look_at_everything(random.Random(0), top)
