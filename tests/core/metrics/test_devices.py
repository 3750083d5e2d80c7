"""Devices: the files that come with the app, and a user's own, added, exported and removed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.base.dtypes import TF32
from layerledger.core.base.json_reader import DataError
from layerledger.core.base.quantities import read_rate, read_size
from layerledger.core.base.shapes import ELEMENT_BYTES
from layerledger.core.metrics.devices import (
    DEVICES,
    KINDS,
    Device,
    Figure,
    MemorySize,
    Peak,
    add_device,
    as_object,
    device_of,
    devices,
    export_device,
    import_device,
    read_device,
)
from layerledger.core.metrics.devices.device import PEAK_DTYPES, WIDER
from layerledger.core.metrics.devices.listing import as_json, as_table

MINE = {
    "id": "mine",
    "title": "My accelerator",
    "kind": "Edge accelerator",
    "peaks": [{"dtypes": ["int8"], "operations_per_s": 8e12, "source": "data sheet"}],
    "bandwidth": {"bytes_per_s": 25.6e9, "source": "64 bit × 3,200 MT/s"},
    "memories": [{"name": "LPDDR4", "bytes": 2**32, "source": "data sheet"}],
}


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """The folder of the user's own devices, empty."""
    folder = tmp_path / "devices"
    folder.mkdir()
    monkeypatch.setenv(DEVICES.variable, str(folder))
    return folder


def write(folder, name="mine.json", **changes):
    """Write a device file; a change to None leaves the key out."""
    top = {key: value for key, value in {**MINE, **changes}.items() if value is not None}
    (folder / name).write_text(json.dumps(top), "utf-8")
    return folder / name


# -- the app's own


@pytest.mark.parametrize("id", DEVICES.ids)
def test_each_figure_of_the_apps_own_has_a_source(id):
    device = read_device(DEVICES.folder / f"{id}.json")
    assert device.kind in KINDS
    assert device.peaks or device.bandwidth
    sources = [f.source for f in (*device.peaks, *device.memories, *([device.bandwidth] if device.bandwidth else ()))]
    assert all(len(source) > 5 for source in sources)
    assert not any("memory" in source.lower().split() and "from" in source.lower().split()[:1] for source in sources)
    assert len(device.short) <= 16
    assert not device.note or device.note.endswith(".")
    assert device_of(as_object(device)).title == device.title


def test_there_are_at_least_twenty_from_microcontrollers_to_data_centre_cards():
    kinds = [device.kind for device in devices().values()]
    assert len(kinds) >= 20
    assert {"Microcontroller", "Board", "Edge accelerator", "Processor", "Graphics card", "Data-centre card"} <= set(
        kinds
    )
    assert len({device.title for device in devices().values()}) == len(kinds)
    assert len({device.short for device in devices().values()}) == len(kinds)


@pytest.mark.parametrize(
    ("id", "bandwidth", "peaks"),
    [
        ("nvidia-h100-sxm", 3350e9, {"float32": 67e12, "float16": 989e12, "bfloat16": 989e12, "int8": 1979e12}),
        ("nvidia-h100-pcie", 2000e9, {"float32": 51e12, "float16": 756e12, "int8": 1513e12}),
        ("nvidia-a100-80gb", 2039e9, {"float32": 19.5e12, "float16": 312e12, "bfloat16": 312e12, "int8": 624e12}),
        ("nvidia-a100-40gb", 1555e9, {"float32": 19.5e12, "float16": 312e12, "int8": 624e12}),
        ("nvidia-v100-sxm2", 900e9, {"float32": 15.7e12, "float16": 125e12}),
        ("nvidia-t4", 320e9, {"float32": 8.1e12, "float16": 65e12, "int8": 130e12}),
        ("nvidia-rtx-4090", 1008e9, {"float32": 82.6e12, "float16": 165.2e12, "int8": 660.6e12}),
        ("raspberry-pi-5", 17.068e9, {"float32": 153.6e9, "float16": 307.2e9, "int8": 614.4e9}),
        ("stm32h743", 3.84e9, {"float32": 0.96e9, "int8": 1.92e9}),
    ],
)
def test_figures_are_the_dense_ones_of_the_sources(id, bandwidth, peaks):
    device = devices()[id]
    assert device.bandwidth.value == bandwidth
    for dtype, peak in peaks.items():
        used = device.peak(dtype)
        assert (used.as_dtype, used.peak.operations_per_s) == (dtype, peak)


