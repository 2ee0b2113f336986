//! Stage 2: bytes to pixels. Limits come first, then pixels; the result is upright.

mod avif;
mod bmp;
mod cmyk;
mod dib;
mod gif;
mod ico;
mod jpeg;
mod jxl;
mod png;
mod tiff;
mod webp;

use crate::container::jpeg::Extras;
pub(crate) use jpeg::read_frame_header;
pub(crate) use png::{error as png_error, metadata as png_metadata};

use crate::context::{Limits, OptimizeContext};
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::Metadata;
use crate::pixels::{Channels, Orientation, PixelBuffer};
use crate::result::Warning;
use crate::units::Quality;

/// A decoded file.
#[derive(Debug, Clone)]
pub(crate) struct DecodedImage {
    /// The pixels, upright.
    pub(crate) pixels: PixelBuffer,
    /// The profile and what else travels with them.
    pub(crate) metadata: Metadata,
    /// How the stored pixels were turned to be upright.
    pub(crate) orientation: Orientation,
    /// What the file says about how it was coded.
    pub(crate) source: SourceTraits,
    /// What was odd.
    pub(crate) warnings: Vec<Warning>,
}

/// What a file says about how it was coded.
#[allow(clippy::struct_excessive_bools, reason = "facts that have nothing to do with one another")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SourceTraits {
    /// Whether its pixels were coded without loss (PNG, lossless WebP).
    pub(crate) lossless: bool,
    /// Whether it carries metadata that had to be dropped: neither it nor its chunks may be handed on.
    pub(crate) tainted: bool,
    /// Whether it says in so many words that it is sRGB, without a profile.
    pub(crate) declares_srgb: bool,
    /// Whether a PNG stores its pixels as places in a palette.
    pub(crate) indexed: bool,
    /// Whether its samples are finer than the decoded ones.
    pub(crate) rounded: bool,
    /// How many pages it has besides the one that was decoded.
    pub(crate) other_pages: usize,
    /// Horizontal and vertical chroma subsampling (1 or 2) of a JPEG.
    pub(crate) chroma_subsampling: Option<(u8, u8)>,
    /// The quality a JPEG was made with (1 to 100), where its tables tell.
    pub(crate) jpeg_quality: Option<u8>,
    /// The quality planish itself made a JPEG with, where it did.
    pub(crate) own_jpeg_quality: Option<Quality>,
    /// Whether the stored samples are inks: the decoded pixels are not what the file holds.
    pub(crate) cmyk: bool,
}

/// Decodes a file of a known format.
///
/// # Errors
/// [`OptimizationError::LimitExceeded`], [`OptimizationError::Corrupt`] or
/// [`OptimizationError::Unsupported`].
pub(crate) fn decode(
    bytes: &[u8],
    format: Format,
    context: &OptimizeContext<'_>,
) -> Result<DecodedImage, OptimizationError> {
    let limits = &context.limits;
    let mut image = match format {
        Format::Jpeg => jpeg::decode(bytes, limits),
        Format::Png => png::decode(bytes, limits),
        Format::Webp => webp::decode(bytes, limits),
        Format::Avif => avif::decode(bytes, limits),
        Format::Jxl => jxl::decode(bytes, limits),
        Format::Gif => gif::decode(bytes, limits),
        Format::Tiff => tiff::decode(bytes, limits),
        Format::Bmp => bmp::decode(bytes, limits),
        Format::Ico => ico::decode(bytes, limits),
    }?;
    check_metadata(&mut image, limits);
    Ok(image)
}

/// Width and height a file announces, as stored; `None` when it announces none. Reads headers only.
pub(crate) fn read_dimensions(bytes: &[u8], format: Format) -> Option<(u32, u32)> {
    match format {
        Format::Jpeg => jpeg::read_frame_header(bytes).map(|frame| (frame.width, frame.height)),
        Format::Png => crate::container::png::read_dimensions(bytes),
        Format::Webp => planish_ffi::webp::features(bytes).ok().map(|image| (image.width, image.height)),
        Format::Avif => crate::container::avif::read_dimensions(bytes),
        Format::Jxl => jxl::read_dimensions(bytes),
        Format::Gif => gif::read_dimensions(bytes),
        Format::Tiff => tiff::read_dimensions(bytes),
        Format::Bmp => bmp::read_dimensions(bytes),
        Format::Ico => ico::read_dimensions(bytes),
    }
}

