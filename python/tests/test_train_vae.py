"""`examples/train_vae.py` learns, and says how it is run."""

import os
import re
import subprocess
import sys
import unittest

from . import support

EXAMPLE = support.PYTHON_DIR.parent / "examples" / "train_vae.py"


class TrainVae(unittest.TestCase):
    def test_both_losses_fall(self) -> None:
        env = {
            **os.environ,
            "PYTHONPATH": str(support.PYTHON_DIR),
            "MELSCOPE_CACHE": str(support.built_cache()),
        }
        command = [sys.executable, str(EXAMPLE), "--epochs", "4", "--learning-rate", "4e-3"]
        result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        for side in ("train", "validation"):
            losses = [float(loss) for loss in re.findall(rf"epoch +\d+ +{side}: loss ([\d.]+),", result.stdout)]
            self.assertEqual(len(losses), 5, result.stdout)
            # A network that learns nothing stays at 1; a fifth is a clear step in so few epochs of so few tensors.
            self.assertLess(losses[-1], 0.8 * losses[0], result.stdout)

    def test_without_a_cache_it_says_how_it_is_run(self) -> None:
        env = {key: value for key, value in os.environ.items() if key != "MELSCOPE_CACHE"}
        env["PYTHONPATH"] = str(support.PYTHON_DIR)
        result = subprocess.run([sys.executable, str(EXAMPLE)], env=env, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("melscope run recordings -- python3 examples/train_vae.py", result.stderr)


if __name__ == "__main__":
    unittest.main()
