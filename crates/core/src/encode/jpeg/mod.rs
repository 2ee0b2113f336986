//! Lossy JPEG, through mozjpeg-rs.

mod quantization;

pub(crate) use quantization::quality_of;

use super::{EncodeInput, EncodeSettings, EncoderKind, failed};
use crate::container::jpeg::{
    Additions, Attachments, Jpeg, MAX_EXIF, MAX_XMP, XMP_SIGNATURE, marker, rewrite,
};
use crate::context::{CancelFlag, OptimizeContext};
use crate::error::OptimizationError;
use crate::pixels::{Channels, Orientation, Samples};
use mozjpeg_rs::{Encoder, Error, Stop, Subsampling};

/// From this effort on, progressive scans are optimised too: half the speed for about 1 % of size.
const OPTIMIZE_SCANS_FROM: u8 = 5;
/// Below this effort, coefficients are rounded instead of trellis-quantised.
const TRELLIS_FROM: u8 = 2;

/// Lets the encoder see the job's cancel flag.
struct StopFlag<'a>(&'a CancelFlag);

impl Stop for StopFlag<'_> {
    fn check(&self) -> Result<(), enough::StopReason> {
        if self.0.is_cancelled() { Err(enough::StopReason::Cancelled) } else { Ok(()) }
    }
}

/// Encodes opaque pixels; deeper samples are rounded to 8 bits.
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    context: &OptimizeContext<'_>,
) -> Result<Vec<u8>, OptimizationError> {
    let error = |error: Error| match error {
        Error::Cancelled => OptimizationError::Cancelled,
        other => failed(EncoderKind::Mozjpeg, other),
    };
    let rounded = input.pixels.to_8_bit();
    let pixels = rounded.as_ref().unwrap_or(input.pixels);
    let effort = settings.effort.get();
    let mut encoder = if effort >= OPTIMIZE_SCANS_FROM {
        Encoder::max_compression()
    } else if effort >= TRELLIS_FROM {
        Encoder::progressive_balanced()
    } else {
        Encoder::fastest().progressive(true).optimize_huffman(true)
    };
    if let Some(quality) = settings.quality {
        let tables = quantization::tables(quality);
        // At 50 the encoder takes tables as they are.
        encoder = encoder.quality(50).custom_luma_qtable(tables.luma).custom_chroma_qtable(tables.chroma);
    }
    if let Some(icc) = &input.metadata.icc {
        encoder = encoder.icc_profile(icc.clone());
    }
    if let Some(exif) = input.metadata.exif.as_ref().filter(|exif| exif.len() <= MAX_EXIF) {
        encoder = encoder.exif_data(exif.clone());
    }
    if let Some(xmp) = input.metadata.xmp.as_ref().filter(|xmp| xmp.len() <= MAX_XMP) {
        encoder = encoder.add_marker(1, [XMP_SIGNATURE, xmp].concat());
    }
    let Samples::U8(samples) = pixels.samples() else {
        return Err(failed(EncoderKind::Mozjpeg, "8-bit samples expected"));
    };
    let stop = StopFlag(&context.cancel);
    let (width, height) = (pixels.width(), pixels.height());
    let bytes = match pixels.channels() {
        Channels::Gray => encoder.encode_gray_with_stop(samples, width, height, &stop).map_err(error),
        Channels::Rgb => {
            let subsampling = if settings.subsample_chroma { Subsampling::S420 } else { Subsampling::S444 };
            encoder
                .subsampling(subsampling)
                .encode_rgb_with_stop(samples, width, height, &stop)
                .map_err(error)
        }
        Channels::GrayAlpha | Channels::Rgba => {
            Err(failed(EncoderKind::Mozjpeg, "opaque pixels expected: JPEG has no alpha"))
        }
    }?;
    // The output is upright: what goes with turned rows would lie the other way.
    match input.attachments.filter(|_| input.orientation == Orientation::Upright) {
        Some(attachments) => with_attachments(&bytes, attachments, input.metadata.xmp.is_some()),
        None => Ok(bytes),
    }
}

fn with_attachments(
    bytes: &[u8],
    attachments: &Attachments,
    has_xmp: bool,
) -> Result<Vec<u8>, OptimizationError> {
    let jpeg = Jpeg::parse(bytes)
        .ok_or_else(|| failed(EncoderKind::Mozjpeg, "the encoder wrote no JPEG that can be taken apart"))?;
    let own_xmp = jpeg.xmp().filter(|_| has_xmp);
    let is_xmp = |content: &[u8]| content.starts_with(XMP_SIGNATURE);
    let additions = Additions { attachments: Some(attachments), xmp: own_xmp, ..Additions::default() };
    Ok(rewrite(&jpeg, |segment| !(segment.marker == marker::APP1 && is_xmp(segment.content)), &additions))
}
