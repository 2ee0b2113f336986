//! What a run cost.

use crate::support::Workspace;
use crate::support::files::{jpeg, png};
use crate::support::pictures::photo;

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&photo(120, 90, 1)));
    workspace.put("in/b.png", &png(&photo(120, 90, 2)));
    workspace.put("in/c.jpg", &jpeg(&photo(120, 90, 3), 95));
    workspace
}

#[test]
fn tables_follow_the_summary() {
    let run = workspace().planish("in -o out --stats -j 2").expect(0);
    let (_, stats) = run.stdout.split_once("3 of 3 images").unwrap();
    for part in
        ["processor", " user, ", "2 workers", "memory", "per worker", "jpeg ", "png ", "decode ", "encode "]
    {
        assert!(stats.contains(part), "{part}: {stats}");
    }
    assert!(!workspace().planish("in -o out").expect(0).stdout.contains("processor"));
}

#[test]
fn the_document_has_the_figures() {
    let run = workspace().planish("in -o out --stats --json -j 2").expect(0);
    let json = run.json();
    let stats = &json["stats"];
    assert_eq!(stats["workers"], 2);
    let formats = stats["formats"].as_array().unwrap();
    let counted: Vec<(&str, u64)> = formats
        .iter()
        .map(|cost| (cost["format"].as_str().unwrap(), cost["files"].as_u64().unwrap()))
        .collect();
    assert_eq!(counted, [("jpeg", 1), ("png", 2)]);
    let sum: u64 = formats.iter().map(|cost| cost["optimizedSize"].as_u64().unwrap()).sum();
    assert_eq!(sum, json["summary"]["optimizedSize"]);
    assert!(stats["stages"].as_array().unwrap().iter().any(|timing| timing["stage"] == "encode"));
    #[cfg(unix)]
    assert!(stats["process"]["peakMemory"].as_u64() > Some(1 << 20));
    assert!(workspace().planish("in -o out --json").expect(0).json().get("stats").is_none());
}
