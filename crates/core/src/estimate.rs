//! How much memory a job will take: what callers admit jobs by.
//!
//! The bytes per pixel are peaks of the resident memory of whole runs, measured per format, goal and effort on images
//! of 5, 12 and 50 megapixels: docs/decisions/0008-memory-estimate.md.

use crate::context::Limits;
use crate::decode::{coding, read_frame_header};
use crate::format::Format;
use crate::header::FileHeader;
use crate::settings::{Goal, ImageSettings};
use crate::transform::output_shape;
use crate::yardstick::PREPARED_UP_TO;

/// Thread stacks, tables and what an allocator cannot reuse.
const PER_JOB: u64 = 12 << 20;
/// The files of a search that are held until it is over, by the size of the input.
const HELD_FILES: u64 = 2;
/// A sample of the image, prepared for being measured, encoded and decoded: once for each way to code chroma.
const SAMPLE: u64 = 48 << 20;
/// Smaller images have no sample.
const SAMPLED_FROM: u64 = 1_700_000;
/// The metric's planes of an image and of a candidate, per pixel, where they are held.
const PREPARED: u64 = 44;
/// The metric in strips, per pixel of width and two threads.
const STRIPS: u64 = 4_500;

/// The histograms of libwebp's lossless coder, whose number is limited, not their sum per pixel.
const LOSSLESS_WEBP: u64 = 32 << 20;

/// Raw pixels on their way to a codec of Squoosh's, and what its module takes: per pixel, and at least. libjxl at its
/// default effort took 130 bytes per pixel of 2.7 megapixels, libaom 70, each with a process of its own around it.
const SQUOOSH: (u64, u64) = (150, 100 << 20);

/// Canvases of a player, an encoder and the metric for one frame at a time, per pixel.
const ANIMATION: u64 = 400;
/// Frames that are coded or scored side by side, and their encoders' working sets: per pixel, and at most.
const ANIMATION_BATCH: (u64, u64) = (100, 300 << 20);

/// No image is taken to have more pixels. Headers may claim up to 2⁶⁴, and sums of bytes would wrap round to small
/// ones; of this many they do not, and no memory holds them.
const MOST_PIXELS: u64 = 1 << 40;

/// An upper estimate of the memory one [`optimize`](crate::optimize()) call takes beside the input, in bytes, from the
/// file's headers and the settings, on a pool of `threads`. Inputs that cannot be decoded need next to nothing.
pub fn estimate_peak_bytes(input: &[u8], settings: &ImageSettings, threads: usize) -> u64 {
    match FileHeader::of(input) {
        Ok(header) => peak_bytes(&header, settings, threads),
        Err(_) => base(input.len() as u64),
    }
}

/// What a job takes whatever is in its file.
const fn base(input_bytes: u64) -> u64 {
    input_bytes.saturating_mul(HELD_FILES).saturating_add(PER_JOB)
}

fn pixels_of((width, height): (u32, u32)) -> u64 {
    (u64::from(width) * u64::from(height)).min(MOST_PIXELS)
}

