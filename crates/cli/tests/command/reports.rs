//! What is printed where.

use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use crate::support::{Workspace, schema};
use insta::assert_snapshot;
use rstest::{Context, rstest};
use serde_json::Value;
use std::collections::BTreeMap;
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
    schema::assert_matches(&json, "report");
    assert_eq!((&json["version"], &json["planish"]), (&1.into(), &env!("CARGO_PKG_VERSION").into()));
    let results = json["results"].as_array().unwrap();
    let paths: Vec<_> = results.iter().map(|result| result["inputPath"].as_str().unwrap()).collect();
    assert_eq!(paths, ["in/a.png", "in/c.jpg"]);
    for result in results {
        let output = workspace.read(result["outputPath"].as_str().unwrap());
        assert_eq!(result["optimizedSize"], output.len());
        assert_eq!(result["originalSize"], workspace.read(result["inputPath"].as_str().unwrap()).len());
        assert_eq!((&result["action"], &result["cached"]), (&"written".into(), &false.into()));
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
    let formats = summary["formats"].as_array().unwrap();
    let named: Vec<_> = formats.iter().map(|total| (&total["inputFormat"], &total["files"])).collect();
    assert_eq!(named, [(&"jpeg".into(), &1.into()), (&"png".into(), &1.into())]);
}

/// A document without what differs from run to run, from machine to machine and from version to version: of numbers
/// only settings and counts stay.
fn redacted(value: Value) -> Value {
    const COUNTS: &[&str] = &[
        "version",
        "width",
        "height",
        "frames",
        "pages",
        "bitDepth",
        "orientation",
        "attempts",
        "encodes",
        "sampleEncodes",
        "effort",
        "rotate",
        "files",
        "total",
        "completed",
        "failed",
        "skipped",
        "ignored",
        "existing",
        "cached",
        "kept",
        "colors",
        "exifSize",
        "xmpSize",
    ];
    match value {
        Value::Array(values) => values.into_iter().map(redacted).collect(),
        Value::Object(fields) => {
            // In the order of the alphabet, whichever order serde_json was built to keep.
            let fields: BTreeMap<String, Value> = fields.into_iter().collect();
            let redact = |(name, value): (String, Value)| {
                let value = match value {
                    value if name == "goal" => value,
                    value if value.is_number() && COUNTS.contains(&name.as_str()) => value,
                    value if value.is_number() => "[number]".into(),
                    _ if name == "planish" => "[version]".into(),
                    value => redacted(value),
                };
                (name, value)
            };
            Value::Object(fields.into_iter().map(redact).collect())
        }
        value => value,
    }
}

#[rstest]
#[case::run("in -o out --lossless --json", 1)]
#[case::dry_run("in/a.png -o out --lossless --json --dry-run", 0)]
#[case::inspect("inspect in/a.png in/b.png in/c.jpg --json", 1)]
#[case::compare("compare in/a.png in/a.png --json", 0)]
fn accounts_in_json(#[context] context: Context, #[case] arguments: &str, #[case] code: i32) {
    let json = mixed().planish(arguments).expect(code).json();
    assert_snapshot!(context.description.unwrap(), format!("{:#}", redacted(json)), arguments);
}

#[test]
fn every_goal_and_outcome_fits_the_schema() {
    let workspace = mixed();
    for flags in
        ["--lossless", "-q 71.25", "--max-size 3kB", "-f auto --effort 1", "-f jxl,gif,tiff --effort 1"]
    {
        let run = workspace.planish(&format!("in -o out --json {flags}"));
        schema::assert_matches(&run.json(), "report");
    }
    let again = workspace.planish("out -o again --lossless --json").expect(0).json();
    schema::assert_matches(&again, "report");
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_unicode_is_text_and_its_exact_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let workspace = Workspace::new();
    let name = OsStr::from_bytes(b"a\xff.png");
    workspace.put(name, &png(&graphic(40, 30)));
    let arguments = [name, OsStr::new("-o"), OsStr::new("out"), OsStr::new("--json")];
    let run = workspace.planish_with(arguments).expect(0);
    schema::assert_matches(&run.json(), "report");
    let result = run.result();
    assert_eq!(
        (&result["inputPath"], &result["inputPathBase64"]),
        (&"a\u{fffd}.png".into(), &"Yf8ucG5n".into())
    );
    assert_eq!(result["outputPathBase64"], "b3V0L2H/LnBuZw==");
    workspace.put("plain.png", &png(&graphic(40, 30)));
    let plain = workspace.planish("plain.png -o out --json").expect(0).result();
    assert!(plain.get("inputPathBase64").is_none() && plain.get("outputPathBase64").is_none(), "{plain}");
}

