//! What a page's directory says about its pixels, checked before anything is allocated.

use super::{corrupt, unsupported};
use crate::container::tiff::{Directory, tag};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::pixels::Channels;

/// Samples per pixel beyond this are no picture.
const MAX_SAMPLES: u64 = 32;

/// A strip or tile may unpack to as many bytes as the largest image of four samples of 16 bits.
const MAX_CHUNK_BYTES_PER_PIXEL: u64 = 8;

/// Compression schemes that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    /// CCITT Group 4.
    Fax4,
    /// JPEG as of the TIFF technical note 2.
    Jpeg,
    /// Zstandard, by the number that GDAL and libtiff gave it.
    Zstd,
}

/// What the bits of a sample are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SampleKind {
    /// An unsigned integer.
    Integer,
    /// A number of IEEE 754; 0 is black, or no ink, and 1 white, or all of it.
    Float {
        /// Whether it is light, and not what an image file usually codes it as: so without a profile that says otherwise.
        linear: bool,
    },
}

/// What is done to a sample before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Predictor {
    /// Nothing.
    None,
    /// Its left neighbour is subtracted (TIFF 6.0, section 14).
    Differences,
    /// A row's bytes are sorted by significance, and then the left neighbours subtracted (Adobe, "TIFF Technical Note 3").
    ByteDifferences,
}

/// What the samples mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Cmyk,
    /// Only with JPEG compression, whose decoder turns it into red, green and blue.
    YCbCr,
}

impl Photometric {
    /// Samples per pixel without extra ones.
    const fn samples(self) -> usize {
        match self {
            Self::WhiteIsZero | Self::BlackIsZero | Self::Palette => 1,
            Self::Rgb | Self::YCbCr => 3,
            Self::Cmyk => 4,
        }
    }
}

/// The first extra sample, where it is alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alpha {
    /// The colours are multiplied by it.
    Associated,
    /// Straight.
    Unassociated,
}

/// How pixels are stored.
#[derive(Debug, Clone)]
pub(super) struct Layout<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits per sample as stored, the same for all: 1 to 16 or 32 for integers, 16, 32 or 64 else.
    pub(super) bits: u32,
    pub(super) kind: SampleKind,
    /// Samples per pixel as stored.
    pub(super) samples: usize,
    pub(super) photometric: Photometric,
    pub(super) compression: Compression,
    /// Alpha and which sample it is.
    pub(super) alpha: Option<(Alpha, usize)>,
    /// Extra samples that are left out.
    pub(super) dropped_channels: usize,
    pub(super) predictor: Predictor,
    /// Whether each sample has chunks of its own.
    pub(super) planar: bool,
    /// Whether the first pixel of a byte is in its lowest bit.
    pub(super) low_bit_first: bool,
    /// Width of a strip or tile, in pixels, with padding.
    pub(super) chunk_width: u32,
    /// Height of a strip or tile. The last strip may be lower; tiles are padded.
    pub(super) chunk_height: u32,
    /// Whether chunks are tiles.
    pub(super) tiled: bool,
    /// Where the chunks are.
    pub(super) offsets: Vec<u64>,
    /// Their lengths in the file; empty where the file does not say.
    pub(super) byte_counts: Vec<u64>,
    /// Tables that all JPEG chunks share.
    pub(super) jpeg_tables: Option<&'a [u8]>,
}

