//! What outputs are called: flat, with a suffix, by a template, in place; and awkward names.

use crate::support::Workspace;
use crate::support::files::{decode, jpeg, png};
use crate::support::pictures::{graphic, photo};
use std::fs;

fn with_pngs(names: &[&str]) -> Workspace {
    let workspace = Workspace::new();
    for name in names {
        workspace.put(name, &png(&graphic(64, 48)));
    }
    workspace
}

#[test]
fn flat_outputs_share_a_folder_and_all_that_would_meet_are_named() {
    let workspace = with_pngs(&["in/a.png", "in/x/b.png", "in/y/c.png"]);
    workspace.planish("in -o out --flat").expect(0);
    assert_eq!(workspace.tree("out"), ["a.png", "b.png", "c.png"]);
    for number in 0..30 {
        workspace.put(format!("in/x/{number}.png"), b"x");
        workspace.put(format!("in/y/{number}.png"), b"x");
    }
    let run = workspace.planish("in -o second --flat").expect(2);
    for number in 0..30 {
        let pair = format!("in/x/{number}.png, in/y/{number}.png");
        assert!(run.stderr.contains(&pair), "{pair}: {}", run.stderr);
    }
    assert!(workspace.tree("second").is_empty());
}

#[test]
fn a_suffix_puts_outputs_beside_their_inputs() {
    let workspace = with_pngs(&["in/a.png", "in/sub/b.png"]);
    workspace.planish("in --suffix -small --resize 32").expect(0);
    assert_eq!(workspace.tree("in"), ["a-small.png", "a.png", "sub/b-small.png", "sub/b.png"]);
    assert_eq!(decode(&workspace.read("in/a-small.png")).width, 32);
    assert_eq!(decode(&workspace.read("in/a.png")).width, 64);
    // The second time the outputs are inputs too: that is said, with the way out.
    let run = workspace.planish("in --suffix -small").expect(2);
    assert!(
        run.stderr.contains("--exclude") && run.stderr.contains("in/a-small.png <- in/a.png"),
        "{}",
        run.stderr
    );
    workspace.planish("in --suffix -small --exclude *-small.*").expect(0);
    assert_eq!(workspace.tree("in").len(), 4);
    workspace.planish("in --suffix @1x -o out --exclude *-small.* -f webp").expect(0);
    assert_eq!(workspace.tree("out"), ["a@1x.webp", "sub/b@1x.webp"]);
}

#[test]
fn a_template_names_outputs() {
    let workspace = with_pngs(&["in/a.png", "in/sub/b.png"]);
    workspace.planish("in -o out --template {format}/{dir}/{name}-x.{ext} -f webp").expect(0);
    assert_eq!(workspace.tree("out"), ["webp/a-x.webp", "webp/sub/b-x.webp"]);
    workspace.planish("in --template small/{name}.{ext}").expect(0);
    assert_eq!(workspace.tree("in"), ["a.png", "small/a.png", "sub/b.png", "sub/small/b.png"]);
    let run = workspace.planish("in -o out --template {title}.{ext}").expect(2);
    assert!(run.stderr.contains("there is no {title}"), "{}", run.stderr);
}

#[test]
fn in_place_replaces_what_shrinks_and_keeps_originals() {
    let workspace = with_pngs(&["in/a.png", "in/sub/b.png"]);
    let original = workspace.read("in/a.png");
    let run = workspace.planish("in --in-place --backup in/originals --json").expect(0);
    assert!(run.json()["results"].as_array().unwrap().iter().all(|result| result["action"] == "written"));
    assert_eq!(workspace.tree("in"), ["a.png", "originals/a.png", "originals/sub/b.png", "sub/b.png"]);
    let smaller = workspace.read("in/a.png");
    assert!(smaller.len() < original.len());
    assert_eq!(workspace.read("in/originals/a.png"), original);
    assert_eq!(decode(&smaller).samples.len(), decode(&original).samples.len());
    // There is nothing more to gain: nothing is touched, and no backup is made.
    let before = fs::metadata(workspace.path("in/a.png")).unwrap().modified().unwrap();
    let json = workspace.planish("in --in-place --backup in/originals --json").expect(0).json();
    assert_eq!(json["summary"]["total"], 2);
    assert!(
        json["results"].as_array().unwrap().iter().all(|result| result["skipReason"] == "not_smaller"),
        "{json:#}"
    );
    assert_eq!(fs::metadata(workspace.path("in/a.png")).unwrap().modified().unwrap(), before);
    assert_eq!(workspace.tree("in").len(), 4);
}

