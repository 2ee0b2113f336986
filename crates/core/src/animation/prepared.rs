//! A player whose frames are ready for encoders: resized, converted, equal ones in a row merged.

use super::{Delay, FrameStream, Source};
use crate::analyse::AlphaKind;
use crate::context::Limits;
use crate::error::OptimizationError;
use crate::pixels::{Channels, PixelBuffer, Samples};
use crate::settings::{Background, ImageSettings};
use crate::transform::{flattened, transform};

/// What is done to frames before they are encoded.
#[derive(Clone, Copy)]
pub(crate) struct Preparation<'a> {
    /// Cropping, turning, resizing and colour conversion, where they change anything.
    pub(crate) settings: Option<(&'a ImageSettings, &'a Limits)>,
    /// The profile to convert from.
    pub(crate) icc: Option<&'a [u8]>,
    /// The matte put under all pixels.
    pub(crate) matte: Option<Background>,
    /// Whether equal frames in a row become one, where viewers show that for as long.
    pub(crate) merge: bool,
}

impl Preparation<'_> {
    /// Frames as they are in the file.
    pub(crate) const NONE: Self = Self { settings: None, icc: None, matte: None, merge: false };
}

/// A player of prepared frames.
pub(crate) struct Prepared<'a> {
    player: Box<dyn FrameStream + 'a>,
    size: (u32, u32),
    preparation: Preparation<'a>,
    canvas: Vec<u8>,
    /// The frame after the one on the canvas, once it was looked at.
    ahead: Option<(Vec<u8>, Delay)>,
}

/// Plays a file with its frames prepared.
///
/// # Errors
/// As [`Source::play`].
pub(crate) fn play<'a>(
    source: &'a Source<'_>,
    preparation: Preparation<'a>,
) -> Result<Prepared<'a>, OptimizationError> {
    Ok(Prepared {
        player: source.play()?,
        size: (source.width, source.height),
        preparation,
        canvas: Vec::new(),
        ahead: None,
    })
}

impl Prepared<'_> {
    fn fetch(&mut self) -> Result<Option<(Vec<u8>, Delay)>, OptimizationError> {
        let Some(delay) = self.player.next_frame()? else { return Ok(None) };
        let mut pixels = self.player.canvas().to_vec();
        let Preparation { settings, icc, matte, .. } = self.preparation;
        if settings.is_some() || matte.is_some() {
            let mut image = PixelBuffer::new(self.size.0, self.size.1, Channels::Rgba, Samples::U8(pixels))?;
            if let Some((settings, limits)) = settings {
                let mut icc = icc.map(<[u8]>::to_vec);
                (image, _) = transform(image, &mut icc, settings, limits)?;
            }
            if matte.is_some()
                && let Some(flat) = flattened(&image, AlphaKind::Full, matte)
            {
                image = flat;
            }
            pixels = rgba(image);
        }
        for pixel in pixels.chunks_exact_mut(4) {
            if pixel[3] == 0 {
                pixel.fill(0);
            }
        }
        Ok(Some((pixels, delay)))
    }
}

/// The samples of an 8-bit image, with alpha.
fn rgba(image: PixelBuffer) -> Vec<u8> {
    let has_alpha = image.channels().has_alpha();
    let image = image.gray_as_rgb().unwrap_or(image);
    let image = image.to_8_bit().unwrap_or(image);
    match image.into_samples() {
        Samples::U8(samples) if has_alpha => samples,
        Samples::U8(samples) => {
            samples.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect()
        }
        Samples::U16(_) => Vec::new(),
    }
}

impl FrameStream for Prepared<'_> {
    fn next_frame(&mut self) -> Result<Option<Delay>, OptimizationError> {
        let next = match self.ahead.take() {
            Some(next) => Some(next),
            None => self.fetch()?,
        };
        let Some((pixels, mut delay)) = next else { return Ok(None) };
        self.canvas = pixels;
        while self.preparation.merge
            && let Some((pixels, next)) = self.fetch()?
        {
            let Some(sum) = delay.merged(next).filter(|_| pixels == self.canvas) else {
                self.ahead = Some((pixels, next));
                break;
            };
            delay = sum;
        }
        Ok(Some(delay))
    }

    fn canvas(&self) -> &[u8] {
        &self.canvas
    }
}
