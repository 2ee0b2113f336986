//! `planish doctor`.

use crate::support::{Workspace, schema};

#[test]
fn every_format_is_tried_and_the_machine_is_told() {
    let workspace = Workspace::new();
    let json = workspace.planish("doctor --json").expect(0).json();
    schema::assert_matches(&json, "doctor");
    assert_eq!(json["healthy"], true);
    let checks: Vec<&str> =
        json["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(
        checks,
        ["jpeg", "png", "webp", "avif", "jxl", "gif", "tiff", "temporary_folder", "recipe", "sharp"],
        "{json:#}"
    );
    assert_eq!(json["limits"]["maxPixels"], 100_000_000);
    let lines = workspace.planish("doctor").expect(0).stdout;
    for part in ["mozjpeg-sys", "budget for images", "--max-pixels", "no planish.toml"] {
        assert!(lines.contains(part), "{part}: {lines}");
    }
    assert!(workspace.tree("").is_empty());
}

#[test]
fn what_does_not_work_is_said_and_is_1() {
    let workspace = Workspace::new();
    workspace.put("planish.toml", b"effort = 12\n");
    let mut command = workspace.command(["doctor"]);
    command.env("TMPDIR", workspace.path("missing"));
    let run = crate::support::Run::from(command.output().unwrap()).expect(1);
    let wrong: Vec<&str> = run.stdout.lines().filter(|line| line.contains("NOT OK")).collect();
    assert_eq!(wrong.len(), 2, "{}", run.stdout);
    assert!(wrong[0].contains("missing") && wrong[0].contains("TMPDIR"), "{}", run.stdout);
    assert!(wrong[1].contains("recipe") && run.stdout.contains("planish.toml"), "{}", run.stdout);
}
