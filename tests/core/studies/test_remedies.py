"""What would make networks fit: the largest batches and contexts against a search by hand, and arithmetic."""

import pytest

from layerledger.core import analyze
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.devices import Device, Figure, MemorySize, devices
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.studies.remedies import largest_batch_steps, longest_context_steps, remedies, result_of
from layerledger.core.studies.sizing import SizingStudy

GIB, MIB = 2**30, 2**20


def on(device, name, *, dtype=None, batch=None):
    if isinstance(device, int):
        device = Device("d", "D", "D", "Other", (), Figure(1, "x"), (MemorySize("RAM", device, "x"),))
    return SizingStudy(analyze(load_template(name), dtype=dtype, batch=batch), DeviceTarget(device))


def a100(name="llama-2-7b", **settings):
    return on(devices()["nvidia-a100-80gb"], name, dtype="float16", **settings)


def test_the_largest_batch_of_llama_2_7b_on_80_gib():
    """80 GiB − 13,476,831,232 B of weights − 2 × 4,096 × (4,096 + 3 × 11,008) B live, in caches of 2 GiB: 33.4."""
    found = result_of(largest_batch_steps(a100(), 4096))
    assert found.value == (80 * GIB - 13_476_831_232 - 2 * 4096 * (4096 + 3 * 11_008)) // (2 * GIB) == 33
    assert not found.stopped


def test_the_longest_context_of_llama_2_7b_on_80_gib():
    """512 KiB of cache and 2 × (4,096 + 3 × 11,008) B of live activations a token."""
    found = result_of(longest_context_steps(a100(), 1))
    assert found.value == (80 * GIB - 13_476_831_232) // (512 * 1024 + 2 * (4096 + 3 * 11_008))


def test_the_largest_batch_of_an_image_network():
    """ResNet-18 keeps 4 × 2 × 64 × 112 × 112 B live an image, beside 4 × 11,689,512 B of weights."""
    found = result_of(largest_batch_steps(on(GIB, "resnet18")))
    assert found.value == (GIB - 4 * 11_689_512) // (4 * 2 * 64 * 112 * 112)
    assert found.needed_bytes <= GIB


@pytest.mark.parametrize("name", ["resnet18", "llama-2-7b"])
def test_where_not_even_one_fits(name):
    study = on(MIB, name)
    found = result_of(largest_batch_steps(study, study.context))
    assert (found.value, found.needed_bytes, found.stopped) == (0, 0, False)


def changes(study, **settings):
    sizing = study.at(**settings)
    assert sizing.fit
    assert sizing.fit.fits is False
    return {remedy.kind: remedy.value for remedy in remedies(study, sizing)}


def test_each_change_alone_that_helps():
    assert changes(a100(), context=4096, batch=64)["batch"] == 33
    # 64 caches of n tokens at 512 KiB and one prompt.
    room = (80 * GIB - 13_476_831_232) // (64 * 512 * 1024 + 2 * (4096 + 3 * 11_008))
    assert changes(a100(), context=4096, batch=64)["context"] == room
    # 4 B × 6,738,415,616 do not fit into 16 GiB, half of it does.
    assert changes(on(16 * GIB, "llama-2-7b"), context=64, batch=1) == {"precision": "float16"}
    assert changes(on(60 * MIB, "resnet18", batch=8), batch=8)["batch"] == (60 * MIB - 4 * 11_689_512) // 6_422_528


def test_nothing_is_named_that_does_not_help():
    assert changes(on(devices()["stm32f746"], "resnet18")) == {}


def test_every_change_fits_and_one_more_does_not():
    study = a100()
    for remedy in remedies(study, study.at(context=4096, batch=64)):
        if remedy.kind == "batch":
            assert study.at(context=4096, batch=remedy.value).fit.fits
            assert not study.at(context=4096, batch=remedy.value + 1).fit.fits
        elif remedy.kind == "context":
            assert study.at(context=remedy.value, batch=64).fit.fits
            assert not study.at(context=remedy.value + 1, batch=64).fit.fits
