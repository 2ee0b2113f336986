//! Which files are read, where results go, and what they are called.

use crate::support::Workspace;
use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use std::fs;

fn small_png() -> Vec<u8> {
    png(&graphic(40, 30))
}

#[test]
fn the_tree_of_a_folder_is_mirrored() {
    let workspace = Workspace::new();
    for name in
        ["in/a.png", "in/sub/b.png", "in/sub/deeper/c.PNG", "in/notes.txt", "in/.hidden/d.png", "lone.png"]
    {
        workspace.put(name, &small_png());
    }
    let run = workspace.planish("in lone.png -o out/new --json").expect(0);
    assert_eq!(workspace.tree("out/new"), ["a.png", "lone.png", "sub/b.png", "sub/deeper/c.PNG"]);
    assert_eq!(run.json()["summary"]["ignored"], 1);
}

#[test]
fn inputs_are_never_touched() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &small_png());
    workspace.put("in/b.jpg", &jpeg(&photo(60, 40, 1), 95));
    let before: Vec<_> = ["in/a.png", "in/b.jpg"]
        .map(|name| (workspace.read(name), fs::metadata(workspace.path(name)).unwrap().modified().unwrap()))
        .into();
    workspace.planish("in -o out -f webp").expect(0);
    let after: Vec<_> = ["in/a.png", "in/b.jpg"]
        .map(|name| (workspace.read(name), fs::metadata(workspace.path(name)).unwrap().modified().unwrap()))
        .into();
    assert!(before == after);
    assert_eq!(workspace.tree("in"), ["a.png", "b.jpg"]);
}

#[test]
fn an_output_folder_inside_the_input_folder_is_not_read_again() {
    let workspace = Workspace::new();
    workspace.put("a.png", &small_png());
    for _ in 0..2 {
        let run = workspace.planish(". -o out --json").expect(0);
        assert_eq!(run.json()["summary"]["total"], 1);
    }
    assert_eq!(workspace.tree(""), ["a.png", "out/a.png"]);
}

#[test]
fn outputs_that_would_meet_are_refused_before_anything_is_written() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &small_png());
    workspace.put("in/a.jpg", &jpeg(&photo(60, 40, 1), 90));
    workspace.put("in/b.png", &small_png());
    let run = workspace.planish("in -o out -f webp").expect(2);
    assert!(run.stderr.contains("out/a.webp <- in/a.jpg, in/a.png"), "{}", run.stderr);
    assert!(!workspace.path("out").exists());
    workspace.planish("in -o out -f keep").expect(0);
    assert_eq!(workspace.tree("out"), ["a.jpg", "a.png", "b.png"]);
}

#[test]
fn with_several_formats_inputs_of_one_name_get_longer_ones() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&photo(60, 40, 2)));
    workspace.put("in/a.jpg", &jpeg(&photo(60, 40, 1), 98));
    workspace.put("in/b.png", &png(&photo(60, 40, 3)));
    workspace.planish("in -o out -f webp,avif -q 50").expect(0);
    let stems: Vec<String> = workspace
        .tree("out")
        .iter()
        .map(|name| name.rsplit_once('.').map(|(stem, _)| stem.to_owned()).unwrap())
        .collect();
    assert_eq!(stems, ["a.jpg", "a.png", "b"]);
}

#[test]
fn an_output_that_is_an_input_is_refused() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &small_png());
    for arguments in ["in -o in", "in/a.png -o in", "in/a.png -o ./in/../in/a.png", "in/a.png -o in -f auto"]
    {
        let run = workspace.planish(arguments).expect(2);
        assert!(run.stderr.contains("in/a.png"), "{}", run.stderr);
    }
    assert_eq!(workspace.read("in/a.png"), small_png());
    workspace.planish("in/a.png -o in -f webp").expect(0);
    assert_eq!(workspace.tree("in"), ["a.png", "a.webp"]);
}

#[test]
fn a_single_image_can_go_to_a_named_file_of_a_format() {
    let workspace = Workspace::new();
    workspace.put("a.png", &small_png());
    workspace.planish("a.png -o new/small.webp").expect(0);
    assert_eq!(planish::sniff(&workspace.read("new/small.webp")), Ok(planish::Format::Webp));
    workspace.planish("a.png a.png -o new/same.png").expect(0);
    workspace.put("b.png", &small_png());
    for arguments in ["a.png b.png -o both.webp", "new -o all.webp", "a.png -o out.bmp"] {
        workspace.planish(arguments).expect(2);
    }
    // A folder is a folder, whatever it is called.
    fs::create_dir(workspace.path("folder.webp")).unwrap();
    workspace.planish("a.png b.png -o folder.webp").expect(0);
    assert_eq!(workspace.tree("folder.webp"), ["a.png", "b.png"]);
}

#[test]
fn names_keep_their_alias_and_get_a_new_extension_with_a_new_format() {
    let workspace = Workspace::new();
    workspace.put("in/a.JPEG", &jpeg(&photo(60, 40, 1), 90));
    workspace.put("in/b.png", &png(&photo(60, 40, 2)));
    workspace.put("in/c", &png(&photo(60, 40, 3)));
    workspace.planish("in -o out -f jpg").expect(0);
    assert_eq!(workspace.tree("out"), ["a.JPEG", "b.jpg", "c.jpg"]);
}

