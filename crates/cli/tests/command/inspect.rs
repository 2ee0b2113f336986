//! `planish inspect`.

use crate::support::files::{jpeg, png, with_icc, with_orientation, with_place_and_author};
use crate::support::pictures::{graphic, photo, translucent};
use crate::support::{Workspace, schema};

#[test]
fn a_jpeg_is_told_with_its_coding_its_metadata_and_what_would_be_tried() {
    let workspace = Workspace::new();
    let file = with_place_and_author(&jpeg(&photo(160, 120, 3), 87), "Ada <b>Lovelace</b>\u{1b}[2J");
    workspace.put("a.jpg", &file);
    let json = workspace.planish("inspect a.jpg --json").expect(0).json();
    schema::assert_matches(&json, "inspection");
    let facts = &json["files"][0];
    assert_eq!(
        (&facts["inputPath"], &facts["format"], &facts["size"]),
        (&"a.jpg".into(), &"jpeg".into(), &file.len().into())
    );
    assert_eq!((&facts["width"], &facts["height"], &facts["frames"]), (&160.into(), &120.into(), &1.into()));
    assert_eq!((&facts["bitDepth"], &facts["colorModel"]), (&8.into(), &"rgb".into()));
    let quality = facts["jpegQuality"].as_u64().unwrap();
    assert!((86..=88).contains(&quality), "{quality}");
    assert_eq!((&facts["metadata"]["gps"], &facts["traits"]["content"]), (&true.into(), &"photo".into()));
    let encoders: Vec<&str> =
        facts["candidates"].as_array().unwrap().iter().map(|c| c["encoder"].as_str().unwrap()).collect();
    assert_eq!(encoders, ["jpeg-rewrite", "jpeg-strip", "mozjpeg"]);
    let lines = workspace.planish("inspect a.jpg").expect(0).stdout;
    for part in
        ["JPEG 4:", "160 × 120 pixels, 8 bits, RGB", "(GPS)", "mozjpeg for a score of 80", "by Ada <b>"]
    {
        assert!(lines.contains(part), "{part}: {lines}");
    }
    // A name in the metadata does not move the cursor.
    assert!(!lines.contains('\u{1b}') && lines.contains("\\u{1b}[2J"), "{lines}");
}

#[test]
fn settings_change_what_would_be_tried() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&translucent(64, 48)));
    let webp = workspace.planish("inspect a.png -f webp -q 70").expect(0).stdout;
    assert!(webp.contains("webp at quality 70"), "{webp}");
    assert!(webp.contains("partly transparent") && webp.contains("RGB with alpha"), "{webp}");
    let jpeg = workspace.planish("inspect a.png -f jpeg").expect(0).stdout;
    assert!(jpeg.contains("nothing can be made of it") && jpeg.contains("background"), "{jpeg}");
}

#[test]
fn turned_files_and_profiles_are_named() {
    let workspace = Workspace::new();
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    workspace.put("a.jpg", &with_orientation(&with_icc(&jpeg(&photo(64, 32, 1), 90), &profile), 6));
    let json = workspace.planish("inspect a.jpg --json").expect(0).json();
    let facts = &json["files"][0];
    assert_eq!(
        (&facts["width"], &facts["height"], &facts["orientation"]),
        (&32.into(), &64.into(), &6.into())
    );
    assert_eq!(facts["profile"]["size"], profile.len());
    let lines = workspace.planish("inspect a.jpg").expect(0).stdout;
    assert!(lines.contains("stored on its side (EXIF orientation 6)"), "{lines}");
}

#[test]
fn every_file_is_told_about_and_a_broken_one_is_1() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(40, 30)));
    workspace.put("b.png", b"nothing of the kind");
    let run = workspace.planish("inspect b.png a.png missing.png --json").expect(1);
    let json = run.json();
    schema::assert_matches(&json, "inspection");
    assert_eq!(json["files"][0]["inputPath"], "a.png");
    let codes: Vec<_> = json["errors"].as_array().unwrap().iter().map(|error| &error["code"]).collect();
    assert_eq!(codes, ["unknown_format", "io"]);
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
    // Nothing is written.
    assert_eq!(workspace.tree(""), ["a.png", "b.png"]);
}