#[test]
fn more_than_100_images_are_told_about_in_totals_unless_lines_are_asked_for() {
    let workspace = Workspace::new();
    let large = png(&graphic(120, 90));
    let small = png(&graphic(12, 9));
    for index in 0..101 {
        workspace.put(format!("in/{index:03}.png"), if index == 70 { &large } else { &small });
    }
    let digest = workspace.planish("in -o out --lossless --effort 1").expect(0).stdout;
    assert!(digest.lines().count() < 20, "{digest}");
    let named: Vec<&str> = digest.lines().filter(|line| line.contains(".png")).collect();
    assert!(named[0].ends_with("in/070.png") && named.len() == 10, "{digest}");
    let total = digest.lines().find(|line| line.ends_with("    101")).unwrap();
    assert!(total.contains("  png "), "{digest}");
    assert!(digest.contains("A line for each image: -v"), "{digest}");
    assert!(digest.lines().last().unwrap().starts_with("101 of 101 images: "), "{digest}");
    let lines = workspace.planish("in -o out --lossless --effort 1 --verbose").expect(0).stdout;
    assert_eq!(lines.lines().count(), 103, "{lines}");
}

#[test]
fn the_same_warning_is_said_three_times_and_then_counted() {
    let workspace = Workspace::new();
    let mut cut = png(&graphic(64, 48));
    cut.truncate(cut.len() - 12);
    for index in 0..5 {
        workspace.put(format!("in/{index}.png"), &cut);
    }
    let run = workspace.planish("in -o out").expect(0);
    let warnings: Vec<&str> = run.stdout.lines().filter(|line| line.contains("warning")).collect();
    assert_eq!(warnings.len(), 4, "{}", run.stdout);
    assert!(
        warnings[3].starts_with("warning[") && warnings[3].contains("for 2 more images, such as in/3.png: ")
    );
    let verbose = workspace.planish("in -o out -v").expect(0);
    assert_eq!(
        verbose.stdout.lines().filter(|line| line.contains("warning")).count(),
        5,
        "{}",
        verbose.stdout
    );
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

/// The page, checked for what every page must hold.
#[track_caller]
fn page(workspace: &Workspace, name: &str) -> String {
    let page = String::from_utf8(workspace.read(name)).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    // Nothing is fetched from anywhere. Pictures are in the page; their letters mean nothing.
    let text: String =
        page.split("base64,").map(|part| part.split_once('\'').map_or(part, |(_, rest)| rest)).collect();
    let script = text.find("<script").unwrap();
    for outside in ["http:", "https:", "//", "<link", "@import", "url("] {
        assert!(!text[..script].contains(outside), "{outside}");
    }
    page
}

#[test]
fn the_html_report_shows_totals_pictures_errors_and_settings_in_one_file() {
    let workspace = mixed();
    let run = workspace.planish("in -o out --report report.html --target ssim2=70 -f webp").expect(1);
    assert!(run.stdout.contains("report.html"), "{}", run.stdout);
    let page = page(&workspace, "report.html");
    for part in ["2 images", "Lowest scores", "Largest savings", "Size and score", "By format", "Every image"]
    {
        assert!(page.contains(part), "{part}");
    }
    // Before and after, of the photo at least.
    assert!(page.matches("src='data:image/webp;base64,UklGR").count() >= 2);
    assert!(page.contains("<code>unknown_format</code>") && page.contains("leave it out"));
    assert!(page.contains("score = 70.0") && page.contains("mozjpeg-sys"));
    assert!(!page.contains("NaN"));
}

#[test]
fn hostile_names_and_texts_stay_text_in_the_html_report() {
    let workspace = Workspace::new();
    let name = "<img src=x onerror=alert(1)>\"'&.jpg";
    workspace.put(format!("in/{name}"), &jpeg(&photo(60, 40, 1), 95));
    workspace.put("in/<script>alert(1)<!--.png", b"<script>alert(2)</script>");
    workspace.planish("in -o out --report report.html").expect(1);
    let page = page(&workspace, "report.html");
    assert!(!page.contains("<img src=x") && !page.contains("<script>") && !page.contains("<!--"));
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;.jpg"));
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_anything_is_done() {
    let workspace = mixed();
    for (file, expected) in [("missing/report.html", "a folder that exists"), ("in/a.png", "report.html")] {
        let run = workspace.planish(&format!("in -o out --report {file}")).expect(2);
        assert!(run.stderr.contains(expected) && run.stderr.contains(file), "{}", run.stderr);
    }
    assert!(workspace.tree("out").is_empty());
}

#[test]
fn a_second_run_reports_what_was_replaced() {
    let workspace = mixed();
    workspace.planish("in/c.jpg -o out --report report.html -q 40").expect(0);
    let first = page(&workspace, "report.html");
    workspace.planish("in/a.png -o out --report report.html --lossless").expect(0);
    let second = page(&workspace, "report.html");
    assert!(first.contains("in/c.jpg") && !second.contains("in/c.jpg"));
    // Lossless images have no place among the lowest scores.
    assert!(!second.contains("Lowest scores") && second.contains(">lossless"));
}
