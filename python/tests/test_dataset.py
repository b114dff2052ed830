"""The dataset gives what `torch.load` gives, names files that are not right, and goes to other processes."""

import os
import pickle
import shutil
import unittest
from pathlib import Path

import torch

from melscope import Dataset, MelscopeError, denormalize

from . import support


class Items(unittest.TestCase):
    def test_every_item_is_what_torch_loads_bit_for_bit(self) -> None:
        cache = support.built_cache()
        dataset = Dataset(cache)
        self.assertEqual(len(dataset), len(list(cache.glob("*.pt"))))
        for index, item in enumerate(dataset):
            loaded = torch.load(cache / f"{index:06d}.pt")
            self.assertEqual(item.dtype, torch.float32)
            # As integers: equal floats could still differ in the sign of zero.
            self.assertTrue(torch.equal(item.view(torch.int32), loaded.view(torch.int32)), index)
        self.assertEqual(index + 1, len(dataset))

    def test_an_item_can_be_written_to_without_changing_the_cache(self) -> None:
        dataset = Dataset(support.built_cache())
        first = dataset[0]
        expected = first.clone()
        first.zero_()
        self.assertTrue(torch.equal(dataset[0], expected))

    def test_items_without_normalisation_are_denormalised(self) -> None:
        dataset = Dataset(support.built_cache())
        raw = Dataset(support.built_cache(), normalized=False)
        self.assertTrue(torch.equal(raw[3], denormalize(dataset[3], dataset)))
        # ln(1 + power) is never below 0, which the normalised values are.
        self.assertGreater(raw[3][0].min().item(), -1e-4)
        self.assertLess(dataset[3][0].min().item(), -0.1)

    def test_the_attributes_are_those_of_the_cache(self) -> None:
        cache = support.built_cache()
        dataset = Dataset(cache)
        _, table = support.read_table(cache)
        self.assertEqual(dataset.shape, (2, 128, 94))
        self.assertEqual(tuple(dataset[0].shape), dataset.shape)
        self.assertEqual(dataset.sample_rate_hz, 48_000)
        self.assertEqual(dataset.stats, dataset.manifest["normalization_stats"])
        self.assertEqual(dataset.groups, [int(row["group"]) for row in table])
        self.assertEqual([row.source for row in dataset.rows], [row["source"] for row in table])
        self.assertEqual([row.blake3 for row in dataset.rows], [row["blake3"] for row in table])
        originals = [row for row in dataset.rows if row.variant == 0]
        self.assertEqual(len(originals) * 3, len(dataset))
        self.assertTrue(all(row.semitones is None and row.gain is None for row in originals))
        self.assertTrue(any(row.semitones is not None for row in dataset.rows))

    def test_a_cache_with_other_settings_has_another_shape(self) -> None:
        dataset_dir = support.copy_of_recordings()
        cache = support.build(dataset_dir, "--n-mels=40", "--hop=256", "--sample-rate=16000", "--n-fft=1024")
        dataset = Dataset(cache)
        self.assertEqual(dataset.shape, (2, 40, 63))
        self.assertEqual(dataset.sample_rate_hz, 16_000)
        self.assertTrue(torch.equal(dataset[7], torch.load(cache / "000007.pt")))

    @unittest.skipUnless(os.path.isdir("/proc/self/fd"), "counts open files where the system lists them")
    def test_no_file_stays_open(self) -> None:
        dataset = Dataset(support.built_cache())
        n_before = len(os.listdir("/proc/self/fd"))
        kept = list(dataset)
        self.assertEqual(len(os.listdir("/proc/self/fd")), n_before)
        self.assertEqual(len(kept), len(dataset))

    @unittest.skipUnless(os.path.isfile("/proc/self/statm"), "reads memory in use where the system tells it")
    def test_memory_does_not_grow_with_tensors_read(self) -> None:
        def memory_bytes() -> int:
            return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        dataset = Dataset(support.built_cache())
        for tensor in dataset:
            self.assertEqual(tensor.numel(), 2 * 128 * 94)
        before_bytes = memory_bytes()
        n_read_bytes = 0
        for _ in range(20):
            n_read_bytes += sum(tensor.numel() * 4 for tensor in dataset)
        # What one pass reads, 9 MB, would be there 20 times if anything were kept.
        self.assertLess(memory_bytes() - before_bytes, n_read_bytes / 20)

    def test_a_pickled_dataset_reads_the_same(self) -> None:
        dataset = Dataset(support.built_cache(), "validation", normalized=False)
        copy = pickle.loads(pickle.dumps(dataset))
        self.assertEqual(len(copy), len(dataset))
        self.assertEqual(copy.rows, dataset.rows)
        self.assertTrue(torch.equal(copy[len(copy) - 1], dataset[len(dataset) - 1]))

    def test_a_relative_path_still_leads_there_from_another_folder(self) -> None:
        cache = support.built_cache()
        before = os.getcwd()
        try:
            os.chdir(cache.parent)
            dataset = Dataset(cache.name)
            os.chdir(support.new_folder())
            self.assertTrue(torch.equal(dataset[0], torch.load(cache / "000000.pt")))
        finally:
            os.chdir(before)


