//! What the sidecar's processes took: counted for `--stats`, the report and the benchmark.

use super::messages::Cost;
use planish::Format;
use serde::Serialize;
use std::time::Duration;

/// What Sharp's processes took so far. Times are in milliseconds, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SidecarUsage {
    /// Processes that were started.
    pub processes: u64,
    /// Of them, those that crashed, hung or spoke garbage.
    pub crashes: u64,
    /// The most memory that one of them was resident with.
    pub peak_memory: u64,
    /// Requests that were answered, by what was asked for.
    pub operations: Vec<OperationUse>,
    /// Whole images that were encoded and measured, by format.
    pub formats: Vec<FormatUse>,
    /// Each of these images, the first [`MOST_DOTS`](Self::MOST_DOTS) of them.
    #[serde(skip)]
    pub dots: Vec<EncodedDot>,
}

/// Images that were encoded in one format.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FormatUse {
    /// What they became.
    pub format: Format,
    /// How many.
    pub files: u64,
    /// Pixels of all of them, of all their frames.
    pub pixels: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// SSIMULACRA2, their mean.
    pub score: f64,
    /// From asking to the answer, summed.
    pub elapsed_time: f64,
    /// The most memory that a process had had when it answered one of them.
    pub peak_memory: u64,
}

impl FormatUse {
    /// What quality cost.
    pub fn bits_per_pixel(&self) -> f64 {
        self.bytes as f64 * 8.0 / self.pixels.max(1) as f64
    }

    /// Milliseconds for a million pixels.
    pub fn time_per_megapixel(&self) -> f64 {
        self.elapsed_time * 1e6 / self.pixels.max(1) as f64
    }
}

/// Quality and size of one image that was encoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncodedDot {
    /// What it became.
    pub format: Format,
    /// Bits for each pixel.
    pub bits_per_pixel: f64,
    /// SSIMULACRA2.
    pub score: f64,
}

/// A file that was made and measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MadeFile {
    pub(crate) format: Format,
    /// Of all frames.
    pub(crate) pixels: u64,
    pub(crate) bytes: u64,
    /// SSIMULACRA2.
    pub(crate) score: f64,
    /// From asking to the answer.
    pub(crate) elapsed: Duration,
    /// The most memory that the process had had then, in bytes.
    pub(crate) peak_memory: u64,
}

/// Requests of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationUse {
    /// `inspect` (the header), `sample` (pixels to measure), `probe` (an encode of a sample) or `encode` (of the whole).
    pub operation: &'static str,
    /// What was encoded; `null` where nothing was.
    pub format: Option<Format>,
    /// How many.
    pub requests: u64,
    /// From asking to the answer, summed: requests run side by side.
    pub elapsed_time: f64,
    /// The part of it that was spent on the image, in the sidecar.
    pub work_time: f64,
    /// The most memory that a process had had when it answered one of them.
    pub peak_memory: u64,
}

impl SidecarUsage {
    /// Images that are kept one by one: what a plot can show.
    pub const MOST_DOTS: usize = 2000;

    /// Whether anything was started.
    pub const fn is_empty(&self) -> bool {
        self.processes == 0
    }

    /// Counts an answered request.
    pub(crate) fn add(
        &mut self,
        operation: &'static str,
        format: Option<Format>,
        elapsed: Duration,
        cost: Cost,
    ) {
        self.peak_memory = self.peak_memory.max(cost.peak_rss);
        let known =
            self.operations.iter().position(|used| (used.operation, used.format) == (operation, format));
        let index = known.unwrap_or_else(|| {
            let none = OperationUse {
                operation,
                format,
                requests: 0,
                elapsed_time: 0.0,
                work_time: 0.0,
                peak_memory: 0,
            };
            self.operations.push(none);
            self.operations.len() - 1
        });
        let used = &mut self.operations[index];
        used.requests += 1;
        used.elapsed_time += elapsed.as_secs_f64() * 1000.0;
        used.work_time += cost.milliseconds;
        used.peak_memory = used.peak_memory.max(cost.peak_rss);
    }

    /// Counts a file that was made and measured.
    pub(crate) fn add_file(&mut self, file: &MadeFile) {
        let MadeFile { format, pixels, bytes, score, elapsed, peak_memory } = *file;
        let place = self.formats.binary_search_by_key(&format.name(), |used| used.format.name());
        let index = place.unwrap_or_else(|index| {
            let (files, elapsed_time) = (0, 0.0);
            let none =
                FormatUse { format, files, pixels: 0, bytes: 0, score: 0.0, elapsed_time, peak_memory: 0 };
            self.formats.insert(index, none);
            index
        });
        let used = &mut self.formats[index];
        used.files += 1;
        used.pixels += pixels;
        used.bytes += bytes;
        used.score += (score - used.score) / used.files as f64;
        used.elapsed_time += elapsed.as_secs_f64() * 1000.0;
        used.peak_memory = used.peak_memory.max(peak_memory);
        if self.dots.len() < Self::MOST_DOTS {
            let bits_per_pixel = bytes as f64 * 8.0 / pixels.max(1) as f64;
            self.dots.push(EncodedDot { format, bits_per_pixel, score });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_summed_by_what_was_asked_for() {
        let mut usage = SidecarUsage::default();
        let mut add = |operation, format, ms: u64, peak_rss| {
            let cost = Cost { milliseconds: ms as f64 - 1.0, peak_rss };
            usage.add(operation, format, Duration::from_millis(ms), cost);
        };
        add("encode", Some(Format::Jpeg), 10, 500);
        add("encode", Some(Format::Png), 20, 900);
        add("encode", Some(Format::Jpeg), 30, 700);
        add("inspect", None, 2, 900);
        assert_eq!((usage.peak_memory, usage.operations.len()), (900, 3));
        let jpeg = &usage.operations[0];
        assert_eq!((jpeg.requests, jpeg.peak_memory), (2, 700));
        assert!((jpeg.elapsed_time - 40.0).abs() < 1e-6 && (jpeg.work_time - 38.0).abs() < 1e-6);
    }

    #[test]
    fn files_are_summed_by_format() {
        let mut usage = SidecarUsage::default();
        let file = |format, bytes, score| MadeFile {
            format,
            pixels: 1_000_000,
            bytes,
            score,
            elapsed: Duration::from_millis(50),
            peak_memory: bytes * 10,
        };
        for made in [
            file(Format::Webp, 100_000, 80.0),
            file(Format::Jpeg, 200_000, 70.0),
            file(Format::Webp, 300_000, 90.0),
        ] {
            usage.add_file(&made);
        }
        let [jpeg, webp] = &usage.formats[..] else { panic!("{usage:?}") };
        assert_eq!((jpeg.format, webp.files, webp.peak_memory), (Format::Jpeg, 2, 3_000_000));
        assert!((webp.score - 85.0).abs() < 1e-9 && (webp.bits_per_pixel() - 1.6).abs() < 1e-9);
        assert!((webp.time_per_megapixel() - 50.0).abs() < 1e-9);
        assert_eq!(usage.dots.len(), 3);
    }
}
