"""`manifest.json`: the settings and statistics of a cache. It is written last, and without it there is no cache."""

import json
import math
import os
from pathlib import Path
from typing import Any

from .errors import MelscopeError

#: The newest format of the cache that this package knows.
FORMAT_MAX = 3

#: The keys of the statistics, mean before deviation, channel 0 before channel 1.
STATS_KEYS = ("mag_mean", "mag_std", "if_mean", "if_std")


def read_manifest(cache_dir: str | os.PathLike[str]) -> dict[str, Any]:
    """The manifest of a cache, as it stands in the file.

    Raises `MelscopeError` where there is no cache, where another program made it, and where its format is newer than
    this package.
    """
    path = Path(cache_dir) / "manifest.json"
    try:
        manifest = json.loads(path.read_bytes())
    except OSError as error:
        raise MelscopeError(
            f"{path}: there is no cache that can be read ({error.strerror}); make one with `melscope build DIR`"
        ) from error
    except ValueError as error:
        raise MelscopeError(f"{path}: not JSON ({error}); build the cache anew with `melscope build DIR`") from error
    if not isinstance(manifest, dict):
        raise MelscopeError(f"{path}: not a manifest but a {type(manifest).__name__}; name the folder of a cache")
    if "normalization_stats" not in manifest and not manifest.get("files"):
        # What stands there while a build replaces the cache, or after it was killed in that moment.
        raise MelscopeError(f"{path}: a build has not ended, and there is no cache; run `melscope build DIR`")
    ours = manifest.get("melscope")
    if not isinstance(ours, dict) or not isinstance(ours.get("format"), int):
        raise MelscopeError(f"{path}: Melscope did not write this cache; build it anew with `melscope build DIR`")
    if ours["format"] > FORMAT_MAX:
        raise MelscopeError(
            f"{path}: the cache has format {ours['format']}, and this package reads formats up to {FORMAT_MAX}; "
            "update the package"
        )
    _check_keys(path, manifest)
    return manifest


def _check_keys(path: Path, manifest: dict[str, Any]) -> None:
    config, stats = manifest.get("complex_spectrogram_config"), manifest.get("normalization_stats")
    wanted: list[tuple[Any, str]] = [(manifest, key) for key in ("chunk_samples", "sample_rate", "total_spectrograms")]
    wanted += [(config, key) for key in ("n_mels", "hop_length")] + [(stats, key) for key in STATS_KEYS]
    for table, key in wanted:
        value = table.get(key) if isinstance(table, dict) else None
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise MelscopeError(
                f"{path}: `{key}` is {value!r}, but must be a number; build the cache anew with `melscope build DIR`"
            )


def shape_of(manifest: dict[str, Any]) -> tuple[int, int, int]:
    """The shape of every tensor, [2, n_mels, frames]."""
    config = manifest["complex_spectrogram_config"]
    return 2, config["n_mels"], manifest["chunk_samples"] // config["hop_length"] + 1
