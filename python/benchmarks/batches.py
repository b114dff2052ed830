"""Measures how fast random batches of a cache are read: by `melscope.Dataset`, and by a loop over `torch.load`.

usage: python3 benchmarks/batches.py CACHE [BATCHES], from the folder `python`

Both read the same batches in turns, so that a machine that becomes slower meanwhile slows down both. Every file is
read once before, so that the system's page cache holds it.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from melscope import Dataset

BATCH_SIZE = 32


def measure_ms(read: Callable[[int], torch.Tensor], batch: list[int]) -> float:
    """The time that it takes to read one batch, in milliseconds."""
    start_s = time.perf_counter()
    torch.stack([read(index) for index in batch])
    return (time.perf_counter() - start_s) * 1e3


def main() -> None:
    """Measures, and prints the medians and their ratio."""
    cache = Path(sys.argv[1])
    n_batches = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    dataset = Dataset(cache)
    paths = [cache / row.file for row in dataset.rows]

    def load(index: int) -> torch.Tensor:
        tensor: torch.Tensor = torch.load(paths[index])
        return tensor

    for index, path in enumerate(paths):
        assert torch.equal(dataset[index], load(index)), path
    times_ms: dict[str, list[float]] = {"torch.load": [], "melscope": []}
    rng = random.Random(0)
    for number in range(n_batches):
        batch = rng.choices(range(len(dataset)), k=BATCH_SIZE)
        turns = [("torch.load", load), ("melscope", dataset.__getitem__)]
        # Who comes second finds the files in the processor's own cache, so they take turns in that too.
        for name, read in turns if number % 2 else reversed(turns):
            times_ms[name].append(measure_ms(read, batch))
    medians_ms = {name: statistics.median(times) for name, times in times_ms.items()}
    for name, median_ms in medians_ms.items():
        print(f"{name:>10}: {median_ms:6.2f} ms per batch of {BATCH_SIZE}")
    print(f"     ratio: {medians_ms['torch.load'] / medians_ms['melscope']:.1f}")


if __name__ == "__main__":
    main()
