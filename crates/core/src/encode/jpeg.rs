//! Lossy JPEG, through mozjpeg-rs.

use super::{EncodeInput, EncodeSettings, EncoderKind, failed};
use crate::context::{CancelFlag, OptimizeContext};
use crate::error::OptimizationError;
use crate::pixels::{Channels, Samples};
use mozjpeg_rs::consts::STD_CHROMINANCE_QUANT_TBL;
use mozjpeg_rs::{DCTSIZE2, Encoder, Error, QuantTableIdx, Stop, Subsampling};

/// From this effort on, progressive scans are optimised too: half the speed for about 1 % of size.
const OPTIMIZE_SCANS_FROM: u8 = 5;
/// Below this effort, coefficients are rounded instead of trellis-quantised.
const TRELLIS_FROM: u8 = 2;

/// Luma is quantised by the tables tuned for MSSIM: at equal SSIMULACRA2 they beat mozjpeg's default, and its other
/// sets, at every score (docs/decisions/0041-jpeg-quantisation-tables.md).
const LUMA_TABLE: QuantTableIdx = QuantTableIdx::MssimTuned;

/// Chroma by those of Klein, Silverstein and Carney (1992), a quarter coarser.
const CHROMA_TABLE: [u16; DCTSIZE2] = {
    let mut table = STD_CHROMINANCE_QUANT_TBL[QuantTableIdx::Klein as usize];
    let mut at = 0;
    while at < table.len() {
        table[at] = (table[at] * 5 + 2) / 4;
        at += 1;
    }
    table
};

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
    encoder = encoder.quant_tables(LUMA_TABLE).custom_chroma_qtable(CHROMA_TABLE);
    if let Some(quality) = settings.quality {
        encoder = encoder.quality(quality.get());
    }
    if let Some(icc) = &input.metadata.icc {
        encoder = encoder.icc_profile(icc.clone());
    }
    if let Some(exif) = &input.metadata.exif {
        encoder = encoder.exif_data(exif.clone());
    }
    if let Some(xmp) = &input.metadata.xmp {
        encoder = encoder.add_marker(1, [XMP_NAMESPACE, xmp].concat());
    }
    let Samples::U8(samples) = pixels.samples() else {
        return Err(failed(EncoderKind::Mozjpeg, "8-bit samples expected"));
    };
    let stop = StopFlag(&context.cancel);
    let (width, height) = (pixels.width(), pixels.height());
    match pixels.channels() {
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
    }
}

/// What an APP1 segment with XMP starts with (XMP specification part 3, 1.1.3).
pub(super) const XMP_NAMESPACE: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
