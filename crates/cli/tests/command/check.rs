//! Runs that write nothing: `--check` and `--dry-run`.

use crate::support::Workspace;
use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use serde_json::json;

#[test]
fn savings_are_3_and_nothing_is_written() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&graphic(120, 90)));
    workspace.put("in/b.jpg", &jpeg(&photo(120, 90, 1), 95));
    let run = workspace.planish("in --check").expect(3);
    assert!(run.stderr.contains("2 images can be made smaller (--check)"), "{}", run.stderr);
    assert!(run.stdout.contains("in/a.png") && run.stdout.contains("in/b.jpg"), "{}", run.stdout);
    assert_eq!(workspace.tree(""), ["in/a.png", "in/b.jpg"]);
    let run = workspace.planish("in --check --json").expect(3);
    let results = run.json()["results"].clone();
    assert_eq!((&results[0]["action"], &results[0]["outputPath"]), (&"measured".into(), &"".into()));
    assert!(run.json()["summary"]["savedBytes"].as_i64() > Some(0));
}

#[test]
fn nothing_to_gain_is_0() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&graphic(120, 90)));
    workspace.planish("in -o done --lossless").expect(0);
    let run = workspace.planish("done --check --lossless").expect(0);
    assert!(run.stderr.is_empty(), "{}", run.stderr);
    assert_eq!(workspace.tree("done"), ["a.png"]);
}

#[test]
fn small_savings_pass_up_to_the_least_that_was_asked_for() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(120, 90)));
    let result = workspace.planish("a.png --check --lossless --json").expect(3).result();
    let saved = result["originalSize"].as_u64().unwrap() - result["optimizedSize"].as_u64().unwrap();
    workspace.planish(&format!("a.png --check --lossless --check-savings {saved}")).expect(3);
    workspace.planish(&format!("a.png --check --lossless --check-savings {}", saved + 1)).expect(0);
    workspace.planish("a.png --check --lossless --check-savings 100%").expect(0);
    let run = workspace.planish("a.png --check --check-savings lots").expect(2);
    assert!(run.stderr.contains("expected a share such as 5%"), "{}", run.stderr);
    workspace.planish("a.png --check -o out").expect(2);
}

#[test]
fn a_failed_file_is_1_even_where_others_could_be_smaller() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&graphic(120, 90)));
    workspace.put("in/bad.png", b"\x89PNG\r\n\x1a\nand then nothing");
    workspace.planish("in --check").expect(1);
}

#[test]
fn a_dry_run_names_outputs_and_settings_and_writes_nothing() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&graphic(40, 30)));
    workspace.put("in/sub/b.jpg", &jpeg(&photo(40, 30, 1), 90));
    workspace.put("in/notes.txt", b"text");
    let run = workspace.planish("in -o out -f webp -q 70 --dry-run").expect(0);
    for part in ["in/a.png -> out/a.webp\n", "in/sub/b.jpg -> out/sub/b.webp\n", "quality = 70", "2 images, "]
    {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let run = workspace.planish("in -o out -f webp,avif -n").expect(0);
    assert!(run.stdout.contains("in/a.png -> out/a.png or .webp or .avif\n"), "{}", run.stdout);
    let json = workspace.planish("in -o out -f webp -n --json").expect(0).json();
    assert_eq!((&json["dryRun"], &json["version"], &json["ignored"]), (&true.into(), &1.into(), &1.into()));
    assert_eq!(json["files"][0], json!({"inputPath": "in/a.png", "outputPaths": ["out/a.webp"]}));
    assert_eq!(json["settings"]["formats"], json!(["webp"]));
    assert!(!workspace.path("out").exists());
}

#[test]
fn a_dry_run_refuses_what_a_run_would_refuse() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&graphic(40, 30)));
    workspace.put("in/a.jpg", &jpeg(&photo(40, 30, 1), 90));
    let run = workspace.planish("in -o out -f webp -n").expect(2);
    assert!(run.stderr.contains("out/a.webp"), "{}", run.stderr);
    let run = workspace.planish("in/a.png missing.png -o out -n").expect(1);
    assert!(run.stderr.contains("missing.png"), "{}", run.stderr);
}
