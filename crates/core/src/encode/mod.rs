//! Stage 6: pixels to candidate files. One encoder per file, all behind one function.

mod avif;
mod jpeg;
mod jpeg_lossless;
mod palette;
mod png;
mod png_palette;
mod webp;

pub(crate) use webp::MAX_EDGE as WEBP_MAX_EDGE;

use crate::analyse::ImageTraits;
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::Metadata;
use crate::pixels::{Orientation, PixelBuffer};
use crate::units::{Effort, Quality};
use palette::Colors;
use std::sync::OnceLock;

/// The encoders, in the order that breaks ties between candidates of equal size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum EncoderKind {
    /// The JPEG's own coefficients, coded better.
    JpegRewrite,
    /// JPEG by mozjpeg-rs.
    Mozjpeg,
    /// PNG by oxipng, without loss.
    Oxipng,
    /// PNG with fewer colours, in a palette.
    PngPalette,
    /// The WebP's own image data in a container without the metadata.
    WebpRewrite,
    /// Lossless WebP.
    WebpLossless,
    /// Lossy WebP.
    WebpLossy,
    /// AVIF by libaom without loss.
    AomLossless,
    /// AVIF by libaom.
    Aom,
}

impl EncoderKind {
    /// The name in results.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::JpegRewrite => "jpeg-rewrite",
            Self::Mozjpeg => "mozjpeg",
            Self::Oxipng => "oxipng",
            Self::PngPalette => "png-palette",
            Self::WebpRewrite => "webp-rewrite",
            Self::WebpLossless => "webp-lossless",
            Self::WebpLossy => "webp",
            Self::AomLossless => "aom-lossless",
            Self::Aom => "aom",
        }
    }

    /// What it writes.
    pub(crate) const fn format(self) -> Format {
        match self {
            Self::JpegRewrite | Self::Mozjpeg => Format::Jpeg,
            Self::Oxipng | Self::PngPalette => Format::Png,
            Self::WebpRewrite | Self::WebpLossless | Self::WebpLossy => Format::Webp,
            Self::AomLossless | Self::Aom => Format::Avif,
        }
    }

    /// Whether every pixel survives.
    pub(crate) const fn is_lossless(self) -> bool {
        matches!(
            self,
            Self::JpegRewrite | Self::Oxipng | Self::WebpRewrite | Self::WebpLossless | Self::AomLossless
        )
    }

    /// Whether its pixels can be judged by a draft that is made much quicker than the file: a search then packs
    /// only what it finds.
    pub(crate) const fn has_drafts(self) -> bool {
        matches!(self, Self::PngPalette)
    }

    /// A score this far above the target is close enough: more encodes would save less than they cost.
    pub(crate) const fn score_tolerance(self) -> f64 {
        match self {
            Self::PngPalette => 0.2,
            _ => 0.5,
        }
    }

    /// The qualities that give different files, ascending.
    pub(crate) fn qualities(self) -> Vec<Quality> {
        match self {
            Self::Aom => avif::qualities(),
            _ => (Quality::MIN..=Quality::MAX).map(Quality::clamped).collect(),
        }
    }

    /// A quality that gives about this SSIMULACRA2 score on a photo, and how much the score rises from one
    /// quality to the next there. Where a search starts. Fitted by eye to the median over photos; a search
    /// corrects it after one encode.
    pub(crate) fn predicted(self, score: f64) -> (f64, f64) {
        match self {
            // Score 90 at quality 92, 80 at 80, 70 at 64.
            Self::WebpLossy => (80.0 + (score - 80.0) * if score > 80.0 { 1.2 } else { 1.6 }, 0.65),
            // Score 90 at quality 84, 80 at 66, 70 at 51.
            Self::Aom => (66.0 + (score - 80.0) * if score > 80.0 { 1.8 } else { 1.5 }, 0.6),
            // On graphics: score 90 at 112 colours, 80 at 48, 70 at 24; they lie far apart.
            Self::PngPalette => (44.0 + (score - 80.0) * 2.4, 0.5),
            // Score 90 at quality 92, 80 at 78, 70 at 62.
            _ => (78.0 + (score - 80.0) * if score > 80.0 { 1.4 } else { 1.6 }, 0.65),
        }
    }
}

/// The pixels and everything an encoder needs to know about them.
pub(crate) struct EncodeInput<'a> {
    /// The transformed pixels.
    pub(crate) pixels: &'a PixelBuffer,
    /// What analysis found.
    pub(crate) traits: &'a ImageTraits,
    /// What goes into the file besides pixels.
    pub(crate) metadata: &'a Metadata,
    /// The original file, where the pixels are exactly its pixels.
    pub(crate) original: Option<&'a [u8]>,
    /// How the original's stored pixels were turned.
    pub(crate) orientation: Orientation,
    /// Whether even the colour of fully transparent pixels must survive.
    pub(crate) exact: bool,
    /// The colours, counted when first asked for: see [`EncodeInput::colors`].
    pub(crate) counted: OnceLock<Colors>,
}

impl EncodeInput<'_> {
    /// The distinct colours of the pixels.
    fn colors(&self) -> &Colors {
        self.counted.get_or_init(|| Colors::of(self.pixels))
    }
}

/// How one candidate is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EncodeSettings {
    /// For lossy encoders.
    pub(crate) quality: Option<Quality>,
    /// Time against size.
    pub(crate) effort: Effort,
    /// Whether chroma is kept at half resolution.
    pub(crate) subsample_chroma: bool,
    /// Whether a palette's errors are spread over neighbouring pixels.
    pub(crate) dithering: bool,
    /// How often to double the error that is allowed for longer runs of one palette colour.
    pub(crate) coherence: u8,
    /// Whether it is enough to be quick and nearly as small, with the same pixels: only for encoders that have
    /// drafts, see [`EncoderKind::has_drafts`].
    pub(crate) draft: bool,
}

/// Makes one candidate.
///
/// # Errors
/// [`OptimizationError::Encode`] or [`OptimizationError::Cancelled`].
pub(crate) fn encode(
    encoder: EncoderKind,
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    context.check_cancelled()?;
    match encoder {
        EncoderKind::JpegRewrite => jpeg_lossless::encode(input),
        EncoderKind::Mozjpeg => jpeg::encode(input, settings, context),
        EncoderKind::Oxipng => png::encode(input, settings, context),
        EncoderKind::PngPalette => png_palette::encode(input, settings, context),
        EncoderKind::WebpRewrite => webp::rewrite(input),
        EncoderKind::WebpLossless => webp::encode(input, settings, true, context),
        EncoderKind::WebpLossy => webp::encode(input, settings, false, context),
        EncoderKind::AomLossless => avif::encode(input, settings, true),
        EncoderKind::Aom => avif::encode(input, settings, false),
    }
}

/// The error of an encoder.
fn failed(encoder: EncoderKind, error: impl std::fmt::Display) -> OptimizationError {
    OptimizationError::Encode { encoder: encoder.name(), message: error.to_string() }
}
