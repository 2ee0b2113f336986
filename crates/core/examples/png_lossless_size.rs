//! Bytes and seconds of lossless PNG at efforts 5, 7, 8 and 9, beside oxipng's presets 4 and 6 (`-o max`).
//!
//! `cargo run --release --example png_lossless_size -- FILE.png...`
#![allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]

use planish::{ImageSettings, OptimizeContext, SettingsLayer, optimize};
use std::time::Instant;

fn main() {
    let mut sums = [[0.0; 2]; 6];
    let mut count = 0;
    for path in std::env::args().skip(1) {
        let input = std::fs::read(&path).unwrap();
        let mut row: Vec<(usize, f64)> = Vec::new();
        for preset in [6, 4] {
            let mut options = oxipng::Options::from_preset(preset);
            options.strip = oxipng::StripChunks::Safe;
            let start = Instant::now();
            let bytes = oxipng::optimize_from_memory(&input, &options).unwrap();
            row.push((bytes.len(), start.elapsed().as_secs_f64()));
        }
        for effort in [5, 7, 8, 9] {
            let json = format!(r#"{{"formats": ["png"], "goal": "lossless", "effort": {effort}}}"#);
            let layer: SettingsLayer = serde_json::from_str(&json).unwrap();
            let start = Instant::now();
            let out =
                optimize(&input, &ImageSettings::resolve([&layer]), &OptimizeContext::default()).unwrap();
            row.push((out.bytes.len(), start.elapsed().as_secs_f64()));
        }
        let (most, time) = row[0];
        count += 1;
        for (sum, (bytes, seconds)) in sums.iter_mut().zip(&row) {
            sum[0] += (*bytes as f64 / most as f64).ln();
            sum[1] += (seconds / time).ln();
        }
        println!("{:50} {row:.2?}", path.rsplit('/').next().unwrap());
    }
    for (name, [bytes, seconds]) in
        ["oxipng -o max", "oxipng -o 4", "effort 5", "effort 7", "effort 8", "effort 9"].iter().zip(sums)
    {
        let mean = |sum: f64| f64::exp(sum / f64::from(count.max(1)));
        println!("{name:14} bytes {:.4} time {:.3}", mean(bytes), mean(seconds));
    }
}
