//! The map: forms of one take are neighbours, and what it is made from is remembered.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use melscope::audit::TimbreMap;
use melscope::monitor::Silent;
use melscope::pipeline::{AuditFiles, Project};
use melscope::settings::Settings;

use super::{audit, datasets};

/// Debian's recordings for Sonic Pi.
const SAMPLES: &str = "/usr/share/sonic-pi/samples";

/// Takes that are short, so that the test is.
const N_TAKES: usize = 24;

fn ffmpeg(source: &Path, arguments: &[&str], target: &Path) {
    let ran =
        Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(source).args(arguments).arg(target).output();
    let ran =
        ran.unwrap_or_else(|error| panic!("ffmpeg is missing ({error}): run `make test`, or install it"));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// Protects: at another rate and level, as MP3, or cut, a recording is measured as what it sounds like, and drawn beside
/// its other forms. All 165 recordings and more are in `benches/timbre_map.rs`.
#[test]
fn forms_of_one_take_are_nearest_to_each_other_and_a_second_audit_draws_the_same_map() {
    let folder = tempfile::tempdir().unwrap();
    let mut takes: Vec<(u64, std::path::PathBuf)> = std::fs::read_dir(SAMPLES)
        .unwrap_or_else(|_| panic!("{SAMPLES} is missing: install sonic-pi-samples, or run `make test`"))
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some_and(|ending| ending == "flac"))
        .map(|entry| (entry.metadata().unwrap().len(), entry.path()))
        .collect();
    takes.sort();
    for (number, (_, take)) in takes.iter().step_by(takes.len() / 2 / N_TAKES).take(N_TAKES).enumerate() {
        let named = |name: &str| folder.path().join(format!("{number:02}-{name}"));
        ffmpeg(take, &["-c:a", "pcm_s16le"], &named("as-it-is.wav"));
        ffmpeg(take, &["-af", "volume=-6dB", "-ar", "32000"], &named("other-rate.wav"));
        if number % 2 == 0 {
            ffmpeg(take, &["-b:a", "128k"], &named("form.mp3"));
        } else {
            ffmpeg(take, &["-af", "atrim=start=0.005"], &named("form.flac"));
        }
    }
    let report = audit(folder.path());
    let map = TimbreMap::new(&report, 2, &Silent).unwrap();
    let take = |file: usize| report.files[file].path.to_string()[..2].to_owned();
    let placed: Vec<usize> = (0..report.files.len()).filter(|file| map.points[*file].is_some()).collect();
    let distance = |a: usize, b: usize| {
        let (a, b) = (map.points[a].unwrap(), map.points[b].unwrap());
        (a[0] - b[0]).hypot(a[1] - b[1])
    };
    let on_map = |file: usize| {
        let others = placed.iter().copied().filter(|other| *other != file);
        others.min_by(|a, b| distance(file, *a).total_cmp(&distance(file, *b))).unwrap()
    };
    let share = |near: &dyn Fn(usize) -> usize| {
        placed.iter().filter(|file| take(near(**file)) == take(**file)).count() as f64 / placed.len() as f64
    };
    let in_space = share(&|file| map.neighbours(file, 1)[0].0);
    assert!(placed.len() > 2 * N_TAKES, "{} of {}", placed.len(), report.files.len());
    assert!(in_space >= 0.95, "{in_space}");
    assert!(share(&on_map) >= 0.95, "{}", share(&on_map));

    let near: BTreeSet<usize> = map.neighbours(placed[0], 5).into_iter().map(|(file, _)| file).collect();
    assert!(near.len() == 5 && !near.contains(&placed[0]));
    let again = audit(folder.path());
    assert_eq!(TimbreMap::new(&again, 1, &Silent).unwrap(), map);
}

/// Protects: reports hold the point of every file that has one, and nothing for silence.
#[test]
fn reports_have_the_points_of_the_map() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("recordings");
    for number in 0..6_u32 {
        let tone = datasets::tone(150.0 * f64::from(number + 1), 16_000);
        datasets::write_wav(&root.join(format!("{number}.wav")), 16_000, 16_000, tone);
    }
    datasets::write_wav(&root.join("silence.wav"), 16_000, 16_000, |_| 0.0);
    let report = audit(&root);
    let map = TimbreMap::new(&report, 1, &Silent).unwrap();
    assert_eq!((map.n_points(), map.points.last().unwrap()), (6, &None));
    let named = |name: &str| folder.path().join(name);
    let files = AuditFiles {
        csv: Some(named("report.csv")),
        json: Some(named("report.jsonl")),
        html: Some(named("report.html")),
        replace: false,
        ..AuditFiles::default()
    };
    files.write(&report, &Project::new(&root, Settings::default()).unwrap(), &Silent).unwrap();

    let mut table = csv::Reader::from_path(named("report.csv")).unwrap();
    let columns = table.headers().unwrap().clone();
    let column = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let json = std::fs::read_to_string(named("report.jsonl")).unwrap();
    for ((row, line), point) in table.records().zip(json.lines()).zip(&map.points) {
        let (row, line) = (row.unwrap(), serde_json::from_str::<serde_json::Value>(line).unwrap());
        for (axis, name) in ["map_x", "map_y"].into_iter().enumerate() {
            let wanted = point.map(|point| point[axis]);
            assert_eq!(row[column(name)].parse::<f32>().ok(), wanted);
            assert_eq!(line.get(name).and_then(serde_json::Value::as_f64).map(|value| value as f32), wanted);
        }
    }
    let page = std::fs::read_to_string(named("report.html")).unwrap();
    assert_eq!(page.matches("<circle").count(), 6);
    assert!(page.contains("<title>3.wav</title>"));
}