def test_a_dtype_without_a_peak_takes_that_of_the_next_wider_one():
    t4, v100, h743 = (devices()[id] for id in ("nvidia-t4", "nvidia-v100-sxm2", "stm32h743"))
    assert t4.peak("bfloat16").as_dtype == "float32"  # float16 and bfloat16 share no peak unless a file says so
    assert v100.peak("int8").as_dtype == "float16"
    assert v100.peak("float8").as_dtype == "float16"
    assert h743.peak("float16").as_dtype == "float32"
    assert h743.peak("float64") is None
    assert devices()["coral-edge-tpu"].peak("float32") is None
    assert devices()["nvidia-t4"].peak("uint8").as_dtype == "int8"


def test_only_known_dtypes_are_named():
    assert set(PEAK_DTYPES) <= {*ELEMENT_BYTES, TF32}
    assert set(WIDER) <= {*ELEMENT_BYTES, TF32}
    assert {wide for wider in WIDER.values() for wide in wider} <= set(PEAK_DTYPES)


# -- a user's own


def test_an_own_device_is_added_exported_and_removed(tmp_path, own_folder):
    before = len(devices())
    made = add_device(device_of(MINE))
    assert devices()["mine"] is made
    assert len(devices()) == before + 1 == len(list(devices()))
    export_device(made, tmp_path / "shared.json")
    DEVICES.remove("mine")
    assert "mine" not in devices()
    assert import_device(tmp_path / "shared.json").bandwidth == Figure(25_600_000_000, "64 bit × 3,200 MT/s")
    assert (own_folder / "mine.json").exists()
    assert not devices().problems


def test_the_apps_own_cannot_be_replaced_nor_removed(tmp_path):
    with pytest.raises(DataError, match="nvidia-t4 is a device that comes with the app; choose another id"):
        import_device(write(tmp_path, "x.json", id="nvidia-t4"))
    with pytest.raises(DataError, match="cannot be removed"):
        DEVICES.remove("nvidia-t4")
    with pytest.raises(DataError, match="no such file"):
        DEVICES.remove("mine")


def test_a_wrong_file_in_the_folder_is_told_and_left_out(own_folder):
    write(own_folder)
    write(own_folder, "nvidia-t4.json", id="nvidia-t4")
    write(own_folder, "other.json")
    DEVICES.forget()
    assert "mine" in devices()
    assert len(devices().problems) == 2
    assert "a device that comes with the app" in devices().problems[0]
    assert 'id is "mine", but the file is named other.json' in devices().problems[1]
    assert devices()["nvidia-t4"].title == "NVIDIA T4"


def test_a_folder_that_is_named_must_be_there(tmp_path, monkeypatch):
    monkeypatch.setenv(DEVICES.variable, str(tmp_path / "none"))
    assert "no such file" in devices().problems[0]
    assert len(devices()) == len(DEVICES.ids)


