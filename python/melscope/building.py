"""Runs the program `melscope`, to make sure that a cache is there and up to date."""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .errors import MelscopeError

_log = logging.getLogger("melscope")

#: The flags that are there or not, and take no value.
_SWITCHES = frozenset({"force"})


def ensure(
    dataset_dir: str | os.PathLike[str],
    *,
    program: str | os.PathLike[str] = "melscope",
    yes: bool = True,
    progress: bool = False,
    **settings: Any,
) -> Path:
    """Builds the cache of a folder of recordings unless a valid one is there, and gives the cache's folder.

    `settings` are the flags of `melscope build` with `_` for `-`: `n_fft=1024`, `pitch_range=(-2, 2)`,
    `exclude=["drafts"]`, `jobs=2`. What is not given, or None, comes from `melscope.json` in the folder or is the
    program's default. `yes` agrees to a build of more than 100 MB; with `yes=False` such a build is an error.

    With `progress=True` standard error shows how far the build is; nothing is written to standard output. Files that
    could not be used, or only in part, are warnings of the logger `melscope`. Raises `MelscopeError` with the
    program's own message where it fails, and where there is no such program.
    """
    command = [os.fspath(program), "build", os.fspath(dataset_dir), "--json", *(["--yes"] if yes else [])]
    command += [flag for name, value in settings.items() for flag in _flags(name, value)]
    # In a file, because a pipe that nobody reads would stop the program once it is full.
    with tempfile.TemporaryFile() as stderr:
        exit_code, done, message = _run(command, stderr, progress)
        stderr.seek(0)
        said = stderr.read().decode(errors="replace").strip()
    if exit_code != 0 or done is None:
        reason = message or said or f"it ended with exit code {exit_code} and said nothing"
        raise MelscopeError(f"`melscope build {os.fspath(dataset_dir)}` failed: {reason}")
    return Path(done["cache"])


def _run(command: list[str], stderr: Any, progress: bool) -> tuple[int, dict[str, Any] | None, str | None]:
    """Runs a build: its exit code, its event `done`, and the message of its event `error`."""
    done = message = None
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
    except OSError as error:
        raise MelscopeError(
            f"{command[0]}: the program cannot be started ({error.strerror}); install Melscope so that it is on the "
            "PATH, or name the file with `program=`"
        ) from error
    with process:
        try:
            assert process.stdout is not None, "it was asked for"
            for line in process.stdout:
                event = _event(line)
                match event.get("event"):
                    case "done":
                        done = event
                    case "error":
                        message = str(event.get("message"))
                    case "skipped":
                        _log.warning("%s: left out: %s", event.get("path"), event.get("reason"))
                    case "warning":
                        _log.warning("%s", event.get("message"))
                if progress:
                    _show(event)
        except BaseException:
            # Ctrl-C, for one. A build that is ended leaves the old cache valid.
            process.terminate()
            raise
    return process.returncode, done, message


def _event(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise MelscopeError(f"the program said {line!r}, which is not JSON; is it really melscope?") from error
    return event if isinstance(event, dict) else {}


def _show(event: dict[str, Any]) -> None:
    """Shows an event as a line on standard error; progress stays on one line."""
    match event.get("event"):
        case "progress":
            print(f"\r{event['stage']} {event['done']}/{event['total']}\x1b[K", end="", file=sys.stderr, flush=True)
        case "done" if event.get("built"):
            print(f"\r{event['spectrograms']} tensors built in {event['cache']}\x1b[K", file=sys.stderr)
        case "done":
            print(f"\r{event['spectrograms']} tensors in {event['cache']}: valid, nothing to do\x1b[K", file=sys.stderr)
        case "error":
            print(file=sys.stderr)


def _flags(name: str, value: Any) -> list[str]:
    """A setting as flags of the command line."""
    flag = "--" + name.replace("_", "-")
    match value:
        case None:
            return []
        case bool() if name in _SWITCHES:
            return [flag] if value else []
        case bool():
            return [f"{flag}={str(value).lower()}"]
        case str() | os.PathLike():
            return [f"{flag}={os.fspath(value)}"]
        case Iterable():
            parts = list(value)
            if all(isinstance(part, str | os.PathLike) for part in parts):
                # Paths may hold commas, so each has its own flag.
                return [f"{flag}={os.fspath(part)}" for part in parts]
            return [f"{flag}={','.join(str(part) for part in parts)}"]
        case _:
            return [f"{flag}={value}"]
