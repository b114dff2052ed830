//! Builds in shards: what is said of them, in words and as events.

use super::{melscope, small_dataset};
use crate::datasets;

#[test]
fn shards_and_their_merge_say_what_they_did() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_dataset(folder.path());
    melscope("merge", &root, &[])
        .exits(1)
        .tells("there are no shards to merge")
        .tells("melscope build --shard I/N");
    melscope("build", &root, &["--shard", "1/2"]).exits(0).says("Shard 1/2: ").says("melscope merge");
    melscope("build", &root, &["--shard", "1/2"])
        .exits(0)
        .says("Shard 1/2 is computed already, nothing to do");
    melscope("merge", &root, &[]).exits(1).tells("1 shard of 2 still to be computed: 2/2");
    melscope("status", &root, &[]).exits(3).says("1 of 2 shards are computed, still to be computed: 2/2");
    let events = melscope("build", &root, &["--shard", "2/2", "--json"]).exits(0).events();
    let done = events.last().unwrap();
    assert_eq!(
        (&done["event"], &done["shard"], &done["built"]),
        (&"done".into(), &"2/2".into(), &true.into())
    );
    melscope("status", &root, &[]).exits(3).says("all 2 shards are computed: melscope merge");
    let events = melscope("merge", &root, &["--json"]).exits(0).events();
    let done = events.last().unwrap();
    assert_eq!((&done["event"], &done["spectrograms"]), (&"done".into(), &3.into()));
    melscope("status", &root, &[]).exits(0).says("valid: 3 spectrograms");
    melscope("verify", &root, &[]).exits(0);
    melscope("build", &root, &["--shard", "2/2"]).exits(0).says("Cache valid, nothing to do");
    melscope("merge", &root, &[]).exits(0).says("Cache valid, nothing to do");
    assert!(!root.join(".cache/.shards").exists());

    // Shards that nobody has merged go with the cache.
    melscope("build", &root, &["--shard", "1/2", "--force"]).exits(0);
    melscope("clean", &root, &[]).exits(0);
    assert!(!root.join(".cache").exists(), "{:?}", datasets::contents(&root.join(".cache")).keys());
}
