//! `--quality`, `--target`, `--max-size`, `--lossless`, and what each promises.

use crate::support::Workspace;
use crate::support::files::{decode, in_color, jpeg, png};
use crate::support::pictures::{graphic, photo, translucent};

#[test]
fn the_score_target_is_reached_in_every_format() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(256, 192, 3)));
    for format in ["jpeg", "webp", "avif"] {
        for target in [60.0, 80.0] {
            let run = workspace.planish(&format!("a.png -o out -f {format} --target ssim2={target} --json"));
            let result = run.expect(0).result();
            let score = result["score"].as_f64().unwrap();
            assert!(score >= target, "{format}: {score} < {target}");
            assert_eq!(result["format"], format);
            assert_eq!(result["goal"]["score"], target);
        }
    }
}

#[test]
fn a_lower_target_makes_a_smaller_file() {
    let workspace = Workspace::new();
    workspace.put("a.jpg", &jpeg(&photo(256, 192, 4), 97));
    let size = |target: u32| {
        let run = workspace.planish(&format!("a.jpg -o out --target ssim2={target} --json"));
        run.expect(0).result()["optimizedSize"].as_u64().unwrap()
    };
    let original = workspace.read("a.jpg").len() as u64;
    let sizes = [size(50), size(70), size(85)];
    assert!(sizes.is_sorted() && sizes[0] < sizes[2] && sizes[2] <= original, "{sizes:?} of {original}");
}

#[test]
fn quality_is_the_encoders_own_and_reported() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(160, 120, 5)));
    let size = |quality: u32| {
        let run = workspace.planish(&format!("a.png -o out -f webp -q {quality} --json"));
        let result = run.expect(0).result();
        assert_eq!(result["quality"], quality);
        result["optimizedSize"].as_u64().unwrap()
    };
    assert!(size(20) < size(60) && size(60) < size(95));
}

#[test]
fn the_size_limit_is_respected() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(256, 192, 6)));
    for (limit, bytes) in [("6kB", 6_000), ("12KiB", 12_288), ("9000", 9_000)] {
        for format in ["jpeg", "webp", "avif"] {
            let run = workspace.planish(&format!("a.png -o out -f {format} --max-size {limit} --json"));
            let result = run.expect(0).result();
            let output = result["outputPath"].as_str().unwrap();
            let size = workspace.read(output).len();
            assert!(size <= bytes, "{format}: {size} > {bytes}");
            assert_eq!(result["optimizedSize"], size);
            assert!(size * 3 > bytes, "{format}: {size} leaves most of {bytes} unused");
        }
    }
}

#[test]
fn a_size_nothing_can_reach_is_an_error_without_output() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&photo(256, 192, 7)));
    let run = workspace.planish("a.png -o out -f jpeg --max-size 100").expect(1);
    assert!(run.stderr.contains("error[goal_unreachable]: a.png: "), "{}", run.stderr);
    assert!(workspace.tree("out").is_empty());
}

#[test]
fn lossless_changes_no_pixel() {
    let workspace = Workspace::new();
    let pictures =
        [("photo", photo(97, 61, 8)), ("graphic", graphic(200, 150)), ("alpha", translucent(90, 70))];
    for (name, picture) in &pictures {
        workspace.put(format!("in/{name}.png"), &png(picture));
    }
    for format in ["keep", "webp"] {
        workspace.planish(&format!("in -o {format} -f {format} --lossless")).expect(0);
        for (name, picture) in &pictures {
            let extension = if format == "keep" { "png" } else { format };
            let output = workspace.read(format!("{format}/{name}.{extension}"));
            assert!(output.len() <= workspace.read(format!("in/{name}.png")).len());
            let decoded = in_color(&decode(&output));
            if picture.channels == 4 {
                // The colour of a pixel nobody sees is not part of the picture.
                let visible = |pixel: &[u8]| if pixel[3] == 0 { vec![0; 4] } else { pixel.to_vec() };
                let (a, b) = (decoded.samples.chunks(4).map(visible), picture.samples.chunks(4).map(visible));
                assert!(a.eq(b), "{format} {name}");
            } else {
                assert_eq!(decoded, *picture, "{format} {name}");
            }
        }
    }
}

#[test]
fn a_lossless_jpeg_keeps_its_pixels_and_shrinks() {
    let workspace = Workspace::new();
    let original = jpeg(&photo(200, 150, 9), 85);
    workspace.put("a.jpg", &original);
    let result = workspace.planish("a.jpg -o out --lossless --json").expect(0).result();
    let output = workspace.read("out/a.jpg");
    assert!(output.len() < original.len());
    assert_eq!(decode(&output), decode(&original));
    assert_eq!((&result["lossless"], &result["score"]), (&true.into(), &100.0.into()));
}

#[test]
fn an_output_is_never_larger_than_its_input() {
    let workspace = Workspace::new();
    // Already far below what the goal asks for: only the original itself will do.
    workspace.put("in/tiny.jpg", &jpeg(&photo(160, 120, 10), 30));
    workspace.put("in/flat.png", &png(&graphic(64, 64)));
    for goal in ["-q 100", "--target ssim2=95", "--lossless", "--max-size 1MB"] {
        let run = workspace.planish(&format!("in -o out {goal} --json")).expect(0);
        for result in run.json()["results"].as_array().unwrap() {
            let (before, after) = (result["originalSize"].as_u64(), result["optimizedSize"].as_u64());
            assert!(after <= before, "{goal}: {result:#}");
        }
    }
}

#[test]
fn more_effort_does_not_make_larger_files() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(300, 200)));
    let size = |effort: u32| {
        let run = workspace.planish(&format!("a.png -o out --lossless --effort {effort} --json"));
        run.expect(0).result()["optimizedSize"].as_u64().unwrap()
    };
    assert!(size(9) <= size(1));
}