impl<'a> Layout<'a> {
    /// Reads and checks it. What cannot be decoded is refused here, by name.
    pub(super) fn read(page: &Directory<'a>, limits: &Limits) -> Result<Self, OptimizationError> {
        let side = |tag, name: &str| {
            page.uint(tag)
                .and_then(|side| u32::try_from(side).ok())
                .filter(|&side| side > 0)
                .ok_or_else(|| corrupt(format!("the {name} is missing or not from 1 to 4294967295")))
        };
        let (width, height) = (side(tag::IMAGE_WIDTH, "width")?, side(tag::IMAGE_LENGTH, "height")?);
        limits.check_dimensions(width, height)?;
        let compression = compression(page.uint(tag::COMPRESSION).unwrap_or(1))?;
        let is_float = is_float(page)?;
        let bits = bits_per_sample(page, is_float)?;
        let photometric = photometric(page, compression)?;
        let kind = if is_float {
            // Inks are no light.
            let linear = photometric != Photometric::Cmyk && page.bytes(tag::ICC_PROFILE).is_none();
            SampleKind::Float { linear }
        } else {
            SampleKind::Integer
        };
        let samples = page.uint(tag::SAMPLES_PER_PIXEL).unwrap_or(1);
        if samples > MAX_SAMPLES {
            return Err(unsupported(format!("{samples} samples per pixel")));
        }
        let samples = samples as usize;
        let extra = samples
            .checked_sub(photometric.samples())
            .ok_or_else(|| corrupt(format!("{samples} samples are too few for {photometric:?} pixels")))?;
        let alpha = alpha(page, photometric, extra);
        let planar = page.uint(tag::PLANAR_CONFIGURATION) == Some(2) && samples > 1;
        check_combination(compression, photometric, bits, samples, planar)?;
        if is_float {
            check_float(photometric, alpha, kind)?;
        }
        let predictor = match page.uint(tag::PREDICTOR).unwrap_or(1) {
            // The predictor belongs to these schemes; others do not look at it.
            _ if !matches!(compression, Compression::Lzw | Compression::Deflate | Compression::Zstd) => {
                Predictor::None
            }
            1 => Predictor::None,
            2 if matches!(bits, 8 | 16 | 32 | 64) => Predictor::Differences,
            2 => return Err(unsupported(format!("differences of {bits}-bit samples (predictor 2)"))),
            3 if is_float => Predictor::ByteDifferences,
            3 => return Err(corrupt("differences of floating-point samples, and no such samples")),
            other => return Err(unsupported(format!("predictor {other}"))),
        };
        let tiled = page.find(tag::TILE_OFFSETS).is_some();
        let (chunk_width, chunk_height) = if tiled {
            (side(tag::TILE_WIDTH, "tile width")?, side(tag::TILE_LENGTH, "tile height")?)
        } else {
            let rows = page.uint(tag::ROWS_PER_STRIP).unwrap_or(u64::from(height)).min(u64::from(height));
            (width, side_of_strip(rows)?)
        };
        let (offset_tag, count_tag) = if tiled {
            (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
        } else {
            (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
        };
        let offsets = page
            .uints(offset_tag)
            .ok_or_else(|| corrupt("there is no list of where strips or tiles are, or it is cut off"))?;
        let layout = Self {
            width,
            height,
            bits,
            kind,
            samples,
            photometric,
            compression,
            alpha,
            dropped_channels: extra - usize::from(alpha.is_some()),
            predictor,
            planar,
            low_bit_first: page.uint(tag::FILL_ORDER) == Some(2),
            chunk_width,
            chunk_height,
            tiled,
            offsets,
            byte_counts: page.uints(count_tag).unwrap_or_default(),
            jpeg_tables: page.bytes(tag::JPEG_TABLES),
        };
        layout.check_chunks(limits)?;
        Ok(layout)
    }

    /// Tiles from left to right.
    pub(super) const fn chunks_across(&self) -> u32 {
        self.width.div_ceil(self.chunk_width)
    }

    /// Strips or tiles from top to bottom.
    pub(super) const fn chunks_down(&self) -> u32 {
        self.height.div_ceil(self.chunk_height)
    }

    /// Samples stored side by side in one chunk.
    pub(super) const fn samples_per_chunk(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Bits per sample as they are handed on: 1 to 16.
    pub(super) const fn decoded_bits(&self) -> u32 {
        if self.bits > 16 { 16 } else { self.bits }
    }

    /// Whether samples are rounded to be handed on.
    pub(super) const fn is_rounded(&self) -> bool {
        self.bits > 16 || matches!(self.kind, SampleKind::Float { .. })
    }

    /// Whether the pixels were coded with loss.
    pub(super) const fn is_jpeg(&self) -> bool {
        matches!(self.compression, Compression::Jpeg)
    }

    /// What the decoded pixels are made of.
    pub(super) const fn channels(&self) -> Channels {
        let gray = matches!(self.photometric, Photometric::WhiteIsZero | Photometric::BlackIsZero);
        match (gray, self.alpha.is_some()) {
            (true, false) => Channels::Gray,
            (true, true) => Channels::GrayAlpha,
            (false, false) => Channels::Rgb,
            (false, true) => Channels::Rgba,
        }
    }

    fn check_chunks(&self, limits: &Limits) -> Result<(), OptimizationError> {
        let planes = if self.planar { self.samples as u64 } else { 1 };
        let expected = u64::from(self.chunks_across()) * u64::from(self.chunks_down()) * planes;
        if (self.offsets.len() as u64) < expected {
            return Err(corrupt(format!(
                "{expected} strips or tiles expected, {} listed",
                self.offsets.len()
            )));
        }
        // Padding is decoded too: tiles far larger than the image would be a way to burn time and memory.
        let padded = |count: u32, size: u32| u64::from(count) * u64::from(size);
        let area = padded(self.chunks_across(), self.chunk_width)
            .saturating_mul(padded(self.chunks_down(), self.chunk_height));
        let allowed = limits.max_pixels.0.saturating_mul(2).saturating_add(1 << 22);
        // As stored and as they are handed on.
        let sample_bytes = u64::from(self.bits.div_ceil(8)).max(size_of::<u16>() as u64);
        // What decoding holds at once must be countable where memory has 32 bits.
        let bytes = area.max(u64::from(self.width) * u64::from(self.height)) as u128
            * self.samples.max(4) as u128
            * u128::from(sample_bytes);
        if isize::try_from(bytes).is_err() {
            return Err(corrupt("the image is too large for memory"));
        }
        // One strip may be the whole image, and samples may be many or long.
        let chunk = u64::from(self.chunk_width)
            .saturating_mul(u64::from(self.chunk_height))
            .saturating_mul(self.samples as u64 * sample_bytes);
        let allowed_bytes = limits.max_pixels.0.saturating_mul(MAX_CHUNK_BYTES_PER_PIXEL);
        if chunk > allowed_bytes {
            let limit = "bytes in a strip or tile";
            return Err(OptimizationError::LimitExceeded { limit, allowed: allowed_bytes, actual: chunk });
        }
        if self.tiled && area > allowed {
            return Err(OptimizationError::LimitExceeded { limit: "pixels", allowed, actual: area });
        }
        Ok(())
    }
}

fn side_of_strip(rows: u64) -> Result<u32, OptimizationError> {
    u32::try_from(rows).ok().filter(|&rows| rows > 0).ok_or_else(|| corrupt("strips have no rows"))
}

fn compression(number: u64) -> Result<Compression, OptimizationError> {
    let name = match number {
        1 => return Ok(Compression::None),
        4 => return Ok(Compression::Fax4),
        5 => return Ok(Compression::Lzw),
        7 => return Ok(Compression::Jpeg),
        // 32946 is the number deflate had before it was registered.
        8 | 32_946 => return Ok(Compression::Deflate),
        32_773 => return Ok(Compression::PackBits),
        50_000 => return Ok(Compression::Zstd),
        2 => "CCITT run-length",
        3 => "CCITT Group 3",
        6 => "old-style JPEG",
        32_766 => "NeXT",
        32_809 => "ThunderScan",
        32_908 | 32_909 => "Pixar",
        33_003 | 33_005 | 34_712 => "JPEG 2000",
        34_676 | 34_677 => "SGI log",
        34_887 => "LERC",
        34_925 => "LZMA",
        50_001 => "WebP",
        50_002 | 52_546 => "JPEG XL",
        other => return Err(unsupported(format!("compression scheme {other}"))),
    };
    Err(unsupported(format!("{name} compression")))
}

/// Whether samples are floating-point numbers.
fn is_float(page: &Directory<'_>) -> Result<bool, OptimizationError> {
    let formats = page.uints(tag::SAMPLE_FORMAT).unwrap_or_default();
    for format in &formats {
        match format {
            // 4: undefined, which readers take for unsigned.
            1 | 3 | 4 => {}
            // Nothing says which of them is black.
            2 => return Err(unsupported("signed samples")),
            5 | 6 => return Err(unsupported("complex samples")),
            other => return Err(unsupported(format!("sample format {other}"))),
        }
    }
    match formats.iter().filter(|&&format| format == 3).count() {
        0 => Ok(false),
        count if count == formats.len() => Ok(true),
        _ => Err(unsupported("samples of different formats")),
    }
}

/// Refuses what floating-point samples are not written as, and what could not be rounded without guessing.
fn check_float(
    photometric: Photometric,
    alpha: Option<(Alpha, usize)>,
    kind: SampleKind,
) -> Result<(), OptimizationError> {
    match (photometric, alpha) {
        (Photometric::WhiteIsZero, _) => Err(unsupported("floating-point samples of which 0 is white")),
        // Light is divided by alpha, and what is handed on is no light any more.
        (_, Some((Alpha::Associated, _))) if kind == (SampleKind::Float { linear: true }) => {
            Err(unsupported("premultiplied floating-point samples without a profile"))
        }
        _ => Ok(()),
    }
}

fn bits_per_sample(page: &Directory<'_>, is_float: bool) -> Result<u32, OptimizationError> {
    let all = page.uints(tag::BITS_PER_SAMPLE).unwrap_or_else(|| vec![1]);
    let first = all.first().copied().ok_or_else(|| corrupt("the bits per sample are missing"))?;
    if all.iter().any(|&bits| bits != first) {
        return Err(unsupported("samples of different depths"));
    }
    match first {
        16 | 32 | 64 if is_float => Ok(first as u32),
        other if is_float => Err(unsupported(format!("floating-point samples of {other} bits"))),
        1..=16 | 32 => Ok(first as u32),
        other => Err(unsupported(format!("{other} bits per sample"))),
    }
}

fn photometric(page: &Directory<'_>, compression: Compression) -> Result<Photometric, OptimizationError> {
    let number = page.uint(tag::PHOTOMETRIC_INTERPRETATION).ok_or_else(|| {
        corrupt("it does not say what its samples mean (PhotometricInterpretation is missing)")
    })?;
    let name = match number {
        0 => return Ok(Photometric::WhiteIsZero),
        1 => return Ok(Photometric::BlackIsZero),
        2 => return Ok(Photometric::Rgb),
        3 => return Ok(Photometric::Palette),
        5 if page.uint(tag::INK_SET).unwrap_or(1) == 1 => return Ok(Photometric::Cmyk),
        5 => "inks other than cyan, magenta, yellow and black",
        6 if compression == Compression::Jpeg => return Ok(Photometric::YCbCr),
        6 => "YCbCr colour without JPEG compression",
        4 => "a transparency mask as an image",
        8..=10 => "CIE L*a*b* colour",
        32_803 | 34_892 => "camera raw data",
        32_844 | 32_845 => "logarithmic HDR colour (LogL, LogLuv)",
        other => return Err(unsupported(format!("photometric interpretation {other}"))),
    };
    Err(unsupported(name))
}

/// Which extra sample is alpha. A single one of no stated meaning is taken for straight alpha, as readers do.
fn alpha(page: &Directory<'_>, photometric: Photometric, extra: usize) -> Option<(Alpha, usize)> {
    let first = photometric.samples();
    let kinds = page.uints(tag::EXTRA_SAMPLES).unwrap_or_default();
    let stated = kinds.iter().take(extra).enumerate().find_map(|(index, kind)| match kind {
        1 => Some((Alpha::Associated, first + index)),
        2 => Some((Alpha::Unassociated, first + index)),
        _ => None,
    });
    stated.or_else(|| (extra == 1).then_some((Alpha::Unassociated, first)))
}

/// Refuses what the schemes cannot hold or what nobody writes.
fn check_combination(
    compression: Compression,
    photometric: Photometric,
    bits: u32,
    samples: usize,
    planar: bool,
) -> Result<(), OptimizationError> {
    match compression {
        Compression::Fax4 if bits != 1 || samples != 1 => {
            Err(corrupt("CCITT Group 4 compression is for one bit per pixel"))
        }
        Compression::Jpeg if bits != 8 => Err(unsupported(format!("JPEG compression of {bits}-bit samples"))),
        Compression::Jpeg if photometric == Photometric::Cmyk => {
            Err(unsupported("CMYK colour in JPEG compression"))
        }
        Compression::Jpeg if photometric == Photometric::Palette => {
            Err(unsupported("a palette in JPEG compression"))
        }
        Compression::Jpeg if samples != photometric.samples() => {
            Err(unsupported("extra samples in JPEG compression"))
        }
        Compression::Jpeg if planar => Err(unsupported("separate planes in JPEG compression")),
        _ if photometric == Photometric::Palette && bits > 8 => {
            Err(unsupported(format!("a palette of {bits}-bit indices")))
        }
        _ => Ok(()),
    }
}