@pytest.mark.parametrize(
    ("changes", "place", "sentence"),
    [
        ({"id": None}, "id", "id must be a text of at most 1,000 characters; it is missing"),
        ({"id": "My Device"}, "id", 'id must be of a–z, 0–9, ".", "_" and "-", at most 64; got "My Device"'),
        ({"title": " "}, "title", "title must not be empty"),
        ({"kind": "Toaster"}, "kind", "kind must be one of Microcontroller, Board"),
        ({"peaks": 3}, "peaks", "peaks must be an array"),
        ({"peaks": [3]}, "peaks[0]", "peaks[0] must be an object"),
        (
            {"peaks": [{"dtypes": ["int9"], "operations_per_s": 1, "source": "s"}]},
            "peaks[0].dtypes",
            "must be an array out",
        ),
        ({"peaks": [{"dtypes": ["int8"], "source": "s"}]}, "peaks[0].operations_per_s", "1 to 1e24; it is missing"),
        (
            {"peaks": [{"dtypes": ["int8"], "operations_per_s": -1, "source": "s"}]},
            "peaks[0].operations_per_s",
            "from 1",
        ),
        ({"peaks": [{"dtypes": ["int8"], "operations_per_s": 1}]}, "peaks[0].source", "source must be a text"),
        ({"peaks": [*MINE["peaks"], *MINE["peaks"]]}, "peaks[1].dtypes", "int8 has two peaks"),
        ({"bandwidth": {"bytes_per_s": True, "source": "s"}}, "bandwidth.bytes_per_s", "must be a number"),
        ({"bandwidth": {"bytes_per_s": 1, "source": ""}}, "bandwidth.source", "must not be empty"),
        ({"memories": [{"name": "SRAM", "bytes": 0.5, "source": "s"}]}, "memories[0].bytes", "from 1"),
        ({"peaks": None, "bandwidth": None}, "peaks", "a device needs at least one peak or a bandwidth"),
        ({"colour": "red"}, "colour", 'the file: unknown key "colour"; these are known: id, title'),
    ],
)
def test_what_is_no_device_is_refused_with_a_sentence_and_a_place(tmp_path, changes, place, sentence):
    file = write(tmp_path, **changes)
    with pytest.raises(DataError) as caught:
        read_device(file)
    assert caught.value.place == place
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"{file}: ")


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'{"a":' * 100_000, b" " * 200_000, b'{"bandwidth": NaN}'])
def test_no_content_does_harm(tmp_path, content):
    (tmp_path / "mine.json").write_bytes(content)
    with pytest.raises(DataError):
        read_device(tmp_path / "mine.json")


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=4)
)
def test_any_value_of_any_key_is_a_device_or_a_sentence(value):
    for key in ("id", "title", "short", "kind", "peaks", "bandwidth", "memories", "note"):
        try:
            assert device_of({**MINE, key: value}).id
        except DataError:
            continue


def test_a_device_survives_its_file():
    device = Device(
        id="a",
        title="A",
        short="a",
        kind="Board",
        peaks=(Peak(("float16", "bfloat16"), 10**12, "s"),),
        bandwidth=Figure(10**9, "t"),
        memories=(MemorySize("SRAM", 1024, "u"),),
        note="N.",
    )
    assert vars(device_of(as_object(device))) == vars(device)


def test_the_list_has_every_figure_with_its_source():
    text = as_table({"mine": device_of(MINE)})
    assert "mine  My accelerator (Edge accelerator)" in text
    assert "int8: 8 Top/s. data sheet" in text
    assert "bandwidth: 25.6 GB/s. 64 bit × 3,200 MT/s" in text
    assert "LPDDR4: 4.00 GiB. data sheet" in text
    assert json.loads(as_json({"mine": device_of(MINE)}))["id"] == "mine"


@pytest.mark.parametrize(
    ("text", "rate", "size"),
    [
        ("65 T", 65 * 10**12, 65 * 2**40),
        ("8.1 Top/s", 8_100_000_000_000, round(8.1 * 2**40)),
        ("8,1e12", 8_100_000_000_000, 8_100_000_000_000),
        ("320 GB/s", 320 * 10**9, 320 * 2**30),
        ("264 KiB", 264 * 1024, 264 * 1024),
        ("100", 100, 100),
        ("fast", None, None),
        ("", None, None),
        ("0", None, None),
        ("-3 T", None, None),
        ("5 i", None, None),
    ],
)
def test_figures_as_people_write_them(text, rate, size):
    assert (read_rate(text), read_size(text)) == (rate, size)
