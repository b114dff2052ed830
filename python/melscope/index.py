"""`index.csv`: where each tensor comes from, and on which side of the split it is."""

import csv
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .errors import MelscopeError

#: A side of the split.
Split = Literal["train", "validation"]

#: Both sides.
SPLITS: tuple[Split, Split] = ("train", "validation")

#: The columns without which nothing can be read. Format 1 lacks `n_samples`, formats 1 and 2 lack `split`.
_COLUMNS = ("file", "source", "chunk", "start_s", "variant", "semitones", "speed", "snr_db", "gain", "group", "blake3")

#: What a tensor's file is called. Anything else could lead out of the cache.
_TENSOR_NAME = re.compile(r"\d{6,}\.pt", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `index.csv`: one tensor."""

    #: Name of the tensor's file in the cache.
    file: str
    #: The recording, relative to the dataset's folder. Bytes that are not UTF-8 are surrogates, as in `os.fsdecode`.
    source: str
    #: Number of the chunk in its source.
    chunk: int
    #: Where the chunk starts in its source, in seconds.
    start_s: float
    #: Samples of the source in it; what follows is padding. None where it is unknown.
    n_samples: int | None
    #: 0 for the original, then 1, 2, …
    variant: int
    #: Pitch shift; this and the next three are None where nothing was drawn.
    semitones: float | None
    #: Factor of speed.
    speed: float | None
    #: Signal-to-noise ratio of the noise that was added, in dB.
    snr_db: float | None
    #: Factor of volume.
    gain: float | None
    #: Number of the group: recordings of one take are one. Its rows stay together on one side of a split.
    group: int
    #: Side of the split; None in formats 1 and 2 of the cache, which have none.
    split: Split | None
    #: Hash of the tensor's values, hexadecimal.
    blake3: str


def read_index(cache_dir: str | os.PathLike[str]) -> list[Row]:
    """The rows of `index.csv` in the order of tensors: row i is tensor i."""
    path = Path(cache_dir) / "index.csv"
    try:
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            table = csv.DictReader(file, strict=True)
            missing = [column for column in _COLUMNS if column not in (table.fieldnames or ())]
            if missing:
                raise MelscopeError(
                    f"{path}: the column `{missing[0]}` is missing; build the cache anew with `melscope build DIR`"
                )
            return [_row(path, table.line_num, fields) for fields in table]
    except OSError as error:
        raise MelscopeError(
            f"{path}: cannot be read ({error.strerror}); build the cache anew with `melscope build DIR`"
        ) from error
    except csv.Error as error:
        raise MelscopeError(f"{path}: not a table ({error}); build the cache anew with `melscope build DIR`") from error


def split(cache_dir: str | os.PathLike[str]) -> dict[Split, list[int]]:
    """The numbers of the tensors on each side of the split, as `{"train": [...], "validation": [...]}`.

    The split is the one that the build, or `melscope split DIR --write`, drew. Raises `MelscopeError` where the cache has none.
    """
    rows = read_index(cache_dir)
    return {side: indices_of(cache_dir, rows, side) for side in SPLITS}


def indices_of(cache_dir: str | os.PathLike[str], rows: list[Row], side: Split) -> list[int]:
    """The numbers of the rows on one side of the split."""
    path = Path(cache_dir) / "index.csv"
    if side not in SPLITS:
        raise MelscopeError(f"split is {side!r}, but must be 'train', 'validation' or None")
    if any(row.split is None for row in rows):
        raise MelscopeError(
            f"{path}: there is no column `split`, because an older Melscope built this cache; "
            "draw the split with `melscope split DIR --write`"
        )
    return [number for number, row in enumerate(rows) if row.split == side]


def _row(path: Path, line: int, fields: Mapping[str, str]) -> Row:
    try:
        if not _TENSOR_NAME.fullmatch(fields["file"]):
            raise ValueError(f"{fields['file']!r} is no name of a tensor")
        side = fields.get("split")
        return Row(
            file=fields["file"],
            source=fields["source"],
            chunk=int(fields["chunk"]),
            start_s=float(fields["start_s"]),
            n_samples=int(fields["n_samples"]) if fields.get("n_samples") else None,
            variant=int(fields["variant"]),
            semitones=_number(fields["semitones"]),
            speed=_number(fields["speed"]),
            snr_db=_number(fields["snr_db"]),
            gain=_number(fields["gain"]),
            group=int(fields["group"]),
            split=None if side is None else _side(side),
            blake3=fields["blake3"],
        )
    except (TypeError, ValueError) as error:
        # TypeError is what a row that is too short gives: csv fills it up with None.
        raise MelscopeError(
            f"{path}, line {line}: {error}; build the cache anew with `melscope build DIR`"
        ) from error


def _number(text: str) -> float | None:
    return float(text) if text else None


def _side(text: str) -> Split:
    for side in SPLITS:
        if text == side:
            return side
    raise ValueError(f"split is {text!r}, but must be train or validation")
