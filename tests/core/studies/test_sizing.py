"""Sizes and times of language models against arithmetic from published figures, and whether networks fit devices."""

import pytest

from layerledger.core import analyze
from layerledger.core.analysis.passes.language_model import language_model_cost
from layerledger.core.library.templates.templates import load_template, template_ids
from layerledger.core.metrics.devices import Device, Figure, MemorySize, Peak, devices
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.studies.sizing import SizingStudy

GIB, MIB, KIB = 2**30, 2**20, 2**10

# LLaMA-7B: 6,738,415,616 parameters (arXiv:2302.13971), of them 32,000 × 4,096 in the embedding; 32 layers, 4,096
# features, 11,008 in the MLP, 32,000 words.
LLAMA_PARAMS, EMBEDDING = 6_738_415_616, 32_000 * 4_096


def study(name, device="nvidia-a100-80gb", *, dtype="float16", **settings):
    return SizingStudy(analyze(load_template(name), dtype=dtype), DeviceTarget(devices()[device]), **settings)


@pytest.fixture(scope="module")
def llama():
    return study("llama-2-7b")


def test_llama_2_7b_takes_its_published_bytes(llama):
    found = llama.at(context=4096, batch=1)
    assert found.footprint.weight_bytes == 2 * LLAMA_PARAMS == 13_476_831_232
    assert found.footprint.cache_bytes == 2 * GIB
    # In the MLP: the residual of 4,096 features beside the two halves of 11,008 and their product.
    assert found.footprint.live_bytes == 2 * 4096 * (4096 + 3 * 11_008)
    assert found.fit
    assert found.fit.fits is True
    assert found.fit.uses[0].free_bytes == 80 * GIB - found.footprint.total_bytes


@pytest.mark.parametrize(("batch", "context"), [(1, 512), (1, 4096), (8, 4096), (64, 16_384)])
def test_a_token_of_llama_2_7b_reads_all_weights_once_and_the_cache(llama, batch, context):
    """At 2,039 GB/s; of the embedding one row a sequence is read. Activations add less than 2 % to it."""
    read = 2 * (LLAMA_PARAMS - EMBEDDING) + 2 * 32 * 4096 * 2 * context * batch
    found = llama.at(context=context, batch=batch)
    assert found.token
    assert found.tokens_per_s
    assert read / 2039e9 <= found.token.seconds <= 1.02 * read / 2039e9
    assert float(found.tokens_per_s) == pytest.approx(batch / found.token.seconds, rel=1e-9)
    assert found.token.bound == "memory"


def test_the_first_token_of_llama_2_7b_takes_at_least_its_macs(llama):
    """2 MACs a parameter but the embedding and the norms', and attention's two products, at 312 TFLOP/s."""
    found = llama.at(context=4096)
    macs = 4096 * (LLAMA_PARAMS - EMBEDDING) + 32 * 2 * 4096 * 4096 * 4096
    assert found.first_token
    assert macs * 2 / 312e12 <= found.first_token.seconds * 1.001
    assert found.first_token.seconds < 1.1 * macs * 2 / 312e12
    assert llama.prefill_time(512, 8).seconds > 7 * llama.at(context=512).first_token.seconds


def test_a_large_batch_of_tokens_is_bound_by_compute():
    """One multiply-add a parameter and token: at a peak of 1 op/s the 2 × 6.6 G operations of each token count."""
    slow = Device("slow", "Slow", "Slow", "Other", (Peak(("float16",), 10**6, "made up"),), Figure(10**15, "made up"))
    found = SizingStudy(analyze(load_template("llama-2-7b"), dtype="float16"), DeviceTarget(slow)).at(
        context=1, batch=4
    )
    assert found.token
    assert found.token.bound == "compute"
    assert found.token.seconds == pytest.approx(4 * 2 * (LLAMA_PARAMS - EMBEDDING) / 1e6, rel=1e-3)


