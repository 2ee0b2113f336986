//! What must hold whoever does the work: the same assertions for the core and for Sharp.

use crate::support::files::{
    apng, decode, decode_png, jpeg, png, png_icc, png_with, with_orientation, with_place_and_author,
};
use crate::support::pictures::{Picture, graphic, photo, translucent, two_halves};
use crate::support::{Run, Workspace};
use moxcms::ColorProfile;
use serde_json::Value;
use std::borrow::Cow;
use std::path::Path;

const ENGINES: [&str; 2] = ["core", "sharp"];

/// Every format that both write.
const FORMATS: [&str; 6] = ["jpeg", "png", "webp", "avif", "gif", "tiff"];

fn run(workspace: &Workspace, engine: &str, arguments: &str) -> Run {
    let all = format!("{arguments} --engine {engine} --json --effort 3");
    let mut command = workspace.command(all.split_whitespace());
    command.env("PLANISH_SIDECAR", Path::new(env!("CARGO_MANIFEST_DIR")).join("../../native"));
    command.output().unwrap().into()
}

/// Runs the engine on one file, and gives the account and the output.
fn made(workspace: &Workspace, engine: &str, arguments: &str) -> (Value, Vec<u8>) {
    let run = run(workspace, engine, arguments);
    // Which of many it was.
    assert_eq!(run.code, Some(0), "{engine} {arguments}: {}", run.stderr);
    let result = run.result();
    assert_eq!(result["engine"], engine, "{arguments}: {result:#}");
    let bytes = workspace.read(result["outputPath"].as_str().unwrap());
    assert_eq!(result["optimizedSize"], bytes.len() as u64, "{arguments}");
    (result, bytes)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn every_format_comes_out_looking_like_what_went_in() {
    let workspace = Workspace::new();
    workspace.put("photo.png", &png(&photo(300, 200, 4)));
    workspace.put("graphic.png", &png(&graphic(300, 200)));
    for engine in ENGINES {
        for format in FORMATS {
            // A photo does not reach the score in 256 colours.
            let name = if format == "gif" { "graphic" } else { "photo" };
            let (result, bytes) = made(&workspace, engine, &format!("{name}.png -o {engine} -f {format}"));
            assert_eq!(planish::sniff(&bytes).unwrap().name(), format, "{engine}");
            assert_eq!(
                (&result["width"], &result["height"]),
                (&300.into(), &200.into()),
                "{engine} {format}"
            );
            assert!(result["score"].as_f64().unwrap() >= 79.5, "{engine} {format}: {result:#}");
            let output = result["outputPath"].as_str().unwrap();
            // Measured once more, by the command that compares.
            workspace.planish(&format!("compare {name}.png {output} --min-score 79")).expect(0);
        }
    }
}

#[test]
fn lossless_keeps_every_pixel() {
    let workspace = Workspace::new();
    let picture = photo(120, 90, 5);
    workspace.put("a.png", &png(&picture));
    for engine in ENGINES {
        for format in ["png", "webp", "tiff"] {
            let (result, bytes) =
                made(&workspace, engine, &format!("a.png -o {engine} -f {format} --lossless"));
            assert_eq!(result["lossless"], true, "{engine} {format}");
            assert_eq!(decode(&bytes).largest_difference(&picture), 0, "{engine} {format}");
        }
    }
}

#[test]
fn transparency_is_never_lost() {
    let workspace = Workspace::new();
    let picture = translucent(180, 100);
    workspace.put("a.png", &png(&picture));
    for engine in ENGINES {
        for format in ["png", "webp", "avif", "tiff"] {
            let (_, bytes) = made(&workspace, engine, &format!("a.png -o {engine} -f {format}"));
            let output = decode(&bytes);
            assert_eq!(output.channels, 4, "{engine} {format}");
            for x in [0, 40, 80, 120, 179] {
                let (was, is) = (picture.pixel(x, 45)[3], output.pixel(x, 45)[3]);
                assert!(was.abs_diff(is) <= 16, "{engine} {format}: alpha {was} became {is}");
            }
        }
        let refused = run(&workspace, engine, &format!("a.png -o {engine} -f jpeg")).expect(1);
        assert_eq!(refused.json()["results"], serde_json::json!([]), "{engine}");
        let (_, bytes) = made(&workspace, engine, &format!("a.png -o {engine} -f jpeg --background #ff0000"));
        let output = decode(&bytes);
        let pixel = output.pixel(178, 60);
        assert!(pixel[0] > 230 && pixel[1] < 30 && pixel[2] < 30, "{engine}: {pixel:?}");
    }
}

#[test]
fn the_colour_profile_is_kept_or_converted() {
    let workspace = Workspace::new();
    let (profile, picture) = (ColorProfile::new_display_p3().encode().unwrap(), photo(96, 64, 2));
    workspace.put("a.png", &png_with(&picture, |info| info.icc_profile = Some(Cow::Owned(profile.clone()))));
    for engine in ENGINES {
        for format in ["jpeg", "png", "webp", "avif", "tiff"] {
            let (_, kept) = made(&workspace, engine, &format!("a.png -o {engine} -f {format}"));
            let found = match format {
                "png" => png_icc(&kept).is_some_and(|icc| icc == profile),
                _ => contains(&kept, &profile),
            };
            assert!(found, "{engine} {format}");
        }
        let (_, converted) =
            made(&workspace, engine, &format!("a.png -o {engine} -f png --color srgb --lossless"));
        assert_eq!(png_icc(&converted), None, "{engine}");
        // The same numbers mean less saturated colours in sRGB, so the numbers must have changed.
        assert!(decode_png(&converted).largest_difference(&picture) > 5, "{engine}");
    }
}

#[test]
fn pictures_stand_upright() {
    let workspace = Workspace::new();
    // Stored lying: red left, blue right. Orientation 6 turns it a quarter clockwise: red on top.
    workspace.put("a.jpg", &with_orientation(&jpeg(&two_halves(96, 64), 95), 6));
    for engine in ENGINES {
        for format in ["jpeg", "png", "webp", "avif", "tiff"] {
            let arguments = format!("a.jpg -o {engine} -f {format} -q 80 --resize 48x");
            let (result, bytes) = made(&workspace, engine, &arguments);
            assert_eq!((&result["width"], &result["height"]), (&48.into(), &72.into()), "{engine} {format}");
            let output = decode(&bytes);
            assert_eq!((output.width, output.height), (48, 72), "{engine} {format}");
            let (top, bottom) = (output.pixel(24, 8), output.pixel(24, 64));
            assert!(top[0] > 180 && top[2] < 80 && bottom[0] < 80 && bottom[2] > 180, "{engine} {format}");
        }
    }
}

#[test]
fn metadata_policies_mean_the_same() {
    let workspace = Workspace::new();
    let picture = jpeg(&photo(96, 64, 1), 95);
    workspace.put("author.jpg", &with_place_and_author(&picture, "Ada Lovelace"));
    workspace.put("camera.jpg", &with_orientation(&picture, 1));
    for engine in ENGINES {
        for format in ["jpeg", "png", "webp"] {
            for (policy, author, camera) in
                [("safe", true, false), ("strip", false, false), ("keep", true, true)]
            {
                let has = |name: &str, text: &str| {
                    let arguments = format!("{name}.jpg -o {engine} -f {format} -q 70 --metadata {policy}");
                    contains(&made(&workspace, engine, &arguments).1, text.as_bytes())
                };
                assert_eq!(has("author", "Ada Lovelace"), author, "{engine} {format} {policy}: author");
                assert_eq!(has("camera", "Canon"), camera, "{engine} {format} {policy}: camera");
            }
        }
    }
}

#[test]
fn animations_stay_animations() {
    let workspace = Workspace::new();
    let frames: Vec<Picture> = (0..3).map(|shift| cropped(&graphic(120 + shift, 80))).collect();
    let timed: Vec<(&Picture, u16)> = frames.iter().zip([100, 200, 300]).collect();
    workspace.put("a.png", &apng(&timed));
    for format in ["gif", "webp"] {
        workspace.planish(&format!("a.png -o in -f {format} --lossless")).expect(0);
    }
    for engine in ENGINES {
        for input in ["gif", "webp"] {
            for format in ["gif", "webp"] {
                let arguments = format!("in/a.{input} -o {engine}-{input} -f {format}");
                let (result, _) = made(&workspace, engine, &arguments);
                assert_eq!(result["frames"], 3, "{engine} {input} {format}");
                let output = result["outputPath"].as_str().unwrap();
                let seen = workspace.planish(&format!("inspect {output} --json")).expect(0).json();
                assert_eq!(seen["files"][0]["frames"], 3, "{engine} {input} {format}");
            }
        }
        // Half an animation is none: what an engine cannot keep moving it refuses.
        let outcome = run(&workspace, engine, &format!("a.png -o {engine} -f png"));
        let json = outcome.json();
        match engine {
            "core" => assert_eq!(json["results"][0]["frames"], 3),
            _ => assert_eq!(json["errors"][0]["code"], "unsupported", "{json:#}"),
        }
    }
}

#[test]
fn three_hundred_frames_stay_three_hundred() {
    let workspace = Workspace::new();
    let frames: Vec<Picture> = (0..300).map(|shift| cropped(&graphic(120 + shift % 40, 80))).collect();
    let timed: Vec<(&Picture, u16)> = frames.iter().zip((0..300).map(|at| 20 + at % 3 * 10)).collect();
    workspace.put("a.png", &apng(&timed));
    workspace.planish("a.png -o in -f gif --lossless --effort 1").expect(0);
    let seen = |path: &str| {
        let json = workspace.planish(&format!("inspect {path} --json")).expect(0).json();
        let file = json["files"][0].clone();
        (file["frames"].clone(), file["plays"].clone())
    };
    let before = seen("in/a.gif");
    assert_eq!(before.0, 300);
    for engine in ENGINES {
        for format in ["gif", "webp"] {
            let arguments = format!("in/a.gif -o {engine} -f {format}");
            let (result, _) = made(&workspace, engine, &arguments);
            let output = result["outputPath"].as_str().unwrap();
            assert_eq!(seen(output), before, "{engine} {format}");
            // All frames side by side; the worst moment counts.
            let compared = workspace.planish(&format!("compare in/a.gif {output} --min-score 75 --json"));
            let animation = compared.expect(0).json()["animation"].clone();
            assert_eq!(animation["duration"], animation["otherDuration"], "{engine} {format}");
        }
    }
}

#[test]
fn what_256_colours_cannot_hold_is_said() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(300, 200, 4)));
    for engine in ENGINES {
        let json =
            run(&workspace, engine, &format!("a.png -o {engine} -f gif --target ssim2=95")).expect(1).json();
        assert_eq!(json["errors"][0]["code"], "goal_unreachable", "{engine}: {json:#}");
        let (result, _) = made(&workspace, engine, &format!("a.png -o {engine} -f gif -q 80"));
        assert_eq!(result["lossless"], false, "{engine}: {result:#}");
        assert!(result["score"].as_f64().unwrap() < 99.0, "{engine}: {result:#}");
    }
}

