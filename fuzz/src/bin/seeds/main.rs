//! Writes small files of every format into a folder for each target: what fuzzing starts from.
//!
//! `seeds OUT [FOLDER…]` adds the files of those folders, of at most 64 KiB, to the targets of their format.

mod bitmaps;
mod pictures;

use planish::{Format, ImageSettings, OptimizeContext, SettingsLayer, optimize, sniff};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

const LONGEST: u64 = 64 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().ok_or("expected a folder to write to")?;
    let mut writer = Writer { out, count: 0 };
    for picture in pictures::all()? {
        writer.put(&picture)?;
        for format in ["jpeg", "webp", "avif", "jxl", "gif", "tiff"] {
            for goal in [r#"{"quality": 60}"#, r#""lossless""#] {
                let layer = format!(
                    r##"{{"formats": ["{format}"], "goal": {goal}, "effort": 1, "background": "#fff", "metadata": "keep"}}"##
                );
                let settings = ImageSettings::resolve([&serde_json::from_str::<SettingsLayer>(&layer)?]);
                // Not every format can hold every picture.
                if let Ok(made) = optimize(&picture, &settings, &OptimizeContext::default()) {
                    writer.put(&made.bytes)?;
                }
            }
        }
    }
    for bitmap in bitmaps::all() {
        writer.put(&bitmap)?;
    }
    let grid = planish_fuzz::tiles::head();
    let file = planish_fuzz::tiles::behind(&grid).ok_or("the description of the tiles has grown")?;
    planish::inspect(&file, &ImageSettings::default(), &OptimizeContext::default())?;
    writer.put(&file)?;
    writer.write("avif_grid", &grid)?;
    for recipe in [
        "goal = { score = 75 }\nformats = [\"webp\", \"avif\"]\nresize = { width = 1600 }\n",
        "metadata = \"strip\"\neffort = 7\n[jpeg]\nquality = 85\n",
        r#"{"goal": {"maxBytes": 200000}, "crop": {"x": 1, "y": 2, "width": 3, "height": 4}, "rotate": 90}"#,
    ] {
        // One that is not understood would be a poor start.
        toml::from_str::<SettingsLayer>(recipe).or_else(|_| serde_json::from_str(recipe))?;
        writer.write("recipe", recipe.as_bytes())?;
    }
    for frame in frames() {
        writer.write("frames", &frame)?;
    }
    for folder in arguments {
        writer.put_folder(&folder)?;
    }
    println!("{} seeds", writer.count);
    Ok(())
}

/// Messages as `native/PROTOCOL.md` has them: length, id, kind, header, body.
fn frames() -> Vec<Vec<u8>> {
    let frame = |kind: u8, header: &str, body: &[u8]| {
        let length = 8 + header.len() as u32 + body.len() as u32;
        let header_length = (header.len() as u32).to_le_bytes();
        [&length.to_le_bytes()[..], &[7, 0, 0, 0, kind], &header_length[..3], header.as_bytes(), body]
            .concat()
    };
    let request =
        frame(3, r#"{"input":"a.tiff","format":"jpeg","options":{"quality":80.5,"mozjpeg":true}}"#, b"");
    let answer = frame(4, r#"{"width":20,"height":10,"warnings":["\u00e9",null,-1e9]}"#, b"\xff\xd8\xff");
    vec![[request.as_slice(), &answer].concat(), request, answer, frame(7, "{}", b"")]
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