/// The estimate from what a header says.
pub(crate) fn peak_bytes(header: &FileHeader, settings: &ImageSettings, threads: usize) -> u64 {
    let FileHeader { format, bytes, size, frames, kind } = *header;
    let base = base(bytes);
    let Some((width, height)) = size else { return base };
    let stored = pixels_of((width, height));
    if let Some(frames) = frames {
        let (per_pixel, most) = ANIMATION_BATCH;
        let batch = stored.saturating_mul(u64::from(frames)).saturating_mul(per_pixel);
        // Finished candidates are about as large as the input, and several are held at once.
        return stored.saturating_mul(ANIMATION) + batch.min(most) + base * 2;
    }
    let decoding = stored.saturating_mul(kind.decoding(format));
    // What cannot be done takes no more than what can.
    let (shape, _) =
        output_shape(settings, (width, height), &Limits::default()).unwrap_or(((width, height), false));
    let pixels = pixels_of(shape);
    // Of a changed picture, the stored one is let go when it is made.
    let changing = if shape == (width, height) { 0 } else { (stored + pixels) * kind.bytes_per_pixel() };

    let mut candidates: Vec<Candidate> = settings
        .formats
        .candidates(format)
        .into_iter()
        .map(|output| Candidate::of(output, kind, format, settings))
        .collect();
    let searches_webp =
        candidates.iter().any(|candidate| candidate.format == Format::Webp && candidate.searches);
    let few_colors = searches_webp && tries_few_colors(format, pixels);
    if few_colors {
        candidates.push(Candidate::webp_in_few_colors(kind));
    }
    candidates.sort_unstable_by_key(|candidate| std::cmp::Reverse(candidate.per_pixel));
    let side_by_side: u64 = candidates.iter().take(threads.max(1)).map(|candidate| candidate.per_pixel).sum();
    let searches = candidates.iter().any(|candidate| candidate.searches);
    let lossy = candidates.iter().any(|candidate| candidate.is_lossy);
    let strips = STRIPS * u64::from(shape.0) * (threads as u64).div_ceil(2).min(8);
    let metric = match (searches, lossy) {
        (true, _) if pixels <= PREPARED_UP_TO => pixels * PREPARED * kind.mattes(),
        (_, true) => strips.min(pixels * PREPARED),
        (_, false) => 0,
    };
    let sample = if searches && pixels >= SAMPLED_FROM { SAMPLE * kind.mattes() } else { 0 };
    let working = pixels * (kind.bytes_per_pixel() + side_by_side) + metric + sample;
    let outside = if candidates.iter().any(|candidate| candidate.outside) { SQUOOSH.1 } else { 0 };
    let histograms = if few_colors { LOSSLESS_WEBP } else { 0 };
    base + outside + decoding.max(changing).max(working + histograms)
}

/// Whether a WebP that is searched for may be tried in few colours: what a JPEG shows is known when it is decoded, and most
/// are photos, so that what graphics take is counted, and taken, for the smaller ones only.
pub(crate) const fn tries_few_colors(input: Format, pixels: u64) -> bool {
    !matches!(input, Format::Jpeg) || pixels <= PREPARED_UP_TO
}

/// What a file's header says about its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "facts that have nothing to do with one another")]
pub(crate) struct Kind {
    is_gray: bool,
    has_alpha: bool,
    is_deep: bool,
    /// Whether stored samples have more bits than decoded ones.
    is_fine: bool,
}

impl Kind {
    pub(crate) fn of(input: &[u8], format: Format) -> Self {
        match format {
            Format::Jpeg => {
                let frame = read_frame_header(input);
                let is_gray = frame.as_ref().is_some_and(|frame| frame.components == 1);
                let is_deep = frame.as_ref().is_some_and(|frame| frame.precision > 8);
                Self { is_gray, has_alpha: false, is_deep, is_fine: false }
            }
            Format::Png => {
                // IHDR comes first, always.
                let (depth, color) = (input.get(24).copied(), input.get(25).copied());
                Self {
                    is_gray: color == Some(0),
                    has_alpha: matches!(color, Some(4 | 6)) || color == Some(3) && has_transparency(input),
                    is_deep: depth == Some(16),
                    is_fine: false,
                }
            }
            Format::Webp => Self {
                is_gray: false,
                has_alpha: planish_ffi::webp::features(input).is_ok_and(|image| image.has_alpha),
                is_deep: false,
                is_fine: false,
            },
            // Not looked into: samples of up to 16 bits are the worse case.
            Format::Avif | Format::Jxl | Format::Tiff => {
                let is_fine = format == Format::Tiff && coding(input, format).bit_depth > Some(16);
                Self { is_gray: false, has_alpha: false, is_deep: true, is_fine }
            }
            // Bitmaps get alpha from runs that leave pixels out, too; fields of more than 8 bits are rare and small.
            Format::Gif | Format::Bmp | Format::Ico => {
                Self { is_gray: false, has_alpha: true, is_deep: false, is_fine: false }
            }
        }
    }

