//! Stage 6: pixels to candidate files. One encoder per file, all behind one function.

mod avif;
mod gif;
mod gif_palette;
mod jpeg;
mod jpeg_lossless;
mod jpeg_strip;
mod jxl;
mod palette;
mod png;
mod png_palette;
mod squoosh;
mod tiff;
mod webp;
mod webp_palette;

pub(crate) use gif::colors as gif_colors;
pub(crate) use gif_palette::quantised;
pub(crate) use jpeg::quality_of as own_jpeg_quality;
pub(crate) use png::packing as oxipng_options;
pub(crate) use squoosh::{
    check_available as check_squoosh, lossless_jxl_kind, lossy_kind as squoosh_or_built_in,
};
pub(crate) use webp::MAX_EDGE as WEBP_MAX_EDGE;

use crate::analyse::{AlphaKind, ImageKind, ImageTraits};
use crate::container::jpeg::Attachments;
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
    /// The JPEG's own coded data between other metadata.
    JpegStrip,
    /// JPEG by mozjpeg.
    Mozjpeg,
    /// PNG by oxipng, without loss.
    Oxipng,
    /// PNG with fewer colours, in a palette.
    PngPalette,
    /// The WebP's own image data in a container without the metadata.
    WebpRewrite,
    /// Lossless WebP.
    WebpLossless,
    /// WebP with fewer colours, coded without further loss.
    WebpPalette,
    /// Lossy WebP.
    WebpLossy,
    /// AVIF by libaom without loss.
    AomLossless,
    /// AVIF by libaom.
    Aom,
    /// The AVIF's own coded images in a container without the metadata.
    AvifRewrite,
    /// The GIF's own frames in a file without comments and metadata.
    GifRewrite,
    /// GIF with all its colours.
    Gif,
    /// GIF with fewer colours.
    GifLossy,
    /// The JPEG XL's own codestream in a container without the metadata.
    JxlRewrite,
    /// JPEG XL of a JPEG's own coefficients, by jixel.
    JxlTranscode,
    /// Lossless JPEG XL by jixel.
    JxlLossless,
    /// Lossy JPEG XL by jixel.
    Jxl,
    /// Lossless TIFF.
    TiffLossless,
    /// AVIF by Squoosh's libaom.
    SquooshAvif,
    /// Lossless JPEG XL by Squoosh's libjxl.
    SquooshJxlLossless,
    /// Lossy JPEG XL by Squoosh's libjxl.
    SquooshJxl,
}

