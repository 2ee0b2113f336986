//! TIFF: strips and tiles of many kinds, unpacked here; the compression schemes come from libraries.
//!
//! The reader is our own because the limits must hold before any memory is taken, and because palettes, odd bit
//! depths, planes, fill orders and both kinds of alpha all occur in the wild.

mod chunks;
mod deep;
mod layout;
mod metadata;
mod samples;

use super::{DecodedImage, SourceTraits};
use crate::container::tiff::{Directory, TiffFile, tag};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::pixels::Orientation;
use crate::result::Warning;
use layout::{Layout, SampleKind};
use samples::Converter;
use std::collections::BTreeSet;

/// Bits of `NewSubfileType` (TIFF 6.0, section 8): a smaller version of another image, and a transparency mask.
const REDUCED_RESOLUTION: u64 = 1;
const MASK: u64 = 4;
/// Directories beyond these are not counted as pages.
const MAX_DIRECTORIES: usize = 10_000;

/// Width and height from the first page's directory.
pub(super) fn read_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let file = TiffFile::open(bytes)?;
    let page = Pages::find(&file)?.first;
    let side = |tag| page.uint(tag).and_then(|side| u32::try_from(side).ok());
    Some((side(tag::IMAGE_WIDTH)?, side(tag::IMAGE_LENGTH)?))
}

/// Bits per sample of the first page.
pub(super) fn read_bit_depth(bytes: &[u8]) -> Option<u8> {
    let file = TiffFile::open(bytes)?;
    let page = Pages::find(&file)?.first;
    // Without the field, a bilevel image.
    let bits = page.uints(tag::BITS_PER_SAMPLE).and_then(|bits| bits.first().copied()).unwrap_or(1);
    u8::try_from(bits).ok()
}

/// Decodes the first page.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedImage, OptimizationError> {
    let file = TiffFile::open(bytes).ok_or_else(|| corrupt("the header is cut or not a TIFF header"))?;
    let pages =
        Pages::find(&file).ok_or_else(|| corrupt("the first directory (IFD) is missing or cut off"))?;
    let page = &pages.first;
    if page.find(tag::DNG_VERSION).is_some() {
        return Err(unsupported("camera raw data (DNG)"));
    }
    if page.uint(tag::NEW_SUBFILE_TYPE).is_some_and(|kind| kind & REDUCED_RESOLUTION != 0)
        && page.find(tag::SUB_IFDS).is_some()
    {
        return Err(unsupported("a main image in a sub-directory (camera raw data)"));
    }
    let layout = Layout::read(page, limits)?;
    let mut warnings = Vec::new();
    if layout.dropped_channels > 0 {
        warnings.push(Warning::new(
            "extra_channels_dropped",
            format!("{} extra channels that are no alpha were left out", layout.dropped_channels),
        ));
    }
    if pages.count > 1 {
        warnings.push(Warning::new(
            "pages_dropped",
            format!("the file has {} pages; the output has the first only", pages.count),
        ));
    }
    if layout.is_rounded() {
        warnings.push(rounded(&layout));
    }
    let mut converter = Converter::new(&layout, page, limits)?;
    chunks::decode(&file, &layout, |at, rows| converter.convert(at, rows))?;
    let stored = converter.finish(&layout)?;
    let orientation = page
        .uint(tag::ORIENTATION)
        .and_then(|value| u16::try_from(value).ok())
        .map_or(Orientation::Upright, Orientation::from_exif);
    let (metadata, complete) = metadata::read(&file, page, &layout, limits);
    if !complete {
        warnings.push(Warning::new(
            "metadata_dropped",
            format!(
                "the descriptive fields are larger than {} bytes and were left out",
                limits.max_metadata_bytes.0
            ),
        ));
    }
    Ok(DecodedImage {
        pixels: orientation.apply(stored),
        metadata,
        orientation,
        source: SourceTraits {
            lossless: !layout.is_jpeg(),
            tainted: !complete,
            other_pages: pages.count - 1,
            rounded: layout.is_rounded(),
            ..SourceTraits::default()
        },
        warnings,
    })
}

/// Says what became of samples that are finer than those of any image here.
fn rounded(layout: &Layout<'_>) -> Warning {
    let bits = layout.bits;
    let message = match layout.kind {
        SampleKind::Integer => format!("{bits}-bit samples were rounded to 16 bits"),
        SampleKind::Float { linear: false } => {
            format!("{bits}-bit floating-point samples were rounded to 16 bits, 0 as black and 1 as white")
        }
        SampleKind::Float { linear: true } => format!(
            "{bits}-bit floating-point samples without a colour profile were taken for linear light, and coded as sRGB \
             in 16 bits"
        ),
    };
    Warning::new("samples_rounded", message)
}

/// The pages of a file.
struct Pages<'a> {
    /// The first in full resolution.
    first: Directory<'a>,
    /// How many there are.
    count: usize,
}

impl<'a> Pages<'a> {
    /// Walks the chain of directories. Thumbnails and masks are no pages; a chain that loops or breaks ends there.
    fn find(file: &TiffFile<'a>) -> Option<Self> {
        let mut offset = file.first;
        let mut seen = BTreeSet::new();
        let (mut first_directory, mut first_page, mut count) = (None, None, 0);
        while offset != 0 && seen.len() < MAX_DIRECTORIES && seen.insert(offset) {
            let Some(directory) = file.directory(offset) else { break };
            offset = directory.next;
            let kind = directory.uint(tag::NEW_SUBFILE_TYPE).unwrap_or(0);
            if kind & (REDUCED_RESOLUTION | MASK) == 0 {
                count += 1;
                first_page.get_or_insert_with(|| directory.clone());
            }
            first_directory.get_or_insert(directory);
        }
        Some(Self { first: first_page.or(first_directory)?, count: count.max(1) })
    }
}

fn corrupt(message: impl std::fmt::Display) -> OptimizationError {
    OptimizationError::corrupt(Format::Tiff, message)
}

fn unsupported(feature: impl Into<String>) -> OptimizationError {
    OptimizationError::unsupported(Format::Tiff.title(), feature)
}
