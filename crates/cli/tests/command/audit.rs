//! `planish audit`: what could be saved.

use crate::support::Workspace;
use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};

#[test]
fn totals_and_the_largest_savings_are_told_and_nothing_is_written() {
    let workspace = Workspace::new();
    workspace.put("in/large.jpg", &jpeg(&photo(320, 240, 1), 97));
    workspace.put("in/small.png", &png(&graphic(40, 30)));
    let before = workspace.tree("");
    let run = workspace.planish("audit in").expect(0);
    assert_eq!(workspace.tree(""), before);
    for word in ["images", "jpeg", "png", "largest savings", "in/large.jpg", "saved", "Nothing was written"] {
        assert!(run.stdout.contains(word), "{word}: {}", run.stdout);
    }
    let (large, small) = (run.stdout.find("in/large.jpg"), run.stdout.find("in/small.png"));
    assert!(small.is_none() || large < small, "{}", run.stdout);
}

#[test]
fn it_promises_what_a_run_then_gives_and_the_run_needs_no_encoding() {
    let workspace = Workspace::new();
    workspace.put("in/a.jpg", &jpeg(&photo(320, 240, 1), 97));
    let audited = workspace.remembering("audit in -q 60 --json".split(' ')).output().unwrap();
    let audited = crate::support::Run::from(audited).expect(0).result();
    assert_eq!(audited["action"], "measured");
    let run = workspace.remembering("in -o out -q 60 --json".split(' ')).output().unwrap();
    let run = crate::support::Run::from(run).expect(0).result();
    assert_eq!(run["optimizedSize"], audited["optimizedSize"]);
    assert_eq!((&run["cached"], &run["action"]), (&true.into(), &"written".into()));
}

#[test]
fn a_file_that_fails_is_named() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", b"no image");
    let run = workspace.planish("audit in").expect(1);
    assert!(run.stderr.contains("in/a.png"), "{}", run.stderr);
    assert!(workspace.planish("audit").expect(2).stderr.contains("PATH"));
}