impl EncoderKind {
    /// The name in results.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::JpegRewrite => "jpeg-rewrite",
            Self::JpegStrip => "jpeg-strip",
            Self::Mozjpeg => "mozjpeg",
            Self::Oxipng => "oxipng",
            Self::PngPalette => "png-palette",
            Self::WebpRewrite => "webp-rewrite",
            Self::WebpLossless => "webp-lossless",
            Self::WebpPalette => "webp-palette",
            Self::WebpLossy => "webp",
            Self::AomLossless => "aom-lossless",
            Self::Aom => "aom",
            Self::AvifRewrite => "avif-rewrite",
            Self::GifRewrite => "gif-rewrite",
            Self::Gif => "gif-lossless",
            Self::GifLossy => "gif",
            Self::JxlRewrite => "jxl-rewrite",
            Self::JxlTranscode => "jxl-transcode",
            Self::JxlLossless => "jixel-lossless",
            Self::Jxl => "jixel",
            Self::TiffLossless => "tiff",
            Self::SquooshAvif => "squoosh-avif",
            Self::SquooshJxlLossless => "squoosh-jxl-lossless",
            Self::SquooshJxl => "squoosh-jxl",
        }
    }

    /// What it writes.
    pub(crate) const fn format(self) -> Format {
        match self {
            Self::JpegRewrite | Self::JpegStrip | Self::Mozjpeg => Format::Jpeg,
            Self::Oxipng | Self::PngPalette => Format::Png,
            Self::WebpRewrite | Self::WebpLossless | Self::WebpPalette | Self::WebpLossy => Format::Webp,
            Self::AomLossless | Self::Aom | Self::AvifRewrite | Self::SquooshAvif => Format::Avif,
            Self::GifRewrite | Self::Gif | Self::GifLossy => Format::Gif,
            Self::JxlRewrite
            | Self::JxlTranscode
            | Self::JxlLossless
            | Self::Jxl
            | Self::SquooshJxlLossless
            | Self::SquooshJxl => Format::Jxl,
            Self::TiffLossless => Format::Tiff,
        }
    }

    /// Whether nothing of what was coded is lost.
    pub(crate) const fn is_lossless(self) -> bool {
        matches!(
            self,
            Self::JpegRewrite
                | Self::JpegStrip
                | Self::Oxipng
                | Self::WebpRewrite
                | Self::WebpLossless
                | Self::AomLossless
                | Self::AvifRewrite
                | Self::GifRewrite
                | Self::Gif
                | Self::JxlRewrite
                | Self::JxlTranscode
                | Self::JxlLossless
                | Self::TiffLossless
                | Self::SquooshJxlLossless
        )
    }

    /// Whether it can code chroma at half and at full resolution.
    pub(crate) const fn subsamples_chroma(self) -> bool {
        matches!(self, Self::Mozjpeg | Self::Aom | Self::SquooshAvif)
    }

    /// Whether a sample's score and bytes per pixel are much like the whole image's.
    pub(crate) const fn can_be_sampled(self) -> bool {
        matches!(self, Self::Mozjpeg | Self::WebpLossy | Self::Aom | Self::SquooshAvif)
    }

    /// Whether pixels with this transparency have to be put on a matte first.
    pub(crate) fn needs_matte(self, alpha: AlphaKind) -> bool {
        needs_matte(self.format(), alpha)
    }

    /// Whether every decoded pixel is the same. A JPEG's coefficients in JPEG XL are the same coefficients, but the
    /// two standards round them to pixels differently.
    pub(crate) const fn is_pixel_exact(self) -> bool {
        self.is_lossless() && !matches!(self, Self::JxlTranscode)
    }

    /// Whether its pixels can be judged by a draft that is made much quicker than the file: a search then packs
    /// only what it finds.
    pub(crate) const fn has_drafts(self) -> bool {
        matches!(self, Self::PngPalette | Self::WebpPalette)
    }

    /// A score this far above the target is close enough: more encodes would save less than they cost.
    pub(crate) const fn score_tolerance(self) -> f64 {
        match self {
            Self::PngPalette | Self::WebpPalette => 0.2,
            _ => 0.25,
        }
    }

    /// The qualities that give different files, ascending.
    pub(crate) fn qualities(self) -> Vec<Quality> {
        match self {
            Self::Aom => avif::qualities(),
            Self::SquooshAvif => squoosh::avif_qualities(),
            Self::GifLossy => gif::qualities(),
            Self::PngPalette | Self::WebpPalette => Quality::ladder(4),
            _ => Quality::ladder(1),
        }
    }

    /// The SSIMULACRA2 scores of some qualities on a photo or a graphic, both ascending: where a search starts and how it
    /// goes on. From the medians over photos and over graphics.
    pub(crate) const fn typical_scores(self, kind: ImageKind) -> &'static [(f64, f64)] {
        match (self, kind) {
            (Self::WebpLossy, ImageKind::Graphic) => &[
                (10.0, 55.1),
                (30.0, 68.7),
                (50.0, 75.0),
                (70.0, 80.2),
                (80.0, 83.1),
                (88.0, 86.3),
                (94.0, 88.3),
                (98.0, 88.9),
            ],
            (Self::WebpLossy, ImageKind::Photo) => &[
                (30.0, 53.4),
                (50.0, 64.2),
                (65.0, 69.5),
                (76.0, 74.2),
                (85.0, 82.5),
                (92.0, 86.9),
                (96.0, 90.0),
                (98.0, 90.7),
                (100.0, 91.0),
            ],
            (Self::Aom | Self::SquooshAvif, ImageKind::Graphic) => &[
                (20.0, 42.0),
                (28.0, 53.4),
                (36.0, 62.0),
                (44.0, 71.3),
                (52.0, 78.4),
                (60.0, 83.0),
                (68.0, 86.0),
                (76.0, 88.5),
                (84.0, 90.8),
                (92.0, 93.0),
                (97.0, 94.0),
            ],
            (Self::Aom | Self::SquooshAvif, ImageKind::Photo) => &[
                (20.0, 22.0),
                (28.0, 36.7),
                (36.0, 49.7),
                (44.0, 60.7),
                (52.0, 69.9),
                (60.0, 76.2),
                (68.0, 81.5),
                (76.0, 85.8),
                (84.0, 90.1),
                (92.0, 93.9),
                (97.0, 95.7),
            ],
            // On graphics: score 90 at 112 colours, 80 at 48, 70 at 24; they lie far apart.
            (Self::PngPalette | Self::WebpPalette, _) => &[(20.0, 70.0), (44.0, 80.0), (68.0, 90.0)],
            // Its qualities are spaced by score.
            (Self::Jxl | Self::SquooshJxl, _) => {
                &[(10.0, 10.0), (30.0, 30.0), (70.0, 70.0), (80.0, 80.0), (90.0, 90.0), (97.0, 97.0)]
            }
            _ => &[
                (30.0, 47.0),
                (50.0, 62.3),
                (62.0, 68.3),
                (75.0, 75.1),
                (84.0, 80.5),
                (90.0, 87.3),
                (94.0, 90.6),
                (97.0, 93.1),
            ],
        }
    }
}