#[test]
fn a_png_gets_a_palette_where_its_content_allows() {
    let workspace = Workspace::new();
    workspace.put("graphic.png", &png(&graphic(300, 200)));
    workspace.put("photo.png", &png(&photo(300, 200, 4)));
    for engine in ENGINES {
        for (name, target, has_palette) in [("graphic", 80, true), ("photo", 95, false)] {
            let arguments = format!("{name}.png -o {engine} -f png --target ssim2={target}");
            let (result, bytes) = made(&workspace, engine, &arguments);
            // IHDR: the colour type is byte 25 of the file, and 3 a palette.
            assert_eq!(bytes[25] == 3, has_palette, "{engine} {name}: {result:#}");
            assert!(result["score"].as_f64().unwrap() >= f64::from(target) - 0.5, "{engine} {name}");
        }
    }
}

#[test]
fn tiffs_are_laid_out_as_asked_by_the_engine_that_can() {
    const COMPRESSION: u16 = 259;
    const TILE_WIDTH: u16 = 322;
    let workspace = Workspace::new();
    let picture = photo(600, 400, 4);
    workspace.put("a.png", &png(&picture));
    let tagged = |bytes: &[u8], tag: u16| {
        let at = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
        let count = u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap());
        let entries = bytes[at + 2..].chunks_exact(12).take(count.into());
        let entry = entries.map(|entry| (u16::from_le_bytes([entry[0], entry[1]]), entry[8]));
        entry.filter(|(found, _)| *found == tag).map(|(_, value)| value).next()
    };
    for (recipe, compression, is_tiled) in
        [("compression = 'lzw'", 5, false), ("tiles = true", 8, true), ("pyramid = true", 8, true)]
    {
        workspace.put("planish.toml", format!("[tiff]\n{recipe}\n").as_bytes());
        let refused = run(&workspace, "core", "a.png -o core -f tiff --lossless").expect(1).json();
        assert_eq!(refused["errors"][0]["code"], "unsupported", "{recipe}");
        // auto finds the one that can, and says why.
        let result = run(&workspace, "auto", "a.png -o auto -f tiff --lossless").expect(0).result();
        assert_eq!(result["engine"], "sharp", "{recipe}");
        assert!(result["engineReason"].as_str().unwrap().contains("left to Sharp"), "{result:#}");
        let bytes = workspace.read("auto/a.tif");
        assert_eq!(tagged(&bytes, COMPRESSION), Some(compression), "{recipe}");
        assert_eq!(tagged(&bytes, TILE_WIDTH).is_some(), is_tiled, "{recipe}");
    }
    workspace.put("planish.toml", b"[tiff]\ncompression = 'jpeg'\n");
    let (result, bytes) = made(&workspace, "sharp", "a.png -o lossy -f tiff");
    assert_eq!((tagged(&bytes, COMPRESSION), &result["lossless"]), (Some(7), &false.into()));
    assert!((79.5..90.0).contains(&result["score"].as_f64().unwrap()), "{result:#}");
    let json = run(&workspace, "sharp", "a.png -o lossless -f tiff --lossless").expect(1).json();
    assert_eq!(json["errors"][0]["code"], "unsupported", "{json:#}");
}

