"""Published figures: read as they were published, and compared with ours to their last digit."""

import pytest

from layerledger.core import analyze
from layerledger.core.library.templates.published import Deviation, deviations, read_figure, read_published
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.conventions import conventions


@pytest.mark.parametrize(
    ("given", "text", "value", "step"),
    [
        (11_689_512, "11,689,512", 11_689_512, 1),
        ("1.814 G", "1.814 G", 1_814_000_000, 1_000_000),
        ("15.47 G", "15.47 G", 15_470_000_000, 10_000_000),
        ("4.2 M", "4.2 M", 4_200_000, 100_000),
        ("569 M", "569 M", 569_000_000, 1_000_000),
        ("7k", "7k", 7000, 1000),
    ],
)
def test_a_figure_has_the_digits_that_were_published(given, text, value, step):
    figure = read_figure(given)
    assert (figure.text, figure.value, figure.step) == (text, value, step)


@pytest.mark.parametrize("given", ["about 4 M", "4.2", "1.8145 k", "", "-1 G"])
def test_what_is_no_figure_is_refused(given):
    with pytest.raises(ValueError, match=r"published figure|whole numbers"):
        read_figure(given)


@pytest.mark.parametrize(("ours", "equal"), [(1_813_500_000, True), (1_814_499_999, True), (1_814_500_001, False)])
def test_rounded_figures_agree_with_what_rounds_to_them(ours, equal):
    assert Deviation(read_figure("1.814 G"), ours).equal is equal


def test_exact_figures_agree_with_nothing_else():
    figure = read_figure(60_000)
    assert Deviation(figure, 60_000).equal
    assert not Deviation(figure, 60_001).equal


@pytest.mark.parametrize(
    ("given", "ours", "difference", "share"),
    [
        (60_000, 61_706, 1706, "+2.8%"),
        (27_161_264, 23_834_568, -3_326_696, "−12.2%"),
        (2_757_761, 2_758_785, 1024, "+1,024"),
        ("1.814 G", 3_628_146_688, 1_814_146_688, "+100.0%"),
        ("1.814 G", 1_814_073_344, 0, "0.0%"),
    ],
)
def test_a_deviation_tells_difference_and_share(given, ours, difference, share):
    deviation = Deviation(read_figure(given), ours)
    assert (deviation.difference, deviation.share) == (difference, share)


def test_a_count_is_compared_by_its_own_convention():
    result = analyze(load_template("resnet18"))
    counts = {id: conventions()[id].of_result(result).value for id in ("macs", "flops", "fvcore")}
    for convention, ours in counts.items():
        entry = {"count": "1.814 G", "convention": convention, "source": "https://www.example.org/a/table"}
        published = read_published(entry)
        found = deviations(published, result)
        assert found.params is None
        assert found.count is not None
        assert (found.count.ours, found.count.equal) == (ours, convention == "macs")


@pytest.mark.parametrize("entry", [{"count": "1.814 G"}, {"params": 3, "convention": "macs"}])
def test_a_count_needs_its_convention(entry):
    with pytest.raises(ValueError, match="come together"):
        read_published({"source": "x", **entry})


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("torchvision 0.29.1", "torchvision 0.29.1"),
        ("https://huggingface.co/openai-community/gpt2", "huggingface.co"),
        ("https://www.example.org/x", "example.org"),
    ],
)
def test_a_source_has_a_short_name(source, name):
    assert read_published({"params": 1, "source": source}).source_name == name
