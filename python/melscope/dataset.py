"""The tensors of a cache as a map-style dataset of torch."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy
import torch
import torch.utils.data

from .errors import MelscopeError
from .index import Row, Split, indices_of, read_index
from .layout import Layout, read_layout
from .manifest import read_manifest, shape_of
from .normalization import denormalize


class Dataset(torch.utils.data.Dataset[torch.Tensor]):
    """The tensors of a cache, or of one side of its split: item i is float32 [2, n_mels, frames].

    Files are opened, read and closed one at a time, nothing is kept of them, and an instance can be pickled: it suits
    any number of workers. A file that is missing, cut or laid out differently from the first gives a `MelscopeError`
    that names it. The values themselves are not checked: `melscope verify DIR` does that.
    """

    #: `manifest.json` as it stands in the cache.
    manifest: dict[str, Any]
    #: The rows of `index.csv`: row i says where item i comes from.
    rows: list[Row]
    #: Shape of every item, [2, n_mels, frames].
    shape: tuple[int, int, int]

    def __init__(
        self, cache_dir: str | os.PathLike[str], split: Split | None = None, normalized: bool = True
    ) -> None:
        """Opens the cache in `cache_dir`, and reads its two tables and the head of one tensor.

        `split` is "train" or "validation", or None for all. With `normalized=False` items are ln(1 + mel power) and
        instantaneous frequency instead of normalised values.
        """
        # Absolute, because a worker or a trainer may have changed the working directory.
        self._cache_dir = Path(cache_dir).absolute()
        self._normalized = normalized
        self.manifest = read_manifest(self._cache_dir)
        self.shape = shape_of(self.manifest)
        rows = read_index(self._cache_dir)
        if len(rows) != self.manifest["total_spectrograms"]:
            raise MelscopeError(
                f"{self._cache_dir / 'index.csv'}: has {len(rows)} rows, and the manifest counts "
                f"{self.manifest['total_spectrograms']} tensors; build the cache anew with `melscope build DIR --force`"
            )
        self.rows = rows if split is None else [rows[i] for i in indices_of(self._cache_dir, rows, split)]
        # One array and not a list of strings: reading a Python object writes its count of references, which would
        # copy page after page of the list into each forked worker.
        self._names = numpy.array([row.file for row in self.rows], dtype=numpy.bytes_)
        self._layout: Layout | None = None
        if rows:
            self._layout = read_layout(self._cache_dir / rows[0].file, self.shape)

    def __len__(self) -> int:
        """Number of tensors."""
        return len(self._names)

    def __getitem__(self, index: int) -> torch.Tensor:
        """Tensor number `index`, float32 [2, n_mels, frames], in memory of its own."""
        path = os.path.join(self._cache_dir, self._names[index].decode())
        assert self._layout is not None, "there is an item, so there was a first one"
        tensor = _read_values(path, self._layout)
        return tensor if self._normalized else denormalize(tensor, self)

    def __iter__(self) -> Iterator[torch.Tensor]:
        """Every tensor in order."""
        return (self[index] for index in range(len(self)))

    @property
    def stats(self) -> Mapping[str, float]:
        """The statistics that values are normalised with: `mag_mean`, `mag_std`, `if_mean` and `if_std`."""
        stats: Mapping[str, float] = self.manifest["normalization_stats"]
        return stats

    @property
    def sample_rate_hz(self) -> int:
        """The rate of the analysed sound, in Hz."""
        return int(self.manifest["sample_rate"])

    @property
    def groups(self) -> list[int]:
        """The group of each item. A split of your own must not part items of one group: they are of one take."""
        return [row.group for row in self.rows]


def _read_values(path: str, layout: Layout) -> torch.Tensor:
    tensor = torch.empty(layout.shape, dtype=torch.float32)
    head = bytearray(len(layout.head))
    values = memoryview(tensor.numpy()).cast("B")
    try:
        # Without a buffer, the values go from the system's page cache straight into the tensor.
        with open(path, "rb", buffering=0) as file:
            n_bytes = os.fstat(file.fileno()).st_size
            if n_bytes != layout.n_bytes:
                raise MelscopeError(
                    f"{path}: has {n_bytes} bytes, and the other tensors of the cache {layout.n_bytes}; "
                    "build the cache anew with `melscope build DIR --force`"
                )
            n_read = file.readinto(head) + file.readinto(values)
    except OSError as error:
        raise MelscopeError(
            f"{path}: the tensor cannot be read ({error.strerror}); build the cache anew with `melscope build DIR`"
        ) from error
    if n_read != len(head) + len(values) or not layout.fits(head):
        raise MelscopeError(
            f"{path}: is laid out differently from the other tensors of the cache; "
            "build the cache anew with `melscope build DIR --force`"
        )
    if sys.byteorder == "big":
        tensor.numpy().byteswap(inplace=True)
    return tensor
