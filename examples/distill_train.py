"""Runs the trainer distill on a cache of Melscope: an adapter, for any arguments of `distill`.

usage: python3 examples/distill_train.py train recordings [distill's own arguments]
       melscope run recordings --expansion 10 -- python3 examples/distill_train.py train recordings ...

The trainer prepares its data in `preprocess_complex_spectrograms`. That function compares the settings of a cache with
its own, and finds them different as soon as there is augmentation, because it compares tuples with the lists that
JSON makes of them: it then deletes every tensor and begins anew, at each start. This adapter puts another function in
its place wherever a module of the trainer has it, and starts the trainer.

Which cache is it? Under `melscope run`, the one that MELSCOPE_CACHE names, as it is; it must have the trainer's
analysis (rate, chunk, window, hop, bands, threshold), because the model's shape and its way back to sound depend on it.
Otherwise the dataset's own, which `melscope.ensure` builds with the trainer's analysis and augmentation unless it is
there. The environment variable MELSCOPE_PROGRAM names the program where `melscope` is not on the PATH. A build of
more than 100 MB is not asked about, and the files are those that Melscope's scan finds, not only the trainer's.

What is replaced is found by its name, and its arguments by theirs: `dataset_dir`, `files`,
`complex_spectrogram_config`, `augmentation_config`, `augmentation_expansion`, `chunk_samples` and `sample_rate`. The
trainer's own split into training and validation stays: it is by tensor, and parts the chunks of a recording.
"""

import functools
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import melscope

TRAINER = "distill"
DEFINED_IN = "audio.preprocessing"
FUNCTION = "preprocess_complex_spectrograms"

#: The trainer's names of what is drawn for variants, and the program's flags for the same.
AUGMENTATION = {
    "pitch_shift_probability": "pitch_probability",
    "pitch_shift_range": "pitch_range",
    "speed_probability": "speed_probability",
    "speed_factors": "speed_factors",
    "noise_probability": "noise_probability",
    "noise_snr_range": "noise_snr",
    "volume_probability": "volume_probability",
    "volume_range": "volume_range",
}


def cache_for(arguments: Mapping[str, Any]) -> tuple[Path, dict[str, float]]:
    """The cache for a call of the trainer's function with these arguments, and its statistics: what it returns."""
    named = os.environ.get("MELSCOPE_CACHE")
    if named:
        cache = Path(named)
    else:
        program = os.environ.get("MELSCOPE_PROGRAM", "melscope")
        cache = melscope.ensure(
            arguments["dataset_dir"], program=program, progress=True, **settings_of(arguments)
        )
    dataset = melscope.Dataset(cache)
    check_analysis(cache, dataset.manifest, arguments)
    return cache, dict(dataset.stats)


def settings_of(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a build that makes what the trainer asks for."""
    config, augmentation = arguments["complex_spectrogram_config"], arguments.get("augmentation_config")
    rate_hz, chunk_samples = arguments["sample_rate"], arguments["chunk_samples"]
    chunk_s = chunk_samples / rate_hz
    if int(chunk_s * rate_hz) != chunk_samples:
        # The program takes seconds and cuts off what is less than a sample.
        chunk_s = (chunk_samples + 0.5) / rate_hz
    settings = {
        "sample_rate": rate_hz,
        "chunk_seconds": chunk_s,
        "n_fft": config.n_fft,
        "hop": config.hop_length,
        "n_mels": config.n_mels,
        "if_threshold": config.if_masking_threshold,
        # The only one that the trainer's models know.
        "if_mode": "filterbank",
        "expansion": 0 if augmentation is None else arguments["augmentation_expansion"],
    }
    if augmentation is not None:
        settings |= {ours: getattr(augmentation, theirs, None) for theirs, ours in AUGMENTATION.items()}
    return settings


def check_analysis(cache: Path, manifest: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    """Raises `MelscopeError` where the cache is of another dataset, or its analysis is not the trainer's."""
    config = arguments["complex_spectrogram_config"]
    asked = {name: getattr(config, name) for name in ("n_fft", "hop_length", "n_mels", "if_masking_threshold")}
    asked |= {name: arguments[name] for name in ("chunk_samples", "sample_rate")}
    found = {**manifest["complex_spectrogram_config"], **manifest}
    for name, value in asked.items():
        if found.get(name) != value:
            raise melscope.MelscopeError(
                f"{cache}: {name} is {found.get(name)}, and the trainer asks for {value}; "
                "build the cache with the trainer's value, or train without MELSCOPE_CACHE"
            )
    listed = {entry["path"] for entry in manifest["files"]}
    files = [str(Path(file).resolve()) for file in arguments["files"]]
    if files and not listed.intersection(files):
        raise melscope.MelscopeError(
            f"{cache}: is the cache of another dataset, none of whose files is {files[0]}; "
            "name the same folder to `melscope run` and to the trainer"
        )


def replace_preparation(trainer: str = TRAINER) -> None:
    """Puts `cache_for` in the place of the trainer's function, in every module of the trainer that has it."""
    module = importlib.import_module(f"{trainer}.{DEFINED_IN}")
    original: Callable[..., Any] | None = getattr(module, FUNCTION, None)
    if original is None:
        raise melscope.MelscopeError(f"{module.__file__}: has no {FUNCTION}; this adapter does not know this trainer")
    signature = inspect.signature(original)

    @functools.wraps(original)
    def replacement(*args: Any, **kwargs: Any) -> tuple[Path, dict[str, float]]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return cache_for(bound.arguments)

    # A module that says `from ... import` has the function itself, maybe under another name. Those that are not loaded
    # yet will import the replacement.
    for name, loaded in list(sys.modules.items()):
        if name == trainer or name.startswith(f"{trainer}."):
            for attribute, value in list(vars(loaded).items()):
                if value is original:
                    setattr(loaded, attribute, replacement)


def main(arguments: Sequence[str]) -> None:
    """Starts the trainer's command line with these arguments."""
    replace_preparation()
    sys.argv = [TRAINER, *arguments]
    importlib.import_module(f"{TRAINER}.cli").main()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except melscope.MelscopeError as error:
        sys.exit(f"distill_train.py: {error}")
