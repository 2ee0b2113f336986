//! Disks and folders that fail. Each file that suffers has one clear error, leaves nothing behind, and the rest goes
//! on.
#![cfg(unix)]

use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use crate::support::{Run, Workspace};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(1);

/// A large image and a small one.
fn large_and_small() -> Workspace {
    let workspace = Workspace::new();
    workspace.put("in/large.jpg", &jpeg(&photo(480, 360, 1), 98));
    workspace.put("in/small.png", &png(&graphic(40, 30)));
    workspace
}

/// Runs a shell script in the workspace; `$0` is the command.
fn shell(workspace: &Workspace, wrapper: &[&str], script: &str) -> Run {
    let mut words = wrapper.iter().chain(&["sh", "-c"]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args([script, env!("CARGO_BIN_EXE_planish")]);
    command.current_dir(workspace.path("")).stdin(Stdio::null()).output().unwrap().into()
}

fn one_error(run: &Run) -> &str {
    let errors: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("error[")).collect();
    assert_eq!(errors.len(), 1, "{}", run.stderr);
    errors[0]
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_file_that_may_not_grow_so_large_is_one_error_and_leaves_nothing() {
    let workspace = large_and_small();
    // 16 blocks of 512 bytes; without the trap the signal would end the process.
    let run =
        shell(&workspace, &[], "trap '' XFSZ; ulimit -f 16; exec \"$0\" in -o out --lossless --effort 1");
    let run = run.expect(1);
    assert!(
        one_error(&run).contains("in/large.jpg: write failed for out/large.jpg: File too large"),
        "{}",
        run.stderr
    );
    assert_eq!(workspace.tree("out"), ["small.png"]);
}

#[test]
fn a_full_disk_is_one_error_and_leaves_nothing() {
    let workspace = large_and_small();
    workspace.put("full/mount", b"");
    let mount = "mount -t tmpfs -o size=32k none full";
    let wrapper = ["unshare", "--user", "--map-root-user", "--mount"];
    let can = Command::new(wrapper[0])
        .args(&wrapper[1..])
        .args(["sh", "-c", mount])
        .current_dir(workspace.path(""))
        .stderr(Stdio::null())
        .status();
    if !can.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this system lets nobody mount a small disk");
        return;
    }
    // The disk is gone with the process: what is on it is listed from inside.
    let script = format!(
        "{mount}; \"$0\" in -o full/out --lossless --effort 1 --quiet; code=$?; find full -type f; exit $code"
    );
    let run = shell(&workspace, &wrapper, &script).expect(1);
    assert!(one_error(&run).contains("write failed for full/out/large.jpg: No space left"), "{}", run.stderr);
    assert_eq!(run.stdout.trim(), "full/out/small.png");
}

#[test]
fn without_permission_each_file_and_folder_has_its_error() {
    let workspace = Workspace::new();
    for name in ["in/a.png", "in/closed/b.png", "in/secret.png"] {
        workspace.put(name, &png(&graphic(40, 30)));
    }
    // The superuser may do everything: somebody else runs the command then.
    let superuser = rustix::process::geteuid().is_root();
    let program = workspace.path("planish");
    fs::copy(env!("CARGO_BIN_EXE_planish"), &program).unwrap();
    for (name, mode) in [("", 0o755), ("planish", 0o755), ("in/closed", 0), ("in/secret.png", 0)] {
        set_mode(&workspace.path(name), mode);
    }
    for (name, mode) in [("out", 0o777), ("read-only", 0o555), ("home", 0o777)] {
        fs::create_dir(workspace.path(name)).unwrap();
        set_mode(&workspace.path(name), mode);
    }
    let run = |arguments: &str| {
        let mut command = Command::new(&program);
        command.args(arguments.split_whitespace()).current_dir(workspace.path("")).stdin(Stdio::null());
        command.env("HOME", workspace.path("home")).env_remove("XDG_CACHE_HOME");
        if superuser {
            command.uid(65_534).gid(65_534);
        }
        command.output()
    };
    if let Err(error) = run("--version") {
        eprintln!("skipped: the command cannot be run as somebody else: {error}");
        return;
    }
    let reading = Run::from(run("in -o out").unwrap()).expect(1);
    set_mode(&workspace.path("in/closed"), 0o755);
    let errors: Vec<&str> = reading.stderr.lines().filter(|line| line.starts_with("error[io]")).collect();
    assert_eq!(errors.len(), 2, "{}", reading.stderr);
    for (error, name) in errors.iter().zip(["in/closed", "in/secret.png"]) {
        assert!(error.contains(name) && error.contains("Permission denied"), "{error}");
    }
    assert_eq!(workspace.tree("out"), ["a.png"]);
    let writing = Run::from(run("in/a.png -o read-only").unwrap()).expect(1);
    assert!(
        one_error(&writing).contains("write failed for read-only/a.png: Permission denied"),
        "{}",
        writing.stderr
    );
    let making = Run::from(run("in/a.png -o read-only/new").unwrap()).expect(1);
    assert!(one_error(&making).contains("create folder failed for read-only/new"), "{}", making.stderr);
    assert!(workspace.tree("read-only").is_empty());
}

