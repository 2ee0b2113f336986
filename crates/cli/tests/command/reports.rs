//! What is printed where.

use crate::support::Workspace;
use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use std::io::Read;
use std::process::Stdio;

fn mixed() -> Workspace {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&graphic(160, 120)));
    workspace.put("in/b.png", b"not an image");
    workspace.put("in/c.jpg", &jpeg(&photo(120, 90, 1), 95));
    workspace
}

#[test]
fn the_json_document_has_its_documented_shape() {
    let workspace = mixed();
    let run = workspace.planish("in -o out --json").expect(1);
    let json = run.json();
    assert_eq!((&json["version"], &json["planish"]), (&1.into(), &env!("CARGO_PKG_VERSION").into()));
    let results = json["results"].as_array().unwrap();
    let paths: Vec<_> = results.iter().map(|result| result["inputPath"].as_str().unwrap()).collect();
    assert_eq!(paths, ["in/a.png", "in/c.jpg"]);
    for result in results {
        let output = workspace.read(result["outputPath"].as_str().unwrap());
        assert_eq!(result["optimizedSize"], output.len());
        assert_eq!(result["originalSize"], workspace.read(result["inputPath"].as_str().unwrap()).len());
        for field in [
            "compressionRatio",
            "elapsedTime",
            "inputFormat",
            "format",
            "width",
            "height",
            "goal",
            "quality",
            "lossless",
            "score",
            "engine",
            "keptOriginal",
            "candidates",
            "encodes",
            "sampleEncodes",
            "warnings",
            "timings",
            "attempts",
            "peakBytes",
        ] {
            assert!(result.get(field).is_some(), "{field}");
        }
        assert!(result["elapsedTime"].as_f64().unwrap() > 0.0);
    }
    let errors = json["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!((&errors[0]["inputPath"], &errors[0]["code"]), (&"in/b.png".into(), &"unknown_format".into()));
    assert!(errors[0]["message"].as_str().unwrap().contains("not an image"));
    let summary = &json["summary"];
    let sum = |field: &str| results.iter().map(|result| result[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!(
        (&summary["total"], &summary["completed"], &summary["failed"]),
        (&3.into(), &2.into(), &1.into())
    );
    assert_eq!((&summary["skipped"], &summary["ignored"]), (&0.into(), &0.into()));
    assert_eq!(
        (&summary["originalSize"], &summary["optimizedSize"]),
        (&sum("originalSize").into(), &sum("optimizedSize").into())
    );
    assert_eq!(summary["savedBytes"], sum("originalSize") - sum("optimizedSize"));
    assert!(summary["elapsedTime"].as_f64().unwrap() > 0.0);
}

#[test]
fn lines_come_in_input_order_with_a_summary_and_nothing_else() {
    let workspace = mixed();
    let run = workspace.planish("in/c.jpg in/a.png -o out -f webp").expect(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", run.stdout);
    assert!(lines[1].contains("jpeg->webp") && lines[1].ends_with("in/c.jpg"), "{}", run.stdout);
    assert!(lines[2].contains("png->webp") && lines[2].ends_with("in/a.png"), "{}", run.stdout);
    assert!(lines[3].starts_with("2 of 2 images: ") && lines[3].contains("% saved"), "{}", run.stdout);
    // No bar, no colours: this is no terminal.
    assert_eq!(run.stderr, "");
    assert!(!run.stdout.contains('\u{1b}'));
}

#[test]
fn quiet_prints_errors_only() {
    let workspace = mixed();
    let run = workspace.planish("in -o out --quiet").expect(1);
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

#[test]
fn a_reader_that_goes_away_does_not_stop_the_work() {
    let workspace = Workspace::new();
    for seed in 0..6 {
        workspace.put(format!("in/{seed}.jpg"), &jpeg(&photo(120, 90, seed), 95));
    }
    for flag in ["--jobs=1", "--json"] {
        let out = format!("out{flag}");
        let mut child = workspace
            .command(["in", "-o", &out, flag])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{stderr}");
        assert_eq!(stderr, "");
        assert_eq!(workspace.tree(&out).len(), 6);
    }
}
