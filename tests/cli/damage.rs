//! What happened to the dataset or to its cache is noticed, said in words, and mended by the next build.

use std::fs;
use std::path::Path;

use melscope::cache::pt::{self, PtLayout};

use super::{Ran, add_wav, melscope, small_dataset};
use crate::datasets;

/// Builds a dataset, lets `harm` happen to it, and gives what `status` says then. A build repairs it.
fn status_after(harm: impl Fn(&Path), flags: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    melscope("build", &root, &[]).exits(0);
    harm(&root);
    let before = datasets::contents(&root);
    let status = melscope("status", &root, flags).exits(3);
    assert!(datasets::contents(&root) == before, "status writes nothing");
    melscope("build", &root, flags).exits(0).says(" spectrograms");
    melscope("status", &root, flags).exits(0);
    melscope("verify", &root, flags).exits(0);
    status
}

#[test]
fn an_added_file() {
    status_after(|root| add_wav(&root.join("new.flac"), 100, 300.0), &[]).says("1 file added: new.flac");
    let add_two =
        |root: &Path| ["x.wav", "y.wav"].iter().for_each(|name| add_wav(&root.join(name), 100, 300.0));
    status_after(add_two, &[]).says("2 files added");
}

#[test]
fn a_removed_file() {
    status_after(|root| fs::remove_file(root.join("b/c.wav")).unwrap(), &[]).says("1 file removed: b/c.wav");
}

#[test]
fn a_changed_file() {
    status_after(|root| add_wav(&root.join("a.wav"), 901, 300.0), &[]).says("a.wav changed");
    // The same size, and a time that was put back: what a sync from elsewhere may leave.
    let replace = |root: &Path| {
        add_wav(&root.join("a.wav"), 900, 301.0);
        datasets::age(&root.join("a.wav"), 7200);
    };
    status_after(replace, &[]).says("a.wav changed");
}

/// Protects: a write in the same moment as the build does not hide behind its time.
#[test]
fn a_file_changed_right_after_it_was_read_though_its_time_says_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    let path = root.join("a.wav");
    datasets::age(&path, 0);
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    melscope("build", &root, &[]).exits(0);
    melscope("status", &root, &[]).exits(0);
    add_wav(&path, 900, 301.0);
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_modified(time).unwrap();
    melscope("status", &root, &[]).exits(3).says("a.wav changed");
}

#[test]
fn a_changed_setting() {
    status_after(|_| {}, &["--n-mels", "9"]).says("n_mels changed from 8 to 9");
    let settings = |root: &Path| {
        let settings = melscope::settings::Settings { hop_samples: 32, ..datasets::small_settings() };
        settings.save(&root.join("melscope.json")).unwrap();
    };
    status_after(settings, &[]).says("hop changed from 64 to 32");
}

#[test]
fn a_deleted_tensor() {
    status_after(|root| fs::remove_file(root.join(".cache/000001.pt")).unwrap(), &[])
        .says("tensor 000001.pt is missing");
}

#[test]
fn a_truncated_tensor() {
    let truncate = |root: &Path| {
        let file = fs::OpenOptions::new().write(true).open(root.join(".cache/000001.pt")).unwrap();
        file.set_len(1000).unwrap();
    };
    status_after(truncate, &[]).says("tensor 000001.pt has 1000 bytes instead of");
}

#[test]
fn a_touched_file_is_not_a_changed_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    melscope("build", &root, &[]).exits(0);
    datasets::age(&root.join("a.wav"), 7200);
    melscope("status", &root, &[]).exits(0);
}

/// Builds a dataset, puts `change`'s file in the place of one tensor, and asserts that `verify` alone finds it.
fn verify_finds(change: impl Fn(Vec<u8>, &PtLayout) -> Vec<u8>) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    melscope("build", &root, &[]).exits(0);
    let path = root.join(".cache/000002.pt");
    let layout = PtLayout::new([2, 8, 13]);
    datasets::write(&path, &change(fs::read(&path).unwrap(), &layout));
    melscope("status", &root, &[]).exits(0);
    let ran = melscope("verify", &root, &[]).exits(1).says("000002.pt").says("1 problem");
    assert!(!ran.stdout.contains("000001.pt"), "the others are intact: {}", ran.stdout);
    melscope("build", &root, &["--force"]).exits(0);
    melscope("verify", &root, &[]).exits(0);
    ran
}

#[test]
fn a_flipped_bit_among_the_values() {
    verify_finds(|mut file, layout| {
        let values = layout.values();
        file[values.start.midpoint(values.end) / 4 * 4] ^= 1;
        file
    });
}

#[test]
fn other_values_with_a_right_checksum_in_the_zip() {
    let other = |file: Vec<u8>, layout: &PtLayout| {
        let mut values = pt::decode(&file).unwrap().into_raw_vec_and_offset().0;
        values.swap(3, 4);
        assert_ne!(values[3], values[4], "the swap must matter");
        let mut changed = Vec::new();
        layout.encode_into(&values, &mut changed);
        assert_eq!(changed.len(), file.len());
        changed
    };
    verify_finds(other).says("BLAKE3");
}

#[test]
fn a_value_that_is_not_a_number() {
    let poison = |file: Vec<u8>, layout: &PtLayout| {
        let mut values = pt::decode(&file).unwrap().into_raw_vec_and_offset().0;
        values[7] = f32::NAN;
        let mut changed = Vec::new();
        layout.encode_into(&values, &mut changed);
        changed
    };
    verify_finds(poison).says("its value 7 is NaN");
}
