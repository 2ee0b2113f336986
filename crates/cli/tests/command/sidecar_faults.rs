//! A sidecar that fails, through the real command. The batch ends, the result says what happened, nothing is lost or
//! left behind. `native/test/failing.js` is the real sidecar with a fault for files called `poison`.
#![cfg(unix)]

use crate::support::files::{decode, png};
use crate::support::pictures::photo;
use crate::support::{Run, Workspace};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(2);

/// So little that the core is not asked for what has more than a few pixels.
const LITTLE: &str = "14MiB";

fn failing() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../native/test/failing.js")
}

/// Two images that are fine and one that is not.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    for (name, seed) in [("in/a.png", 1), ("in/poison.png", 2), ("in/z.png", 3)] {
        workspace.put(name, &png(&photo(320, 240, seed)));
    }
    workspace
}

fn command(workspace: &Workspace, fault: &str, arguments: &str) -> Command {
    let mut command = workspace.command(arguments.split_whitespace());
    command.env("PLANISH_SIDECAR", failing()).env("PLANISH_FAULT", fault);
    // Long enough for a busy machine to start it and to answer a ping.
    command.env("PLANISH_SIDECAR_SILENCE", "8");
    command
}

fn run(workspace: &Workspace, fault: &str, arguments: &str) -> Run {
    command(workspace, fault, arguments).output().unwrap().into()
}

/// The result for the file that fails.
fn poisoned(json: &Value) -> &Value {
    let mut results = json["results"].as_array().unwrap().iter();
    results.find(|result| result["inputPath"] == "in/poison.png").unwrap_or(&Value::Null)
}

#[test]
fn what_ends_it_costs_one_image_its_result_and_no_other() {
    for (fault, reason) in
        [("crash", "something terrible"), ("garbage", "could not be understood"), ("hang", "silent")]
    {
        let workspace = workspace();
        let run = run(&workspace, fault, "in -o out -f webp --engine sharp --json -j 1").expect(1);
        let json = run.json();
        let errors = json["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{fault}: {json:#}");
        assert_eq!(
            (&errors[0]["inputPath"], &errors[0]["code"]),
            (&"in/poison.png".into(), &"sidecar".into())
        );
        let message = errors[0]["message"].as_str().unwrap();
        assert!(
            message.contains("crashed twice on this image") && message.contains(reason),
            "{fault}: {message}"
        );
        assert_eq!(workspace.tree("out"), ["a.webp", "z.webp"], "{fault}");
        for name in ["out/a.webp", "out/z.webp"] {
            assert_eq!(decode(&workspace.read(name)).width, 320);
        }
    }
}

#[test]
fn where_the_core_can_it_takes_over_and_says_why() {
    for (fault, reason) in [
        ("crash", "crashed twice"),
        ("memory", "unable to allocate"),
        ("missing", "npm install"),
        ("stranger", "got 99"),
    ] {
        let workspace = workspace();
        let arguments = format!("in -o out -f webp --effort 1 --max-memory {LITTLE} --json -j 1");
        let json = run(&workspace, fault, &arguments).expect(0).json();
        let result = poisoned(&json);
        assert_eq!(result["engine"], "core", "{fault}: {json:#}");
        assert!(result["engineReason"].as_str().unwrap().contains(reason), "{fault}: {result:#}");
        let warning =
            result["warnings"].as_array().unwrap().iter().find(|one| one["code"] == "engine_fallback");
        assert!(warning.unwrap()["message"].as_str().unwrap().contains(reason), "{fault}");
        let served = ["crash", "memory"].contains(&fault);
        for other in json["results"].as_array().unwrap().iter().filter(|other| *other != result) {
            assert_eq!(other["engine"], if served { "sharp" } else { "core" }, "{fault}");
        }
        assert_eq!(workspace.tree("out"), ["a.webp", "poison.webp", "z.webp"], "{fault}");
    }
}

#[test]
fn one_that_cannot_serve_at_all_is_said_before_anything_runs() {
    for (fault, reason) in [("missing", "npm install"), ("stranger", "expected protocol 1, got 99")] {
        let workspace = workspace();
        let run = run(&workspace, fault, "in -o out --engine sharp").expect(2);
        assert!(run.stderr.contains(reason), "{fault}: {}", run.stderr);
        assert!(workspace.tree("out").is_empty());
    }
}

#[test]
fn what_it_has_no_memory_for_is_tried_again_and_then_said() {
    let workspace = workspace();
    let run = run(&workspace, "memory", "in -o out -f webp --engine sharp --json").expect(1);
    let json = run.json();
    assert_eq!(json["errors"][0]["inputPath"], "in/poison.png");
    assert!(json["errors"][0]["message"].as_str().unwrap().contains("unable to allocate"), "{json:#}");
    assert_eq!(workspace.tree("out"), ["a.webp", "z.webp"]);
}

#[test]
fn more_pixels_than_were_allowed_are_refused_by_name() {
    let workspace = workspace();
    let run = run(&workspace, "none", "in/a.png -o out --engine sharp --max-pixels 1000").expect(1);
    assert!(run.stderr.contains("76800 pixels are too many, the limit is 1000"), "{}", run.stderr);
    assert!(workspace.tree("out").is_empty());
}

/// Whether a process of this number runs. One that has ended and that nobody has asked about does not.
fn runs(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

#[cfg(target_os = "linux")]
#[test]
fn no_process_and_no_file_is_left_by_a_command_that_is_interrupted_or_killed() {
    for signal in [Signal::INT, Signal::KILL] {
        let workspace = Workspace::new();
        // Enough work to be killed in the midst of it.
        workspace.put("in/poison.png", &png(&photo(2400, 1800, 1)));
        let told = workspace.path("pid");
        let mut command =
            command(&workspace, "tell", "in -o out -f avif --effort 9 --engine sharp -q 60 --quiet");
        let mut child = command
            .env("PLANISH_FAULT_FILE", &told)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        let sidecar: i32 = loop {
            if let Some(pid) = fs::read_to_string(&told).ok().and_then(|text| text.parse().ok()) {
                break pid;
            }
            assert!(started.elapsed() < PATIENCE && child.try_wait().unwrap().is_none());
            thread::sleep(Duration::from_millis(5));
        };
        assert!(runs(sidecar));
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
        let ended = Instant::now();
        while runs(sidecar) {
            assert!(ended.elapsed() < PATIENCE, "{signal:?}: process {sidecar} is left");
            thread::sleep(Duration::from_millis(10));
        }
        assert!(workspace.tree("out").is_empty(), "{signal:?}: {:?}", workspace.tree("out"));
    }
}
