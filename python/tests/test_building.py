"""`ensure` runs the program: it builds once, passes settings, and says why it failed."""

import contextlib
import io
import json
import stat
import unittest
from pathlib import Path
from typing import Any

from melscope import Dataset, MelscopeError, ensure

from . import support


def manifest_of(cache: Path) -> dict[str, Any]:
    """The manifest of a cache."""
    manifest: dict[str, Any] = json.loads((cache / "manifest.json").read_text())
    return manifest


class Ensure(unittest.TestCase):
    def ensure(self, dataset: Path, **args: Any) -> tuple[Path, str, str]:
        """Runs `ensure`: the cache, and what came on standard output and standard error."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cache = ensure(dataset, program=support.program(), **args)
        return cache, out.getvalue(), err.getvalue()

    def test_it_builds_once_and_then_finds_the_cache_valid(self) -> None:
        dataset = support.copy_of_recordings()
        with self.assertLogs("melscope", "WARNING") as logged:
            cache, out, err = self.ensure(dataset, progress=True)
        self.assertEqual(cache, dataset / ".cache")
        self.assertEqual(out, "")
        self.assertIn("tensors built", err)
        self.assertIn("text-not-audio.wav: left out", "\n".join(logged.output))
        self.assertGreater(len(Dataset(cache)), 0)
        written = {path.name: path.stat().st_mtime_ns for path in cache.glob("*.pt")}
        created = manifest_of(cache)["created"]

        again, out, err = self.ensure(dataset, progress=True)
        self.assertEqual(again, cache)
        self.assertEqual(out, "")
        self.assertIn("valid, nothing to do", err)
        self.assertEqual({path.name: path.stat().st_mtime_ns for path in cache.glob("*.pt")}, written)
        self.assertEqual(manifest_of(cache)["created"], created)

    def test_it_is_silent_unless_progress_is_asked_for(self) -> None:
        dataset = support.copy_of_recordings()
        with self.assertLogs("melscope", "WARNING"):
            self.assertEqual(self.ensure(dataset)[1:], ("", ""))
        self.assertEqual(self.ensure(dataset)[1:], ("", ""))

    def test_settings_of_every_kind_reach_the_manifest(self) -> None:
        dataset = support.copy_of_recordings()
        place = support.new_folder() / "elsewhere"
        cache, _, _ = self.ensure(
            dataset,
            n_fft=1024,
            hop=256,
            n_mels=None,
            if_threshold=1e-4,
            if_mode="deviation",
            expansion=2,
            pitch_range=(-1, 1.5),
            speed_factors=[0.9, 1.1],
            reference_levels=True,
            exclude=["flaws", Path("drums/kick.wav")],
            cache_dir=place,
            jobs=1,
        )
        manifest = manifest_of(cache)
        self.assertEqual(cache, place)
        self.assertEqual(
            manifest["complex_spectrogram_config"],
            {"if_masking_threshold": 1e-4, "n_fft": 1024, "hop_length": 256, "n_mels": 128},
        )
        self.assertEqual(manifest["augmentation_expansion"], 2)
        self.assertEqual(manifest["augmentation_config"]["pitch_shift_range"], [-1.0, 1.5])
        self.assertEqual(manifest["augmentation_config"]["speed_factors"], [0.9, 1.1])
        self.assertEqual(manifest["melscope"]["if_mode"], "deviation")
        self.assertIs(manifest["melscope"]["reference_levels"], True)
        excluded = {entry["path"] for entry in manifest["melscope"]["excluded"]}
        self.assertIn("drums/kick.wav", excluded)
        self.assertIn("flaws/clipped.wav", excluded)
        self.assertEqual(Dataset(cache).shape, (2, 128, 188))

    def test_switches_are_there_or_not(self) -> None:
        dataset = support.copy_of_recordings()
        cache, _, _ = self.ensure(dataset, exclude=["flaws"], force=False)
        before = (cache / "000000.pt").stat().st_mtime_ns
        self.ensure(dataset, exclude=["flaws"], force=True)
        self.assertNotEqual((cache / "000000.pt").stat().st_mtime_ns, before)

    def test_the_programs_own_message_is_the_reason(self) -> None:
        empty = support.new_folder()
        for folder, args, words in (
            (empty, {}, "there is no audio file in this folder"),
            (empty / "nowhere", {}, "cannot open the folder"),
            (support.recordings(), {"n_fft": 7}, "n_fft is 7, but must be an even number from 32 to 65536"),
            (support.recordings(), {"n_ftt": 1024}, "unexpected argument '--n-ftt'"),
        ):
            with self.assertRaises(MelscopeError) as caught:
                self.ensure(folder, **args)
            self.assertIn(words, str(caught.exception))
            self.assertIn(str(folder), str(caught.exception))

    def test_a_program_that_is_not_there_is_named_with_what_to_do(self) -> None:
        for program in ("melscope-that-is-nowhere", support.new_folder() / "melscope"):
            with self.assertRaises(MelscopeError) as caught:
                ensure(support.recordings(), program=program)
            self.assertIn(str(program), str(caught.exception))
            self.assertIn("install Melscope", str(caught.exception))

    def test_another_program_is_found_out(self) -> None:
        program = support.new_folder() / "other"
        program.write_text("#!/bin/sh\necho hello\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        with self.assertRaisesRegex(MelscopeError, "not JSON; is it really melscope"):
            ensure(support.recordings(), program=program)
        program.write_text("#!/bin/sh\nexit 3\n")
        with self.assertRaisesRegex(MelscopeError, "exit code 3 and said nothing"):
            ensure(support.recordings(), program=program)


if __name__ == "__main__":
    unittest.main()
