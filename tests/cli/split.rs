//! `split`: what is on each side, what leaks, and a new draw.

use serde_json::Value;

use super::{Ran, melscope};
use crate::datasets;
use melscope::cache::index;
use melscope::settings::FILE_NAME;

fn done(ran: &Ran) -> Value {
    ran.events().into_iter().find(|event| event["event"] == "done").unwrap()
}

#[test]
fn both_sides_are_told_and_a_leak_is_a_failure_until_it_is_drawn_anew() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for number in 0..6 {
        let path = root.join(format!("{}/{number}.wav", ["low", "high"][number % 2]));
        datasets::write_wav(&path, 8_000, 4_000, datasets::tone(180.0 + 60.0 * number as f64, 8_000));
    }
    datasets::small_settings().save(&root.join(FILE_NAME)).unwrap();
    melscope("split", root, &[]).exits(1).tells("there is no cache");
    melscope("build", root, &[]).exits(0);
    let told = melscope("split", root, &[]).exits(0).stdout;
    for part in ["recordings", "train ", "validation ", "of 15       low", "No recording", "one by one"] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    let report = done(&melscope("split", root, &["--json"]).exits(0));
    assert_eq!((&report["is_tight"], &report["is_stored"]), (&true.into(), &true.into()));
    let n_tensors = |side: &str| report["sides"][side]["n_tensors"].as_u64().unwrap();
    assert_eq!(n_tensors("train") + n_tensors("validation"), 30);
    assert!(n_tensors("train") > 0 && n_tensors("validation") > 0);

    // One row on the other side, as a hand could do it.
    let path = root.join(".cache").join(index::FILE_NAME);
    let text = std::fs::read_to_string(&path).unwrap();
    let torn = if text.contains(",train,") {
        text.replacen(",train,", ",validation,", 1)
    } else {
        text.replacen(",validation,", ",train,", 1)
    };
    datasets::write(&path, torn.as_bytes());
    let leaks = melscope("split", root, &[]).exits(1);
    assert!(leaks.stdout.contains("has tensors on both sides"), "{}", leaks.stdout);
    melscope("split", root, &["--write"]).exits(0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "it is what the build had drawn");
    melscope("split", root, &["--validation-share", "1.5"]).exits(2).tells("validation_share is 1.5");
}
