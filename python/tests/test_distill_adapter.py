"""`examples/distill_train.py` trains on our cache: the trainer's own preparation, which deletes caches, never runs.

The trainer is a stand-in in `tests/trainer` with the trainer's names and signature.
"""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from . import support

EXAMPLE = support.PYTHON_DIR.parent / "examples" / "distill_train.py"
STAND_IN = support.PYTHON_DIR / "tests" / "trainer"


def state_of(cache: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file of a cache."""
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in cache.iterdir() if path.is_file()}


class Adapter(unittest.TestCase):
    def setUp(self) -> None:
        self.dataset = support.copy_of_recordings()
        self.cache = self.dataset / ".cache"
        self.was_called = support.new_folder() / "called"

    def train(self, *flags: str, cache: Path | None = None, program: list[str] | None = None) -> dict[str, Any]:
        """What the stand-in's train() found; the example's failure is an AssertionError with what it said."""
        env = {key: value for key, value in os.environ.items() if key != "MELSCOPE_CACHE"}
        env |= {
            "PYTHONPATH": os.pathsep.join(map(str, (support.PYTHON_DIR, STAND_IN))),
            "STAND_IN_WAS_CALLED": str(self.was_called),
            "MELSCOPE_PROGRAM": support.program(),
        }
        if cache is not None:
            env["MELSCOPE_CACHE"] = str(cache)
        command = [*(program or []), sys.executable, str(EXAMPLE), "train", str(self.dataset), *flags]
        result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise AssertionError(result.stderr)
        # The program's own lines come before, under `melscope run`.
        found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
        return found

    def assert_trained_on(self, cache: Path, found: dict[str, Any]) -> None:
        """The trainer's function gave this cache each time, whole, and was never the trainer's own."""
        manifest = json.loads((cache / "manifest.json").read_text())
        self.assertFalse(self.was_called.exists())
        self.assertEqual(set(found["caches"]), {str(cache)})
        self.assertEqual(len(found["caches"]), 6)
        self.assertTrue(all(stats == manifest["normalization_stats"] for stats in found["stats"]))
        self.assertEqual(found["n_tensors"], manifest["total_spectrograms"])
        self.assertEqual(len(list(cache.glob("*.pt"))), manifest["total_spectrograms"])

    def test_the_stand_in_alone_deletes_the_cache(self) -> None:
        # Else the other tests would prove nothing.
        support.build(self.dataset)
        env = {**os.environ, "PYTHONPATH": str(STAND_IN), "STAND_IN_WAS_CALLED": str(self.was_called)}
        command = [sys.executable, "-c", "from distill.cli import main; main()", "train", str(self.dataset)]
        self.assertNotEqual(subprocess.run(command, env=env, stderr=subprocess.DEVNULL, check=False).returncode, 0)
        self.assertTrue(self.was_called.exists())
        self.assertEqual(list(self.cache.glob("*.pt")), [])

    def test_it_builds_what_the_trainer_asks_for_and_keeps_it(self) -> None:
        # A length that seconds, as the program takes them, would make one sample shorter.
        found = self.train("--expansion=2", "--n-mels=64", "--chunk-samples=24007")
        self.assert_trained_on(self.cache, found)
        manifest = json.loads((self.cache / "manifest.json").read_text())
        self.assertEqual(manifest["chunk_samples"], 24_007)
        self.assertEqual(manifest["augmentation_expansion"], 2)
        self.assertEqual(manifest["augmentation_config"]["pitch_shift_probability"], 0)
        self.assertEqual(manifest["augmentation_config"]["noise_snr_range"], [15.0, 40.0])
        self.assertEqual(found["shapes"], [[2, 64, 47]])

        before = state_of(self.cache)
        self.assert_trained_on(self.cache, self.train("--expansion=2", "--n-mels=64", "--chunk-samples=24007"))
        self.assertEqual(state_of(self.cache), before)

    def test_a_valid_cache_is_taken_as_it_is(self) -> None:
        support.build(self.dataset)
        before = state_of(self.cache)
        self.assert_trained_on(self.cache, self.train())
        self.assertEqual(state_of(self.cache), before)

    def test_the_cache_of_melscope_run_is_taken_with_its_own_augmentation(self) -> None:
        run = [support.program(), "run", str(self.dataset), "--expansion=3", "--yes", "--"]
        # A length that seconds, as the program takes them, would make one sample shorter.
        found = self.train("--expansion=2", program=run)
        self.assert_trained_on(self.cache, found)
        manifest = json.loads((self.cache / "manifest.json").read_text())
        self.assertEqual(manifest["augmentation_expansion"], 3)

    def test_a_named_cache_of_another_analysis_or_dataset_is_refused_and_kept(self) -> None:
        support.build(self.dataset, "--n-mels=40")
        other = support.build(support.copy_of_recordings())
        for cache, words in ((self.cache, "n_mels is 40, and the trainer asks for 128"), (other, "another dataset")):
            before = state_of(cache)
            with self.assertRaisesRegex(AssertionError, words):
                self.train(cache=cache)
            self.assertEqual(state_of(cache), before)
            self.assertFalse(self.was_called.exists())


if __name__ == "__main__":
    unittest.main()