@pytest.mark.parametrize("name", [name for name in template_ids() if "llama" in name or name in ("gpt2", "t5-small")])
@pytest.mark.parametrize("dtype", [None, "int8"])
def test_the_cache_is_that_of_the_report(name, dtype):
    made = study(name, cache_dtype=dtype)
    cost = language_model_cost(made.result, context=300, cache_dtype=dtype)
    assert made.at(context=300).footprint.cache_bytes == cost.cache_bytes


def test_a_cache_of_bytes_halves_what_a_token_reads(llama):
    half = study("llama-2-7b", cache_dtype="int8").at(context=4096, batch=16)
    full = llama.at(context=4096, batch=16)
    saved = 16 * 2 * 32 * 4096 * 4095
    assert full.token.seconds - half.token.seconds == pytest.approx(saved / 2039e9, rel=1e-6)


def test_shared_heads_of_keys_keep_what_is_published():
    """8 heads of keys of 128 in 32 layers at float16: 128 KiB a token, 1 GiB at 8,192; Mistral's window is 4,096."""
    assert study("llama-3-8b").at(context=8192).footprint.cache_bytes == GIB
    found = study("mistral-7b-v0.1")
    assert found.at(context=4096).footprint.cache_bytes == GIB // 2


def test_an_encoder_and_an_image_network_generate_no_tokens():
    for name in ("bert-base-uncased", "resnet18"):
        found = study(name).at(context=77)
        assert found.context is None
        assert found.token is None
        assert found.first_token is None
        assert found.footprint.cache_bytes == 0


# -- does it fit


def test_resnet18_does_not_fit_an_stm32f746():
    """11,689,512 parameters of 4 bytes in 1 MiB of flash; 2 × 64 × 112 × 112 numbers in 320 KiB of SRAM."""
    fit = study("resnet18", "stm32f746", dtype="float32").at().fit
    assert fit.fits is False
    assert fit.verdict == "does not fit"
    flash, sram = fit.uses
    assert (flash.name, flash.capacity_bytes, flash.needed_bytes) == ("flash", MIB, 4 * 11_689_512)
    assert flash.free_bytes == MIB - 4 * 11_689_512
    assert (sram.name, sram.capacity_bytes, sram.needed_bytes) == ("SRAM", 320 * KIB, 4 * 2 * 64 * 112 * 112)
    assert fit.sentence().startswith("does not fit: 44.6 MiB of weights do not fit into 1.00 MiB of flash")
    assert fit.too_much_bytes == -flash.free_bytes - sram.free_bytes


def test_lenet5_fits_an_stm32f746():
    fit = study("lenet5", "stm32f746", dtype="float32").at().fit
    assert fit.fits is True
    assert fit.uses[0].needed_bytes == 4 * 61_706


def test_what_is_not_known_is_said():
    unknown = study("lenet5", "coral-edge-tpu", dtype="int8").at().fit
    assert unknown.fits is None
    assert "no memory size" in unknown.sentence()
    ram_only = study("lenet5", "rp2040", dtype="float32").at().fit
    assert ram_only.fits is None
    assert "flash" in ram_only.sentence()
    too_large = study("resnet18", "rp2040", dtype="float32").at().fit
    assert too_large.fits is False


@pytest.mark.parametrize(("batch", "fits"), [(33, True), (34, False)])
def test_the_batch_at_which_llama_2_7b_fills_80_gib(llama, batch, fits):
    """(80 GiB − 13,476,831,232 − 304,087,040) ÷ 2 GiB is 33.6."""
    assert llama.at(context=4096, batch=batch).fit.fits is fits


def test_weights_and_the_rest_lie_in_one_memory_where_none_is_flash():
    sizes = (MemorySize("HBM", 5 * GIB, "x"), MemorySize("HBM of a second stack", 10 * GIB, "x"))
    device = Device("two", "Two", "Two", "Other", (Peak(("float16",), 10**12, "x"),), None, sizes)
    fit = SizingStudy(analyze(load_template("llama-2-7b"), dtype="float16"), DeviceTarget(device)).at(context=4096).fit
    assert [use.capacity_bytes for use in fit.uses] == [15 * GIB]
    assert fit.fits is True
