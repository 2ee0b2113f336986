//! `--watch`: what is there, what comes, what changes; until Ctrl-C. Nothing here depends on how fast the machine is: every
//! test waits for what must come.
#![cfg(unix)]

use crate::support::files::png;
use crate::support::pictures::graphic;
use crate::support::{Run, Workspace};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(3);

fn watch(workspace: &Workspace, arguments: &str) -> Child {
    let mut command = workspace.command(arguments.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn stop(child: Child) -> Run {
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    child.wait_with_output().unwrap().into()
}

#[track_caller]
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The width that a PNG says it has. A file that is replaced by renaming is whole whenever it is looked at.
fn width(workspace: &Workspace, name: &str) -> Option<u32> {
    let bytes = fs::read(workspace.path(name)).ok()?;
    Some(u32::from_be_bytes(bytes.get(16..20)?.try_into().unwrap()))
}

fn last_line(run: &Run) -> &str {
    run.stdout.trim_end().lines().last().unwrap()
}

#[test]
fn files_that_are_there_come_or_change_are_done_and_outputs_are_left_alone() {
    let workspace = Workspace::new();
    workspace.put("first.png", &png(&graphic(40, 30)));
    // The output folder is inside the watched one.
    let child = watch(&workspace, ". -o out --lossless --watch");
    wait_until("what is there", || width(&workspace, "out/first.png") == Some(40));
    // A folder and the file in it come together.
    workspace.put("new/folder/second.png", &png(&graphic(50, 30)));
    wait_until("what comes", || width(&workspace, "out/new/folder/second.png") == Some(50));
    workspace.put("first.png", &png(&graphic(60, 30)));
    wait_until("what changes", || width(&workspace, "out/first.png") == Some(60));
    let run = stop(child).expect(0);
    assert!(last_line(&run).starts_with("watched: 3 images, "), "{}", run.stdout);
    assert!(run.stdout.starts_with("watching .; Ctrl-C ends"), "{}", run.stdout);
    assert_eq!(workspace.tree("out"), ["first.png", "new/folder/second.png"]);
}

#[test]
fn a_file_that_is_written_slowly_is_done_when_it_is_whole() {
    let workspace = Workspace::new();
    workspace.put("in/notes.txt", b"an empty folder is no reason to refuse");
    let child = watch(&workspace, "in -o out --lossless --watch");
    let bytes = png(&graphic(200, 100));
    let mut file = OpenOptions::new().create(true).append(true).open(workspace.path("in/slow.png")).unwrap();
    for part in bytes.chunks(bytes.len().div_ceil(20)) {
        file.write_all(part).unwrap();
        thread::sleep(Duration::from_millis(100));
    }
    drop(file);
    wait_until("the whole file", || width(&workspace, "out/slow.png") == Some(200));
    // A look in a long pause would have taken it for whole; then it failed, and was done at last all the same.
    let run = stop(child).expect(0);
    assert!(last_line(&run).starts_with("watched: 1 image, "), "{}", run.stdout);
}

#[test]
fn in_place_its_own_results_are_no_changes() {
    let workspace = Workspace::new();
    let original = png(&graphic(80, 60));
    workspace.put("in/a.png", &original);
    let child = watch(&workspace, "in --in-place --lossless --no-cache --watch");
    let is_smaller =
        |name: &str, than: usize| fs::metadata(workspace.path(name)).is_ok_and(|now| now.len() < than as u64);
    wait_until("the first", || is_smaller("in/a.png", original.len()));
    let second = png(&graphic(90, 60));
    workspace.put("in/b.png", &second);
    wait_until("the second", || is_smaller("in/b.png", second.len()));
    let run = stop(child).expect(0);
    assert!(last_line(&run).starts_with("watched: 2 images, "), "{}", run.stdout);
}

#[test]
fn what_fails_is_told_once_and_counts_until_it_is_mended_or_gone() {
    let workspace = Workspace::new();
    workspace.put("in/bad.png", b"\x89PNG\r\n\x1a\n and no more");
    let errors = workspace.path("errors");
    let mut command = workspace.command("in -o out --lossless --watch".split_whitespace());
    command.stdout(Stdio::piped()).stderr(fs::File::create(&errors).unwrap());
    let child = command.spawn().unwrap();
    let told = || fs::read_to_string(&errors).unwrap().matches("bad.png").count();
    wait_until("the failure", || told() > 0);
    workspace.put("in/good.png", &png(&graphic(40, 30)));
    wait_until("what is fine", || width(&workspace, "out/good.png") == Some(40));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let run = Run::from(child.wait_with_output().unwrap()).expect(1);
    assert!(last_line(&run).ends_with(", 1 failed"), "{}", run.stdout);
    assert_eq!(told(), 1);
}

#[test]
fn what_comes_and_does_not_fit_the_rest_is_told_and_may_be_put_right() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&graphic(40, 30)));
    let errors = workspace.path("errors");
    let mut command = workspace.command("in -o out -f webp --lossless --watch".split_whitespace());
    command.stdout(Stdio::piped()).stderr(fs::File::create(&errors).unwrap());
    let child = command.spawn().unwrap();
    wait_until("the first", || workspace.path("out/a.webp").exists());
    workspace.put("in/a.gif", b"GIF89a, of the same output");
    wait_until("the refusal", || fs::read_to_string(&errors).unwrap().contains("the same output"));
    fs::remove_file(workspace.path("in/a.gif")).unwrap();
    workspace.put("in/b.png", &png(&graphic(50, 30)));
    wait_until("the next", || workspace.path("out/b.webp").exists());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    Run::from(child.wait_with_output().unwrap()).expect(0);
    assert_eq!(fs::read_to_string(&errors).unwrap().matches("the same output").count(), 1);
}

#[test]
fn images_that_ctrl_c_leaves_undone_are_an_interruption() {
    let workspace = Workspace::new();
    for seed in 0..40 {
        workspace.put(format!("in/{seed:02}.png"), &png(&crate::support::pictures::photo(640, 480, seed)));
    }
    let child = watch(&workspace, "in -o out -f avif --effort 9 -j 1 --watch");
    wait_until("the first", || workspace.tree("out").iter().any(|name| name.ends_with(".avif")));
    let run = stop(child).expect(130);
    assert!(last_line(&run).starts_with("watched: "), "{}", run.stdout);
    assert!(workspace.tree("out").iter().all(|name| name.ends_with(".avif")), "{:?}", workspace.tree("out"));
}

#[test]
fn results_among_the_watched_images_are_refused() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(40, 30)));
    let run = workspace.planish(". --suffix -small --watch").expect(2);
    assert!(run.stderr.contains("a place of their own"), "{}", run.stderr);
    for other in ["--dry-run", "--json", "--report page.html"] {
        let run = workspace.planish(&format!(". -o out --watch {other}")).expect(2);
        assert!(run.stderr.contains("cannot be used with"), "{other}: {}", run.stderr);
    }
}
