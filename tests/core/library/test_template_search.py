"""Finding templates: by title and name first, by what is told of them next, by scattered letters at last."""

import pytest

from layerledger.core.library.templates.search import families, find_templates
from layerledger.core.library.templates.templates import templates


def names(text, family=""):
    return [template.name for template in find_templates(text, family)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("resnet50", "resnet50"),
        ("ResNet 50", "resnet50"),
        ("vgg bn", "vgg11_bn"),
        ("gpt", "gpt2"),
        ("u-net", "unet"),
        ("experts", "mixtral-8x7b"),
        ("1998", "lenet5"),
        ("language 2019", "gpt2"),
        ("rsnt152", "resnet152"),
    ],
)
def test_the_best_comes_first(text, first):
    assert names(text)[0] == first


def test_every_word_counts():
    assert {*names("vgg bn")} == {"vgg11_bn", "vgg16_bn", "vgg19_bn"}
    assert {*names("resnet 2016")} == {"resnext50_32x4d", "wide_resnet50_2"}


def test_scattered_letters_count_only_where_nothing_else_does():
    assert names("unet") == ["unet"]


def test_no_text_is_everything_in_order():
    assert [*find_templates("")] == [*templates()]
    assert find_templates("?") == []
    assert names("no such network") == []


def test_a_family_narrows():
    assert {template.family for template in find_templates("", "VGG")} == {"VGG"}
    assert names("11", "VGG") == ["vgg11", "vgg11_bn"]
    assert names("resnet", "VGG") == []


def test_families_are_counted():
    counted = families()
    assert [*counted] == sorted(counted)
    assert sum(counted.values()) == len(templates())
    assert all(len(find_templates("", family)) == count for family, count in counted.items())


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.name)
def test_each_is_found_by_its_title_and_its_name(template):
    assert find_templates(template.title)[0] is template
    assert find_templates(template.name)[0] is template
