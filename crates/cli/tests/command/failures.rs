//! Files that are not what they seem. Each costs one clear error and nothing else.

use crate::support::Workspace;
use crate::support::files::{jpeg, png};
use crate::support::pictures::{graphic, photo};
use std::fs;

/// A PNG that announces a size and holds nothing.
fn png_of_announced_size(width: u32, height: u32) -> Vec<u8> {
    let mut file = png(&graphic(1, 1));
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&file[12..29]).to_be_bytes();
    file[29..33].copy_from_slice(&crc);
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn hostile_files_cost_one_clear_error_each_and_leave_no_output() {
    let workspace = Workspace::new();
    let (whole_png, whole_jpeg) = (png(&graphic(64, 64)), jpeg(&photo(64, 64, 1), 90));
    let files: [(&str, Vec<u8>, &str); 10] = [
        ("bomb.png", png_of_announced_size(60_000, 60_000), "limit_exceeded"),
        ("cut.jpg", whole_jpeg[..whole_jpeg.len() / 2].to_vec(), "corrupt"),
        ("cut.png", whole_png[..whole_png.len() / 2].to_vec(), "corrupt"),
        ("empty.png", Vec::new(), "unknown_format"),
        ("flat.webp", b"RIFF\x04\0\0\0WEBP".to_vec(), "corrupt"),
        ("hollow.gif", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "corrupt"),
        ("page.jpg", b"<!DOCTYPE html><html></html>".to_vec(), "unknown_format"),
        ("text.png", b"this is no image at all".to_vec(), "unknown_format"),
        ("tiff.tif", b"II\x2a\0\x08\0\0\0".to_vec(), "corrupt"),
        ("zeros.avif", vec![0; 4096], "unknown_format"),
    ];
    for (name, bytes, _) in &files {
        workspace.put(format!("in/{name}"), bytes);
    }
    let run = workspace.planish("in -o out --json").expect(1);
    let json = run.json();
    let errors: Vec<(&str, &str)> = json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["inputPath"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    let paths: Vec<String> = files.iter().map(|(name, ..)| format!("in/{name}")).collect();
    let expected: Vec<(&str, &str)> =
        paths.iter().zip(&files).map(|(path, (_, _, code))| (path.as_str(), *code)).collect();
    assert_eq!(errors, expected);
    assert_eq!(run.stderr.lines().filter(|line| line.starts_with("error[")).count(), files.len());
    assert!(workspace.tree("out").is_empty());
    for (name, bytes, _) in &files {
        assert_eq!(workspace.read(format!("in/{name}")), *bytes);
    }
}

#[test]
fn the_first_bytes_decide_what_a_file_is_and_a_lie_is_a_warning() {
    let workspace = Workspace::new();
    workspace.put("in/really_a_png.jpg", &png(&graphic(64, 64)));
    let result = workspace.planish("in -o out --json").expect(0).result();
    assert_eq!(result["inputFormat"], "png");
    assert_eq!(workspace.tree("out"), ["really_a_png.jpg"]);
}

#[test]
fn the_pixel_limit_can_be_set() {
    let workspace = Workspace::new();
    workspace.put("a.png", &png(&graphic(100, 100)));
    let run = workspace.planish("a.png -o out --max-pixels 9999").expect(1);
    assert!(
        run.stderr.contains("error[limit_exceeded]: a.png: 10000 pixels are too many, the limit is 9999"),
        "{}",
        run.stderr
    );
    workspace.planish("a.png -o out --max-pixels 10000").expect(0);
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_without_waiting_for_them() {
    let workspace = Workspace::new();
    let made = std::process::Command::new("mkfifo").arg(workspace.path("pipe.png")).status();
    if made.is_ok_and(|status| status.success()) {
        let run = workspace.planish("pipe.png -o out").expect(1);
        assert!(run.stderr.contains("it is not a regular file"), "{}", run.stderr);
    }
    let run = workspace.planish("/dev/zero -o out").expect(1);
    assert!(run.stderr.contains("it is not a regular file"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_target_that_cannot_be_written_is_that_files_error() {
    let workspace = Workspace::new();
    workspace.put("in/a.png", &png(&graphic(32, 32)));
    workspace.put("in/b.png", &png(&graphic(32, 32)));
    // A folder where the file should go, which no permission of the user's overrides.
    workspace.put("out/a.png/occupied", b"");
    let run = workspace.planish("in -o out").expect(1);
    assert!(run.stderr.contains("error[io]: in/a.png: write failed for out/a.png"), "{}", run.stderr);
    assert_eq!(workspace.tree("out"), ["a.png/occupied", "b.png"]);
}

#[test]
fn an_older_output_survives_a_failure() {
    let workspace = Workspace::new();
    workspace.put("a.png", b"broken");
    workspace.put("out/a.png", b"older output");
    workspace.planish("a.png -o out").expect(1);
    assert_eq!(fs::read(workspace.path("out/a.png")).unwrap(), b"older output");
}
