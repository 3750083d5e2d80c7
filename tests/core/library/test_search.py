"""Search: what people call a layer leads to it, and equal fits are ordered by the tensor at hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.library.catalog.entries import CATALOG, CatalogEntry
from layerledger.core.library.catalog.search import letters, search

TITLES = {entry.title for entry in CATALOG}

FIRST = [
    ("conv", "Conv2d"),
    ("CONV2D", "Conv2d"),
    ("conv 1d", "Conv1d"),
    ("co", "Conv2d"),
    ("c2d", "Conv2d"),
    ("dw", "Depthwise Conv2d"),
    ("depthwise conv", "Depthwise Conv2d"),
    ("pw", "Pointwise Conv2d"),
    ("1x1", "Pointwise Conv2d"),
    ("deconv", "ConvTranspose2d"),
    ("transpose conv", "ConvTranspose2d"),
    ("ct", "ConvTranspose2d"),
    ("fc", "Linear"),
    ("dense", "Linear"),
    ("lin", "Linear"),
    ("bn", "BatchNorm2d"),
    ("batch norm", "BatchNorm2d"),
    ("norm", "BatchNorm2d"),
    ("ln", "LayerNorm"),
    ("layernorm", "LayerNorm"),
    ("gn", "GroupNorm"),
    ("relu", "ReLU"),
    ("re", "ReLU"),
    ("gelu", "GELU"),
    ("swish", "SiLU"),
    ("sigmoid", "Sigmoid"),
    ("softmax", "Softmax"),
    ("maxpool", "MaxPool2d"),
    ("max pool", "MaxPool2d"),
    ("pool", "MaxPool2d"),
    ("avgpool", "AvgPool2d"),
    ("gap", "AdaptiveAvgPool2d"),
    ("adaptive avg", "AdaptiveAvgPool2d"),
    ("drop", "Dropout"),
    ("dropout", "Dropout"),
    ("dropout2d", "Dropout2d"),
    ("zeropad", "ZeroPad2d"),
    ("pad", "Pad"),
    ("flatten", "Flatten"),
    ("flat", "Flatten"),
    ("upsample", "Upsample"),
    ("up", "Upsample"),
    ("cat", "Concat"),
    ("add", "Add"),
    ("ad", "Add"),
    ("residual", "Add"),
    ("block", "Block"),
    ("sequential", "Block"),
]


@pytest.mark.parametrize(("text", "title"), FIRST)
def test_the_usual_words_find_the_usual_layer_in_images(text: str, title: str) -> None:
    assert search(text, rank=4)[0].title == title
    assert search(text.upper())[0].title == title


@pytest.mark.parametrize(("rank", "dims"), [(2, 1), (3, 1), (4, 2), (5, 3), (None, 2), (9, 2)])
@pytest.mark.parametrize("text", ["conv", "bn", "maxpool", "avgpool", "gap", "zeropad"])
def test_of_equal_fits_that_for_the_tensor_stands_first(text: str, rank: int | None, dims: int) -> None:
    assert search(text, rank=rank)[0].dims == dims


@pytest.mark.parametrize("rank", [None, 2, 3, 4, 5])
@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.title)
def test_a_whole_title_finds_its_entry(entry: CatalogEntry, rank: int | None) -> None:
    assert search(entry.title, rank=rank)[0] is entry


def test_no_text_finds_all_in_order() -> None:
    assert search("") == search("  ") == list(CATALOG)


@pytest.mark.parametrize("text", ["xyzzy", "(", "??", "conv99"])
def test_what_fits_nothing_finds_nothing(text: str) -> None:
    assert search(text) == []


def test_a_family_finds_its_members() -> None:
    assert [e.title for e in search("convolution")][:1] == ["Conv2d"]
    found = {e.title for e in search("normalization")}
    assert {"BatchNorm2d", "LayerNorm"} <= found


@given(st.sampled_from(CATALOG), st.data())
def test_letters_of_a_title_in_order_find_its_entry(entry: CatalogEntry, data: st.DataObject) -> None:
    title = letters(entry.title)
    keep = data.draw(st.lists(st.booleans(), min_size=len(title), max_size=len(title)))
    text = title[0] + "".join(c for c, kept in zip(title[1:], keep[1:], strict=True) if kept)
    if len(text) > 1:
        assert entry in search(text)


@given(st.text())
def test_any_text_may_be_searched_for(text: str) -> None:
    found = search(text)
    assert len(set(found)) == len(found)
