//! Runs that are killed at any moment, and runs that take them up.
#![cfg(unix)]

use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use crate::support::{Run, Workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::thread;
use std::time::{Duration, Instant};

/// Other moments with `PLANISH_KILL_SEED=…`.
fn seed() -> u64 {
    let given = std::env::var("PLANISH_KILL_SEED").ok();
    given.and_then(|seed| seed.parse().ok()).unwrap_or(20)
}

/// splitmix64, as a number from 0 to 1.
fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn fill(workspace: &Workspace, folder: &str) {
    for index in 0..20 {
        let picture = photo(96 + index * 4, 64, index);
        workspace.put(format!("{folder}/{}/{index}.jpg", index % 4), &jpeg(&picture, 95));
    }
    workspace.put(format!("{folder}/g.png"), &png(&graphic(120, 90)));
    workspace.put(format!("{folder}/poor.jpg"), &jpeg(&photo(60, 40, 99), 5));
}

fn contents(workspace: &Workspace, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let read = |name: String| (name.clone(), workspace.read(format!("{folder}/{name}")));
    workspace.tree(folder).into_iter().map(read).collect()
}

/// Images that are as they should be in the end; no file may be anything else than that or than it was before, and what
/// was there before must be there still.
fn finished(
    now: &BTreeMap<String, Vec<u8>>,
    before: &BTreeMap<String, Vec<u8>>,
    expected: &BTreeMap<String, Vec<u8>>,
) -> usize {
    let gone: Vec<&String> = before.keys().filter(|name| !now.contains_key(*name)).collect();
    assert!(gone.is_empty(), "{gone:?} are gone");
    let files = now.iter().filter(|(name, _)| !name.rsplit('/').next().unwrap().starts_with(".planish-"));
    let changed = files.filter(|(name, bytes)| before.get(*name) != Some(*bytes));
    let checked = changed.inspect(|(name, bytes)| {
        assert!(expected.get(*name) == Some(*bytes), "{name} is damaged");
        // An original that was replaced is kept where that was asked for.
        if let Some(kept) = name.strip_prefix("in/").map(|name| format!("{BACKUPS}{name}")) {
            let promised = expected.contains_key(&kept);
            assert!(!promised || now.get(&kept) == before.get(*name), "{name} has no backup");
        }
    });
    checked.filter(|(name, _)| !name.starts_with(BACKUPS)).count()
}

/// Where the tests have originals kept.
const BACKUPS: &str = "old/";

/// Kills runs over `folder` at random moments and runs them again; `reset` makes the folder what it was before.
fn survives(workspace: &Workspace, arguments: &str, folder: &str, kills: u32, reset: impl Fn()) {
    reset();
    let before = contents(workspace, folder);
    let started = Instant::now();
    let arguments = format!("{arguments} --json");
    workspace.planish(&arguments).expect(0);
    let whole = started.elapsed();
    let expected = contents(workspace, folder);
    assert!(expected != before);
    reset();
    println!("seed {}, a whole run takes {whole:?}", seed());
    let mut state = seed();
    let mut killed = 0;
    let mut taken_up = 0;
    while killed <= kills {
        let already = finished(&contents(workspace, folder), &before, &expected);
        let mut command = workspace.remembering(arguments.split_whitespace());
        command.stdout(File::create(workspace.path("report.json")).unwrap());
        command.stderr(File::create(workspace.path("errors")).unwrap());
        let mut child = command.spawn().unwrap();
        // The last one is left alone.
        if killed < kills {
            thread::sleep(whole.mul_f64(random(&mut state)));
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        if status.code().is_none() {
            killed += 1;
            continue;
        }
        assert_eq!(status.code(), Some(0), "{}", String::from_utf8_lossy(&workspace.read("errors")));
        assert!(contents(workspace, folder) == expected, "{:?}", workspace.tree(folder));
        let report: Value = serde_json::from_slice(&workspace.read("report.json")).unwrap();
        let results = report["results"].as_array().unwrap();
        let known = results.iter().filter(|result| result["cached"] == true).count();
        // A run that was killed after its last output has its journals cleared away, or some of them.
        let complete = already == results.len();
        assert!(complete || known >= already, "{already} were done, but only {known} were known");
        taken_up += usize::from(already > 0 && already < results.len());
        let journals = fs::read_dir(workspace.cache().join("journals")).into_iter().flatten().count();
        let only_the_journal_knows = arguments.contains("--in-place") && arguments.contains("--no-cache");
        assert_eq!(journals > 0, only_the_journal_knows, "{journals} journals");
        if killed == kills {
            break;
        }
        reset();
        let _ = fs::remove_dir_all(workspace.cache());
    }
    println!("{killed} runs were killed, {taken_up} complete ones took up others");
}

fn remove(workspace: &Workspace, folder: &str) {
    let _ = fs::remove_dir_all(workspace.path(folder));
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_taken_up_from_the_cache() {
    let workspace = Workspace::new();
    fill(&workspace, "in");
    survives(&workspace, "in -o out -q 60 --effort 2", "out", 20, || remove(&workspace, "out"));
}

#[test]
fn a_run_without_a_cache_is_taken_up_from_its_journal() {
    let workspace = Workspace::new();
    fill(&workspace, "in");
    survives(&workspace, "in -o out -q 60 --effort 2 --no-cache", "out", 15, || remove(&workspace, "out"));
}

/// A folder of images and nothing else, as it was before it was worked on in place.
fn refill(workspace: &Workspace) {
    remove(workspace, "work");
    fill(workspace, "work/in");
}

#[test]
fn a_run_in_place_that_is_killed_at_any_moment_is_taken_up() {
    let workspace = Workspace::new();
    let arguments = "work/in --in-place -q 60 --effort 2";
    survives(&workspace, arguments, "work", 15, || refill(&workspace));
}

#[test]
fn a_killed_run_in_place_has_set_every_replaced_original_aside() {
    let workspace = Workspace::new();
    let arguments = "work/in --in-place --backup work/old -q 60 --effort 2";
    survives(&workspace, arguments, "work", 15, || refill(&workspace));
}

#[test]
fn a_run_in_place_without_a_cache_is_taken_up_from_its_journal() {
    let workspace = Workspace::new();
    let arguments = "work/in --in-place --backup work/old -q 60 --effort 2 --no-cache";
    survives(&workspace, arguments, "work", 15, || refill(&workspace));
}

#[test]
fn backups_that_a_killed_run_was_copying_are_cleared_away_too() {
    let workspace = Workspace::new();
    fill(&workspace, "in");
    // Where a backup is on another disk it is copied, and a killed run may leave a part of one.
    workspace.put("old/1/.planish-dead.tmp", b"half an original");
    workspace.planish("in --in-place --backup old -q 60 --effort 1").expect(0);
    let hidden: Vec<String> =
        workspace.tree("old").into_iter().filter(|name| name.contains(".planish-")).collect();
    assert_eq!(hidden, [""; 0]);
}

#[test]
fn what_a_killed_run_was_writing_is_cleared_away_but_not_what_a_live_one_is() {
    let workspace = Workspace::new();
    fill(&workspace, "in");
    workspace.put("out/.planish-dead.tmp", b"half an image");
    workspace.put("out/1/.planish-dead.tmp", b"half an image");
    workspace.put("out/1/.planish-live.tmp", b"half an image");
    let live = File::open(workspace.path("out/1/.planish-live.tmp")).unwrap();
    live.lock().unwrap();
    workspace.planish("in -o out -q 60 --effort 1").expect(0);
    let hidden: Vec<String> =
        workspace.tree("out").into_iter().filter(|name| name.contains(".planish-")).collect();
    assert_eq!(hidden, ["1/.planish-live.tmp"]);
}

#[test]
fn an_interrupted_run_is_taken_up_too() {
    use rustix::process::{Pid, Signal, kill_process};
    let workspace = Workspace::new();
    fill(&workspace, "in");
    let arguments = ["in", "-o", "out", "-f", "avif", "--effort", "6", "-j1", "--no-cache", "--json"];
    let child = workspace.remembering(arguments).stdout(std::process::Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while !workspace.tree("out").iter().any(|name| name.ends_with(".avif"))
        && started.elapsed().as_secs() < 60
    {
        thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    let done = workspace.tree("out").len();
    let run: Run = workspace.remembering(arguments).output().unwrap().into();
    let json = run.expect(0).json();
    let known = json["results"].as_array().unwrap().iter().filter(|result| result["cached"] == true);
    assert_eq!(known.count(), done);
    assert_eq!(workspace.tree("out").len(), 22);
}
