//! The stages one by one, for `benches/`: with the feature `stages`, and nothing that a program should build on.

use crate::analyse::{ImageTraits, analyse};
use crate::context::OptimizeContext;
use crate::decode::{DecodedImage, decode};
use crate::encode::{EncodeInput, EncodeSettings, EncoderKind, encode};
use crate::error::OptimizationError;
use crate::format::Format;
use crate::measure::Measurer;
use crate::settings::{ColorPolicy, ImageSettings, Resize};
use crate::sniff::sniff;
use crate::transform::transform;
use crate::units::{Effort, Quality, Score};
use crate::verify::{Expected, Fidelity, verify};

/// One decoded image, for stages to be run on.
pub struct Stages {
    image: DecodedImage,
    traits: ImageTraits,
    context: OptimizeContext<'static>,
}

impl Stages {
    /// Decodes and analyses a file.
    ///
    /// # Errors
    /// As [`optimize`](crate::optimize()).
    pub fn new(file: &[u8]) -> Result<Self, OptimizationError> {
        let context = OptimizeContext::default();
        let image = decode(file, sniff(file)?, &context)?;
        Ok(Self { traits: analyse(&image.pixels), image, context })
    }

    /// The number of pixels.
    pub fn pixels(&self) -> usize {
        self.image.pixels.pixel_count()
    }

    /// Decodes a file; its width.
    ///
    /// # Errors
    /// What the decoder says.
    pub fn decode(file: &[u8]) -> Result<u32, OptimizationError> {
        Ok(decode(file, sniff(file)?, &OptimizeContext::default())?.pixels.width())
    }

    /// Analyses the image; whether it is gray.
    pub fn analyse(&self) -> bool {
        analyse(&self.image.pixels).gray
    }

    /// Resizes the image to half of its edges, in linear light; the new width. Copies the pixels first.
    ///
    /// # Errors
    /// What resizing says.
    pub fn halve(&self) -> Result<u32, OptimizationError> {
        let width = self.image.pixels.width().div_ceil(2);
        let resize = Resize { width: Some(width), ..Resize::default() };
        let settings =
            ImageSettings { color: ColorPolicy::Keep, resize: Some(resize), ..ImageSettings::default() };
        let (pixels, _) = transform(self.image.pixels.clone(), &mut None, &settings, &self.context.limits)?;
        Ok(pixels.width())
    }

    /// Encodes the image once, at effort 5: lossy at this quality, or without loss.
    ///
    /// # Errors
    /// [`OptimizationError::Unsupported`] for a format without such an encoder; what the encoder says.
    pub fn encode(&self, format: Format, quality: Option<Quality>) -> Result<Vec<u8>, OptimizationError> {
        let encoder = encoder(format, quality)?;
        let input = EncodeInput::plain(&self.image.pixels, &self.traits, &self.image.metadata);
        let settings = EncodeSettings {
            quality,
            effort: Effort::default(),
            subsample_chroma: false,
            dithering: false,
            coherence: 0,
            draft: false,
        };
        encode(encoder, &input, settings, &self.context)
    }

    /// Prepares the image for being compared with often.
    ///
    /// # Errors
    /// What the metric says.
    pub fn reference(&self) -> Result<PreparedReference, OptimizationError> {
        Measurer::new(&self.image.pixels, self.traits.alpha).map(PreparedReference)
    }

    /// SSIMULACRA2 of this image against a reference of its size.
    ///
    /// # Errors
    /// What the metric says.
    pub fn score(&self, reference: &PreparedReference) -> Result<Score, OptimizationError> {
        reference.0.score(&self.image.pixels)
    }

    /// Decodes a file that stands for this image, and checks it.
    ///
    /// # Errors
    /// [`OptimizationError::Verify`].
    pub fn verify(&self, file: &[u8]) -> Result<(), OptimizationError> {
        let expected = Expected {
            pixels: &self.image.pixels,
            alpha: self.traits.alpha,
            icc: None,
            fidelity: Fidelity::Lossy,
            exact: false,
        };
        verify(file, sniff(file)?, &expected, &self.context).map(|_| ())
    }
}

impl std::fmt::Debug for Stages {
    /// The size alone: nobody wants to read millions of pixels.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stages").field("pixels", &self.pixels()).finish_non_exhaustive()
    }
}

/// An image that others are held against.
pub struct PreparedReference(Measurer);

impl std::fmt::Debug for PreparedReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreparedReference").finish_non_exhaustive()
    }
}

fn encoder(format: Format, quality: Option<Quality>) -> Result<EncoderKind, OptimizationError> {
    match (format, quality.is_some()) {
        (Format::Jpeg, true) => Ok(EncoderKind::Mozjpeg),
        (Format::Png, true) => Ok(EncoderKind::PngPalette),
        (Format::Png, false) => Ok(EncoderKind::Oxipng),
        (Format::Webp, true) => Ok(EncoderKind::WebpLossy),
        (Format::Webp, false) => Ok(EncoderKind::WebpLossless),
        (Format::Avif, true) => Ok(EncoderKind::Aom),
        (Format::Avif, false) => Ok(EncoderKind::AomLossless),
        (Format::Jxl, true) => Ok(EncoderKind::Jxl),
        (Format::Jxl, false) => Ok(EncoderKind::JxlLossless),
        (Format::Gif, true) => Ok(EncoderKind::GifLossy),
        (Format::Tiff, false) => Ok(EncoderKind::TiffLossless),
        (format, _) => Err(OptimizationError::Unsupported {
            format: format.to_string(),
            feature: "an encoder of that kind".into(),
        }),
    }
}
