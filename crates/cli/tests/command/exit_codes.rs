//! 0 all done, 1 some file failed, 2 usage, and what counts as which. 130 is in `interrupt`.

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
fn wrong_arguments_are_2_and_say_what_was_expected() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(8, 8)));
    workspace.put("notes/readme.txt", b"text");
    for (arguments, expected) in [
        ("", "<PATH>"),
        ("a.png", "--output"),
        ("a.png -o out -q 101", "expected a number from 1 to 100, got 101"),
        ("a.png -o out -q 80 --lossless", "cannot be used with"),
        ("a.png -o out --qualty 80", "--quality"),
        ("notes -o out", "no images found in notes"),
        ("a.png notes/readme.txt -o out.webp", "expected a folder"),
        ("a.png -o a.png", "would replace an input"),
        ("a.png -o out.webp -f avif", "expected a file ending in .avif"),
        ("a.png -o out --json --quiet", "cannot be used with"),
    ] {
        let run = workspace.planish(arguments).expect(2);
        assert!(run.stderr.contains(expected), "{arguments}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    assert_eq!(workspace.tree(""), ["a.png", "notes/readme.txt"]);
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
    for part in ["Examples:", "Exit codes:", "--max-size", "[default: ssim2=80]"] {
        assert!(help.stdout.contains(part), "{part}");
    }
    let version = workspace.planish("--version").expect(0);
    assert_eq!(version.stdout.trim(), format!("planish {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_recipe_with_an_unknown_field_is_2_and_names_field_and_file() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(8, 8)));
    for (name, text) in [("web.toml", "qualty = 80"), ("web.json", r#"{"qualty": 80}"#)] {
        workspace.put(name, text.as_bytes());
        let run = workspace.planish(&format!("a.png -o out --recipe {name}")).expect(2);
        assert!(run.stderr.contains("qualty") && run.stderr.contains(name), "{}", run.stderr);
    }
    let run = workspace.planish("a.png -o out --recipe missing.toml").expect(2);
    assert!(run.stderr.contains("missing.toml"), "{}", run.stderr);
    assert!(workspace.tree("out").is_empty());
}
