//! What must survive: orientation, colour profile, transparency, size.

use crate::support::Workspace;
use crate::support::files::{decode, decode_png, jpeg, png, png_icc, png_with, with_icc, with_orientation};
use crate::support::pictures::{photo, translucent, two_halves};
use moxcms::ColorProfile;
use std::borrow::Cow;

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The same at every call: the profile's header says when it was made.
fn display_p3() -> Vec<u8> {
    static PROFILE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    PROFILE.get_or_init(|| ColorProfile::new_display_p3().encode().unwrap()).clone()
}

#[test]
fn orientation_is_applied() {
    let workspace = Workspace::new();
    // Stored lying: red left, blue right. Orientation 6 turns it a quarter clockwise: red on top.
    workspace.put("a.jpg", &with_orientation(&jpeg(&two_halves(96, 64), 95), 6));
    for format in ["png", "webp", "avif"] {
        let run = workspace.planish(&format!("a.jpg -o out -f {format} --json"));
        let result = run.expect(0).result();
        assert_eq!((&result["width"], &result["height"]), (&64.into(), &96.into()), "{format}");
        let output = decode(&workspace.read(format!("out/a.{format}")));
        assert_eq!((output.width, output.height), (64, 96), "{format}");
        let (top, bottom) = (output.pixel(32, 10), output.pixel(32, 85));
        assert!(
            top[0] > 180 && top[2] < 80 && bottom[0] < 80 && bottom[2] > 180,
            "{format}: {top:?} {bottom:?}"
        );
    }
}

#[test]
fn a_jpeg_that_stays_a_jpeg_is_shown_the_same_way_up() {
    let workspace = Workspace::new();
    workspace.put("a.jpg", &with_orientation(&jpeg(&two_halves(96, 64), 95), 6));
    for goal in ["", "--lossless", "-q 60", "--metadata keep"] {
        let result = workspace.planish(&format!("a.jpg -o out --json {goal}")).expect(0).result();
        assert_eq!((&result["width"], &result["height"]), (&64.into(), &96.into()), "{goal}");
        // Whether by turned pixels or by a kept tag: read back, it stands upright.
        workspace.planish("out/a.jpg -o check.png").expect(0);
        let shown = decode_png(&workspace.read("check.png"));
        assert_eq!((shown.width, shown.height), (64, 96), "{goal}");
        let top = shown.pixel(32, 10);
        assert!(top[0] > 180 && top[2] < 80, "{goal}: {top:?}");
    }
}

#[test]
fn metadata_goes_unless_it_is_to_be_kept() {
    let workspace = Workspace::new();
    workspace.put("a.jpg", &with_orientation(&jpeg(&photo(96, 64, 1), 95), 6));
    workspace.planish("a.jpg -o out").expect(0);
    assert!(!contains(&workspace.read("out/a.jpg"), b"Canon"));
    workspace.planish("a.jpg -o out --metadata keep").expect(0);
    assert!(contains(&workspace.read("out/a.jpg"), b"Canon"));
}

#[test]
fn the_colour_profile_is_kept_or_converted() {
    let workspace = Workspace::new();
    let (profile, picture) = (display_p3(), photo(96, 64, 2));
    workspace.put("a.jpg", &with_icc(&jpeg(&picture, 95), &profile));
    workspace.put("b.png", &png_with(&picture, |info| info.icc_profile = Some(Cow::Owned(profile.clone()))));
    for input in ["a.jpg", "b.png"] {
        for format in ["jpg", "png", "webp", "avif"] {
            workspace.planish(&format!("{input} -o kept.{format}")).expect(0);
            let kept = workspace.read(format!("kept.{format}"));
            let found = if format == "png" {
                png_icc(&kept).is_some_and(|icc| icc == profile)
            } else {
                contains(&kept, &profile)
            };
            assert!(found, "{input} as {format}");
        }
    }
    workspace.planish("b.png -o srgb.png --color srgb --lossless").expect(0);
    let converted = workspace.read("srgb.png");
    assert_eq!(png_icc(&converted), None);
    // The same numbers mean less saturated colours in sRGB, so the numbers must have changed.
    assert!(decode_png(&converted).largest_difference(&picture) > 5);
}

#[test]
fn transparency_is_never_lost() {
    let workspace = Workspace::new();
    // Wide enough for coloured parts.
    let picture = translucent(180, 100);
    workspace.put("a.png", &png(&picture));
    for format in ["keep", "webp", "avif", "auto"] {
        let run = workspace.planish(&format!("a.png -o {format} -f {format} --json"));
        let result = run.expect(0).result();
        let output = decode(&workspace.read(result["outputPath"].as_str().unwrap()));
        assert_eq!(output.channels, 4, "{format}");
        for x in [0, 40, 80, 120, 179] {
            let (was, is) = (picture.pixel(x, 45)[3], output.pixel(x, 45)[3]);
            assert!(was.abs_diff(is) <= 16, "{format}: alpha {was} became {is}");
        }
    }
}

#[test]
fn transparency_becomes_jpeg_only_on_a_background() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&translucent(120, 90)));
    let run = workspace.planish("a.png -o out -f jpeg").expect(1);
    assert!(
        run.stderr.contains("error[invalid_setting]") && run.stderr.contains("background"),
        "{}",
        run.stderr
    );
    assert!(workspace.tree("out").is_empty());
    workspace.planish("a.png -o out -f jpeg --background #ff0000").expect(0);
    let right = decode(&workspace.read("out/a.jpg"));
    let [r, g, b] = right.pixel(118, 60) else { panic!("not RGB") };
    assert!(*r > 230 && *g < 30 && *b < 30, "{r} {g} {b}");
}

#[test]
fn images_are_resized_into_the_box_and_never_enlarged() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(200, 100, 3)));
    for (size, width, height) in [("50x", 50, 25), ("x50", 100, 50), ("80x80", 80, 40), ("900x900", 200, 100)]
    {
        let run = workspace.planish(&format!("a.png -o out -f webp --resize {size} --json"));
        let result = run.expect(0).result();
        assert_eq!((&result["width"], &result["height"]), (&width.into(), &height.into()));
        let output = decode(&workspace.read("out/a.webp"));
        assert_eq!((output.width, output.height), (width, height));
    }
}

#[test]
fn orientation_comes_before_resizing() {
    let workspace = Workspace::new();
    workspace.put("a.jpg", &with_orientation(&jpeg(&two_halves(96, 64), 95), 6));
    let result = workspace.planish("a.jpg -o out --resize 32x --json").expect(0).result();
    assert_eq!((&result["width"], &result["height"]), (&32.into(), &48.into()));
}