    /// Bytes of a decoded pixel.
    const fn bytes_per_pixel(self) -> u64 {
        let channels = match (self.is_gray, self.has_alpha) {
            (true, false) => 1,
            (false, false) => 3,
            (_, true) => 4,
        };
        if self.is_deep { channels * 2 } else { channels }
    }

    /// How many backgrounds the image is judged on.
    const fn mattes(self) -> u64 {
        if self.has_alpha { 2 } else { 1 }
    }

    /// Bytes that decoding takes, per pixel.
    const fn decoding(self, format: Format) -> u64 {
        match format {
            // Coefficients of a progressive file.
            Format::Jpeg => 7 + self.bytes_per_pixel(),
            Format::Png | Format::Gif | Format::Webp => 4 + 2 * self.bytes_per_pixel(),
            // A strip of four samples of 64 bits at most.
            Format::Tiff if self.is_fine => 32 + 2 * self.bytes_per_pixel(),
            Format::Tiff => 3 * self.bytes_per_pixel(),
            // Read in place; a mask is applied to a copy.
            Format::Bmp | Format::Ico => 2 * self.bytes_per_pixel(),
            // Planes, those of a grid of tiles once more.
            Format::Avif => 18 + self.bytes_per_pixel(),
            // Planes of 32 bits, several times.
            Format::Jxl => 40 + self.bytes_per_pixel(),
        }
    }
}

/// Whether a palette has transparent colours: their chunk comes before the pixels.
fn has_transparency(png: &[u8]) -> bool {
    let header = &png[..png.len().min(4096)];
    header.windows(4).take_while(|name| name != b"IDAT").any(|name| name == b"tRNS")
}

/// What the candidates of one format take.
struct Candidate {
    format: Format,
    per_pixel: u64,
    /// Whether a codec of Squoosh's makes it.
    outside: bool,
    is_lossy: bool,
    searches: bool,
}

impl Candidate {
    fn of(output: Format, kind: Kind, input: Format, settings: &ImageSettings) -> Self {
        let goal = settings.goal_for(output);
        let is_lossy = goal != Goal::Lossless && output != Format::Tiff;
        let searches = is_lossy && !matches!(goal, Goal::Quality(_));
        let outside = settings.squoosh.iter().any(|codec| codec.format() == output);
        let per_pixel = encoding(output, kind, input, goal) + if outside { SQUOOSH.0 } else { 0 };
        Self { format: output, per_pixel, outside, is_lossy, searches }
    }

    /// Colours and indices, and libwebp's lossless coder.
    fn webp_in_few_colors(kind: Kind) -> Self {
        let per_pixel = if kind.has_alpha { 52 } else { 44 };
        Self { format: Format::Webp, per_pixel, outside: false, is_lossy: true, searches: true }
    }
}