/// Whether a format cannot hold this transparency: JPEG none, GIF no partial one.
pub(crate) fn needs_matte(format: Format, alpha: AlphaKind) -> bool {
    match alpha {
        AlphaKind::None => false,
        AlphaKind::Binary => !format.supports_alpha(),
        AlphaKind::Full => !format.supports_alpha() || format == Format::Gif,
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
    /// What goes behind a JPEG's end, where the output's stored pixels lie as the original's do or both are upright.
    pub(crate) attachments: Option<&'a Attachments>,
    /// Whether the original's stored samples are inks (CMYK), with a profile of their own.
    pub(crate) stored_inks: bool,
    /// Whether even the colour of fully transparent pixels must survive.
    pub(crate) exact: bool,
    /// Whether EXIF and XMP are to be kept.
    pub(crate) keep_metadata: bool,
    /// The colours, counted when first asked for: see [`EncodeInput::colors`].
    pub(crate) counted: OnceLock<Colors>,
}

impl<'a> EncodeInput<'a> {
    /// Upright pixels that stand for themselves, without an original file.
    pub(crate) const fn plain(
        pixels: &'a PixelBuffer,
        traits: &'a ImageTraits,
        metadata: &'a Metadata,
    ) -> Self {
        Self {
            pixels,
            traits,
            metadata,
            original: None,
            orientation: Orientation::Upright,
            attachments: None,
            stored_inks: false,
            exact: false,
            keep_metadata: false,
            counted: OnceLock::new(),
        }
    }

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
    /// The error that is allowed for longer runs of one palette colour: none at 0, some at 1, doubled with each more.
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
        EncoderKind::JpegStrip => jpeg_strip::encode(input),
        EncoderKind::Mozjpeg => jpeg::encode(input, settings, context),
        EncoderKind::Oxipng => png::encode(input, settings, context),
        EncoderKind::PngPalette => png_palette::encode(input, settings, context),
        EncoderKind::WebpRewrite => webp::rewrite(input),
        EncoderKind::WebpLossless => webp::encode(input, settings, true, context),
        EncoderKind::WebpPalette => webp_palette::encode(input, settings, context),
        EncoderKind::WebpLossy => webp::encode(input, settings, false, context),
        EncoderKind::AomLossless => avif::encode(input, settings, true),
        EncoderKind::Aom => avif::encode(input, settings, false),
        EncoderKind::AvifRewrite => avif::rewrite(input),
        EncoderKind::GifRewrite => gif::rewrite(input),
        EncoderKind::Gif => gif::encode(input, settings, true),
        EncoderKind::GifLossy => gif::encode(input, settings, false),
        EncoderKind::JxlRewrite => jxl::rewrite(input),
        EncoderKind::JxlTranscode => jxl::transcode(input),
        EncoderKind::JxlLossless => jxl::encode_lossless(input),
        EncoderKind::Jxl => jxl::encode(input, settings),
        EncoderKind::TiffLossless => tiff::encode(input, settings, context),
        EncoderKind::SquooshAvif => squoosh::encode_avif(input, settings, context),
        EncoderKind::SquooshJxlLossless => squoosh::encode_jxl(input, settings, true, context),
        EncoderKind::SquooshJxl => squoosh::encode_jxl(input, settings, false, context),
    }
}

/// A file that [`encode`] made, packed more closely with the same pixels, where its format has a way that is too slow to be
/// taken in every encode of a search. `thorough` takes longer, for what was searched for; otherwise only what is likely to pay
/// is tried.
///
/// # Errors
/// [`OptimizationError::Encode`] when what does it cannot read the file.
pub(crate) fn repacked(
    encoder: EncoderKind,
    bytes: &[u8],
    input: &EncodeInput<'_>,
    effort: Effort,
    thorough: bool,
) -> Result<Option<Vec<u8>>, OptimizationError> {
    match encoder {
        EncoderKind::Mozjpeg => jpeg::repacked(bytes, input, effort, thorough),
        _ => Ok(None),
    }
}

/// The error of an encoder.
fn failed(encoder: EncoderKind, error: impl std::fmt::Display) -> OptimizationError {
    OptimizationError::Encode { encoder: encoder.name(), message: error.to_string() }
}
