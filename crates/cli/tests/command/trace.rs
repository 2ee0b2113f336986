//! The trace file, and logs.

use crate::support::Workspace;
use crate::support::files::png;
use crate::support::pictures::{graphic, photo};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A span of the trace: thread, name, job, begin and end in microseconds.
#[derive(Debug)]
struct Span {
    thread: String,
    name: String,
    job: u64,
    file: Option<String>,
    begin: f64,
    end: f64,
}

/// Pairs beginnings and ends as a trace viewer does, and fails where they do not pair.
fn spans(trace: &Value) -> Vec<Span> {
    let mut threads = BTreeMap::new();
    let mut open: BTreeMap<u64, Vec<Span>> = BTreeMap::new();
    let mut spans = Vec::new();
    for event in trace.as_array().unwrap() {
        let thread = event["tid"].as_u64().unwrap();
        match event["ph"].as_str().unwrap() {
            "M" => {
                threads.insert(thread, event["args"]["name"].as_str().unwrap().to_owned());
            }
            "B" => open.entry(thread).or_default().push(Span {
                thread: threads[&thread].clone(),
                name: event["name"].as_str().unwrap().to_owned(),
                job: event["args"]["job"].as_str().unwrap().parse().unwrap(),
                file: event["args"]["file"].as_str().map(str::to_owned),
                begin: event["ts"].as_f64().unwrap(),
                end: 0.0,
            }),
            "E" => {
                let mut span = open.get_mut(&thread).unwrap().pop().unwrap();
                assert_eq!(span.name, event["name"].as_str().unwrap());
                span.end = event["ts"].as_f64().unwrap();
                assert!(span.end >= span.begin, "{span:?}");
                spans.push(span);
            }
            _ => {}
        }
    }
    assert!(open.values().all(Vec::is_empty), "{open:?}");
    spans
}

#[test]
fn every_job_has_its_stages_on_a_workers_track() {
    let workspace = Workspace::new();
    for seed in 0..3 {
        workspace.put(format!("in/{seed}.png"), &png(&photo(160, 120, seed)));
    }
    workspace.put("in/graphic.png", &png(&graphic(120, 90)));
    workspace.put("in/bad.png", b"\x89PNG\r\n\x1a\nand then nothing");
    workspace.planish("in -o out -j 2 --trace trace.json").expect(1);
    let trace: Value = serde_json::from_slice(&workspace.read("trace.json")).unwrap();
    let spans = spans(&trace);
    let jobs: BTreeMap<u64, &str> = spans
        .iter()
        .filter(|span| span.name == "optimize")
        .map(|span| (span.job, span.file.as_deref().unwrap()))
        .collect();
    assert_eq!(jobs.len(), 5, "{jobs:?}");
    for (job, file) in jobs {
        let of_job: Vec<&Span> = spans.iter().filter(|span| span.job == job).collect();
        let names: BTreeSet<&str> = of_job.iter().map(|span| span.name.as_str()).collect();
        let expected: &[&str] = if file.ends_with("bad.png") {
            &["admit", "optimize", "sniff", "decode"]
        } else {
            &["admit", "optimize", "sniff", "decode", "analyse", "plan", "encode", "write"]
        };
        for name in expected {
            assert!(names.contains(name), "{file}: no {name} in {names:?}");
        }
        // A lossy winner is checked on the pixels it was scored by.
        let checked = names.contains("verify") || names.contains("measure");
        assert!(checked || file.ends_with("bad.png"), "{file}: {names:?}");
        for span in of_job {
            let thread = match span.name.as_str() {
                "admit" => "planish-dispatcher",
                "write" => "planish-writer-",
                _ => "planish-worker-",
            };
            assert!(span.thread.starts_with(thread), "{span:?}");
        }
    }
}

#[test]
fn a_trace_that_cannot_be_written_is_told() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(20, 20)));
    let run = workspace.planish("a.png -o out --trace missing/trace.json").expect(2);
    assert!(run.stderr.contains("--trace, got missing/trace.json: "), "{}", run.stderr);
    assert!(!workspace.path("out").exists());
    #[cfg(target_os = "linux")]
    {
        let run = workspace.planish("a.png -o out --trace /dev/full").expect(1);
        assert!(run.stderr.contains("write failed for /dev/full: "), "{}", run.stderr);
        assert_eq!(workspace.tree("out"), ["a.png"]);
    }
}
