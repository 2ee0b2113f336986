//! `-` as input and output.

use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use crate::support::{Run, Workspace};
use std::fs::File;
use std::process::Output;

/// Runs the command with a file as standard input.
fn piped(workspace: &Workspace, arguments: &str, input: &str) -> Output {
    let mut command = workspace.command(arguments.split_whitespace());
    command.stdin(File::open(workspace.path(input)).unwrap()).output().unwrap()
}

#[test]
fn an_image_goes_through_a_pipe_and_the_report_to_standard_error() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(96, 64, 1)));
    let output = piped(&workspace, "- -o - -f webp -q 70", "a.png");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(planish::sniff(&output.stdout), Ok(planish::Format::Webp));
    let report = String::from_utf8(output.stderr).unwrap();
    assert!(report.contains("1 of 1 image"), "{report}");
    // The same bytes as with files.
    workspace.planish("a.png -o file.webp -q 70").expect(0);
    assert!(output.stdout == workspace.read("file.webp"));
    let output = piped(&workspace, "- -o - -f webp --json", "a.png");
    let json: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(
        (&json["results"][0]["inputPath"], &json["results"][0]["outputPath"]),
        (&"-".into(), &"-".into())
    );
    let output = piped(&workspace, "- -o - --quiet", "a.png");
    assert!(output.stderr.is_empty() && planish::sniff(&output.stdout).is_ok());
    assert_eq!(workspace.tree(""), ["a.png", "file.webp"]);
}

#[test]
fn one_end_may_be_a_file() {
    let workspace = Workspace::new();
    workspace.put("a.jpg", &jpeg(&photo(96, 64, 1), 95));
    let run: Run = piped(&workspace, "- -o out/small.avif", "a.jpg").into();
    let run = run.expect(0);
    assert!(run.stdout.contains("1 of 1 image"), "{}", run.stdout);
    assert_eq!(planish::sniff(&workspace.read("out/small.avif")), Ok(planish::Format::Avif));
    let output = workspace.command(["a.jpg", "-o", "-"]).output().unwrap();
    assert_eq!(planish::sniff(&output.stdout), Ok(planish::Format::Jpeg));
}

#[test]
fn what_is_no_image_is_an_error_without_output() {
    let workspace = Workspace::new();
    workspace.put("text", b"this is no image");
    workspace.put("empty", b"");
    for input in ["text", "empty"] {
        let output = piped(&workspace, "- -o -", input);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{input}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("error[unknown_format]"), "{error}");
    }
}

#[test]
fn what_cannot_go_through_a_pipe_is_refused() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(8, 8)));
    for (arguments, expected) in [
        ("- -o out", "expected - or a file such as small.webp"),
        ("- a.png -o -", "expected one image to go with -, got 2 inputs"),
        ("- --check", "expected files with --check"),
        ("- -o - -n", "expected files with --dry-run"),
    ] {
        let run: Run = piped(&workspace, arguments, "a.png").into();
        let run = run.expect(2);
        assert!(run.stderr.contains(expected), "{arguments}: {}", run.stderr);
    }
    assert_eq!(workspace.tree(""), ["a.png"]);
}

#[cfg(unix)]
#[test]
fn an_image_is_not_sent_to_a_terminal_nor_read_from_one() {
    use crate::support::terminal::{Streams, run};
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(8, 8)));
    let both = Streams { stdout: true, stderr: true };
    let (code, sent) = run(workspace.command(["a.png", "-o", "-"]), both);
    assert_eq!(code, Some(2));
    assert!(
        sent.contains("expected a file or a pipe for an image on standard output, got a terminal"),
        "{sent}"
    );
    let (code, sent) = run(workspace.command(["-", "-o", "b.png"]), both);
    assert_eq!(code, Some(2));
    assert!(sent.contains("expected an image on standard input, got a terminal"), "{sent}");
}
