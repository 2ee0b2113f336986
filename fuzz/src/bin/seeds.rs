//! Writes small files of every format into a folder for each target: what fuzzing starts from.
//!
//! `seeds OUT [FOLDER…]` adds the files of those folders, of at most 64 KiB, to the targets of their format.

use planish::{Format, ImageSettings, OptimizeContext, SettingsLayer, optimize, sniff};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

const LONGEST: u64 = 64 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().ok_or("expected a folder to write to")?;
    let mut writer = Writer { out, count: 0 };
    for picture in pictures()? {
        writer.put(&picture)?;
        for format in ["jpeg", "webp", "avif", "jxl", "gif", "tiff"] {
            for goal in [r#"{"quality": 60}"#, r#""lossless""#] {
                let layer = format!(r##"{{"formats": ["{format}"], "goal": {goal}, "effort": 1, "background": "#fff"}}"##);
                let settings = ImageSettings::resolve([&serde_json::from_str::<SettingsLayer>(&layer)?]);
                // Not every format can hold every picture.
                if let Ok(made) = optimize(&picture, &settings, &OptimizeContext::default()) {
                    writer.put(&made.bytes)?;
                }
            }
        }
    }
    writer.put_text("recipe", "goal = { score = 75 }\nformats = [\"webp\", \"avif\"]\nresize = { width = 1600 }\n")?;
    writer.put_text("recipe", "preset = \"web\"\n[jpeg]\nquality = 85\n")?;
    writer.put_text("recipe", r#"{"goal": {"maxBytes": 200000}, "crop": {"x": 1, "y": 2, "width": 3, "height": 4}}"#)?;
    for folder in arguments {
        writer.put_folder(&folder)?;
    }
    println!("{} seeds", writer.count);
    Ok(())
}

/// PNGs of all kinds, some pixels large.
fn pictures() -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut made = Vec::new();
    for (color, channels) in
        [(png::ColorType::Grayscale, 1), (png::ColorType::Rgb, 3), (png::ColorType::Rgba, 4), (png::ColorType::Indexed, 1)]
    {
        for (depth, bytes) in [(png::BitDepth::Eight, 1), (png::BitDepth::Sixteen, 2)] {
            if color == png::ColorType::Indexed && bytes == 2 {
                continue;
            }
            for (width, height) in [(1, 1), (9, 7), (40, 24)] {
                let samples = width * height * channels * bytes;
                let pixels: Vec<u8> =
                    (0..samples).map(|at| if color == png::ColorType::Indexed { at % 4 } else { at * 37 % 251 } as u8).collect();
                let mut file = Vec::new();
                let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
                encoder.set_color(color);
                encoder.set_depth(depth);
                if color == png::ColorType::Indexed {
                    encoder.set_palette(vec![0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
                }
                encoder.write_header()?.write_image_data(&pixels)?;
                made.push(file);
            }
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 8, 8);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(3, 0)?;
    let mut writer = encoder.write_header()?;
    for shade in [0_u8, 90, 200] {
        writer.write_image_data(&[shade; 8 * 8 * 4])?;
    }
    writer.finish()?;
    made.push(file);
    Ok(made)
}

struct Writer {
    out: PathBuf,
    count: usize,
}

impl Writer {
    /// Adds a file to every target that reads its format.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        let Ok(format) = sniff(bytes) else { return Ok(()) };
        self.write("sniff", bytes)?;
        self.write(&format!("decode_{}", format.name()), bytes)?;
        for policy in 0..3_u8 {
            self.write("metadata", &[&[policy], bytes].concat())?;
        }
        if format == Format::Jpeg {
            self.write("jpeg_rewrite", bytes)?;
        }
        Ok(())
    }

    fn put_text(&mut self, target: &str, text: &str) -> Result<(), Box<dyn Error>> {
        self.write(target, text.as_bytes())
    }

    fn put_folder(&mut self, folder: &Path) -> Result<(), Box<dyn Error>> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                self.put_folder(&path)?;
            } else if fs::metadata(&path)?.len() <= LONGEST {
                self.put(&fs::read(&path)?)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, target: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        let folder = self.out.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{:05}", self.count)), bytes)?;
        self.count += 1;
        Ok(())
    }
}
