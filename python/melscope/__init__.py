"""Reads a Melscope cache: the training tensors that the program `melscope` makes of a folder of recordings.

    import melscope

    cache_dir = melscope.ensure("recordings")             # builds the cache, unless a valid one is there
    train, validation = melscope.loaders(cache_dir)       # torch DataLoaders of [batch, 2, n_mels, frames]

One idea a file: `errors`, `manifest` and `index` (the cache's two tables), `layout` (where in a `.pt` the values lie),
`dataset`, `normalization`, `loading` (DataLoaders) and `building` (runs the program).
"""

from .building import ensure
from .dataset import Dataset
from .errors import MelscopeError
from .index import Row, Split, split
from .loading import Loader, loaders
from .normalization import denormalize, normalize

__all__ = [
    "Dataset",
    "Loader",
    "MelscopeError",
    "Row",
    "Split",
    "denormalize",
    "ensure",
    "loaders",
    "normalize",
    "split",
]
__version__ = "0.1.0"
