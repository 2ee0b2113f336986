//! `--watch`: what is there, what comes, what changes; until Ctrl-C.
#![cfg(unix)]

use crate::support::files::png;
use crate::support::pictures::graphic;
use crate::support::{Run, Workspace};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::OpenOptions;
use std::io::Write;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn watch(workspace: &Workspace, arguments: &str) -> Child {
    let mut command = workspace.command(arguments.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn stop(child: Child) -> Run {
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    child.wait_with_output().unwrap().into()
}

/// Waits for what must come, however long the machine takes.
#[track_caller]
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_mins(2), "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn width(workspace: &Workspace, name: &str) -> Option<u32> {
    let bytes = std::fs::read(workspace.path(name)).ok()?;
    Some(u32::from_be_bytes(bytes.get(16..20)?.try_into().unwrap()))
}

#[test]
fn files_that_are_there_come_or_change_are_done_and_outputs_are_left_alone() {
    let workspace = Workspace::new();
    workspace.put("first.png", &png(&graphic(40, 30)));
    // The output folder is inside the watched one.
    let child = watch(&workspace, ". -o out --lossless --watch");
    wait_until("what is there", || workspace.path("out/first.png").exists());
    workspace.put("sub/second.png", &png(&graphic(50, 30)));
    wait_until("what comes", || workspace.path("out/sub/second.png").exists());
    workspace.put("first.png", &png(&graphic(60, 30)));
    wait_until("what changes", || width(&workspace, "out/first.png") == Some(60));
    let run = stop(child).expect(0);
    let last = run.stdout.trim_end().lines().last().unwrap();
    assert!(last.starts_with("watched: 3 images, "), "{}", run.stdout);
    assert_eq!(workspace.tree("out"), ["first.png", "sub/second.png"]);
}

#[test]
fn a_file_is_taken_up_when_it_is_complete() {
    let workspace = Workspace::new();
    workspace.put("in/notes.txt", b"an empty folder is no reason to refuse");
    let child = watch(&workspace, "in -o out --lossless --watch");
    let bytes = png(&graphic(200, 100));
    let mut file = OpenOptions::new().create(true).append(true).open(workspace.path("in/slow.png")).unwrap();
    let (start, end) = bytes.split_at(bytes.len() / 2);
    for part in [start, end] {
        file.write_all(part).unwrap();
        file.flush().unwrap();
        thread::sleep(Duration::from_millis(50));
    }
    drop(file);
    wait_until("the whole file", || workspace.path("out/slow.png").exists());
    let run = stop(child);
    assert!(run.stdout.contains("watched: 1 image, "), "{}", run.stdout);
    assert_eq!(width(&workspace, "out/slow.png"), Some(200));
}
