"""The split is that of `index.csv`, and nobody makes one where there is none."""

import unittest

from melscope import Dataset, MelscopeError, split

from . import support


class Sides(unittest.TestCase):
    def test_the_sides_are_those_of_the_index(self) -> None:
        cache = support.built_cache()
        _, table = support.read_table(cache)
        sides = split(cache)
        self.assertEqual(set(sides), {"train", "validation"})
        self.assertEqual(sorted(sides["train"] + sides["validation"]), list(range(len(table))))
        for side, numbers in sides.items():
            self.assertTrue(numbers)
            self.assertEqual({table[number]["split"] for number in numbers}, {side})
            dataset = Dataset(cache, side)
            self.assertEqual([row.file for row in dataset.rows], [table[number]["file"] for number in numbers])
            self.assertEqual({row.split for row in dataset.rows}, {side})

    def test_no_group_is_on_both_sides(self) -> None:
        cache = support.built_cache()
        training, validation = Dataset(cache, "train"), Dataset(cache, "validation")
        self.assertEqual(set(training.groups) & set(validation.groups), set())
        self.assertTrue(training.groups and validation.groups)
        self.assertEqual(sorted(training.groups + validation.groups), sorted(Dataset(cache).groups))

    def test_a_cache_without_a_split_says_what_to_do_and_is_read_as_a_whole(self) -> None:
        cache = support.without_split(support.copy_of_cache())
        for ask in (lambda: split(cache), lambda: Dataset(cache, "train"), lambda: Dataset(cache, "validation")):
            with self.assertRaises(MelscopeError) as caught:
                ask()
            self.assertIn(str(cache / "index.csv"), str(caught.exception))
            self.assertIn("melscope split DIR --write", str(caught.exception))
        self.assertTrue(all(row.split is None for row in Dataset(cache).rows))

    def test_another_side_than_the_two_is_refused(self) -> None:
        cache = support.copy_of_cache()
        with self.assertRaisesRegex(MelscopeError, "split is 'test'"):
            Dataset(cache, "test")  # type: ignore[arg-type]
        header, rows = support.read_table(cache)
        rows[1]["split"] = "test"
        support.write_table(cache, header, rows)
        with self.assertRaisesRegex(MelscopeError, "line 3: split is 'test', but must be train or validation"):
            split(cache)

    def test_a_split_without_validation_has_an_empty_side(self) -> None:
        cache = support.copy_of_cache()
        header, rows = support.read_table(cache)
        for row in rows:
            row["split"] = "train"
        support.write_table(cache, header, rows)
        self.assertEqual(len(Dataset(cache, "validation")), 0)
        self.assertEqual(len(Dataset(cache, "train")), len(rows))


if __name__ == "__main__":
    unittest.main()
