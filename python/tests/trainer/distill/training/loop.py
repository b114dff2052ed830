"""A training loop that prepares its data and reads it once."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import distill.audio
from distill.audio import preprocessing
from distill.audio.preprocessing import preprocess_complex_spectrograms
from distill.audio.preprocessing import preprocess_complex_spectrograms as prepare


@dataclass
class ComplexSpectrogramConfig:
    """The analysis that the model is made for."""

    if_masking_threshold: float = 1e-5
    n_fft: int = 2048
    hop_length: int = 512
    n_mels: int = 128


@dataclass
class AugmentationConfig:
    """What variants are drawn from."""

    pitch_shift_probability: float = 0.0
    pitch_shift_range: tuple[float, float] = (-2.0, 2.0)
    pitch_shift_n_fft: int = 2048
    speed_probability: float = 0.5
    speed_factors: tuple[float, ...] = (0.9, 0.95, 1.0, 1.0, 1.05, 1.1)
    noise_probability: float = 0.3
    noise_snr_range: tuple[float, float] = (15.0, 40.0)
    volume_probability: float = 0.5
    volume_range: tuple[float, float] = (0.7, 1.3)
    expansion_ratio: int = 2


def train(file_paths: list[Path], expansion: int, chunk_samples: int, n_mels: int) -> dict[str, Any]:
    """Prepares the data through each way in which a module can have the function, and loads every tensor."""
    from distill.audio.preprocessing import preprocess_complex_spectrograms as imported_late

    dataset_dir = Path(os.path.commonpath([path.parent for path in file_paths]))
    augmentation = AugmentationConfig(expansion_ratio=expansion) if expansion else None
    ways = [
        preprocess_complex_spectrograms,
        prepare,
        imported_late,
        preprocessing.preprocess_complex_spectrograms,
        distill.audio.preprocess_complex_spectrograms,
        distill.audio.prepare,
    ]
    results = []
    for way in ways:
        cache_dir, stats = way(
            files=file_paths,
            dataset_dir=dataset_dir,
            complex_spectrogram_config=ComplexSpectrogramConfig(n_mels=n_mels),
            augmentation_config=augmentation,
            augmentation_expansion=expansion,
            chunk_samples=chunk_samples,
            progress_callback=lambda message, current, total: None,
        )
        results.append((str(cache_dir), stats))
    tensors = [torch.load(path) for path in sorted(Path(results[0][0]).glob("*.pt"))]
    return {
        "caches": [cache for cache, _ in results],
        "stats": [stats for _, stats in results],
        "shapes": sorted({tuple(tensor.shape) for tensor in tensors}),
        "n_tensors": len(tensors),
    }
