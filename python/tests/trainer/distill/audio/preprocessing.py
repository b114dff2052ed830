"""The preparation of data: what the adapter must replace."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def preprocess_complex_spectrograms(
    files: list[Path],
    dataset_dir: Path,
    complex_spectrogram_config: Any,
    augmentation_config: Any = None,
    augmentation_expansion: int = 0,
    chunk_samples: int = 48_000,
    sample_rate: int = 48_000,
    progress_callback: Callable[[str, int, int], None] | None = None,
    confirm_callback: Callable[[str], bool] | None = None,
) -> tuple[Path, dict[str, float]]:
    """Deletes the cache, as the trainer's own does with every cache of augmented data, and says that it was called."""
    for path in (Path(dataset_dir) / ".cache").glob("*.pt"):
        path.unlink()
    Path(os.environ["STAND_IN_WAS_CALLED"]).touch()
    raise RuntimeError("the trainer's own preparation was called")
