//! Stage 6: pixels to candidate files. One encoder per file, all behind one function.

mod avif;
mod jpeg;
mod jpeg_lossless;
mod png;
mod webp;

pub(crate) use webp::MAX_EDGE as WEBP_MAX_EDGE;

use crate::analyse::ImageTraits;
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::Metadata;
use crate::pixels::{Orientation, PixelBuffer};
use crate::units::{Effort, Quality};

/// The encoders, in the order that breaks ties between candidates of equal size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum EncoderKind {
    /// The JPEG's own coefficients, coded better.
    JpegRewrite,
    /// JPEG by mozjpeg-rs.
    Mozjpeg,
    /// PNG by oxipng, without loss.
    Oxipng,
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
            Self::Oxipng => Format::Png,
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
            // Score 90 at quality 87, 80 at 67, 70 at 53.
            Self::Aom => (67.0 + (score - 80.0) * if score > 80.0 { 2.0 } else { 1.4 }, 0.6),
            // Score 90 at quality 94, 80 at 86, 70 at 70.
            Self::Mozjpeg => (86.0 + (score - 80.0) * if score > 80.0 { 0.8 } else { 1.6 }, 0.65),
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
