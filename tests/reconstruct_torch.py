"""Decodes tensors as distill's own decoder does, with PyTorch, for the test to compare.

usage: reconstruct_torch.py N_FFT HOP CHUNK_SAMPLES TENSOR.npy..., writes TENSOR.npy.f64 and TENSOR.npy.f32 (little-endian
samples of the precision that the steps ran in), and prints the median seconds of a decoding in f32 on one thread
"""

import math
import statistics
import sys
import time

import numpy as np
import torch

TRIANGLES_RATE_HZ = 48_000


def triangles(n_bins: int, n_mels: int, dtype: torch.dtype) -> torch.Tensor:
    """HTK mel triangles, [n_mels, bins]."""
    nyquist = TRIANGLES_RATE_HZ / 2
    bins = torch.linspace(0, nyquist, n_bins, dtype=dtype)
    mels = torch.linspace(0, 2595 * math.log10(1 + nyquist / 700), n_mels + 2, dtype=dtype)
    edges = 700 * (10 ** (mels / 2595) - 1)
    rises = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falls = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    return torch.minimum(rises, falls).clamp(min=0)


def decode(tensor: np.ndarray, n_fft: int, hop: int, n_samples: int, dtype: torch.dtype) -> torch.Tensor:
    log_power, inst_freq = torch.from_numpy(tensor).to(dtype)
    amplitude = log_power.expm1().sqrt()
    phase = (math.pi * inst_freq).cumsum(dim=1)
    weights = triangles(n_fft // 2 + 1, tensor.shape[1], dtype)

    def to_bins(bands: torch.Tensor) -> torch.Tensor:
        return torch.linalg.lstsq(weights[None], bands[None], driver="gels").solution[0].clamp(min=0)

    spectrum = torch.polar(to_bins(amplitude), to_bins(phase))
    window = torch.hann_window(n_fft, dtype=dtype)
    return torch.istft(spectrum, n_fft, hop, n_fft, window, center=True, length=n_samples)


torch.set_num_threads(1)
n_fft, hop, n_samples = map(int, sys.argv[1:4])
seconds = []
for path in sys.argv[4:]:
    tensor = np.load(path)
    for name, dtype in ("f64", torch.float64), ("f32", torch.float32):
        began = time.perf_counter()
        sound = decode(tensor, n_fft, hop, n_samples, dtype)
        if name == "f32":
            seconds.append(time.perf_counter() - began)
        sound.numpy().tofile(f"{path}.{name}")
print(statistics.median(seconds))
