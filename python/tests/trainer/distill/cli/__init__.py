"""The command line: `distill train DATASET` with a few options prints what train() found."""

import argparse
import json
from pathlib import Path

EXTENSIONS = {".wav", ".aiff", ".mp3", ".flac"}


def main() -> None:
    """Reads the arguments and trains."""
    parser = argparse.ArgumentParser(prog="distill")
    parser.add_argument("command", choices=["train"])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--expansion", type=int, default=0)
    parser.add_argument("--chunk-samples", type=int, default=48_000)
    parser.add_argument("--n-mels", type=int, default=128)
    args = parser.parse_args()
    from distill.training.loop import train

    files = sorted(
        path
        for path in args.dataset.resolve().rglob("*")
        if path.suffix.lower() in EXTENSIONS and not any(part.startswith(".") for part in path.parts)
    )
    print(json.dumps(train(files, args.expansion, args.chunk_samples, args.n_mels)))
