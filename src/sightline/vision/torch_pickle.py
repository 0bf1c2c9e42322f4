"""Reads the state dict of a legacy torch file (before torch 1.6) without torch.

Such a file is five pickles and then raw numbers: a magic number, the protocol version, facts
about the machine that wrote it, the object itself, the list of its storage keys; then for each
key the count as int64 and that many numbers, little-endian. A tensor is a window on a storage:
offset, sizes and strides, all in elements.

Guards against code in the file: nothing is imported but four names, each replaced by a value of
this module. It does not guard against files that claim to be huge; verify the hash first.
"""

import math
import os
import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from sightline.errors import BrokenModel

Tensors = dict[str, NDArray[Any]]

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001


def read_state_dict(path: Path) -> Tensors:
    """The tensors of the file by name, in C order; each owns its memory.

    Raises:
        BrokenModel: when the file is of another form or asks for anything but numbers.
    """
    with path.open("rb") as file:
        try:
            return _read(file)
        except BrokenModel:
            raise
        except Exception as error:  # a broken pickle can raise nearly anything
            raise _refusal(f"it cannot be read ({type(error).__name__}: {error})") from error


def _read(file: BinaryIO) -> Tensors:
    head = (_Restricted(file).load(), _Restricted(file).load())
    if head != (_MAGIC, _PROTOCOL):
        raise _refusal(f"it starts with {head!r}")
    machine = _Restricted(file).load()
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise _refusal(f"it was written on {machine!r}, not on a little-endian machine")
    objects = _Restricted(file)
    state = objects.load()
    if not isinstance(state, OrderedDict):
        raise _refusal(f"it holds a {type(state).__name__}, not a dictionary of tensors")
    keys = _Restricted(file).load()
    numbers = {str(key): _numbers(file, objects.storages, str(key)) for key in keys}
    return {str(name): _window(numbers, str(name), tensor) for name, tensor in state.items()}


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    size: tuple[int, ...]
    strides: tuple[int, ...]


def _tensor(
    storage: _Storage, offset: int, size: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(storage, offset, size, strides)


_ALLOWED: dict[tuple[str, str], Callable[..., Any] | np.dtype[Any]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class _Restricted(pickle.Unpickler):
    """Unpickles numbers, strings, containers and the four names above; nothing else."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - pickle's own signature
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _refusal(f"it asks for {module + '.' + name!r}") from None

    def persistent_load(self, pid: Any) -> _Storage:  # noqa: ANN401 - pickle's own signature
        match pid:
            case ("storage", np.dtype() as dtype, str() as key, str(), int() as count, None):
                return self.storages.setdefault(key, _Storage(key, dtype, count))
        raise _refusal(f"it refers to {pid!r}, which is not a storage")


def _numbers(file: BinaryIO, storages: dict[str, _Storage], key: str) -> NDArray[Any]:
    storage = storages.get(key)
    if storage is None:
        raise _refusal(f"it stores {key!r}, which no tensor uses")
    count = int.from_bytes(file.read(8), "little", signed=True)
    length = storage.count * storage.dtype.itemsize
    left = os.fstat(file.fileno()).st_size - file.tell()
    if count != storage.count or not 0 <= length <= left:
        raise _refusal(
            f"storage {key!r} should hold {storage.count} numbers, says {count}, "
            f"and {left} bytes are left"
        )
    return np.frombuffer(file.read(length), dtype=storage.dtype)


def _window(numbers: dict[str, NDArray[Any]], name: str, tensor: object) -> NDArray[Any]:
    if not isinstance(tensor, _Tensor):
        raise _refusal(f"{name!r} is a {type(tensor).__name__}, not a tensor")
    flat = numbers.get(tensor.storage.key)
    if flat is None:
        raise _refusal(f"the numbers of {name!r} are missing")
    places = (tensor.offset, *tensor.size, *tensor.strides)
    if len(tensor.size) != len(tensor.strides) or any(place < 0 for place in places):
        raise _refusal(f"{name!r} has sizes {tensor.size!r} with strides {tensor.strides!r}")
    last = tensor.offset + sum(
        (size - 1) * stride for size, stride in zip(tensor.size, tensor.strides, strict=True)
    )
    if math.prod(tensor.size) and last >= flat.size:
        raise _refusal(f"{name!r} reaches to number {last} of a storage of {flat.size}")
    return np.lib.stride_tricks.as_strided(
        flat[tensor.offset :],
        tensor.size,
        [stride * flat.itemsize for stride in tensor.strides],
        writeable=False,
    ).copy()


def _refusal(found: str) -> BrokenModel:
    return BrokenModel(
        f"Expected a legacy torch file with a dictionary of float or int64 tensors, but {found}."
    )