class Damage(unittest.TestCase):
    def assert_names(self, path: Path, *words: str) -> None:
        """Reading all of the cache of `path` fails, and the message names `path` and says `words`."""
        with self.assertRaises(MelscopeError) as caught:
            list(Dataset(path.parent))
        for part in (str(path), "melscope build", *words):
            self.assertIn(part, str(caught.exception))

    def test_a_truncated_tensor_is_named(self) -> None:
        for name in ("000000.pt", "000005.pt"):
            path = support.copy_of_cache() / name
            os.truncate(path, path.stat().st_size - 1000)
            self.assert_names(path)

    def test_a_tensor_cut_to_nothing_is_named(self) -> None:
        for name in ("000000.pt", "000005.pt"):
            path = support.copy_of_cache() / name
            os.truncate(path, 0)
            self.assert_names(path)

    def test_a_missing_tensor_is_named(self) -> None:
        for name in ("000000.pt", "000005.pt"):
            path = support.copy_of_cache() / name
            path.unlink()
            self.assert_names(path)

    def test_a_tensor_that_torch_saved_is_named(self) -> None:
        path = support.copy_of_cache() / "000005.pt"
        torch.save(torch.load(path), path)
        self.assert_names(path, "bytes")

    def test_a_tensor_of_the_same_size_and_another_layout_is_named(self) -> None:
        # The same archive with another shape in its pickle: [2, 94, 128]. No size gives it away.
        path = support.copy_of_cache() / "000005.pt"
        data = path.read_bytes()
        shape = b"K\x02K\x80K\x5e"
        self.assertEqual(data.count(shape), 1)
        path.write_bytes(data.replace(shape, b"K\x02K\x5eK\x80"))
        self.assert_names(path, "laid out differently")

    def test_the_first_tensor_must_have_the_manifests_shape_and_type(self) -> None:
        for other in (torch.zeros(2, 94, 128), torch.zeros(2, 128, 94, dtype=torch.float64), {"a": torch.zeros(2)}):
            path = support.copy_of_cache() / "000000.pt"
            torch.save(other, path)
            self.assert_names(path, "not a tensor as Melscope writes it")

    def test_a_first_tensor_that_is_transposed_in_memory_is_refused(self) -> None:
        path = support.copy_of_cache() / "000000.pt"
        torch.save(torch.zeros(2, 94, 128).transpose(1, 2), path)
        self.assert_names(path, "one after the other")

    def test_a_layout_of_torch_is_found_too(self) -> None:
        # Where every file is as torch saves it, the values lie elsewhere, and still where the archive says.
        cache = support.copy_of_cache()
        expected = {}
        for path in sorted(cache.glob("*.pt")):
            expected[path] = torch.load(path)
            # Under one name, because torch writes the file's name into the archive.
            torch.save(expected[path], path.parent / "archive.pt")
            (path.parent / "archive.pt").rename(path)
        for item, tensor in zip(Dataset(cache), expected.values(), strict=True):
            self.assertTrue(torch.equal(item, tensor))

    def test_an_index_that_does_not_belong_to_the_manifest_is_named(self) -> None:
        cache = support.copy_of_cache()
        header, rows = support.read_table(cache)
        support.write_table(cache, header, rows[:-1])
        with self.assertRaisesRegex(MelscopeError, "index.csv.*melscope build"):
            Dataset(cache)

    def test_a_row_that_leads_out_of_the_cache_is_refused(self) -> None:
        cache = support.copy_of_cache()
        header, rows = support.read_table(cache)
        rows[2]["file"] = "../000002.pt"
        support.write_table(cache, header, rows)
        with self.assertRaisesRegex(MelscopeError, r"index.csv, line 4: .*no name of a tensor"):
            Dataset(cache)

    def test_a_manifest_that_is_none_is_named(self) -> None:
        empty = support.new_folder()
        with self.assertRaisesRegex(MelscopeError, "manifest.json: there is no cache"):
            Dataset(empty)
        for text, words in {
            '{"version": "2.0", "files": []}': "a build has not ended",
            '{"version": "2.0", "files": [{}], "normalization_stats": {}}': "Melscope did not write",
            '{"normalization_stats": {}, "melscope": {"format": 4}}': "has format 4.*update the package",
            '{"normalization_stats": {}, "melscope": {"format": 3}}': "must be a number",
            "[]": "not a manifest",
            "{": "not JSON",
        }.items():
            (empty / "manifest.json").write_text(text)
            with self.assertRaisesRegex(MelscopeError, f"manifest.json: .*{words}"):
                Dataset(empty)

    def test_a_cache_of_format_1_is_read(self) -> None:
        cache = support.copy_of_cache()
        header, rows = support.read_table(support.without_split(cache))
        header.remove("n_samples")
        for row in rows:
            del row["n_samples"]
        support.write_table(cache, header, rows)
        dataset = Dataset(cache)
        self.assertIsNone(dataset.rows[0].n_samples)
        self.assertTrue(torch.equal(dataset[0], torch.load(cache / "000000.pt")))
        shutil.rmtree(cache)


if __name__ == "__main__":
    unittest.main()
