"""What the tests share: the program, a dataset with its cache, and changed copies of that cache."""

import atexit
import csv
import functools
import os
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

import torch

#: The folder `python`.
PYTHON_DIR = Path(__file__).resolve().parents[1]


def program() -> str:
    """The program that is tested. A test that needs it fails where it is not named."""
    name = os.environ.get("MELSCOPE_PROGRAM")
    if not name:
        raise RuntimeError("MELSCOPE_PROGRAM is not set: name the program melscope, for example target/quick/melscope")
    return name


@functools.cache
def _scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="melscope-python-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def new_folder() -> Path:
    """A new empty folder, which goes when the tests end."""
    return Path(tempfile.mkdtemp(dir=_scratch()))


@functools.cache
def recordings() -> Path:
    """The program's demo recordings. Tests that build in them take a copy."""
    folder = _scratch() / "recordings"
    subprocess.run([program(), "demo", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def copy_of_recordings() -> Path:
    """A copy of the demo recordings without a cache."""
    return Path(shutil.copytree(recordings(), new_folder() / "recordings", ignore=shutil.ignore_patterns(".cache")))


def build(dataset: Path, *flags: str) -> Path:
    """Builds the cache of a dataset through the program itself, and gives its folder."""
    command = [program(), "build", str(dataset), "--yes", *flags]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return dataset / ".cache"


@functools.cache
def built_cache() -> Path:
    """The cache of the demo recordings with two variants of each chunk. Tests that change it take a copy."""
    return build(copy_of_recordings(), "--expansion=2")


def copy_of_cache() -> Path:
    """A copy of `built_cache` to change."""
    return Path(shutil.copytree(built_cache(), new_folder() / "cache"))


def without_split(cache: Path) -> Path:
    """Takes the column `split` from an index, as formats 1 and 2 lack it."""
    header, rows = read_table(cache)
    for row in rows:
        row.pop("split", None)
    write_table(cache, [column for column in header if column != "split"], rows)
    return cache


@functools.cache
def numbered_cache() -> Path:
    """A cache in which the first value of each tensor is its number, so that tensors can be told apart.

    The demo has a copy of a recording, and variants for which no change was drawn: some of its tensors are equal.
    """
    cache = copy_of_cache()
    for path in cache.glob("*.pt"):
        data = bytearray(path.read_bytes())
        start = data.index(torch.load(path).numpy().tobytes())
        data[start : start + 4] = struct.pack("<f", int(path.stem))
        path.write_bytes(data)
    return cache


def read_table(cache: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The header and the rows of `index.csv`."""
    with (cache / "index.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        table = csv.DictReader(file)
        rows = list(table)
        return list(table.fieldnames or ()), rows


def write_table(cache: Path, header: list[str], rows: list[dict[str, str]]) -> None:
    """Writes `index.csv`."""
    with (cache / "index.csv").open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        table = csv.DictWriter(file, header, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