/// Bytes per pixel that encoding and decoding a candidate take.
fn encoding(output: Format, kind: Kind, input: Format, goal: Goal) -> u64 {
    let lossless = goal == Goal::Lossless;
    let alpha = |with, without| if kind.has_alpha { with } else { without };
    match output {
        Format::Jpeg if kind.is_gray && !lossless => 8,
        // Coefficients of 16 bits, twice: a rewrite's, or the encoder's before and after rounding.
        Format::Jpeg => 12,
        Format::Png => {
            let packing = 3 * kind.bytes_per_pixel() + 4;
            // Photos from lossy files get no palette under a score.
            let palette = !lossless && (input != Format::Jpeg || !matches!(goal, Goal::Score(_)));
            packing + if palette { 24 } else { 0 }
        }
        Format::Webp if lossless => 36,
        Format::Webp => alpha(34, 24),
        Format::Avif => alpha(112, 44),
        Format::Jxl if lossless && input != Format::Jpeg => 66,
        Format::Jxl => 32,
        Format::Gif => 24,
        Format::Tiff => 2 * kind.bytes_per_pixel() + 10,
        // Never written.
        Format::Bmp | Format::Ico => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{FormatChoice, SettingsLayer};
    use crate::units::Quality;

    /// The headers of a JPEG, as far as they are read.
    fn jpeg(width: u16, height: u16, components: u8) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xc0".to_vec();
        bytes.extend_from_slice(&(8 + 3 * u16::from(components)).to_be_bytes());
        bytes.push(8);
        bytes.extend_from_slice(&height.to_be_bytes());
        bytes.extend_from_slice(&width.to_be_bytes());
        bytes.push(components);
        bytes.extend((1..=components).flat_map(|id| [id, 0x11, 0]));
        bytes.extend_from_slice(b"\xff\xda");
        bytes
    }

    fn estimate(input: &[u8], layer: &str, threads: usize) -> u64 {
        let layer: SettingsLayer = serde_json::from_str(layer).unwrap();
        estimate_peak_bytes(input, &ImageSettings::resolve([&layer]), threads)
    }

    #[test]
    fn what_takes_more_is_estimated_higher() {
        let photo = jpeg(4000, 3000, 3);
        let quality = |format: &str| {
            estimate(&photo, &format!(r#"{{"goal":{{"quality":75}},"formats":["{format}"]}}"#), 1)
        };
        assert!(quality("jpeg") < quality("webp") && quality("webp") < quality("avif"));
        let searched = estimate(&photo, "{}", 1);
        assert!(quality("jpeg") < searched, "{searched}");
        assert!(estimate(&jpeg(4000, 3000, 1), r#"{"goal":{"quality":75}}"#, 1) < quality("jpeg"));
        assert!(estimate(&photo, r#"{"goal":"lossless"}"#, 1) < quality("jpeg"));
        assert!(estimate(&photo, r#"{"formats":"auto"}"#, 2) > estimate(&photo, r#"{"formats":"auto"}"#, 1));
        let small = estimate(&photo, r#"{"goal":{"quality":75},"resize":{"width":400}}"#, 1);
        assert!(small < quality("jpeg"), "{small}");
        let squoosh =
            estimate(&photo, r#"{"goal":{"quality":75},"formats":["avif"],"squoosh":["avif","jxl"]}"#, 1);
        assert!(squoosh > quality("avif") * 2, "{squoosh}");
    }

    #[test]
    fn a_fifty_megapixel_jpeg_fits_into_a_gibibyte() {
        let settings = ImageSettings {
            goal: Goal::Quality(Quality::new(75).unwrap()),
            formats: FormatChoice::Keep,
            ..ImageSettings::default()
        };
        let estimate = estimate_peak_bytes(&jpeg(8165, 6124, 3), &settings, 2);
        // What was measured, and the limit.
        assert!((553_000_000..1 << 30).contains(&estimate), "{estimate}");
    }

    #[test]
    fn bitmaps_and_icons_are_estimated_by_what_they_become() {
        let mut bitmap = b"BM".to_vec();
        for number in [54u32, 0, 54, 40, 4000, 3000, 24 << 16 | 1, 0] {
            bitmap.extend(number.to_le_bytes());
        }
        let png = estimate(&bitmap, r#"{"goal":"lossless"}"#, 1);
        assert!((12_000_000 * 16..12_000_000 * 40).contains(&png), "{png}");
        assert!(estimate(&bitmap, r#"{"goal":{"quality":75},"formats":["avif"]}"#, 1) > png);
    }

    /// Found by fuzzing: the bytes of 2⁶² pixels wrapped round to nearly none.
    #[test]
    fn a_claim_of_more_pixels_than_any_memory_holds_is_not_estimated_as_few() {
        let mut bitmap = b"BM".to_vec();
        for number in [54u32, 0, 54, 40, 1 << 31, 1 << 31, 24 << 16 | 1, 0] {
            bitmap.extend(number.to_le_bytes());
        }
        for layer in [r#"{"goal":"lossless"}"#, "{}", r#"{"formats":["avif"],"resize":{"width":9}}"#] {
            let claimed = estimate(&bitmap, layer, 2);
            assert!(claimed > 1 << 40, "{layer}: {claimed}");
        }
    }

    #[test]
    fn nothing_is_reserved_for_what_is_no_image() {
        assert!(estimate(b"nothing", "{}", 2) < 16 << 20);
    }
}
