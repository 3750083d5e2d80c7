"""A format is recognized by content; adding one is one entry."""

import pytest

from layerledger.core import FormatError, Network, open_network, save_network
from layerledger.core.formats import registry
from layerledger.core.formats.network_format import NetworkFormat
from layerledger.core.formats.registry import FORMATS, NATIVE, format_of


def test_every_format_is_declared_once_and_whole():
    assert len({each.id for each in FORMATS}) == len(FORMATS)
    for each in FORMATS:
        assert each.title
        assert each.made_by
        assert each.exactness
        assert all("." in suffix for suffix in each.suffixes)


@pytest.mark.parametrize("name", ["a.layers", "a.json", "a", "a.onnx"])
def test_the_content_decides_not_the_name(tmp_path, name):
    save_network(Network(name="one"), tmp_path / name)
    assert format_of(tmp_path / name) is NATIVE
    assert open_network(tmp_path / name).name == "one"


def test_another_format_is_one_entry(tmp_path, monkeypatch):
    """A reader in the registry opens its files and no others; its errors get the name of the file."""

    def read(file, options):
        words = file.read_text().split()
        if len(words) < 2:
            raise FormatError("line 1: a name must follow")
        return Network(name=words[1])

    words = NetworkFormat(
        id="words",
        title="Words",
        suffixes=(".words",),
        recognizes=lambda start: start.start.startswith(b"net"),
        read=read,
    )
    monkeypatch.setattr(registry, "FORMATS", (words, NATIVE))
    (tmp_path / "x.words").write_text("net two")
    (tmp_path / "wrong.words").write_text("net")
    save_network(Network(name="one"), tmp_path / "one.layers")
    assert open_network(tmp_path / "x.words").name == "two"
    assert open_network(tmp_path / "one.layers").name == "one"
    with pytest.raises(FormatError, match=r"^wrong\.words: line 1: a name must follow$"):
        open_network(tmp_path / "wrong.words")
