"""Denormalising is x · std + mean in float32, for arrays and tensors, and normalising undoes it."""

import unittest
from typing import Any

import numpy
import numpy.typing
import torch

from melscope import Dataset, MelscopeError, denormalize, normalize

from . import support

STATS = {"mag_mean": 1.4, "mag_std": 2.2, "if_mean": -0.003, "if_std": 0.25}
MANIFEST = {"normalization_stats": STATS}


def by_formula(values: numpy.typing.NDArray[Any]) -> numpy.typing.NDArray[Any]:
    """x · std + mean for each channel of [..., 2, n_mels, frames], each step rounded to float32."""
    out = numpy.empty_like(values)
    for channel, name in enumerate(("mag", "if")):
        mean, std = numpy.float32(STATS[f"{name}_mean"]), numpy.float32(STATS[f"{name}_std"])
        out[..., channel, :, :] = values[..., channel, :, :] * std + mean
    return out


class Formula(unittest.TestCase):
    def setUp(self) -> None:
        self.batch = numpy.random.default_rng(0).normal(size=(3, 2, 5, 7)).astype(numpy.float32)

    def test_arrays_and_tensors_of_both_shapes_follow_the_formula_exactly(self) -> None:
        for values in (self.batch, self.batch[1]):
            expected = by_formula(values)
            array = denormalize(values, MANIFEST)
            self.assertIsInstance(array, numpy.ndarray)
            self.assertEqual(array.dtype, numpy.float32)
            numpy.testing.assert_array_equal(array, expected)
            tensor = denormalize(torch.from_numpy(values), MANIFEST)
            self.assertEqual(tensor.dtype, torch.float32)
            numpy.testing.assert_array_equal(tensor.numpy(), expected)

    def test_normalising_undoes_it(self) -> None:
        for values in (self.batch, self.batch[1]):
            # Two roundings of values up to 10 stay below 1e-6 · 10, and dividing by 0.25 makes four times of it.
            numpy.testing.assert_allclose(normalize(denormalize(values, MANIFEST), MANIFEST), values, atol=4e-5)
            back = normalize(denormalize(torch.from_numpy(values), MANIFEST), MANIFEST)
            numpy.testing.assert_allclose(back.numpy(), values, atol=4e-5)

    def test_the_result_is_float32_and_the_input_stays(self) -> None:
        before = self.batch.astype(numpy.float64)
        values = before.copy()
        self.assertEqual(denormalize(values, MANIFEST).dtype, numpy.float32)
        self.assertEqual(denormalize(torch.from_numpy(values), MANIFEST).dtype, torch.float32)
        self.assertEqual(normalize(torch.from_numpy(values).half(), MANIFEST).dtype, torch.float32)
        numpy.testing.assert_array_equal(values, before)

    def test_gradients_pass_through(self) -> None:
        tensor = torch.from_numpy(self.batch).requires_grad_()
        denormalize(tensor, MANIFEST).sum().backward()
        self.assertAlmostEqual(tensor.grad[0, 0, 0, 0].item(), 2.2, places=6)
        self.assertAlmostEqual(tensor.grad[0, 1, 0, 0].item(), 0.25, places=6)

    def test_a_dataset_stands_for_its_manifest(self) -> None:
        dataset = Dataset(support.built_cache())
        item = dataset[0]
        self.assertTrue(torch.equal(denormalize(item, dataset), denormalize(item, dataset.manifest)))
        expected = item[0] * numpy.float32(dataset.stats["mag_std"]) + numpy.float32(dataset.stats["mag_mean"])
        self.assertTrue(torch.equal(denormalize(item, dataset)[0], expected))

    def test_other_shapes_and_manifests_without_statistics_are_refused(self) -> None:
        for shape in ((5, 7), (3, 5, 7), (2, 3, 5, 7), (1, 3, 2, 5, 7)):
            with self.assertRaisesRegex(MelscopeError, r"must have \[2, n_mels, frames\]"):
                denormalize(numpy.zeros(shape, numpy.float32), MANIFEST)
        with self.assertRaisesRegex(MelscopeError, "normalization_stats"):
            denormalize(self.batch, {"version": "2.0", "files": []})


if __name__ == "__main__":
    unittest.main()
