"""Legacy torch files, written here without torch, and what the reader must refuse."""

import io
import os
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from sightline.errors import BrokenModel
from sightline.vision.torch_pickle import read_state_dict

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


@dataclass
class Storage:
    key: str
    numbers: np.ndarray
    declared: int | None = None

    @property
    def kind(self) -> str:
        return {"f": "FloatStorage", "i": "LongStorage"}[self.numbers.dtype.kind]


@dataclass
class Tensor:
    storage: Storage
    size: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (self.storage, self.offset, self.size, self.strides, False, OrderedDict())
        return (sys.modules["torch._utils"]._rebuild_tensor_v2, arguments)


class TorchPickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        if not isinstance(obj, Storage):
            return None
        count = obj.numbers.size if obj.declared is None else obj.declared
        return ("storage", getattr(sys.modules["torch"], obj.kind), obj.key, "cpu", count, None)


def write(
    path: Path,
    state: object,
    storages: list[Storage],
    *,
    head: tuple[object, object] = (MAGIC, PROTOCOL),
) -> Path:
    """The five pickles of the legacy form, then the numbers of each storage."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")
    for name in ("FloatStorage", "LongStorage", "ByteStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def _rebuild_tensor_v2() -> None:
        """Stands for torch's own; only its name goes into the file."""

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    file = io.BytesIO()
    with patch.dict(sys.modules, {"torch": torch, "torch._utils": utils}):
        for value in (*head, {"little_endian": True}):
            pickle.dump(value, file, protocol=2)
        TorchPickler(file, protocol=2).dump(state)
        pickle.dump([storage.key for storage in storages], file, protocol=2)
    for storage in storages:
        file.write(np.int64(storage.numbers.size).tobytes() + storage.numbers.tobytes())
    path.write_bytes(file.getvalue())
    return path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return tmp_path / "weights.pth"


def test_tensors_are_windows_on_storages(weights: Path):
    shared = Storage("7", np.arange(12, dtype=np.float32))
    steps = Storage("3", np.array([41], dtype=np.int64))
    write(
        weights,
        OrderedDict(
            plain=Tensor(shared, (3, 4), (4, 1)),
            transposed=Tensor(shared, (4, 3), (1, 4)),
            corner=Tensor(shared, (2, 2), (4, 1), offset=6),
            repeated=Tensor(shared, (2, 3), (0, 1)),
            nothing=Tensor(shared, (0, 4), (4, 1)),
            steps=Tensor(steps, (), ()),
        ),
        [shared, steps],
    )

    state = read_state_dict(weights)

    table = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert list(state) == ["plain", "transposed", "corner", "repeated", "nothing", "steps"]
    np.testing.assert_array_equal(state["plain"], table)
    np.testing.assert_array_equal(state["transposed"], table.T)
    np.testing.assert_array_equal(state["corner"], [[6, 7], [10, 11]])
    np.testing.assert_array_equal(state["repeated"], [[0, 1, 2], [0, 1, 2]])
    assert state["nothing"].shape == (0, 4)
    assert state["steps"] == 41
    assert all(array.flags.c_contiguous and array.flags.owndata for array in state.values())


class Runs:
    """An object whose unpickling calls `function`, as a hostile file would."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return (self.function, self.arguments)


@pytest.mark.parametrize("place", ["instead of the head", "as the state", "inside the state"])
@pytest.mark.parametrize(
    ("function", "named"),
    [(os.mkdir, "posix.mkdir"), (eval, "eval"), (getattr, "getattr"), (np.load, "load")],
)
def test_code_in_a_file_is_refused_and_does_not_run(
    weights: Path, tmp_path: Path, function: Callable[..., object], named: str, place: str
):
    made = tmp_path / "made-by-the-file"
    trap = Runs(function, f"__import__('os').mkdir({str(made)!r})" if function is eval else made)
    head = (trap, PROTOCOL) if place == "instead of the head" else (MAGIC, PROTOCOL)
    write(weights, trap if place == "as the state" else OrderedDict(a=trap), [], head=head)

    with pytest.raises(BrokenModel, match=f"asks for .*{named}"):
        read_state_dict(weights)
    assert not made.exists()


def sized(size: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> Tensor:
    return Tensor(Storage("0", np.zeros(12, dtype=np.float32)), size, strides, offset)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (OrderedDict(a=sized((3, 5), (4, 1), 1)), "reaches to number 13 of a storage of 12"),
        (OrderedDict(a=sized((2,), (10**12,))), "reaches to number 1000000000000"),
        (OrderedDict(a=sized((1,), (1,), -4)), "sizes"),
        (OrderedDict(a=sized((2,), (-1,), 5)), "sizes"),
        (OrderedDict(a=sized((2, 2), (1,))), "sizes"),
        (OrderedDict(a=3.5), "'a' is a float, not a tensor"),
        ([1, 2, 3], "it holds a list, not a dictionary of tensors"),
    ],
)
def test_only_tensors_inside_their_storage_are_read(weights: Path, state: object, message: str):
    tensors = state.values() if isinstance(state, OrderedDict) else []
    write(weights, state, [each.storage for each in tensors if isinstance(each, Tensor)])
    with pytest.raises(BrokenModel, match=message):
        read_state_dict(weights)


def test_a_storage_of_another_size_than_declared_is_refused(weights: Path):
    short = Storage("0", np.zeros(4, dtype=np.float32), declared=10**15)
    write(weights, OrderedDict(a=Tensor(short, (4,), (1,))), [short])
    with pytest.raises(BrokenModel, match="should hold 1000000000000000 numbers, says 4"):
        read_state_dict(weights)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it cannot be read"),
        (b"PK\x03\x04 what newer versions of torch write", "it cannot be read"),
        (pickle.dumps(7) + pickle.dumps(1001), "it starts with"),
        (pickle.dumps(MAGIC) + pickle.dumps(1001) + pickle.dumps([]), "little-endian"),
    ],
)
def test_other_files_are_refused(weights: Path, content: bytes, message: str):
    weights.write_bytes(content)
    with pytest.raises(BrokenModel, match=message):
        read_state_dict(weights)


def test_a_file_that_was_cut_off_anywhere_is_refused(weights: Path):
    numbers = Storage("0", np.arange(6, dtype=np.float32))
    whole = write(weights, OrderedDict(a=Tensor(numbers, (6,), (1,))), [numbers]).read_bytes()
    for length in range(len(whole)):
        weights.write_bytes(whole[:length])
        with pytest.raises(BrokenModel):
            read_state_dict(weights)
