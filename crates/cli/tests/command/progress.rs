//! Bars on a terminal, events for programs, nothing else.

use crate::support::Workspace;
use crate::support::files::png;
use crate::support::pictures::photo;
use serde_json::Value;

fn with_photos(count: u32) -> Workspace {
    let workspace = Workspace::new();
    for seed in 0..count {
        workspace.put(format!("in/{seed}.png"), &png(&photo(160, 120, seed)));
    }
    workspace
}

fn events(stderr: &str) -> Vec<Value> {
    stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn nothing_is_shown_where_nobody_watches() {
    let workspace = with_photos(3);
    let run = workspace.planish("in -o out").expect(0);
    assert_eq!(run.stderr, "");
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\r'), "{:?}", run.stdout);
}

#[test]
fn events_tell_the_whole_run_in_order() {
    let workspace = with_photos(6);
    let run = workspace.planish("in -o out -f webp --progress json --quiet").expect(0);
    let events = events(&run.stderr);
    let name = |event: &Value| event["event"].as_str().unwrap().to_owned();
    let (first, last) = (&events[0], events.last().unwrap());
    assert_eq!((name(first), &first["version"], &first["total"]), ("start".into(), &1.into(), &6.into()));
    assert!(first["totalBytes"].as_u64() > Some(0) && first["planish"].is_string());
    assert_eq!(name(last), "end");
    assert_eq!(
        (&last["completed"], &last["failed"], &last["activeWorkers"]),
        (&6.into(), &0.into(), &0.into())
    );
    assert_eq!(last["bytesProcessed"], first["totalBytes"]);
    assert_eq!(last["totalBytes"], first["totalBytes"]);
    let stages: Vec<&str> =
        last["stages"].as_array().unwrap().iter().map(|timing| timing["stage"].as_str().unwrap()).collect();
    assert!(stages.contains(&"decode") && stages.contains(&"encode"), "{stages:?}");
    let of = |kind: &str| events.iter().filter(|event| name(event) == kind).collect::<Vec<_>>();
    assert_eq!((of("start").len(), of("end").len()), (1, 1));
    assert!(!of("progress").is_empty());
    for id in 0..6 {
        let place = |kind: &str| {
            let places: Vec<usize> = (0..events.len())
                .filter(|index| name(&events[*index]) == kind && events[*index]["id"] == id)
                .collect();
            assert_eq!(places.len(), 1, "{kind} {id}");
            places[0]
        };
        let (started, finished) = (place("fileStarted"), place("fileFinished"));
        assert!(started < finished, "{id}");
        let event = &events[finished];
        assert_eq!((&event["status"], &event["format"]), (&"completed".into(), &"webp".into()));
        let size = workspace.read(event["outputPath"].as_str().unwrap()).len();
        assert_eq!(event["optimizedSize"], size);
        assert!(event["inputPath"].as_str().unwrap().ends_with(".png"));
    }
}

#[test]
fn a_failed_file_is_an_event_with_its_code() {
    let workspace = with_photos(1);
    workspace.put("in/bad.png", b"\x89PNG\r\n\x1a\nand then nothing");
    let run = workspace.planish("in -o out --progress json").expect(1);
    // Sentences for people stand between the events.
    let lines: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with('{')).collect();
    let events = events(&lines.join("\n"));
    let failed: Vec<_> = events.iter().filter(|event| event["status"] == "failed").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (&failed[0]["error"]["code"], &failed[0]["inputPath"]),
        (&"corrupt".into(), &"in/bad.png".into())
    );
    assert_eq!(events.last().unwrap()["failed"], 1);
    let run = workspace.planish("in -o out --progress none").expect(1);
    assert!(!run.stderr.contains('{'), "{}", run.stderr);
}

#[cfg(unix)]
mod on_a_terminal {
    use super::*;
    use crate::support::terminal::{Streams, run, without_colors};

    const BOTH: Streams = Streams { stdout: true, stderr: true };

    /// Work for a second or more, so that bars come up.
    fn busy() -> Workspace {
        let workspace = Workspace::new();
        for seed in 0..4 {
            workspace.put(format!("in/photo-{seed}.png"), &png(&photo(320, 240, seed)));
        }
        workspace
    }

    #[test]
    fn a_bar_and_a_line_for_each_file_in_flight_come_and_go() {
        let workspace = busy();
        let arguments = ["in", "-o", "out", "-f", "avif", "--effort", "6", "-j", "2"];
        let (code, sent) = run(workspace.command(arguments), BOTH);
        assert_eq!(code, Some(0), "{sent}");
        let text = without_colors(&sent);
        assert!(text.contains("encode ") && text.contains("in/photo-"), "{text:?}");
        assert!(text.contains("/4 ·") && text.contains("saved ("), "{text:?}");
        assert!(sent.contains("\u{1b}[36m"), "no colours: {sent:?}");
        // What stays: the report, one line per image, and the summary at the end.
        let last = text.trim_end().rsplit('\n').next().unwrap();
        assert!(last.contains("4 of 4 images"), "{text:?}");
    }

    #[test]
    fn no_color_takes_the_colours_and_leaves_the_bars() {
        let workspace = busy();
        let mut command = workspace.command(["in", "-o", "out", "-f", "avif", "--effort", "6", "-j", "2"]);
        command.env("NO_COLOR", "1");
        let (code, sent) = run(command, BOTH);
        assert_eq!(code, Some(0), "{sent}");
        assert!(sent.contains("/4 ·"), "{sent:?}");
        assert_eq!(without_colors(&sent), sent);
    }

    #[test]
    fn a_dumb_terminal_gets_lines_only() {
        let workspace = with_photos(3);
        let mut command = workspace.command(["in", "-o", "out"]);
        command.env("CLICOLOR_FORCE", "0");
        let (_, sent) = run(command, Streams { stdout: true, stderr: false });
        assert!(sent.contains("\u{1b}["), "{sent:?}");
        let shell = format!("TERM=dumb exec {} in -o out2", env!("CARGO_BIN_EXE_planish"));
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &shell]).current_dir(workspace.path(""));
        let (code, sent) = run(command, BOTH);
        assert_eq!(code, Some(0), "{sent}");
        assert!(!sent.contains('\u{1b}'), "{sent:?}");
    }

    #[test]
    fn logs_do_not_meet_the_bars() {
        let workspace = busy();
        let mut command =
            workspace.command(["in", "-o", "out", "-f", "avif", "--effort", "6", "-j", "2", "-v"]);
        command.env("NO_COLOR", "1");
        let (code, sent) = run(command, BOTH);
        assert_eq!(code, Some(0), "{sent}");
        // Each begins its own line.
        for (at, _) in sent.match_indices("info: ") {
            let before = &sent[..at];
            assert!(before.is_empty() || before.ends_with(['\n', '\r', 'K', 'A']), "{:?}", &sent[..at + 20]);
        }
    }
}
