//! Bytes of palette PNGs at equal SSIMULACRA2, here and by `pngquant` (which must be installed).
//!
//! `cargo run --release --example palette_size -- SCORE EFFORT FILE.png...`
//!
//! For each file: the smallest palette PNG with the score by planish, and by pngquant with and without dithering,
//! the number of colours found by bisection, packed by the same lossless optimizer. `-` where none has the score.
#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]

use planish::metrics::{Reference, SrgbImage, SrgbPixels};
use planish::{ImageSettings, OptimizeContext, Optimized, SettingsLayer, optimize};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

/// An image on a black and on a white matte (twice the same where it is opaque).
struct Mattes {
    width: u32,
    height: u32,
    mattes: Vec<Vec<u8>>,
}

impl Mattes {
    fn read(png: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(
            png::Transformations::EXPAND | png::Transformations::STRIP_16 | png::Transformations::ALPHA,
        );
        let mut reader = decoder.read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut data).unwrap();
        let rgba: Vec<[u8; 4]> = match info.color_type {
            png::ColorType::GrayscaleAlpha => {
                data.chunks_exact(2).map(|p| [p[0], p[0], p[0], p[1]]).collect()
            }
            _ => data.chunks_exact(4).map(|p| [p[0], p[1], p[2], p[3]]).collect(),
        };
        let opaque = rgba.iter().all(|pixel| pixel[3] == 255);
        let on = |matte: u32| -> Vec<u8> {
            let blend = |c: u8, a: u8| {
                ((u32::from(c) * u32::from(a) + matte * (255 - u32::from(a)) + 127) / 255) as u8
            };
            rgba.iter().flat_map(|&[r, g, b, a]| [blend(r, a), blend(g, a), blend(b, a)]).collect()
        };
        let mattes = if opaque { vec![on(0)] } else { vec![on(0), on(255)] };
        Self { width: info.width, height: info.height, mattes }
    }

    fn view(&self, matte: usize) -> SrgbImage<'_> {
        let pixels = &self.mattes[matte.min(self.mattes.len() - 1)];
        SrgbImage::new(self.width, self.height, SrgbPixels::Rgb8(pixels)).unwrap()
    }
}

fn run(bytes: &[u8], settings: &str) -> Optimized {
    let layer: SettingsLayer = serde_json::from_str(settings).unwrap();
    optimize(bytes, &ImageSettings::resolve([&layer]), &OptimizeContext::default()).unwrap()
}

fn pngquant(png: &[u8], colors: u32, dithering: bool) -> Vec<u8> {
    let mut command = Command::new("pngquant");
    command.args(["--speed", "1", "--strip"]);
    if !dithering {
        command.arg("--nofs");
    }
    let mut child = command
        .args([&colors.to_string(), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pngquant must be installed");
    let mut stdin = child.stdin.take().unwrap();
    let input = png.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    output.stdout
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let score: f64 = arguments.next().expect("a score").parse().unwrap();
    let effort: u8 = arguments.next().expect("an effort").parse().unwrap();
    // Figures of pngquant do not change: they are kept in the file named here, if any.
    let cache = std::env::var("PNGQUANT_CACHE").ok();
    let cached = cache.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    let (mut sum, mut count) = (0.0, 0);
    for path in arguments {
        let input = std::fs::read(&path).unwrap();
        let name = path.rsplit('/').next().unwrap();
        let key = format!("{name} {score} {effort} ");
        let theirs: Option<usize> = match cached.lines().find_map(|line| line.strip_prefix(&key)) {
            Some(bytes) => bytes.parse().ok(),
            None => {
                let original = Mattes::read(&input);
                let references: Vec<Reference> =
                    (0..original.mattes.len()).map(|matte| Reference::new(original.view(matte))).collect();
                let mut best: Option<(usize, u32, bool)> = None;
                for dithering in [false, true] {
                    let (mut low, mut high, mut found) = (1, 257, None);
                    while high - low > 1 {
                        let colors = (low + high) / 2;
                        let file = pngquant(&input, colors, dithering);
                        let candidate = Mattes::read(&file);
                        let worst = references
                            .iter()
                            .enumerate()
                            .map(|(matte, reference)| reference.score(&candidate.view(matte)).unwrap())
                            .fold(f64::INFINITY, f64::min);
                        if worst >= score {
                            high = colors;
                            found = Some((file, colors));
                        } else {
                            low = colors;
                        }
                    }
                    if let Some((file, colors)) = found {
                        let packed =
                            run(&file, &format!(r#"{{"goal": "lossless", "effort": {effort}}}"#)).bytes.len();
                        let this = (packed, colors, dithering);
                        best = Some(best.map_or(this, |best| best.min(this)));
                    }
                }
                if let Some(path) = &cache {
                    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
                    writeln!(file, "{key}{}", best.map_or("-".into(), |best| best.0.to_string())).unwrap();
                    println!("pngquant {best:?}");
                }
                best.map(|best| best.0)
            }
        };
        let start = Instant::now();
        let out = run(
            &input,
            &format!(r#"{{"formats": ["png"], "goal": {{"score": {score}}}, "effort": {effort}}}"#),
        );
        let elapsed = start.elapsed().as_secs_f64();
        let ours = out
            .result
            .candidates
            .iter()
            .inspect(|c| {
                if std::env::var("VERBOSE").is_ok() {
                    println!("    {c:?}");
                }
            })
            .filter(|candidate| candidate.encoder == "png-palette")
            .filter(|candidate| candidate.score.is_some_and(|reached| reached.get() >= score))
            .min_by_key(|candidate| candidate.size);
        let encodes = out.result.encodes;
        let shown = |bytes: Option<usize>| bytes.map_or("-".to_owned(), |bytes| bytes.to_string());
        let (mut ratio, mut detail) = (String::new(), String::new());
        if let Some(ours) = ours {
            detail =
                format!("q{} score {:.2}", ours.quality.map_or(0.0, |q| q.get()), ours.score.unwrap().get());
            if let Some(theirs) = theirs {
                let value = ours.size as f64 / theirs as f64;
                ratio = format!("{value:.3}");
                sum += value.ln();
                count += 1;
            }
        }
        println!(
            "{name:52} planish {:>8} pngquant {:>8} {ratio:>6}  {detail}  {encodes} encodes {elapsed:.2} s  out {} ({})",
            shown(ours.map(|ours| ours.size as usize)),
            shown(theirs),
            out.bytes.len(),
            if out.result.lossless { "lossless" } else { "lossy" },
        );
    }
    println!("geometric mean over {count}: {:.4}", f64::exp(sum / f64::from(count.max(1))));
}
