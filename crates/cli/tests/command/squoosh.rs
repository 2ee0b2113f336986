//! `--squoosh`: encoders in a Node process, in the core's own pipeline.

use crate::support::files::{decode, png};
use crate::support::pictures::{graphic, photo};
use crate::support::{Run, Workspace};
use std::path::PathBuf;

fn sidecar() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../native")
}

#[test]
fn lossless_jpeg_xl_becomes_smaller_and_the_recipe_says_the_same() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(256, 192)));
    workspace.planish("a.png -o built-in -f jxl --lossless").expect(0);
    let built_in = workspace.read("built-in/a.jxl");
    let mut command =
        workspace.command(["a.png", "-o", "out", "-f", "jxl", "--lossless", "--squoosh", "jxl", "--json"]);
    let run = Run::from(command.env("PLANISH_SIDECAR", sidecar()).output().unwrap()).expect(0);
    let result = run.result();
    assert_eq!((&result["engine"], &result["lossless"]), (&"core".into(), &true.into()));
    assert_eq!(result["candidates"][0]["encoder"], "squoosh-jxl-lossless");
    let bytes = workspace.read("out/a.jxl");
    assert!(bytes.len() < built_in.len(), "{} of {}", bytes.len(), built_in.len());
    workspace.put("planish.toml", b"goal = 'lossless'\nformats = ['jxl']\nsquoosh = ['jxl']\n");
    let mut command = workspace.command(["a.png", "-o", "again"]);
    Run::from(command.env("PLANISH_SIDECAR", sidecar()).output().unwrap()).expect(0);
    assert_eq!(workspace.read("again/a.jxl"), bytes);
}

#[test]
fn avif_reaches_the_score_it_was_asked_for() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(160, 120, 3)));
    let mut command = workspace.command(["a.png", "-o", "out", "-f", "avif", "--squoosh", "avif", "--json"]);
    let run = Run::from(command.env("PLANISH_SIDECAR", sidecar()).output().unwrap()).expect(0);
    assert!(run.result()["score"].as_f64().unwrap() >= 80.0);
    let picture = decode(&workspace.read("out/a.avif"));
    assert_eq!((picture.width, picture.height), (160, 120));
}

#[test]
fn where_they_cannot_be_run_the_image_fails_and_says_why() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(64, 48, 3)));
    let off = workspace.planish("a.png -o out -f avif --squoosh avif").expect(1);
    assert!(off.stderr.contains("PLANISH_SIDECAR is off"), "{}", off.stderr);
    assert!(workspace.tree("out").is_empty());
    // Nobody looks for them where no output is theirs.
    workspace.planish("a.png -o out -f webp --squoosh avif").expect(0);
    let wrong = workspace.planish("a.png -o out --squoosh webp").expect(2);
    assert!(wrong.stderr.contains("expected avif, jxl or avif,jxl, got 'webp'"), "{}", wrong.stderr);
}
