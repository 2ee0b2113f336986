//! A file with an animation: what it announces, and players for it.

use super::{FrameStream, apng_reader, gif_reader, webp_reader};
use crate::container::{gif, webp};
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::{Metadata, exif};
use crate::pixels::{Channels, Orientation};
use crate::result::Warning;
use std::borrow::Cow;

/// What a file announces about its animation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Announced {
    /// Width of the canvas in pixels.
    pub(crate) width: u32,
    /// Height of the canvas in pixels.
    pub(crate) height: u32,
    /// Number of frames.
    pub(crate) frames: u32,
}

/// The animation in a file, from its headers alone; `None` for stills and for what cannot be read.
pub(crate) fn announced(bytes: &[u8], format: Format) -> Option<Announced> {
    let frames = match format {
        Format::Gif => gif::summarise(bytes).ok().map(|summary| summary.frames).filter(|&count| count > 1),
        Format::Png => apng_reader::announced(bytes).map(|(frames, _)| frames).filter(|&frames| frames > 1),
        Format::Webp => planish_ffi::webp::features(bytes)
            .ok()
            .filter(|features| features.has_animation)
            .map(|_| webp::summarise(bytes, 0).frames),
        Format::Jpeg | Format::Avif | Format::Jxl | Format::Tiff | Format::Bmp | Format::Ico => None,
    }?;
    let (width, height) = crate::decode::read_dimensions(bytes, format)?;
    Some(Announced { width, height, frames })
}

/// A file that can be played.
// Each flag is a fact of its own about the file.
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Source<'a> {
    /// Its format.
    pub(crate) format: Format,
    /// Width of the canvas in pixels.
    pub(crate) width: u32,
    /// Height of the canvas in pixels.
    pub(crate) height: u32,
    /// Number of frames.
    pub(crate) frames: u32,
    /// How often it plays; 0 is for ever.
    pub(crate) plays: u32,
    /// What travels with the frames.
    pub(crate) metadata: Metadata,
    /// Whether all its pixels were coded without loss.
    pub(crate) lossless: bool,
    /// Whether it has 16 bits per sample: the players give 8.
    pub(crate) deep: bool,
    /// Whether it carries metadata that had to be dropped.
    pub(crate) tainted: bool,
    /// Whether it says in so many words that it is sRGB, without a profile.
    pub(crate) declares_srgb: bool,
    /// Whether it carries comments or the like.
    pub(crate) has_comments: bool,
    /// What was odd.
    pub(crate) warnings: Vec<Warning>,
    container: Container<'a>,
    limits: Limits,
}

/// The file and what its blocks say.
enum Container<'a> {
    Gif { bytes: Cow<'a, [u8]>, summary: gif::Summary },
    Apng { bytes: &'a [u8] },
    Webp { bytes: &'a [u8], summary: webp::Summary },
}

impl<'a> Source<'a> {
    /// Reads the headers of a file of one of the animated formats. Limits are checked here, before any pixel.
    ///
    /// # Errors
    /// [`OptimizationError::LimitExceeded`], [`OptimizationError::Corrupt`] or
    /// [`OptimizationError::Unsupported`].
    pub(crate) fn open(bytes: &'a [u8], format: Format, limits: &Limits) -> Result<Self, OptimizationError> {
        let mut warnings = Vec::new();
        let mut declares_srgb = false;
        let (container, metadata, size, frames, plays) = match format {
            Format::Gif => {
                let summary = gif::summarise(bytes)?;
                let size = (u32::from(summary.screen.width), u32::from(summary.screen.height));
                limits.check_animation(size.0, size.1, summary.frames)?;
                let bytes = if summary.has_trailer && bytes.len() == summary.end + 1 {
                    Cow::Borrowed(bytes)
                } else {
                    Cow::Owned(gif::with_trailer(bytes, &summary))
                };
                if !summary.has_trailer {
                    warnings.push(missing_trailer());
                }
                let (icc, xmp) = gif_reader::metadata(&bytes, limits);
                let metadata = Metadata { icc, xmp, ..Metadata::default() };
                (Container::Gif { bytes, summary }, metadata, size, summary.frames, summary.plays)
            }
            Format::Png => {
                let (frames, plays) = apng_reader::announced(bytes)
                    .ok_or_else(|| OptimizationError::corrupt(Format::Png, "there is no animation in it"))?;
                let size = crate::decode::read_dimensions(bytes, format)
                    .ok_or_else(|| OptimizationError::corrupt(Format::Png, "the header is missing"))?;
                limits.check_animation(size.0, size.1, frames)?;
                let reader = apng_reader::reader(bytes, limits)?;
                let metadata = crate::decode::png_metadata(reader.info())?;
                declares_srgb = reader.info().srgb.is_some();
                (Container::Apng { bytes }, metadata, size, frames, plays)
            }
            Format::Webp => {
                let corrupt = |error| OptimizationError::corrupt(Format::Webp, error);
                let features = planish_ffi::webp::features(bytes).map_err(corrupt)?;
                let summary = webp::summarise(bytes, limits.max_frames);
                limits.check_animation(features.width, features.height, summary.frames)?;
                let (frames, plays) = (summary.frames, summary.plays);
                let [icc, exif, xmp] = webp::metadata_chunks(bytes);
                let metadata = Metadata {
                    icc: icc.map(<[u8]>::to_vec),
                    exif: exif.map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif).to_vec()),
                    xmp: xmp.map(<[u8]>::to_vec),
                    iptc: None,
                };
                let size = (features.width, features.height);
                (Container::Webp { bytes, summary }, metadata, size, frames, plays)
            }
            other => return Err(OptimizationError::unsupported(other.title(), "animation")),
        };
        let mut source = Self {
            format,
            width: size.0,
            height: size.1,
            frames,
            plays,
            metadata,
            lossless: match &container {
                Container::Gif { .. } | Container::Apng { .. } => true,
                Container::Webp { summary, .. } => summary.lossless,
            },
            // Bits per sample, in the header chunk.
            deep: format == Format::Png && bytes.get(24) == Some(&16),
            tainted: false,
            declares_srgb,
            has_comments: matches!(&container, Container::Gif { summary, .. } if summary.has_comments),
            warnings,
            container,
            limits: *limits,
        };
        let turned = source.metadata.exif.as_deref().map(exif::orientation).unwrap_or_default();
        if turned != Orientation::Upright {
            return Err(OptimizationError::unsupported(
                format.title(),
                "an animation that is turned by its EXIF orientation",
            ));
        }
        crate::decode::check_metadata_blocks(
            &mut source.metadata,
            Channels::Rgba,
            &mut source.tainted,
            &mut source.warnings,
            limits,
        );
        Ok(source)
    }

    /// A player, at the beginning.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub(crate) fn play(&self) -> Result<Box<dyn FrameStream + '_>, OptimizationError> {
        Ok(match &self.container {
            Container::Gif { bytes, summary } => Box::new(gif_reader::open(bytes, summary, &self.limits)?),
            Container::Apng { bytes } => Box::new(apng_reader::open(bytes, &self.limits)?),
            Container::Webp { bytes, summary } => Box::new(webp_reader::open(bytes, summary, &self.limits)?),
        })
    }
}

/// Said of a GIF without its last byte.
pub(crate) fn missing_trailer() -> Warning {
    Warning::new("damaged_input", "the file has no trailer, or padding in its place; all frames are there")
}
