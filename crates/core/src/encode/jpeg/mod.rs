//! Lossy JPEG, through mozjpeg.

mod quantization;

pub(crate) use quantization::quality_of;

use super::{EncodeInput, EncodeSettings, EncoderKind, failed, jpeg_lossless};
use crate::container::jpeg::{Additions, Jpeg, is_shown, rewrite};
use crate::context::OptimizeContext;
use crate::error::OptimizationError;
use crate::pixels::{Channels, Orientation, Samples};
use crate::units::Effort;
use planish_ffi::FfiError;
use planish_ffi::jpeg::{self, Config, Scans};

/// Below this effort there is one scan, which takes less time and memory to make and to decode, for 2 % of size.
const PROGRESSIVE_FROM: u8 = 2;
/// From this effort on, ways to split the coefficients into scans are tried: half the speed for about 1 % of size.
const SEARCH_SCANS_FROM: u8 = 5;

/// Encodes opaque pixels; deeper samples are rounded to 8 bits.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let rounded = input.pixels.to_8_bit();
    let pixels = rounded.as_ref().unwrap_or(input.pixels);
    let Samples::U8(samples) = pixels.samples() else {
        return Err(failed(EncoderKind::Mozjpeg, "8-bit samples expected"));
    };
    let layout = match pixels.channels() {
        Channels::Gray => jpeg::Samples::Gray,
        Channels::Rgb => jpeg::Samples::Rgb,
        Channels::GrayAlpha | Channels::Rgba => {
            return Err(failed(EncoderKind::Mozjpeg, "opaque pixels expected: JPEG has no alpha"));
        }
    };
    let quality =
        settings.quality.ok_or_else(|| failed(EncoderKind::Mozjpeg, "a quality is needed: it is lossy"))?;
    let effort = settings.effort.get();
    let config = Config {
        tables: quantization::tables(quality),
        halve_chroma: settings.subsample_chroma,
        scans: match effort {
            ..PROGRESSIVE_FROM => Scans::Sequential,
            PROGRESSIVE_FROM..SEARCH_SCANS_FROM => Scans::Progressive,
            SEARCH_SCANS_FROM.. => Scans::Searched,
        },
    };
    let cancelled = &mut || context.cancel.is_cancelled();
    let bytes = jpeg::encode(samples, layout, pixels.width(), pixels.height(), &config, cancelled).map_err(
        |error| match error {
            FfiError::Cancelled => OptimizationError::Cancelled,
            other => failed(EncoderKind::Mozjpeg, other),
        },
    )?;
    with_metadata(&bytes, input)
}

/// What [`encode`] made with its coefficients coded anew, where that is smaller: for the file that is handed out, not for
/// those a search passes by. `thorough` looks further: see [`jpeg_lossless::smaller`].
///
/// # Errors
/// [`OptimizationError::Encode`] when the rewriter does not read the file.
pub(super) fn repacked(
    bytes: &[u8],
    input: &EncodeInput<'_>,
    effort: Effort,
    thorough: bool,
) -> Result<Option<Vec<u8>>, OptimizationError> {
    if effort.get() < SEARCH_SCANS_FROM {
        return Ok(None);
    }
    let smaller = jpeg_lossless::smaller(bytes, thorough)?;
    let complete = smaller.map(|smaller| with_metadata(&smaller, input)).transpose()?;
    Ok(complete.filter(|complete| complete.len() < bytes.len()))
}

fn with_metadata(bytes: &[u8], input: &EncodeInput<'_>) -> Result<Vec<u8>, OptimizationError> {
    let jpeg = Jpeg::parse(bytes)
        .ok_or_else(|| failed(EncoderKind::Mozjpeg, "the encoder wrote no JPEG that can be taken apart"))?;
    let additions = Additions {
        exif: input.metadata.exif.as_deref(),
        xmp: input.metadata.xmp.as_deref(),
        icc: input.metadata.icc.as_deref(),
        // The output is upright: what goes with turned rows would lie the other way.
        attachments: input.attachments.filter(|_| input.orientation == Orientation::Upright),
    };
    Ok(rewrite(&jpeg, is_shown, &additions))
}
