"""Loaders of batches for training and for validation."""

import os
from typing import Any, TypeAlias

import torch
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from .dataset import Dataset
from .errors import MelscopeError

#: Gives batches, float32 [batch, 2, n_mels, frames].
Loader: TypeAlias = "DataLoader[torch.Tensor]"


def loaders(
    cache_dir: str | os.PathLike[str],
    batch_size: int = 32,
    num_workers: int = 0,
    seed: int = 0,
    *,
    rank: int | None = None,
    world_size: int | None = None,
    **dataloader_args: Any,
) -> tuple[Loader, Loader]:
    """The loaders of both sides of the cache's split: (training, validation).

    Training is shuffled, differently in each epoch, and in the same way for the same `seed`, however many workers
    there are; validation keeps the order of the cache. `dataloader_args` go to both `torch.utils.data.DataLoader`s,
    but `drop_last` only to that of training: validation leaves nothing out.

    For distributed training name this process's `rank` and the `world_size`. Each process then gets its own share,
    through a `DistributedSampler`: call `training.sampler.set_epoch(epoch)` before each epoch. Where the number of
    tensors cannot be divided by `world_size`, the sampler repeats some to make the shares equal.
    """
    if (rank is None) != (world_size is None):
        raise MelscopeError("rank and world_size belong together; give both, or neither")
    training, validation = Dataset(cache_dir, "train"), Dataset(cache_dir, "validation")
    if len(training) == 0:
        raise MelscopeError(
            f"{cache_dir}: no tensor of the cache is for training; add recordings and run `melscope build DIR`"
        )
    common = {"batch_size": batch_size, "num_workers": num_workers, **dataloader_args}
    for_validation = {**common, "drop_last": False}
    if rank is None or world_size is None:
        generator = torch.Generator().manual_seed(seed)
        return (
            DataLoader(training, shuffle=True, generator=generator, **common),
            DataLoader(validation, shuffle=False, **for_validation),
        )
    # What the samplers' own `drop_last` would leave out, no process would see.
    shares: list[DistributedSampler[torch.Tensor]] = [
        DistributedSampler(dataset, num_replicas=world_size, rank=rank, seed=seed, shuffle=dataset is training)
        for dataset in (training, validation)
    ]
    return (
        DataLoader(training, sampler=shares[0], **common),
        DataLoader(validation, sampler=shares[1], **for_validation),
    )
