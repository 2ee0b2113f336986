//! Real images, where they are: `../shared/corpus` beside the repository. Without them these tests say so and pass.

use crate::support::Workspace;
use crate::support::files::decode;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A folder of the corpus.
fn corpus(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(folder);
    if path.is_dir() {
        path.canonicalize().ok()
    } else {
        println!("skipped: there is no ../shared/corpus/{folder} beside the repository");
        None
    }
}

/// Every third file at most this large that planish can read, in order of names.
fn sample(folder: &str, largest: u64) -> Option<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(corpus(folder)?)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && fs::metadata(path).unwrap().len() <= largest)
        .filter(|path| fs::read(path).is_ok_and(|bytes| planish::sniff(&bytes).is_ok()))
        .collect();
    files.sort();
    Some(files.into_iter().step_by(3).collect())
}

fn optimize(workspace: &Workspace, files: &[PathBuf], flags: &[&str]) -> (Option<i32>, Value) {
    let mut arguments: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
    arguments.extend(["-o", "out", "--json"]);
    arguments.extend(flags);
    let run = workspace.planish_with(arguments);
    assert!(!run.stderr.contains("panicked") && !run.stderr.contains("error[internal]"), "{}", run.stderr);
    (run.code, run.json())
}

fn check_outputs(workspace: &Workspace, json: &Value) {
    for result in json["results"].as_array().unwrap() {
        let output = workspace.read(result["outputPath"].as_str().unwrap());
        assert!(output.len() as u64 <= result["originalSize"].as_u64().unwrap(), "{result:#}");
        // Files that were kept may be odd enough for a strict decoder; planish read them.
        if result["keptOriginal"].is_null() {
            let picture = decode(&output);
            assert_eq!(
                (&result["width"], &result["height"]),
                (&picture.width.into(), &picture.height.into())
            );
        }
    }
}

#[test]
fn photos_and_graphics_reach_their_score_and_shrink() {
    for folder in ["photos", "graphics"] {
        let Some(files) = sample(folder, 700_000) else { return };
        let workspace = Workspace::new();
        let (code, json) = optimize(&workspace, &files, &["--effort", "3"]);
        assert_eq!((code, &json["errors"]), (Some(0), &serde_json::json!([])));
        check_outputs(&workspace, &json);
        for result in json["results"].as_array().unwrap() {
            assert!(result["score"].as_f64().unwrap() >= 80.0, "{result:#}");
        }
    }
}

#[test]
fn odd_but_valid_images_come_out_whole_or_with_a_clear_refusal() {
    let Some(files) = sample("edge", 200_000) else { return };
    let workspace = Workspace::new();
    let (_, json) = optimize(&workspace, &files, &["--lossless", "--effort", "3"]);
    check_outputs(&workspace, &json);
    for error in json["errors"].as_array().unwrap() {
        assert!(["unsupported", "corrupt"].contains(&error["code"].as_str().unwrap()), "{error:#}");
    }
}

#[test]
fn hostile_files_cost_errors_and_neither_the_process_nor_its_memory() {
    const LIMIT: u64 = 2 << 30;
    let Some(folder) = corpus("hostile") else { return };
    let workspace = Workspace::new();
    let started = Instant::now();
    let json = workspace.path("report.json");
    let mut child = workspace
        .command([folder.to_str().unwrap(), "-o", "out", "--json"])
        .stdout(fs::File::create(&json).unwrap())
        .stderr(fs::File::create(workspace.path("stderr")).unwrap())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let code = loop {
        peak = peak.max(peak_memory(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let stderr = fs::read_to_string(workspace.path("stderr")).unwrap();
    assert_eq!(code, Some(1), "{stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains("error[internal]"), "{stderr}");
    assert!(peak < LIMIT, "{peak} bytes");
    assert!(started.elapsed() < Duration::from_mins(2), "{:?}", started.elapsed());
    let json: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    let (results, errors) = (json["results"].as_array().unwrap(), json["errors"].as_array().unwrap());
    assert_eq!(stderr.lines().filter(|line| line.starts_with("error[")).count(), errors.len());
    assert_eq!(workspace.tree("out").len(), results.len());
    check_outputs(&workspace, &json);
}

#[test]
fn heic_is_decoded_by_sharp_or_refused_with_what_would_be_needed() {
    let Some(folder) = corpus("photos") else { return };
    let heic = folder.join("example.heic");
    if !heic.is_file() {
        println!("skipped: there is no example.heic in the corpus");
        return;
    }
    let workspace = Workspace::new();
    let alone = workspace.command([heic.to_str().unwrap(), "-o", "out", "-f", "jpeg"]).output().unwrap();
    let alone = crate::support::Run::from(alone).expect(1).stderr;
    assert!(alone.contains("HEIC") && alone.contains("Sharp") && alone.contains("libde265"), "{alone}");
    let mut command = workspace.command([heic.to_str().unwrap(), "-o", "out", "-f", "jpeg", "--json"]);
    command.env("PLANISH_SIDECAR", Path::new(env!("CARGO_MANIFEST_DIR")).join("../../native"));
    let run = crate::support::Run::from(command.output().unwrap());
    let json = run.json();
    match json["errors"].as_array().unwrap().first() {
        None => {
            assert_eq!(json["results"][0]["engine"], "sharp");
            assert_eq!(decode(&workspace.read("out/example.jpg")).width, 1280);
        }
        Some(error) => {
            assert_eq!(error["code"], "unsupported");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("HEIC") && message.contains("libde265"), "{message}");
        }
    }
}

/// The most memory a process has had so far, where the system tells.
fn peak_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    kib.map_or(0, |kib: u64| kib * 1024)
}
