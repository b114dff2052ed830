"""The loaders give every tensor once, the same order for the same seed, and each process its own share."""

import unittest
from collections import Counter

import torch

from melscope import MelscopeError, loaders, split
from melscope.loading import Loader

from . import support


def numbers_in(loader: Loader) -> list[int]:
    """Which tensors of `support.numbered_cache` a loader gives, in its order."""
    return [int(tensor[0, 0, 0]) for batch in loader for tensor in batch]


class Loaders(unittest.TestCase):
    def setUp(self) -> None:
        self.cache = support.numbered_cache()
        self.sides = split(self.cache)

    def test_each_epoch_gives_every_tensor_once(self) -> None:
        train, validation = loaders(self.cache, batch_size=8)
        first, second = numbers_in(train), numbers_in(train)
        self.assertEqual(sorted(first), self.sides["train"])
        self.assertEqual(sorted(second), self.sides["train"])
        self.assertNotEqual(first, second)
        self.assertNotEqual(first, sorted(first))
        self.assertEqual(numbers_in(validation), self.sides["validation"])

    def test_batches_have_the_size_that_was_asked_for(self) -> None:
        train, validation = loaders(self.cache, batch_size=8, drop_last=True)
        self.assertEqual({tuple(batch.shape) for batch in train}, {(8, 2, 128, 94)})
        n_validation = len(self.sides["validation"])
        self.assertGreater(n_validation % 8, 0)
        self.assertEqual(sum(len(batch) for batch in validation), n_validation)

    def test_the_seed_sets_the_order(self) -> None:
        def order(**args: int) -> list[int]:
            return numbers_in(loaders(self.cache, **args)[0])

        self.assertEqual(order(seed=5), order(seed=5))
        self.assertNotEqual(order(seed=5), order(seed=6))
        torch.manual_seed(99)
        self.assertEqual(order(seed=5), order(seed=5, num_workers=2))

    def test_two_workers_give_the_same_whether_forked_or_spawned(self) -> None:
        expected = numbers_in(loaders(self.cache, batch_size=4, seed=3)[0])
        for way in ("fork", "spawn"):
            train, validation = loaders(self.cache, 4, num_workers=2, seed=3, multiprocessing_context=way)
            self.assertEqual(numbers_in(train), expected, way)
            self.assertEqual(numbers_in(validation), self.sides["validation"], way)

    def test_the_shares_of_processes_are_disjoint_and_complete(self) -> None:
        # The demo's variants make the number of tensors on each side a multiple of 3.
        for world_size in (2, 3):
            for side, numbers in enumerate(self.sides.values()):
                shares = [
                    numbers_in(loaders(self.cache, batch_size=4, rank=rank, world_size=world_size)[side])
                    for rank in range(world_size)
                ]
                together = Counter(number for share in shares for number in share)
                self.assertEqual(sorted(together), numbers)
                # What cannot be shared equally is made equal by repeating tensors.
                self.assertEqual(sum(together.values()) - len(numbers), -len(numbers) % world_size)
                self.assertEqual(len({len(share) for share in shares}), 1)

    def test_an_epoch_of_a_share_is_set_by_its_sampler(self) -> None:
        train, _ = loaders(self.cache, rank=0, world_size=2, seed=1)
        first = numbers_in(train)
        train.sampler.set_epoch(1)  # type: ignore[attr-defined]
        second = numbers_in(train)
        train.sampler.set_epoch(0)  # type: ignore[attr-defined]
        self.assertNotEqual(first, second)
        self.assertEqual(numbers_in(train), first)

    def test_what_cannot_be_loaded_is_said(self) -> None:
        with self.assertRaisesRegex(MelscopeError, "rank and world_size"):
            loaders(self.cache, rank=0)
        with self.assertRaisesRegex(MelscopeError, "no column `split`"):
            loaders(support.without_split(support.copy_of_cache()))
        cache = support.copy_of_cache()
        header, rows = support.read_table(cache)
        support.write_table(cache, header, [{**row, "split": "validation"} for row in rows])
        with self.assertRaisesRegex(MelscopeError, "no tensor of the cache is for training"):
            loaders(cache)


if __name__ == "__main__":
    unittest.main()
