"""Tables of state dicts and checkpoints of PyTorch. The pickles are those of test_torch_file, by hand."""

import io
import pickle
import zipfile
from pathlib import Path

import pytest

from layerledger.core import analyze
from layerledger.core.base.files import FormatError
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.tensors.reader import read
from layerledger.core.network.nodes import Block


class Tensor:
    """A tensor that the pickler below writes as torch.save does."""

    def __init__(self, *shape: int, kind: str = "Float", key: str = "", offset: int = 0) -> None:
        self.shape, self.kind, self.key, self.offset = shape, kind, key or str(id(self)), offset


class Writer(pickle._Pickler):
    def save(self, obj, save_persistent_id=True):
        if not isinstance(obj, Tensor):
            super().save(obj, save_persistent_id)
            return
        self.write(pickle.GLOBAL + b"torch._utils\n_rebuild_tensor_v2\n" + pickle.MARK + pickle.MARK)
        super().save("storage")
        self.write(pickle.GLOBAL + f"torch\n{obj.kind}Storage\n".encode())
        for each in (obj.key, "cpu", 1):
            super().save(each)
        self.write(pickle.TUPLE + pickle.BINPERSID)
        for each in (obj.offset, obj.shape, obj.shape, False, None):
            super().save(each)
        self.write(pickle.TUPLE + pickle.REDUCE)


def saved(folder: Path, value: object) -> Path:
    held = io.BytesIO()
    Writer(held, protocol=2).dump(value)
    path = folder / "model.pt"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("model/data.pkl", held.getvalue())
    return path


def opened(folder: Path, value: object) -> tuple[list[str], int, int, str]:
    """Return the names of the layers, params, buffers and notes."""
    network = read(saved(folder, value))
    found = imported_of(network)
    assert found is not None
    result = analyze(network)
    assert result.problems == ()
    text = "\n".join(note.text for note in found.notes)
    return layers(network.root), result.totals.params, result.totals.buffers, text


def layers(block: Block, path: str = "") -> list[str]:
    found: list[str] = []
    for node in block.layers:
        found += layers(node, f"{path}{node.name}.") if isinstance(node, Block) else [f"{path}{node.name}"]
    return found


STATE = {
    "conv.weight": Tensor(4, 3, 3, 3),
    "bn.weight": Tensor(4),
    "bn.running_mean": Tensor(4),
    "bn.num_batches_tracked": Tensor(kind="Long"),
}


def test_a_state_dict(tmp_path: Path):
    names, params, buffers, text = opened(tmp_path, STATE)
    assert names == list(STATE)
    assert (params, buffers) == (112, 5)
    assert "Weights only: 117 values in 4 tensors; there is no graph in this file." in text
    assert "torch.export.save(" in text


@pytest.mark.parametrize("depth", [1, 2])
def test_a_checkpoint_without_the_state_of_training(depth: int, tmp_path: Path):
    value: dict[str, object] = {"model": STATE}
    for _ in range(depth - 1):
        value = {"model": value}
    value |= {"epoch": 3, "optimizer": {"state": {0: {"exp_avg": Tensor(100)}}}}
    names, params, _, text = opened(tmp_path, value)
    assert names == list(STATE)
    assert params == 112
    assert "The tensors are those under model" in text
    assert "1 tensor of the state of training is left out." in text


def test_several_sets_of_tensors_are_all_counted(tmp_path: Path):
    names, params, _, text = opened(tmp_path, {"ema": {"w": Tensor(2)}, "model": {"w": Tensor(2)}})
    assert names == ["ema.w", "model.w"]
    assert params == 4
    assert "several sets of tensors, and all are counted: ema, model." in text


def test_tied_tensors_count_once(tmp_path: Path):
    one = {"embed.weight": Tensor(5, 4, key="7"), "head.weight": Tensor(5, 4, key="7")}
    _, params, _, text = opened(tmp_path, one)
    assert params == 20
    assert "1 tensor has the data of another and counts once with it." in text
    assert "20 values in 2 tensors" in text


def test_parts_of_one_storage_count_each(tmp_path: Path):
    assert opened(tmp_path, {"a": Tensor(5, key="7"), "b": Tensor(5, key="7", offset=5)})[1] == 10


def test_a_list_in_itself_ends(tmp_path: Path):
    value: list[object] = [Tensor(3)]
    value.append(value)
    assert opened(tmp_path, value)[1] == 3


def test_one_tensor(tmp_path: Path):
    assert opened(tmp_path, Tensor(3))[:2] == (["tensor"], 3)


@pytest.mark.parametrize("value", [{}, {"epoch": 1}, {"optimizer": {"x": Tensor(2)}}, 5])
def test_no_tensors(value: object, tmp_path: Path):
    with pytest.raises(FormatError, match="there are no tensors of a network in this file"):
        read(saved(tmp_path, value))
