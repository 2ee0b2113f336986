//! Ctrl-C.
#![cfg(unix)]

use crate::support::files::png;
use crate::support::pictures::photo;
use crate::support::{Run, Workspace};
use rustix::process::{Pid, Signal, kill_process};
use std::io::Read;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// More work than can be done in the time these tests give it.
fn busy(workspace: &Workspace) -> Child {
    for seed in 0..40 {
        workspace.put(format!("in/{seed}.png"), &png(&photo(640, 480, seed)));
    }
    let arguments = ["in", "-o", "out", "-f", "avif", "--effort", "9", "-j", "2", "--json"];
    let mut command = workspace.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn finish(child: Child) -> Run {
    child.wait_with_output().unwrap().into()
}

#[test]
fn an_interrupted_run_reports_what_was_done_and_leaves_no_temporary_files() {
    let workspace = Workspace::new();
    let child = busy(&workspace);
    let started = Instant::now();
    while workspace.tree("out").iter().all(|name| name.starts_with('.')) && started.elapsed().as_secs() < 60 {
        thread::sleep(Duration::from_millis(20));
    }
    signal(&child, Signal::INT);
    let run = finish(child).expect(130);
    let json = run.json();
    let outputs = workspace.tree("out");
    assert!(outputs.iter().all(|name| name.ends_with(".avif")), "{outputs:?}");
    let count = |field: &str| json["summary"][field].as_u64().unwrap();
    assert_eq!(count("completed"), outputs.len() as u64);
    assert_eq!((count("total"), count("failed")), (40, 0));
    assert!(count("skipped") > 0 && count("completed") + count("skipped") == 40);
    assert_eq!(json["errors"], serde_json::json!([]));
    for name in outputs {
        assert!(planish::sniff(&workspace.read(format!("out/{name}"))).is_ok());
    }
}

#[test]
fn being_asked_to_end_is_an_interruption_too() {
    let workspace = Workspace::new();
    let child = busy(&workspace);
    thread::sleep(Duration::from_millis(300));
    signal(&child, Signal::TERM);
    finish(child).expect(130);
    assert!(workspace.tree("out").iter().all(|name| name.ends_with(".avif")));
}

#[test]
fn the_second_interruption_ends_the_run_at_once() {
    let workspace = Workspace::new();
    let mut child = busy(&workspace);
    thread::sleep(Duration::from_millis(300));
    signal(&child, Signal::INT);
    // Wait until the first was heard: two signals at once are one.
    let mut said = [0; 12];
    child.stderr.as_mut().unwrap().read_exact(&mut said).unwrap();
    signal(&child, Signal::INT);
    let sent = Instant::now();
    let run = finish(child);
    assert_eq!(run.code, Some(130));
    assert!(sent.elapsed() < Duration::from_secs(5));
    assert!(workspace.tree("out").iter().all(|name| name.ends_with(".avif")));
}