/// How samples are stored, by the headers alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Coding {
    /// Bits per sample, or per index of a palette; `None` where that is not plainly said.
    pub(crate) bit_depth: Option<u8>,
    /// Whether samples are indices into a palette.
    pub(crate) palette: bool,
    /// Horizontal and vertical chroma subsampling, where the container says it.
    pub(crate) chroma_subsampling: Option<(u8, u8)>,
}

/// How a file's samples are stored.
pub(crate) fn coding(bytes: &[u8], format: Format) -> Coding {
    let bits = |bit_depth| Coding { bit_depth, ..Coding::default() };
    match format {
        Format::Jpeg => bits(jpeg::read_frame_header(bytes).map(|frame| frame.precision)),
        // The header chunk comes first (PNG, 11.2.1): depth and colour type stand behind the size.
        Format::Png => Coding { palette: bytes.get(25) == Some(&3), ..bits(bytes.get(24).copied()) },
        Format::Webp => bits(Some(8)),
        Format::Gif => Coding { palette: true, ..bits(Some(8)) },
        Format::Avif => match crate::container::avif::read_coding(bytes) {
            Some((depth, chroma_subsampling)) => Coding { chroma_subsampling, ..bits(Some(depth)) },
            None => Coding::default(),
        },
        // An icon says it for each of its images.
        Format::Jxl | Format::Ico => Coding::default(),
        Format::Bmp => Coding { palette: bmp::has_palette(bytes), ..bits(bmp::read_bit_depth(bytes)) },
        Format::Tiff => bits(tiff::read_bit_depth(bytes)),
    }
}

/// What a file holds besides the image that is shown.
pub(crate) fn extras(bytes: &[u8], format: Format) -> Extras {
    match format {
        Format::Jpeg => Extras::of(bytes),
        Format::Avif => Extras { gain_map: crate::container::avif::has_gain_map(bytes), ..Extras::default() },
        Format::Png | Format::Webp | Format::Jxl | Format::Gif | Format::Tiff | Format::Bmp | Format::Ico => {
            Extras::default()
        }
    }
}

/// Drops metadata that is over the limit or cannot belong to these pixels, with a warning.
fn check_metadata(image: &mut DecodedImage, limits: &Limits) {
    let channels = image.pixels.channels();
    let DecodedImage { metadata, source, warnings, .. } = image;
    check_metadata_blocks(metadata, channels, &mut source.tainted, warnings, limits);
}

/// Drops blocks that are over the limit or cannot belong to pixels of this kind, with a warning; `tainted` where
/// the file must not be handed on for that.
pub(crate) fn check_metadata_blocks(
    metadata: &mut Metadata,
    channels: Channels,
    tainted: &mut bool,
    warnings: &mut Vec<Warning>,
    limits: &Limits,
) {
    let too_large = |block: &Option<Vec<u8>>| {
        block.as_ref().is_some_and(|block| block.len() as u64 > limits.max_metadata_bytes.0)
    };
    for (name, block) in
        [("ICC profile", &mut metadata.icc), ("EXIF", &mut metadata.exif), ("XMP", &mut metadata.xmp)]
    {
        if too_large(block) {
            *block = None;
            *tainted = true;
            warnings.push(Warning::new(
                "metadata_dropped",
                format!(
                    "the {name} block is larger than {} bytes and was left out",
                    limits.max_metadata_bytes.0
                ),
            ));
        }
    }
    if let Some(icc) = &metadata.icc
        && !crate::metadata::icc::matches_channels(icc, channels)
    {
        metadata.icc = None;
        warnings.push(Warning::new(
            "profile_ignored",
            "the colour profile is damaged or for another kind of pixels and was left out, as viewers do",
        ));
    }
}
