//! 0 all done, 1 some file failed, and what counts as which. 2 (usage) is in `errors`, 130 in `interrupt`.

use crate::support::Workspace;
use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};

#[test]
fn all_done_is_0_and_so_is_nothing_to_gain() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&graphic(120, 90)));
    workspace.planish("in -o out --lossless").expect(0);
    // What came out once can hardly be made smaller.
    let second = workspace.planish("out -o again --lossless --json").expect(0);
    assert_eq!(second.result()["keptOriginal"], "already_smallest");
    assert_eq!(workspace.read("again/a.png"), workspace.read("out/a.png"));
}

#[test]
fn a_failed_file_is_1_and_the_others_are_done() {
    let workspace = Workspace::new();
    workspace.put("in/bad.png", b"\x89PNG\r\n\x1a\nand then nothing");
    workspace.put("in/good.jpg", &jpeg(&photo(80, 60, 1), 90));
    let run = workspace.planish("in missing.png -o out").expect(1);
    assert!(run.stderr.contains("error[corrupt]: in/bad.png: "), "{}", run.stderr);
    assert!(run.stderr.contains("error[io]: read failed for missing.png: "), "{}", run.stderr);
    assert!(run.stdout.contains("in/good.jpg") && run.stdout.contains("1 of 3 images"), "{}", run.stdout);
    assert_eq!(workspace.tree("out"), ["good.jpg"]);
}

#[test]
fn subcommands_need_no_output() {
    let workspace = Workspace::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(workspace.planish(&format!("completions {shell}")).expect(0).stdout.contains("planish"));
    }
}

#[test]
fn help_and_version_are_0_and_on_standard_output() {
    let workspace = Workspace::new();
    let help = workspace.planish("--help").expect(0);
    assert!(help.stdout.contains("Usage: ") && help.stderr.is_empty(), "{}", help.stderr);
    let version = workspace.planish("--version").expect(0);
    assert_eq!(version.stdout.trim(), format!("planish {}", env!("CARGO_PKG_VERSION")));
}