#[test]
fn a_fixed_quality_is_on_the_encoders_scale() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(300, 200, 4)));
    for engine in ENGINES {
        for format in ["jpeg", "webp", "avif"] {
            let [low, high] = [40, 85].map(|quality| {
                let (result, bytes) =
                    made(&workspace, engine, &format!("a.png -o {engine} -f {format} -q {quality}"));
                assert_eq!(result["quality"], quality, "{engine} {format}");
                (bytes.len(), result["score"].as_f64().unwrap())
            });
            assert!(low.0 < high.0 && low.1 < high.1, "{engine} {format}: {low:?} {high:?}");
        }
    }
}

/// The right 120 columns.
fn cropped(picture: &Picture) -> Picture {
    let (width, row) = (120, picture.width as usize * picture.channels);
    let rows = picture.samples.chunks_exact(row).flat_map(|row| row[row.len() - width * 3..].to_vec());
    Picture { width: width as u32, height: picture.height, channels: 3, samples: rows.collect() }
}

#[test]
fn sizes_are_kept_to() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(400, 300, 6)));
    for engine in ENGINES {
        for format in ["jpeg", "webp"] {
            let (_, bytes) =
                made(&workspace, engine, &format!("a.png -o {engine} -f {format} --max-size 12kB"));
            assert!(bytes.len() <= 12_000 && bytes.len() > 6_000, "{engine} {format}: {}", bytes.len());
        }
    }
}
