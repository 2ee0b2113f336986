//! `--engine`: the core, Sharp, and which of them serves.

use crate::support::Workspace;
use crate::support::files::{decode, png};
use crate::support::pictures::photo;
use std::path::PathBuf;

fn sidecar() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../native")
}

#[test]
fn sharp_serves_when_asked_for() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(256, 192, 3)));
    for format in ["jpeg", "webp"] {
        let mut command =
            workspace.command(["a.png", "-o", "out", "-f", format, "--engine", "sharp", "--json"]);
        let run = crate::support::Run::from(command.env("PLANISH_SIDECAR", sidecar()).output().unwrap());
        let result = run.expect(0).result();
        assert_eq!(result["engine"], "sharp");
        assert!(result["score"].as_f64().unwrap() >= 79.8, "{result}");
        let name = format!("out/a.{}", if format == "jpeg" { "jpg" } else { format });
        let bytes = workspace.read(name);
        assert_eq!(bytes.len() as u64, result["optimizedSize"].as_u64().unwrap());
        assert_eq!((decode(&bytes).width, decode(&bytes).height), (256, 192));
    }
}

#[test]
fn auto_stays_with_the_core_for_what_it_can_do() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(64, 48, 3)));
    let mut command = workspace.command(["a.png", "-o", "out", "-f", "webp", "--json"]);
    // Node does not even have to be there.
    let command = command.env("PLANISH_SIDECAR", sidecar()).env("PLANISH_NODE", "/nowhere/node");
    let run = crate::support::Run::from(command.output().unwrap());
    assert_eq!(run.expect(0).result()["engine"], "core");
}

#[test]
fn the_doctor_says_which_sharp_there_is() {
    let workspace = Workspace::new();
    let off = workspace.planish("doctor").expect(0);
    assert!(off.stdout.contains("PLANISH_SIDECAR is off"), "{}", off.stdout);
    let mut command = workspace.command(["doctor"]);
    let there = crate::support::Run::from(command.env("PLANISH_SIDECAR", sidecar()).output().unwrap());
    assert!(there.expect(0).stdout.contains("libvips"));
}

#[test]
fn a_sharp_that_is_not_there_is_said_before_anything_runs() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(64, 48, 3)));
    let off = workspace.planish("a.png -o out --engine sharp").expect(2);
    assert!(off.stderr.contains("PLANISH_SIDECAR is off"), "{}", off.stderr);
    let mut command = workspace.command(["a.png", "-o", "out", "--engine", "sharp"]);
    let command = command.env("PLANISH_SIDECAR", sidecar()).env("PLANISH_NODE", "/nowhere/node");
    let missing = crate::support::Run::from(command.output().unwrap()).expect(2);
    assert!(
        missing.stderr.contains("npm install") && missing.stderr.contains("/nowhere/node"),
        "{}",
        missing.stderr
    );
    let wrong = workspace.planish("a.png -o out --engine gimp").expect(2);
    assert!(wrong.stderr.contains("auto, core or sharp"), "{}", wrong.stderr);
    assert!(workspace.tree("out").is_empty());
}

#[test]
fn a_heic_that_sharp_cannot_even_open_is_called_so_with_what_would_be_needed() {
    let workspace = Workspace::new();
    // The box that says what it is, and nothing behind it.
    workspace.put("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    let mut command = workspace.command(["a.heic", "-o", "out", "-f", "jpeg", "--json"]);
    let run = crate::support::Run::from(command.env("PLANISH_SIDECAR", sidecar()).output().unwrap());
    let error = run.expect(1).json()["errors"][0].clone();
    assert_eq!(error["code"], "unsupported");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("HEIC: ") && message.contains("libde265"), "{message}");
    assert!(workspace.tree("out").is_empty());
}
