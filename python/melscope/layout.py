"""Where in a `.pt` the values lie, so that they can be read without `torch.load`.

A `.pt` is a zip archive in which every record is stored as it is. All files of a cache have the same layout and the
same size, so the archive is walked once, for one file. Of each other file the size and all bytes before the values
are compared with it: they hold the type, the shape and the place of the values, and differ in nothing but a checksum.
"""

import collections
import io
import math
import os
import pickle
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import MelscopeError

#: A zip's local header: its signature, version, flags, method, time, date, checksum, both sizes, and the lengths of
#: the name and of the extra field, which follow it.
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_LOCAL_SIGNATURE = b"PK\x03\x04"
#: Where the checksum stands in a local header.
_CHECKSUM = slice(14, 18)
_BYTES_PER_VALUE = 4


@dataclass(frozen=True)
class Layout:
    """How every tensor's file of a cache is laid out."""

    #: Shape of the tensor.
    shape: tuple[int, ...]
    #: Size of the file in bytes.
    n_bytes: int
    #: All bytes before the values, with the checksum of the values set to zero.
    head: bytes
    #: Where that checksum stands, in bytes from the beginning.
    checksum: slice

    def fits(self, head: bytearray) -> bool:
        """True where a file that begins with `head` is laid out like this. Sets the checksum in `head` to zero."""
        head[self.checksum] = bytes(4)
        return head == self.head


def read_layout(path: Path, shape: tuple[int, ...]) -> Layout:
    """Walks the archive at `path` and finds the values of its tensor, which must be float32 of `shape`."""
    try:
        with path.open("rb") as file:
            return _layout(file, shape)
    except FileNotFoundError as error:
        raise MelscopeError(f"{path}: the tensor is missing; build the cache anew with `melscope build DIR`") from error
    except Exception as error:  # A damaged pickle can raise any of them.
        raise MelscopeError(
            f"{path}: not a tensor as Melscope writes it ({error}); "
            "build the cache anew with `melscope build DIR --force`"
        ) from error


def _layout(file: io.BufferedReader, shape: tuple[int, ...]) -> Layout:
    n_bytes = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        records = {info.filename.partition("/")[2]: info for info in archive.infolist()}
        for info in records.values():
            if info.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"the record {info.filename} is compressed")
        if "byteorder" in records and archive.read(records["byteorder"]).strip() != b"little":
            raise ValueError("the values are not little-endian")
        tensor = _TensorUnpickler(io.BytesIO(archive.read(records["data.pkl"]))).load()
    if not isinstance(tensor, _Tensor):
        raise ValueError(f"it holds a {type(tensor).__name__}")
    if tensor.shape != shape:
        raise ValueError(f"its shape is {list(tensor.shape)}, and the manifest's settings give {list(shape)}")
    if tensor.offset != 0 or tensor.strides != tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape))):
        raise ValueError("its values do not lie one after the other")
    record = records[f"data/{tensor.storage_key}"]
    n_values_bytes = _BYTES_PER_VALUE * math.prod(shape)
    if record.file_size < n_values_bytes:
        raise ValueError(f"it has {record.file_size} bytes of values, and its shape needs {n_values_bytes}")
    return _located(file, n_bytes, record.header_offset, n_values_bytes, shape)


def _located(
    file: io.BufferedReader, n_bytes: int, header_start: int, n_values_bytes: int, shape: tuple[int, ...]
) -> Layout:
    # The central directory says where a record's header is. Only that header says how long it is itself.
    file.seek(header_start)
    header = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size).ljust(_LOCAL_HEADER.size, b"\0"))
    if header[0] != _LOCAL_SIGNATURE:
        raise ValueError(f"there is no record at byte {header_start}")
    start = header_start + _LOCAL_HEADER.size + header[-2] + header[-1]
    if start + n_values_bytes > n_bytes:
        raise ValueError("it ends within its values")
    file.seek(0)
    head = bytearray(file.read(start))
    checksum = slice(header_start + _CHECKSUM.start, header_start + _CHECKSUM.stop)
    head[checksum] = bytes(4)
    return Layout(shape, n_bytes, bytes(head), checksum)


@dataclass(frozen=True)
class _Tensor:
    """What the pickle in a `.pt` says of its tensor."""

    storage_key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _FloatStorage:
    """Stands for `torch.FloatStorage` in the pickle: float32."""


class _TensorUnpickler(pickle.Unpickler):
    """Reads the pickle of one float32 tensor, and refuses every other: a pickle could otherwise run any program."""

    def find_class(self, module: str, name: str) -> Any:
        match f"{module}.{name}":
            case "torch._utils._rebuild_tensor_v2":
                return _rebuild_tensor
            case "torch.FloatStorage":
                return _FloatStorage
            case "collections.OrderedDict":
                return collections.OrderedDict
            case other:
                raise pickle.UnpicklingError(f"it holds {other}, and not one float32 tensor")

    def persistent_load(self, pid: Any) -> str:
        match pid:
            case ("storage", kind, str(key), str(), int()) if kind is _FloatStorage:
                return key
        raise pickle.UnpicklingError("its values are not float32")


def _rebuild_tensor(
    storage_key: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(storage_key, offset, tuple(shape), tuple(strides))
