//! Which files are taken, and what is written for them.

use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use crate::support::{Run, Workspace};
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

fn small_png() -> Vec<u8> {
    png(&graphic(40, 30))
}

fn with_pngs(names: &[&str]) -> Workspace {
    let workspace = Workspace::new();
    for name in names {
        workspace.put(name, &small_png());
    }
    workspace
}

/// Runs the command with standard input from bytes.
fn planish_reading(workspace: &Workspace, input: &[u8], arguments: &str) -> Run {
    workspace.put("stdin", input);
    let mut command = workspace.command(arguments.split_whitespace());
    command.stdin(File::open(workspace.path("stdin")).unwrap()).output().unwrap().into()
}

#[test]
fn include_and_exclude_choose_among_found_and_named_files() {
    let workspace = with_pngs(&["in/a.png", "in/b.PNG", "in/thumbs/c.png", "in/raw/d.png", "e.png", "f.png"]);
    workspace.put("in/g.jpg", &jpeg(&photo(40, 30, 1), 90));
    workspace.planish("in e.png f.png -o out --include *.png --exclude thumbs/ --exclude F.*").expect(0);
    assert_eq!(workspace.tree("out"), ["a.png", "b.PNG", "e.png", "raw/d.png"]);
    let run = workspace.planish("in -o none --include *.gif").expect(2);
    assert!(run.stderr.contains("no images found in in, of those that --include"), "{}", run.stderr);
}

#[test]
fn the_habit_of_asking_for_folders_inside_folders_does_no_harm() {
    let workspace = with_pngs(&["in/a.png", "in/deep/er/b.png"]);
    for (number, habit) in ["", "-r", "--recursive"].iter().enumerate() {
        workspace.planish(&format!("{habit} in -o out{number}")).expect(0);
        assert_eq!(workspace.tree(&format!("out{number}")), ["a.png", "deep/er/b.png"]);
    }
}

#[test]
fn ignore_files_hold_when_they_are_ours_or_asked_for() {
    let workspace = with_pngs(&["in/a.png", "in/b.png", "in/raw/c.png"]);
    workspace.put("in/.gitignore", b"a.png\n");
    workspace.put("in/.planishignore", b"raw/\n");
    workspace.planish("in -o plain").expect(0);
    assert_eq!(workspace.tree("plain"), ["a.png", "b.png"]);
    workspace.planish("in -o git --ignore-file .gitignore").expect(0);
    assert_eq!(workspace.tree("git"), ["b.png"]);
}

#[cfg(unix)]
#[test]
fn hidden_and_linked_files_are_taken_when_asked() {
    let workspace = with_pngs(&["in/a.png", "in/.hidden/b.png", "elsewhere/c.png"]);
    std::os::unix::fs::symlink("../elsewhere", workspace.path("in/link")).unwrap();
    std::os::unix::fs::symlink("..", workspace.path("in/.hidden/loop")).unwrap();
    workspace.planish("in -o plain").expect(0);
    assert_eq!(workspace.tree("plain"), ["a.png"]);
    workspace.planish("in -o all --hidden --follow-links").expect(0);
    assert_eq!(workspace.tree("all"), [".hidden/b.png", "a.png", "link/c.png"]);
}

#[test]
fn lists_come_from_files_and_standard_input_and_keep_their_folders() {
    let workspace = with_pngs(&["in/a.png", "in/sub/a.png", "in/with space.png", "other.png"]);
    workspace.put("list", b"in/a.png\nin/sub/a.png\r\n\nin/with space.png\n");
    workspace.planish("--files-from list -o lines").expect(0);
    let expected = ["in/a.png", "in/sub/a.png", "in/with space.png"];
    assert_eq!(workspace.tree("lines"), expected);
    let nul = b"in/a.png\0in/sub/a.png\0in/with space.png\0";
    planish_reading(&workspace, nul, "--files-from - -o nul").expect(0);
    assert_eq!(workspace.tree("nul"), expected);
    planish_reading(&workspace, b"in/sub\n", "other.png --files-from - -o both").expect(0);
    assert_eq!(workspace.tree("both"), ["in/sub/a.png", "other.png"]);
    let run = planish_reading(&workspace, b"in/gone.png\nin/a.png\n", "--files-from - -o partly").expect(1);
    assert!(run.stderr.contains("in/gone.png"), "{}", run.stderr);
    assert_eq!(workspace.tree("partly"), ["in/a.png"]);
    let run = planish_reading(&workspace, b"", "--files-from - -o none").expect(2);
    assert!(run.stderr.contains("no images found in an empty list"), "{}", run.stderr);
}

