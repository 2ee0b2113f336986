//! Never twice: what a second run knows.

use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use crate::support::{Run, Workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

fn run(workspace: &Workspace, arguments: &str) -> Run {
    workspace.remembering(arguments.split_whitespace()).output().unwrap().into()
}

/// Five images of which one cannot be made smaller, old enough to be told by their times alone.
fn images(workspace: &Workspace) {
    for seed in 0..3 {
        workspace.put(format!("in/{seed}.jpg"), &jpeg(&photo(90, 60, seed), 95));
    }
    workspace.put("in/sub/g.png", &png(&graphic(80, 60)));
    workspace.put("in/poor.jpg", &jpeg(&photo(60, 40, 9), 10));
    for name in workspace.tree("in") {
        age(&workspace.path("in").join(name));
    }
}

/// Makes a file's times older than any clock's tick. The time of the last change cannot be set; it is waited for.
fn age(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
}

fn wait_until_settled() {
    std::thread::sleep(Duration::from_millis(2100));
}

fn contents(workspace: &Workspace, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let read = |name: String| (name.clone(), workspace.read(format!("{folder}/{name}")));
    workspace.tree(folder).into_iter().map(read).collect()
}

/// How many results were known, and how many outputs were left as they were.
fn known(json: &Value) -> (usize, usize) {
    let results = json["results"].as_array().unwrap();
    let count = |field: &str, value: Value| results.iter().filter(|result| result[field] == value).count();
    (count("cached", true.into()), count("action", "unchanged".into()))
}

/// The documents without what every run says differently.
fn accounts(json: &Value) -> Value {
    let mut results = json["results"].clone();
    for result in results.as_array_mut().unwrap() {
        for field in ["action", "cached"] {
            result.as_object_mut().unwrap().remove(field);
        }
    }
    results
}

#[test]
fn a_second_run_does_nothing_and_tells_the_same() {
    let workspace = Workspace::new();
    images(&workspace);
    let first = run(&workspace, "in -o out --json").expect(0).json();
    assert_eq!(known(&first), (0, 0));
    let outputs = contents(&workspace, "out");
    let times = |path: &str| fs::metadata(workspace.path(path)).unwrap().modified().unwrap();
    let written = times("out/0.jpg");
    wait_until_settled();
    // The first of them still reads the files, the second tells them by their times.
    for _ in 0..2 {
        let again = run(&workspace, "in -o out --json").expect(0).json();
        assert_eq!(known(&again), (5, 5));
        assert_eq!(accounts(&again), accounts(&first));
        assert_eq!(times("out/0.jpg"), written);
    }
    assert_eq!(contents(&workspace, "out"), outputs);
    let stats = run(&workspace, "cache stats").expect(0).stdout;
    assert!(stats.contains("5 results") && stats.contains("5 known, 0 optimized"), "{stats}");
}

#[test]
fn missing_and_changed_outputs_are_written_again_without_encoding() {
    let workspace = Workspace::new();
    images(&workspace);
    run(&workspace, "in -o out").expect(0);
    let outputs = contents(&workspace, "out");
    wait_until_settled();
    run(&workspace, "in -o out").expect(0);
    fs::remove_file(workspace.path("out/0.jpg")).unwrap();
    fs::remove_file(workspace.path("out/poor.jpg")).unwrap();
    let mut edited = outputs["1.jpg"].clone();
    *edited.last_mut().unwrap() ^= 1;
    workspace.put("out/1.jpg", &edited);
    let json = run(&workspace, "in -o out --json").expect(0).json();
    assert_eq!(known(&json), (5, 2));
    assert_eq!(contents(&workspace, "out"), outputs);
    let json = run(&workspace, "in -o elsewhere --json").expect(0).json();
    assert_eq!(known(&json), (5, 0));
    assert_eq!(contents(&workspace, "elsewhere"), outputs);
}

#[test]
fn other_settings_other_content_and_no_cache_are_not_known() {
    let workspace = Workspace::new();
    images(&workspace);
    run(&workspace, "in -o out").expect(0);
    for flags in ["-q 60", "--effort 4", "--metadata strip", "--no-cache"] {
        let json = run(&workspace, &format!("in -o out {flags} --json")).expect(0).json();
        assert_eq!(known(&json), (0, 0), "{flags}");
    }
}

#[test]
fn an_edit_of_the_same_size_at_the_same_time_is_noticed() {
    let workspace = Workspace::new();
    let (one, other) = (png(&photo(40, 30, 1)), png(&photo(40, 30, 2)));
    // The compressed sizes differ; what follows the end of a PNG does not matter to anyone.
    let length = one.len().max(other.len());
    let padded = |bytes: &[u8]| [bytes, &vec![0; length - bytes.len()]].concat();
    workspace.put("in/a.png", &padded(&one));
    let modified = fs::metadata(workspace.path("in/a.png")).unwrap().modified().unwrap();
    run(&workspace, "in -o out --lossless").expect(0);
    // At once, and with the old time.
    workspace.put("in/a.png", &padded(&other));
    fs::File::options().write(true).open(workspace.path("in/a.png")).unwrap().set_modified(modified).unwrap();
    let json = run(&workspace, "in -o out --lossless --json").expect(0).json();
    assert_eq!(known(&json), (0, 0));
    let fresh = workspace.planish("in -o fresh --lossless").expect(0);
    drop(fresh);
    assert_eq!(workspace.read("out/a.png"), workspace.read("fresh/a.png"));
}

#[test]
fn copies_are_optimized_once_and_renamed_files_are_known() {
    let workspace = Workspace::new();
    let bytes = jpeg(&photo(90, 60, 1), 95);
    workspace.put("in/a.jpg", &bytes);
    run(&workspace, "in -o out").expect(0);
    workspace.put("in/b.jpg", &bytes);
    fs::rename(workspace.path("in/a.jpg"), workspace.path("in/c.jpg")).unwrap();
    let json = run(&workspace, "in -o out --json").expect(0).json();
    assert_eq!(known(&json), (2, 0));
    assert!(json["results"][1]["outputPath"].as_str().unwrap().ends_with("c.jpg"));
    assert_eq!(workspace.read("out/b.jpg"), workspace.read("out/c.jpg"));
}

/// Every entry in the cache.
fn entries(workspace: &Workspace) -> Vec<PathBuf> {
    let folders = fs::read_dir(workspace.cache().join("results")).unwrap();
    folders
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[test]
fn damaged_entries_are_made_again() {
    let workspace = Workspace::new();
    images(&workspace);
    run(&workspace, "in -o out").expect(0);
    let outputs = contents(&workspace, "out");
    for (index, path) in entries(&workspace).into_iter().enumerate() {
        let mut bytes = fs::read(&path).unwrap();
        match index {
            0 => bytes.clear(),
            1 => bytes.truncate(bytes.len() / 2),
            2 => bytes.push(0),
            _ => bytes[60] ^= 4,
        }
        fs::write(path, bytes).unwrap();
    }
    fs::write(workspace.cache().join("paths"), b"\xff\xfe not a line\n\n 1 2 3").unwrap();
    fs::remove_dir_all(workspace.path("out")).unwrap();
    let run = run(&workspace, "in -o out --json").expect(0);
    assert_eq!(known(&run.json()), (0, 0));
    assert_eq!(contents(&workspace, "out"), outputs);
    assert_eq!(run.stderr, "");
}

#[test]
fn errors_are_not_remembered() {
    let workspace = Workspace::new();
    workspace.put("a.png", b"broken");
    for _ in 0..2 {
        run(&workspace, "a.png -o out").expect(1);
    }
    let stats: Value = serde_json::from_str(&run(&workspace, "cache stats --json").expect(0).stdout).unwrap();
    assert_eq!(stats["entries"], 0);
}

#[test]
fn a_cache_that_cannot_be_written_to_is_one_warning() {
    let workspace = Workspace::new();
    images(&workspace);
    // A file where the folder should be, which no permission of the user's overrides.
    fs::write(workspace.cache(), b"").unwrap();
    let json = run(&workspace, "in -o out --json").expect(0);
    assert_eq!(json.json()["summary"]["completed"], 5);
    assert_eq!(json.stderr.matches("warning: the cache in").count(), 1, "{}", json.stderr);
    assert_eq!(run(&workspace, "in -o quiet --quiet").expect(0).stderr, "");
}

#[test]
fn the_cache_keeps_to_its_size_and_can_be_emptied() {
    let workspace = Workspace::new();
    images(&workspace);
    run(&workspace, "in -o out").expect(0);
    let size = |workspace: &Workspace| -> u64 {
        entries(workspace).iter().map(|path| fs::metadata(path).unwrap().len()).sum()
    };
    let whole = size(&workspace);
    run(&workspace, &format!("in -o out -q 70 --cache-size {whole}")).expect(0);
    assert!((1..=whole).contains(&size(&workspace)));
    let cleared = run(&workspace, "cache clear").expect(0).stdout;
    assert!(cleared.contains("freed"), "{cleared}");
    assert_eq!(entries(&workspace), Vec::<PathBuf>::new());
    let json = run(&workspace, "in -o out --json").expect(0).json();
    assert_eq!(known(&json), (0, 0));
}

#[test]
fn two_runs_at_once_share_outputs_and_cache() {
    let workspace = Workspace::new();
    for seed in 0..20 {
        workspace.put(format!("in/{}/{seed}.jpg", seed % 3), &jpeg(&photo(64, 48, seed), 95));
    }
    workspace.planish("in -o alone").expect(0);
    // So small a cache that each makes room all the time under the other's hands.
    for size in ["20kB", "1GB"] {
        let arguments = ["in", "-o", size, "--json", "--cache-size", size];
        let children: Vec<_> = (0..2)
            .map(|_| {
                let mut command = workspace.remembering(arguments);
                command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        for child in children {
            let run: Run = child.wait_with_output().unwrap().into();
            assert_eq!(run.expect(0).json()["summary"]["completed"], 20);
        }
        assert!(contents(&workspace, size) == contents(&workspace, "alone"));
    }
}
