"""Precision by name, and the bytes of weights in blocks against the blocks of llama.cpp and the sizes of its files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.base.dtypes import ACTIVATION_DTYPES, CACHE_DTYPES, COMPUTE_DTYPES, WEIGHT_DTYPES, Dtypes
from layerledger.core.base.precision import BUNDLES, Precision, bundle_of, completed, find_bundle, note_of
from layerledger.core.base.quantized import BLOCK, GGUF, bits_text, bytes_formula, storage_note, stored_bytes
from layerledger.core.formula.formula import formula

# static_assert of each block in ggml/src/ggml-common.h: weights and bytes.
BLOCKS = {
    "Q8_0": (32, 2 + 32),
    "Q4_0": (32, 2 + 16),
    "Q4_1": (32, 2 * 2 + 16),
    "Q5_0": (32, 2 + 4 + 16),
    "Q5_1": (32, 2 * 2 + 4 + 16),
    "Q2_K": (256, 2 * 2 + 256 // 16 + 256 // 4),
    "Q3_K": (256, 2 + 256 // 4 + 256 // 8 + 12),
    "Q4_K": (256, 2 * 2 + 12 + 256 // 2),
    "Q5_K": (256, 2 * 2 + 12 + 256 // 2 + 256 // 8),
    "Q6_K": (256, 2 + 256 // 16 + 3 * 256 // 4),
    "IQ4_NL": (32, 2 + 16),
    "IQ4_XS": (256, 2 + 2 + 256 // 64 + 256 // 2),
}
BITS = {"Q8_0": "8.5", "Q4_0": "4.5", "Q4_1": "5", "Q5_0": "5.5", "Q5_1": "6", "Q4_K": "4.5", "Q5_K": "5.5"}
BITS |= {"Q6_K": "6.5625", "Q3_K": "3.4375", "Q2_K": "2.625", "int4": "4.5", "float16": "16", "Q4_K_M": "4.8944"}

LLAMA_2_7B = 6_738_415_616
# Sizes of the files of Llama 2 7B, GB, as huggingface.co/TheBloke/Llama-2-7B-GGUF lists them.
FILES = {"Q8_0": 7.16, "Q6_K": 5.53, "Q5_K_M": 4.78, "Q5_K_S": 4.65, "Q5_0": 4.65, "Q4_K_M": 4.08}
FILES |= {"Q4_K_S": 3.86, "Q4_0": 3.83, "Q3_K_L": 3.60, "Q3_K_M": 3.30}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_is_that_of_llama_cpp(name):
    weights, nbytes = BLOCKS[name]
    assert GGUF[name][:2] == (weights, nbytes)
    assert [stored_bytes(n, name) for n in (0, 1, weights, weights + 1)] == [0, nbytes, nbytes, 2 * nbytes]


@pytest.mark.parametrize("dtype", BITS)
def test_bits_of_a_weight(dtype):
    assert bits_text(dtype) == BITS[dtype]


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_llama_2_7b_is_about_as_large(name):
    assert stored_bytes(LLAMA_2_7B, name) / 1e9 == pytest.approx(FILES[name], rel=0.025)


@given(st.integers(0, 10**15), st.sampled_from(WEIGHT_DTYPES))
def test_the_formula_gives_the_bytes(count, dtype):
    assert formula(bytes_formula(dtype))({"params": count}) == stored_bytes(count, dtype)


def test_each_quantization_names_its_source():
    assert all("llama.cpp" in storage_note(name) and bits_text(name) in storage_note(name) for name in GGUF)
    assert str(BLOCK) in storage_note("int4")
    assert storage_note("float16") == ""


def test_an_unknown_dtype_has_no_size():
    with pytest.raises(ValueError, match="int3"):
        stored_bytes(1, "int3")


# -- what is not stated


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (Dtypes(), ("float32", "float32", "float32", "float32")),
        (Dtypes(compute="float16"), ("float16", "float16", "float16", "float16")),
        (Dtypes(compute="tf32"), ("tf32", "float32", "float32", "float32")),
        (Dtypes(weights="int4"), ("float32", "int4", "float32", "float32")),
        (Dtypes(activations="bfloat16"), ("bfloat16", "bfloat16", "bfloat16", "bfloat16")),
        (Dtypes(compute="int8", activations="float16"), ("int8", "int8", "float16", "float16")),
        (Dtypes(cache="int8"), ("float32", "float32", "float32", "int8")),
    ],
)
def test_what_is_not_stated_follows(stated, expected):
    assert completed(stated, "float32") == Precision(*expected)


# -- names


def test_each_bundle_is_found_by_its_names():
    for bundle in BUNDLES.values():
        assert bundle_of(bundle.precision) is bundle
        assert find_bundle(bundle.id.upper()) is find_bundle(bundle.title) is find_bundle(bundle.short) is bundle
        assert bundle.precision.text == bundle.title
    assert find_bundle("int4 weights, float16 compute").precision == Precision("float16", "int4", "float16", "float16")
    assert find_bundle("int8").precision == Precision("int8", "int8", "int8", "int8")
    assert find_bundle("q4_k_m").precision.weights == "Q4_K_M"
    assert find_bundle("float64").precision.compute == "float64"
    assert find_bundle("int64") is None


def test_what_is_no_bundle_names_its_parts():
    assert Precision("float16", "int8", "float16", "float8").text == "float16, int8 weights, float8 cache"
    assert Precision("tf32", "float32", "float32", "float32").text == "TF32"
    assert Precision("int8", "int8", "float16", "float16").text == "int8, float16 activations"


def test_a_bundle_with_quantized_weights_says_how():
    assert note_of(BUNDLES["w8a16"]) == "computed in float16"
    assert note_of(BUNDLES["w4a16"]) == "4.5 bits with scales"
    assert note_of(BUNDLES["Q6_K"]) == "6.5625 bits a weight"
    assert [note_of(BUNDLES[name]) for name in ("float16", "tf32", "w8a16kv8")] == ["", "", ""]


def test_each_part_of_a_bundle_can_be_stated():
    for bundle in BUNDLES.values():
        compute, weights, activations, cache = bundle.precision
        assert compute in COMPUTE_DTYPES
        assert weights in WEIGHT_DTYPES
        assert activations in ACTIVATION_DTYPES
        assert cache in CACHE_DTYPES