#[test]
fn awkward_names_work() {
    let workspace = Workspace::new();
    let names = ["-dash.png", "photo with spaces (1).png", "ünïcödé-写真.png", "a.b.c.png", "new\nline.png"];
    for name in names {
        workspace.put(format!("in/{name}"), &small_png());
    }
    let run = workspace.planish("in -o out").expect(0);
    assert_eq!(workspace.tree("out").len(), names.len());
    assert!(run.stdout.contains("new\\nline.png"), "{}", run.stdout);
    workspace.planish_with(["-o", "dash", "--", "in/-dash.png"]).expect(0);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_work() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let workspace = Workspace::new();
    let name = OsStr::from_bytes(b"caf\xe9.png");
    workspace.put(name, &small_png());
    workspace
        .planish_with([OsStr::new("-o"), OsStr::new("out"), OsStr::new("-f"), OsStr::new("webp"), name])
        .expect(0);
    assert!(!workspace.read(std::path::Path::new("out").join(OsStr::from_bytes(b"caf\xe9.webp"))).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_differ_only_in_case_are_kept_apart_and_mentioned() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &small_png());
    workspace.put("in/A.png", &png(&graphic(50, 50)));
    let run = workspace.planish("in -o out").expect(0);
    assert!(run.stderr.contains("differ only in case"), "{}", run.stderr);
    assert_eq!(workspace.tree("out"), ["A.png", "a.png"]);
}

#[cfg(unix)]
#[test]
fn links_inside_folders_are_not_followed() {
    let workspace = Workspace::new();
    workspace.put("elsewhere/secret.png", &small_png());
    workspace.put("in/a.png", &small_png());
    std::os::unix::fs::symlink("../elsewhere", workspace.path("in/link")).unwrap();
    std::os::unix::fs::symlink(".", workspace.path("in/loop")).unwrap();
    workspace.planish("in -o out").expect(0);
    assert_eq!(workspace.tree("out"), ["a.png"]);
}

#[test]
fn an_image_that_cannot_shrink_is_copied_so_the_output_is_complete() {
    let workspace = Workspace::new();
    let input = jpeg(&photo(60, 40, 1), 20);
    workspace.put("in/a.jpg", &input);
    workspace.planish("in -o once --lossless").expect(0);
    workspace.planish("once -o twice --lossless").expect(0);
    assert_eq!(workspace.read("once/a.jpg"), workspace.read("twice/a.jpg"));
}

#[test]
fn one_thread_and_four_write_the_same_bytes() {
    let workspace = Workspace::new();
    for seed in 0..4 {
        workspace.put(format!("in/{seed}.png"), &png(&photo(160, 120, seed)));
        workspace.put(format!("in/{seed}.jpg"), &jpeg(&photo(160, 120, seed + 9), 92));
    }
    workspace.put("in/graphic.png", &png(&graphic(200, 160)));
    for format in ["keep", "webp", "avif"] {
        let flags = if format == "keep" { "" } else { "-q 70" };
        let inputs = if format == "keep" { "in" } else { "in/0.png in/1.png in/2.jpg in/graphic.png" };
        workspace.planish(&format!("{inputs} -o {format}1 -f {format} {flags} -j1")).expect(0);
        workspace.planish(&format!("{inputs} -o {format}4 -f {format} {flags} -j4")).expect(0);
        let names = workspace.tree(&format!("{format}1"));
        assert_eq!(names, workspace.tree(&format!("{format}4")));
        for name in names {
            let read = |folder: &str| workspace.read(format!("{folder}/{name}"));
            assert!(read(&format!("{format}1")) == read(&format!("{format}4")), "{format} {name}");
        }
    }
}

/// A bitmap of 24 bits.
fn bmp(edge: u32) -> Vec<u8> {
    let row = (edge * 3).next_multiple_of(4);
    let mut file = b"BM".to_vec();
    for number in [54 + row * edge, 0, 54, 40, edge, edge, 24 << 16 | 1, 0, 0, 0, 0, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    file.extend((0..row * edge).map(|at| (at / 7) as u8));
    file
}

#[test]
fn a_bitmap_becomes_a_png_of_another_name_and_is_left_alone_in_place() {
    let workspace = Workspace::new();
    workspace.put("in/a.bmp", &bmp(64));
    workspace.put("in/b.png", &small_png());
    let run = workspace.planish("in -o out --json").expect(0);
    assert_eq!(workspace.tree("out"), ["a.png", "b.png"]);
    let results = run.json()["results"].clone();
    assert_eq!((&results[0]["inputFormat"], &results[0]["format"]), (&"bmp".into(), &"png".into()));
    workspace.planish("in/a.bmp -o out/c.webp").expect(0);
    assert!(workspace.read("out/c.webp").starts_with(b"RIFF"));

    let run = workspace.planish("in --in-place --json").expect(1);
    let errors = run.json()["errors"].clone();
    assert_eq!((errors.as_array().unwrap().len(), &errors[0]["code"]), (1, &"unsupported".into()));
    assert!(errors[0]["message"].as_str().unwrap().contains("would become PNG"), "{errors}");
    assert_eq!(workspace.tree("in"), ["a.bmp", "b.png"]);
    assert!(workspace.read("in/a.bmp") == bmp(64));

    workspace.put("in/a.png", &small_png());
    workspace.planish("in -o both").expect(0);
    assert_eq!(workspace.tree("both"), ["a.bmp.png", "a.png", "b.png"]);
    let run = workspace.planish("in -o both -f bmp").expect(2);
    assert!(run.stderr.contains("jpeg, png, webp"), "{}", run.stderr);
}