#[test]
fn a_file_that_vanishes_before_it_is_read_is_one_error() {
    const FILES: u32 = 24;
    let workspace = Workspace::new();
    for number in 0..FILES {
        workspace.put(format!("in/{number:02}.jpg"), &jpeg(&photo(320, 240, number), 95));
    }
    let mut command = workspace.command(["in", "-o", "out", "-j1"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while !workspace.path("out/00.jpg").exists() {
        assert!(started.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(1));
    }
    let last = format!("in/{}.jpg", FILES - 1);
    fs::remove_file(workspace.path(&last)).unwrap();
    let run = Run::from(child.wait_with_output().unwrap()).expect(1);
    assert!(one_error(&run).contains(&format!("read failed for {last}: No such file")), "{}", run.stderr);
    assert_eq!(workspace.tree("out").len(), FILES as usize - 1);
}

#[test]
fn a_file_that_keeps_changing_while_it_is_read_is_one_error() {
    let workspace = large_and_small();
    let path = workspace.path("in/growing.png");
    let mut growing = File::create(&path).unwrap();
    growing.set_len(64 << 20).unwrap();
    let done = AtomicBool::new(false);
    let run = thread::scope(|scope| {
        scope.spawn(|| {
            let mut end = File::options().append(true).open(&path).unwrap();
            while !done.load(Ordering::Relaxed) {
                end.write_all(b"more").unwrap();
                thread::sleep(Duration::from_micros(200));
            }
        });
        let run = workspace.planish("in -o out --effort 1");
        done.store(true, Ordering::Relaxed);
        run
    });
    growing.flush().unwrap();
    let run = run.expect(1);
    let expected = "read failed for in/growing.png: the file changed while it was read";
    assert!(one_error(&run).contains(expected), "{}", run.stderr);
    assert_eq!(workspace.tree("out"), ["large.jpg", "small.png"]);
}

#[test]
fn an_output_folder_that_vanishes_is_made_again() {
    const FILES: u32 = 12;
    let workspace = Workspace::new();
    for number in 0..FILES {
        workspace.put(format!("in/{number:02}.jpg"), &jpeg(&photo(240, 180, number), 95));
    }
    let mut command = workspace.command(["in", "-o", "out", "-j1", "--quiet"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while !workspace.path("out/00.jpg").exists() {
        assert!(started.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(1));
    }
    fs::rename(workspace.path("out"), workspace.path("moved")).unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    // The file that was being written at that moment may be lost, with its error; no other.
    let lost = run.stderr.lines().filter(|line| line.starts_with("error[io]")).count();
    assert!(lost <= 1, "{}", run.stderr);
    let there = workspace.tree("out").len() + workspace.tree("moved").len();
    assert!(there >= FILES as usize - lost, "{:?} {}", workspace.tree(""), run.stderr);
    assert!(!workspace.tree("out").is_empty());
}