#[test]
fn in_place_an_older_backup_is_never_overwritten() {
    let workspace = with_pngs(&["a.png"]);
    workspace.put("old/a.png", b"an older original");
    let original = workspace.read("a.png");
    workspace.planish("a.png --in-place --backup old").expect(0);
    assert_eq!(workspace.read("old/a.png"), b"an older original");
    assert_eq!(workspace.read("old/a.1.png"), original);
}

#[test]
fn in_place_refuses_another_format_before_anything_is_touched() {
    let workspace = with_pngs(&["in/a.png"]);
    let before = workspace.read("in/a.png");
    for format in ["webp", "auto"] {
        let run = workspace.planish(&format!("in --in-place -f {format}")).expect(2);
        assert!(run.stderr.contains("an image keeps its name and format"), "{}", run.stderr);
    }
    assert_eq!((workspace.tree("in"), workspace.read("in/a.png")), (vec!["a.png".to_owned()], before));
}

#[test]
fn in_place_a_damaged_file_stays_as_it_is() {
    let workspace = with_pngs(&["in/a.png"]);
    let whole = jpeg(&photo(64, 48, 1), 90);
    workspace.put("in/b.jpg", &whole[..whole.len() / 2]);
    workspace.planish("in --in-place").expect(1);
    assert_eq!(workspace.read("in/b.jpg"), whole[..whole.len() / 2]);
    assert_eq!(workspace.tree("in"), ["a.png", "b.jpg"]);
}

#[cfg(unix)]
#[test]
fn in_place_keeps_permissions_and_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let workspace = with_pngs(&["real/a.png"]);
    let before = workspace.read("real/a.png");
    let real = workspace.path("real/a.png");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/a.png", workspace.path("link.png")).unwrap();
    workspace.planish("link.png --in-place").expect(0);
    assert!(workspace.path("link.png").is_symlink());
    assert!(workspace.read("real/a.png").len() < before.len());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o7777, 0o640);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_text_come_out_as_they_went_in() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let name = |bytes: &'static [u8]| OsStr::from_bytes(bytes);
    let workspace = Workspace::new();
    let folder = workspace.path("in").join(name(b"d\xff"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name(b"caf\xe9.png")), png(&graphic(64, 48))).unwrap();
    workspace.planish("in -o kept").expect(0);
    workspace.planish("in -o webp -f webp --suffix -s").expect(0);
    workspace.planish("in -o named --template {dir}/{name}_x.{ext}").expect(0);
    workspace.planish("in --in-place --backup old").expect(0);
    for (out, file) in [
        ("kept", &b"caf\xe9.png"[..]),
        ("webp", b"caf\xe9-s.webp"),
        ("named", b"caf\xe9_x.png"),
        ("old", b"caf\xe9.png"),
        ("in", b"caf\xe9.png"),
    ] {
        let path = workspace.path(out).join(name(b"d\xff")).join(OsStr::from_bytes(file));
        assert!(path.is_file(), "{path:?}");
    }
}

#[test]
fn a_list_may_hold_names_that_are_as_long_as_names_can_be() {
    let workspace = Workspace::new();
    let (one, other) = (format!("{}1.png", "x".repeat(250)), format!("{}2.png", "x".repeat(250)));
    workspace.put(format!("in/{one}"), &png(&graphic(64, 48)));
    workspace.put(format!("in/{other}"), &png(&graphic(48, 64)));
    workspace.planish("in -o kept").expect(0);
    assert_eq!(workspace.tree("kept"), [one, other]);
    // Longer by an extension or a suffix, they are cut, and stay two.
    for arguments in
        ["in -o webp -f webp", "in -o suffix --suffix -small", "in -o named --template {name}-small.{ext}"]
    {
        workspace.planish(arguments).expect(0);
    }
    for out in ["webp", "suffix", "named"] {
        let names = workspace.tree(out);
        assert_eq!(names.len(), 2, "{out}: {names:?}");
        assert!(names.iter().all(|name| name.len() <= 255 && name.starts_with("xxxx")), "{names:?}");
    }
}