#[test]
fn outputs_that_exist_are_left_alone_with_overwrite_never() {
    let workspace = with_pngs(&["in/a.png", "in/b.png"]);
    workspace.put("out/a.png", b"older");
    let run = workspace.planish("in -o out --overwrite never --json").expect(0);
    let summary = &run.json()["summary"];
    assert_eq!((&summary["total"], &summary["existing"]), (&1.into(), &1.into()));
    assert_eq!(workspace.read("out/a.png"), b"older");
    let run = workspace.planish("in -o out --overwrite never").expect(0);
    assert!(run.stdout.contains("2 left out: their outputs exist"), "{}", run.stdout);
    workspace.planish("in -o out").expect(0);
    assert_ne!(workspace.read("out/a.png"), b"older");
}

#[test]
fn an_output_that_exists_is_replaced_only_by_a_smaller_one_when_asked() {
    let workspace = with_pngs(&["a.png"]);
    workspace.put("out/a.png", b"tiny");
    let run = workspace.planish("a.png -o out --overwrite smaller --json").expect(0);
    let result = run.result();
    assert_eq!((&result["action"], &result["skipReason"]), (&"skipped".into(), &"output_not_larger".into()));
    assert_eq!(result["outputPath"], "");
    assert_eq!(workspace.read("out/a.png"), b"tiny");
    workspace.put("out/a.png", &vec![0; 100_000]);
    let result = workspace.planish("a.png -o out --overwrite smaller --json").expect(0).result();
    assert_eq!(result["action"], "written");
    assert_eq!(workspace.read("out/a.png").len() as u64, result["optimizedSize"].as_u64().unwrap());
}

#[test]
fn what_cannot_shrink_is_copied_or_skipped() {
    let workspace = Workspace::new();
    workspace.put("in/a.jpg", &jpeg(&photo(120, 80, 1), 30));
    workspace.planish("in -o once --lossless").expect(0);
    let result = workspace.planish("once -o copied --lossless --json").expect(0).result();
    assert_eq!((&result["action"], &result["keptOriginal"]), (&"copied".into(), &"already_smallest".into()));
    assert_eq!(workspace.read("copied/a.jpg"), workspace.read("once/a.jpg"));
    let run = workspace.planish("once -o skipped --lossless --on-larger skip").expect(0);
    assert!(run.stdout.contains("once/a.jpg (not smaller)"), "{}", run.stdout);
    assert!(workspace.tree("skipped").is_empty());
    // A conversion that grows is written because it was asked for, unless it may be skipped.
    let result = workspace.planish("once -o png -f png --json").expect(0).result();
    assert_eq!(result["action"], "written");
    assert!(result["optimizedSize"].as_u64() > result["originalSize"].as_u64(), "{result:#}");
    workspace.planish("once -o no-png -f png --on-larger skip").expect(0);
    assert!(workspace.tree("no-png").is_empty());
}

#[test]
fn small_savings_count_as_none_when_asked() {
    let workspace = Workspace::new();
    let input = jpeg(&photo(160, 120, 1), 80);
    workspace.put("in/a.jpg", &input);
    let result = workspace.planish("in -o any --lossless --json").expect(0).result();
    assert_eq!(result["action"], "written", "the input can be made smaller: {result:#}");
    let result = workspace.planish("in -o copied --lossless --min-savings 90% --json").expect(0).result();
    assert_eq!((&result["action"], &result["keptOriginal"]), (&"copied".into(), &"savings_too_small".into()));
    assert_eq!((&result["optimizedSize"], &result["lossless"]), (&result["originalSize"], &true.into()));
    assert_eq!(workspace.read("copied/a.jpg"), input);
    let arguments = "in -o skipped --lossless --min-savings 1MB --on-larger skip --json";
    let result = workspace.planish(arguments).expect(0).result();
    assert_eq!(result["skipReason"], "not_smaller");
    assert!(workspace.tree("skipped").is_empty());
}

#[cfg(unix)]
#[test]
fn times_and_permissions_are_kept_when_asked() {
    use std::os::unix::fs::PermissionsExt;
    let workspace = with_pngs(&["a.png"]);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let input = File::options().write(true).open(workspace.path("a.png")).unwrap();
    input.set_modified(time).unwrap();
    input.set_permissions(fs::Permissions::from_mode(0o640)).unwrap();
    workspace.planish("a.png -o kept --preserve").expect(0);
    workspace.planish("a.png -o new").expect(0);
    let metadata = |name: &str| fs::metadata(workspace.path(name)).unwrap();
    let kept = metadata("kept/a.png");
    assert_eq!((kept.modified().unwrap(), kept.permissions().mode() & 0o7777), (time, 0o640));
    assert_ne!(metadata("new/a.png").modified().unwrap(), time);
}
