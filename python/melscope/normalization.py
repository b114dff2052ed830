"""The way from normalised tensors to log-mel magnitude and instantaneous frequency, and back."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import numpy
import numpy.typing
import torch

from .errors import MelscopeError
from .manifest import STATS_KEYS

#: A float32 array of NumPy or tensor of torch: what goes in comes out.
Values = TypeVar("Values", numpy.typing.NDArray[Any], torch.Tensor)


class HasStats(Protocol):
    """What has the statistics of a cache, as a `Dataset` has."""

    @property
    def stats(self) -> Mapping[str, float]:
        """`mag_mean`, `mag_std`, `if_mean` and `if_std`."""


def denormalize(tensor: Values, manifest_or_dataset: Mapping[str, Any] | HasStats) -> Values:
    """Undoes the normalisation of a cache: x · std + mean for each channel, in float32.

    `tensor` is [2, n_mels, frames] or [batch, 2, n_mels, frames], a NumPy array or a torch tensor, and stays as it is.
    In the result channel 0 is ln(1 + mel power) and channel 1 instantaneous frequency.
    """
    mean, std = _mean_and_std(tensor, manifest_or_dataset)
    values: Values = _float32(tensor) * std + mean
    return values


def normalize(tensor: Values, manifest_or_dataset: Mapping[str, Any] | HasStats) -> Values:
    """Brings values to the scale of a cache: (x - mean) / std for each channel, in float32. Undoes `denormalize`."""
    mean, std = _mean_and_std(tensor, manifest_or_dataset)
    values: Values = (_float32(tensor) - mean) / std
    return values


def _mean_and_std(tensor: Values, source: Mapping[str, Any] | HasStats) -> tuple[Values, Values]:
    """Mean and deviation as float32 [2, 1, 1], of the same kind and on the same device as `tensor`."""
    if tensor.ndim not in (3, 4) or tensor.shape[-3] != 2:
        raise MelscopeError(
            f"the tensor has the shape {list(tensor.shape)}, "
            "but must have [2, n_mels, frames] or [batch, 2, n_mels, frames]"
        )
    stats = source.get("normalization_stats") if isinstance(source, Mapping) else source.stats
    if not isinstance(stats, Mapping) or any(key not in stats for key in STATS_KEYS):
        raise MelscopeError("the manifest has no `normalization_stats`; give that of a cache, or a melscope.Dataset")
    mag_mean, mag_std, if_mean, if_std = (stats[key] for key in STATS_KEYS)
    if isinstance(tensor, torch.Tensor):
        both = torch.tensor([[mag_mean, if_mean], [mag_std, if_std]], dtype=torch.float32, device=tensor.device)
        return both[0].reshape(2, 1, 1), both[1].reshape(2, 1, 1)
    arrays = numpy.array([[mag_mean, if_mean], [mag_std, if_std]], dtype=numpy.float32)
    return arrays[0].reshape(2, 1, 1), arrays[1].reshape(2, 1, 1)


def _float32(tensor: Values) -> Values:
    values: Values
    if isinstance(tensor, torch.Tensor):
        values = tensor.to(torch.float32)
    else:
        values = tensor.astype(numpy.float32, copy=False)
    return values
