//! What people read when something is wrong: the whole text, as a snapshot.

use crate::support::Workspace;
use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use insta::assert_snapshot;
use rstest::{Context, rstest};

/// Files to go wrong with. A recipe is used where it is named: this is the root of a repository, so that none above
/// it counts.
fn project() -> Workspace {
    let workspace = Workspace::new();
    workspace.put(".git/HEAD", b"ref: refs/heads/main\n");
    workspace.put("a.png", &png(&graphic(120, 90)));
    workspace.put("a.jpg", &jpeg(&photo(64, 48, 1), 90));
    workspace.put("notes/readme.txt", b"text");
    workspace.put("unknown.toml", b"effort = 3\nqualty = 80\n");
    workspace.put("unknown.json", b"{\n  \"qualty\": 80\n}\n");
    workspace.put("twice.toml", b"effort = 3\n\n  effort = 10\n");
    workspace.put("range.toml", b"[jpeg]\nquality = 101\n");
    workspace.put("preset.toml", b"preset = 'wbe'\n");
    workspace.put("incomplete.toml", b"effort = \n");
    workspace
}

#[rstest]
#[case::no_arguments("")]
#[case::no_output("a.png")]
#[case::out_of_range("a.png -o out -q 101")]
#[case::contradictory_goals("a.png -o out -q 80 --lossless")]
#[case::contradictory_reports("a.png -o out --json --quiet")]
#[case::contradictory_verbosity("a.png -o out -v --quiet")]
#[case::misspelt_flag("a.png -o out --qualty 80")]
#[case::misspelt_long_flag("a.png -o out --prest web")]
#[case::misspelt_preset("a.png -o out --preset wbe")]
#[case::misspelt_shell("completions fsh")]
#[case::wrong_progress("a.png -o out --progress yes")]
#[case::format_only_read("a.png -o out -f bmp")]
#[case::wrong_placeholder("a.png -o out --template {title}.{ext}")]
#[case::no_images("notes -o out")]
#[case::several_into_a_file("a.png notes/readme.txt -o out.webp")]
#[case::output_is_input("a.png -o a.png")]
#[case::outputs_meet("a.png a.jpg -o out -f webp")]
#[case::extension_of_another_format("a.png -o out.webp -f avif")]
#[case::in_place_in_another_format("a.png --in-place -f webp")]
#[case::engine_that_is_not_there("a.png -o out --engine sharp")]
#[case::recipe_with_an_unknown_key("a.png -o out --config unknown.toml")]
#[case::json_recipe_with_an_unknown_key("a.png -o out --recipe unknown.json")]
#[case::recipe_with_a_key_twice("a.png -o out --config twice.toml")]
#[case::recipe_out_of_range("a.png -o out --config range.toml")]
#[case::recipe_with_a_misspelt_preset("a.png -o out --config preset.toml")]
#[case::recipe_without_a_value("a.png -o out --config incomplete.toml")]
fn wrong_arguments(#[context] context: Context, #[case] arguments: &str) {
    let workspace = project();
    let before = workspace.tree("");
    let run = workspace.planish(arguments).expect(2);
    assert_eq!(run.stdout, "");
    assert_eq!(workspace.tree(""), before);
    assert_snapshot!(name("arguments", &context), run.stderr, arguments);
}

/// The first half of a file.
fn cut(whole: &[u8]) -> Vec<u8> {
    whole[..whole.len() / 2].to_vec()
}

#[rstest]
#[case::text(b"this is no image at all".to_vec(), "")]
#[case::empty(Vec::new(), "")]
#[case::web_page(b"<!DOCTYPE html><html></html>".to_vec(), "")]
#[case::cut_png(cut(&png(&graphic(64, 64))), "")]
#[case::cut_jpeg(cut(&jpeg(&photo(64, 64, 1), 90)), "")]
#[case::svg(b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "")]
#[case::heic(b"\0\0\0\x14ftypheic\0\0\0\0mif1".to_vec(), "")]
#[case::too_many_pixels(png(&graphic(100, 100)), "--max-pixels 9999")]
#[case::unreachable_size(png(&graphic(64, 64)), "-f webp --max-size 1")]
#[case::crop_outside(png(&graphic(64, 64)), "--crop 64x64+1+0")]
#[case::codec_that_is_not_there(png(&graphic(64, 64)), "-f avif --squoosh avif")]
fn files_that_cannot_be_done(#[context] context: Context, #[case] bytes: Vec<u8>, #[case] flags: &str) {
    let workspace = Workspace::new();
    workspace.put("a.image", &bytes);
    let run = workspace.planish(&format!("a.image -o out {flags}")).expect(1);
    assert_eq!(workspace.tree(""), ["a.image"]);
    assert_snapshot!(name("files", &context), without_sizes(&run.stderr));
}

/// How small an encoder gets is nothing that a text promises.
fn without_sizes(text: &str) -> String {
    match text.split_once(" has ") {
        Some((before, after)) if after.ends_with(" bytes\n") => format!("{before} has [size] bytes\n"),
        _ => text.to_owned(),
    }
}

/// With the system's own words for what it refuses.
#[cfg(unix)]
#[rstest]
#[case::missing_input("missing.png -o out", 1)]
#[case::device("/dev/zero -o out", 1)]
#[case::output_is_a_folder("a.png -o occupied", 1)]
#[case::missing_recipe("a.png -o out --recipe missing.toml", 2)]
#[case::pages_into_a_file("man --dir /dev/null/man", 2)]
fn what_the_system_refuses(#[context] context: Context, #[case] arguments: &str, #[case] code: i32) {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(64, 64)));
    // A folder where the file should go, which no permission of the user's overrides.
    workspace.put("occupied/a.png/file", b"");
    let run = workspace.planish(arguments).expect(code);
    assert_eq!(workspace.tree(""), ["a.png", "occupied/a.png/file"]);
    assert_snapshot!(name("system", &context), run.stderr, arguments);
}

/// The name of a case's snapshot.
fn name(group: &str, context: &Context) -> String {
    format!("{group}_{}", context.description.unwrap())
}
