//! Builds in shards under the engines that people have: a Slurm and a Ray of this one machine, and workers that die.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod datasets;

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use datasets::{contents, write, write_wav};

/// How long an engine may take for a few seconds of work.
const LONG: Duration = Duration::from_mins(4);

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cluster").join(name)
}

/// Recordings of a minute: a shard of them takes long enough to die in the midst of it.
fn write_set(root: &Path) {
    for number in 0..5_u32 {
        let hz = 100.0 + 50.0 * f64::from(number);
        write_wav(&root.join(format!("{number}.wav")), 48_000, 48_000 * 12, datasets::tone(hz, 48_000));
    }
    write(&root.join("melscope.json"), br#"{"hop": 256, "expansion": 1}"#);
}

/// The tensors of a cache and what is told of them; the manifest has times and paths of its own.
fn tensors(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = contents(&root.join(".cache"));
    files.remove(Path::new("manifest.json")).unwrap();
    files
}

/// The cache that a single build makes of the same recordings.
fn single_build(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let root = folder.join("single");
    write_set(&root);
    let output = datasets::melscope().arg("build").arg(&root).arg("--yes").output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    tensors(&root)
}

/// A program that is Melscope, but dies in the midst of shard 2/3 when it is first computed.
fn write_mortal_program(folder: &Path) -> PathBuf {
    let (path, died) = (folder.join("mortal"), folder.join("died"));
    let (melscope, died) = (env!("CARGO_BIN_EXE_melscope"), died.display());
    let script = format!(
        "#!/bin/bash\n\
         if [ \"$4\" = 2/3 ] && [ ! -e '{died}' ]; then\n\
             '{melscope}' \"$@\" &\n\
             until ls \"$2\"/.cache/.shards/2-of-3.*/*.pt > '{died}' 2> /dev/null; do sleep 0.01; done\n\
             kill -9 $!\n\
             wait $!\n\
         else\n\
             exec '{melscope}' \"$@\"\n\
         fi\n"
    );
    write(&path, script.as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A controller and a node of Slurm; both end with it.
struct Slurm {
    conf: PathBuf,
    daemons: Vec<Child>,
}

impl Slurm {
    fn start(folder: &Path) -> Self {
        let conf = folder.join("slurm.conf");
        let run = |command: &str| String::from_utf8(Command::new(command).output().unwrap().stdout).unwrap();
        let host = run("hostname").trim().split('.').next().unwrap().to_owned();
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        let user = user.trim();
        // Free when asked; nobody else here takes ports by chance in between.
        let ports: Vec<u16> = (0..2)
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect::<Vec<_>>()
            .iter()
            .map(|listener| listener.local_addr().unwrap().port())
            .collect();
        let here = folder.display();
        for name in ["state", "spool"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        let text = format!(
            "ClusterName=melscope\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser={user}\nSlurmdUser={user}\n\
             AuthType=auth/none\nCredType=cred/none\nSlurmctldPort={}\nSlurmdPort={}\n\
             StateSaveLocation={here}/state\nSlurmdSpoolDir={here}/spool\n\
             SlurmctldPidFile={here}/slurmctld.pid\nSlurmdPidFile={here}/slurmd.pid\n\
             SlurmctldLogFile={here}/slurmctld.log\nSlurmdLogFile={here}/slurmd.log\n\
             ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nSwitchType=switch/none\nMpiDefault=none\n\
             JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nReturnToService=2\n\
             SlurmdParameters=config_overrides\n\
             NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\n\
             PartitionName=main Nodes={host} Default=YES State=UP\n",
            ports[0], ports[1]
        );
        write(&conf, text.as_bytes());
        let daemon = |program: &str| {
            let mut command = Command::new(program);
            command
                .args(["-D", "-f"])
                .arg(&conf)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"))
        };
        let daemons = ["/usr/sbin/slurmctld", "/usr/sbin/slurmd"].map(daemon).into();
        let slurm = Self { conf, daemons };
        slurm.wait("a node that is idle", || said(&slurm.run("sinfo", &["-h", "-o", "%t"])).trim() == "idle");
        slurm
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("SLURM_CONF", &self.conf).current_dir(self.conf.parent().unwrap());
        command
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        self.command(program).args(args).output().unwrap()
    }

    fn wait(&self, what: &str, is_there: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_there() {
            if began.elapsed() > LONG {
                let log = |name: &str| fs::read_to_string(self.conf.with_file_name(name)).unwrap_or_default();
                panic!("no {what}:\n{}\n{}", log("slurmctld.log"), log("slurmd.log"));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        for daemon in &mut self.daemons {
            daemon.kill().ok();
            daemon.wait().ok();
        }
    }
}

#[test]
fn a_slurm_array_builds_the_cache_though_a_worker_dies() {
    let folder = tempfile::tempdir().unwrap();
    let single = single_build(folder.path());
    let root = folder.path().join("recordings of many");
    write_set(&root);
    let program = write_mortal_program(folder.path());
    let slurm = Slurm::start(folder.path());
    let submitted = slurm
        .command(example("slurm_build.sh"))
        .arg(&root)
        .arg("3")
        .env("MELSCOPE", &program)
        .output()
        .unwrap();
    assert!(submitted.status.success(), "{}", said(&submitted));
    let jobs = said(&submitted);
    let array = jobs.strip_prefix("shards: job ").unwrap().split(',').next().unwrap();
    slurm.wait("job that is over", || {
        // What is started again waits two minutes, so that its node has time to clear up; nothing needs that here.
        slurm.run("scontrol", &["update", &format!("JobId={array}_2"), "StartTime=now"]);
        let states = said(&slurm.run("squeue", &["-h", "-o", "%T"]));
        states.trim().is_empty()
    });
    assert!(folder.path().join("died").exists(), "no worker has died");
    let details = said(&slurm.run("scontrol", &["show", "job", &format!("{array}_2")]));
    assert!(details.contains("Restarts=1") && details.contains("JobState=COMPLETED"), "{details}");
    assert!(tensors(&root) == single, "{details}");
}

#[test]
fn a_ray_driver_builds_the_cache_though_a_worker_dies() {
    let folder = tempfile::tempdir().unwrap();
    let single = single_build(folder.path());
    let root = folder.path().join("recordings of many");
    write_set(&root);
    let program = write_mortal_program(folder.path());
    let output = Command::new(datasets::python_of_tests())
        .arg(example("ray_build.py"))
        .arg(&root)
        .args(["3", "--program"])
        .arg(&program)
        .env("RAY_USAGE_STATS_ENABLED", "0")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(folder.path().join("died").exists(), "no worker has died");
    let shards = said(&output).lines().filter(|line| line.starts_with("Shard ")).count();
    assert_eq!(shards, 3, "{}", said(&output));
    assert!(tensors(&root) == single, "{}", said(&output));
}
