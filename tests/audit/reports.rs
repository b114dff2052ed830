//! Reports of a folder whose file names are made to do harm.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use melscope::path_text::RelPath;

use super::datasets;
use super::sounds::{note, write};

/// Names that a page, a table or a terminal could stumble over. None has a slash: no file name can.
fn hostile_names() -> Vec<Vec<u8>> {
    vec![
        b"<script>document.title='pwned'.wav".to_vec(),
        b"<img src=\\\\evil.example\\a.png onerror=document.title='pwned'>.wav".to_vec(),
        b"\"><style>@import 'http:\\\\evil.example\\b.css';.wav".to_vec(),
        b"--><svg onload=document.title='pwned'>.wav".to_vec(),
        b"it's \"quoted\", with; separators.wav".to_vec(),
        b"two\nlines.wav".to_vec(),
        b"=HYPERLINK(\"http:evil.example\").wav".to_vec(),
        b"not utf-8 \xff\xfe\xe9.wav".to_vec(),
        [&[b'x'; 246][..], b".wav"].concat(),
    ]
}

/// A folder of recordings with those names, each with a finding of its own so that every report has to name them.
fn hostile_folder(root: &Path) -> Vec<RelPath> {
    for (seed, name) in (0..).zip(hostile_names()) {
        let is_short = seed % 2 == 0;
        let offset = if is_short { 0.0 } else { 0.05 };
        let sound = note(seed, 48_000, if is_short { 0.09 } else { 0.5 });
        let sound: Vec<f32> = sound.iter().map(|sample| sample + offset).collect();
        write(&root.join(OsStr::from_bytes(&name)), 48_000, &[&sound]);
    }
    let mut names: Vec<RelPath> = hostile_names().iter().map(|name| RelPath::from_bytes(name)).collect();
    names.sort();
    names
}

fn run(root: &Path, flags: &[&OsStr]) -> String {
    let output = datasets::melscope().arg("audit").arg(root).args(flags).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a line of JSON says of a file; the verdict has no path.
#[derive(serde::Deserialize)]
struct File {
    event: String,
    path: Option<RelPath>,
}

#[test]
fn json_and_csv_keep_every_hostile_name() {
    let folder = tempfile::tempdir().unwrap();
    let names = hostile_folder(&folder.path().join("set"));
    let root = folder.path().join("set");
    let text = run(&root, &["--json".as_ref()]);
    let lines: Vec<File> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<&RelPath> =
        lines.iter().filter(|line| line.event == "file").filter_map(|line| line.path.as_ref()).collect();
    assert_eq!(told, names.iter().collect::<Vec<_>>());
    let verdict: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((&verdict["event"], &verdict["n_files"]), (&"verdict".into(), &names.len().into()));

    let csv_path = folder.path().join("out.csv");
    run(&root, &["--csv".as_ref(), csv_path.as_os_str()]);
    let mut table = csv::Reader::from_path(&csv_path).unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), names.len());
    for (row, name) in rows.iter().zip(&names) {
        let cell = row[0].strip_prefix('\'').unwrap_or(&row[0]);
        assert_eq!(cell, name.to_string());
        assert!(!row[0].starts_with('='), "a spreadsheet would run {}", &row[0]);
        assert!(row[27].contains("Very short") || row[27].contains("DC offset"), "{row:?}");
    }
    // A report that is there stays, unless it is to be replaced.
    let again = datasets::melscope().arg("audit").arg(&root).arg("--csv").arg(&csv_path).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    run(&root, &["--force".as_ref(), "--csv".as_ref(), csv_path.as_os_str()]);
}

/// Whatever a browser asks the network for while it shows `page`, and the page as it then is.
fn shown(page: &Path, profile: &Path) -> (String, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            let mut requests = Vec::new();
            for stream in listener.incoming() {
                if is_done.load(Ordering::Relaxed) {
                    break;
                }
                requests.extend(stream.ok().and_then(answer));
            }
            requests
        });
        let output = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--dump-dom"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.display()))
            // Every name in the world is this machine, and every port this one.
            .arg(format!("--host-resolver-rules=MAP * 127.0.0.1:{port}"))
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap_or_else(|error| panic!("chromium is missing ({error}): run `make test`, or install it"));
        is_done.store(true, Ordering::Relaxed);
        TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (String::from_utf8(output.stdout).unwrap(), server.join().unwrap())
    })
}

/// Reads a request's head, answers that there is nothing, and gives the host that was asked for.
fn answer(mut stream: TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    let lines: Vec<String> =
        BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok();
    lines.into_iter().find_map(|line| line.strip_prefix("Host: ").map(str::to_owned))
}

/// Protects: the page shows every name as it is, runs nothing, and asks the network for nothing. A page that does ask
/// shows that it would be noticed.
#[test]
fn the_page_shows_hostile_names_as_text_and_asks_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    let names = hostile_folder(&root);
    let page = folder.path().join("report.html");
    run(&root, &["--html".as_ref(), page.as_os_str()]);

    let asking = folder.path().join("asking.html");
    datasets::write(&asking, b"<title>Asking</title><img src='http://evil.example/a.png'>");
    let (_, requests) = shown(&asking, &folder.path().join("profile-1"));
    assert!(
        requests.iter().any(|host| host.starts_with("evil.example")),
        "nothing was noticed: {requests:?}"
    );

    let (dom, requests) = shown(&page, &folder.path().join("profile-2"));
    assert!(!requests.iter().any(|host| host.contains("evil")), "{requests:?}");
    assert!(dom.contains("<title>Audit by Melscope</title>"), "a script has run");
    assert!(!dom.contains("<script") && !dom.contains("<img src=\\") && dom.matches("<style>").count() == 1);
    assert!(dom.contains("data:image/png;base64,"), "the heatmaps are missing");
    for name in names.iter().map(ToString::to_string) {
        // What a browser writes for text.
        let text = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(dom.contains(&text), "{name} is not shown");
    }
    assert!(fs::read_to_string(&page).unwrap().contains("default-src 'none'"));
}
