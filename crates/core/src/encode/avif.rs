//! AVIF, through libaom.

use super::{EncodeInput, EncodeSettings, EncoderKind, failed};
use crate::analyse::{AlphaKind, ImageKind};
use crate::container::avif::{self, AvifImage, Cicp};
use crate::error::OptimizationError;
use crate::pixels::Samples;
use crate::pixels::yuv::{self, EncoderPlanes, Matrix};
use crate::units::{Effort, Quality};
use planish_ffi::aom::{self, ChromaSubsampling, Config, Planes, Quantizers, Rows};

/// AV1's quantiser index for a quality: linear, as avifenc maps it.
fn quantizer_index(quality: Quality) -> u8 {
    let index = ((100.0 - quality.get()) * f32::from(u8::MAX) / 100.0 + 0.5) as u8;
    // What is coarser than this is met in steps of four only.
    if index > FINEST_STEPS_UP_TO { index.div_ceil(4) * 4 } else { index }
}

const FINEST_STEPS_UP_TO: u8 = 220;

/// One quality per quantiser index, ascending: neighbouring qualities often mean the same file.
pub(super) fn qualities() -> Vec<Quality> {
    let mut qualities: Vec<Quality> = Quality::ladder(1);
    qualities.dedup_by_key(|quality| quantizer_index(*quality));
    qualities
}

/// libaom's speed for an effort. Speed 4 is about 7 % smaller than speed 6 and takes four to seven times as long; speed 8
/// falls apart on some images.
pub(super) const fn speed(effort: Effort) -> u8 {
    match effort.get() {
        1 | 2 => 8,
        3 | 4 => 7,
        5 => 6,
        6 => 5,
        7 => 4,
        8 => 3,
        _ => 2,
    }
}

/// From this speed on libaom does not ask for quantisers by superblock.
const TOO_FAST_FOR_SUPERBLOCKS: u8 = 8;

/// The index for a photo whose superblocks have no quantisers of their own, which would be finer than the picture's: so a
/// quality means about the same at every effort. By five sixths the scores of photos are within two points of the default
/// effort's from quality 50 on (docs/decisions/0081-quality-of-the-fastest-avif.md).
fn finer(index: u8) -> u8 {
    (u16::from(index) * 5 / 6) as u8
}

/// Goes by nothing but the size, so that every machine gives the same bytes (docs/decisions/0080-avif-rows-side-by-side.md).
const fn rows(width: u32, height: u32) -> Rows {
    if width as u64 * height as u64 >= SIDE_BY_SIDE_FROM { Rows::SideBySide } else { Rows::OneAfterAnother }
}

/// In pixels. What is smaller is done in less than half a second at the default effort.
const SIDE_BY_SIDE_FROM: u64 = 1_000_000;

/// Encodes in 10 bits, and without loss in 8. Eight-bit pixels gain from the two bits more too: rounding in
/// prediction and transforms loses less, and files are smaller at the same score (docs/decisions/0013-avif-in-10-bits.md).
pub(super) fn encode(
    input: &EncodeInput<'_>,
    settings: EncodeSettings,
    lossless: bool,
) -> Result<Vec<u8>, OptimizationError> {
    let kind = if lossless { EncoderKind::AomLossless } else { EncoderKind::Aom };
    let pixels = input.pixels;
    if lossless && pixels.bit_depth() > 8 {
        return Err(failed(kind, "16-bit samples do not fit without loss"));
    }
    let monochrome = pixels.channels().is_gray();
    let matrix = if lossless && !monochrome { Matrix::Identity } else { Matrix::BT601 };
    let subsample = settings.subsample_chroma && !lossless;
    let EncoderPlanes { planes } = yuv::from_pixels(pixels, matrix, subsample, !lossless);
    let subsampling = if monochrome {
        ChromaSubsampling::Yuv400
    } else if subsample {
        ChromaSubsampling::Yuv420
    } else {
        ChromaSubsampling::Yuv444
    };
    // With a profile the code points say "unspecified", so that readers use the profile.
    let (primaries, transfer) = if input.metadata.icc.is_some() { (2, 2) } else { (1, 13) };
    let cicp = Cicp {
        primaries,
        transfer,
        matrix: if matrix == Matrix::Identity { 0 } else { 6 },
        full_range: true,
    };
    let bit_depth = if lossless { 8 } else { 10 };
    let size = (pixels.width(), pixels.height());
    let is_photo = input.traits.kind == ImageKind::Photo;
    let speed = speed(settings.effort);
    // Of graphics they take 2 to 4 % more for the same score.
    let by_superblock = is_photo && speed < TOO_FAST_FOR_SUPERBLOCKS;
    let index = settings.quality.map_or(100, quantizer_index);
    let quantizer_index = match (lossless, is_photo && !by_superblock) {
        (true, _) => 0,
        (false, true) => finer(index),
        (false, false) => index,
    };
    let config = Config {
        quantizer_index,
        screen_content: !is_photo,
        speed,
        subsampling,
        bit_depth,
        full_range: true,
        color_primaries: cicp.primaries,
        transfer_characteristics: cicp.transfer,
        matrix_coefficients: cicp.matrix,
        lossless,
        quantizers: if by_superblock { Quantizers::BySuperblock } else { Quantizers::One },
        rows: rows(size.0, size.1),
    };
    let color = encode_planes(&planes, size, &config, kind)?;
    let alpha = if input.traits.alpha == AlphaKind::None {
        None
    } else {
        pixels
            .alpha()
            .map(|alpha| {
                let planes = [
                    yuv::plane_for_encoder(alpha, !lossless),
                    Samples::U8(Vec::new()),
                    Samples::U8(Vec::new()),
                ];
                let config = Config {
                    subsampling: ChromaSubsampling::Yuv400,
                    // Transparency is kept sharp: it is small, and its errors show as fringes.
                    quantizer_index: config.quantizer_index.min(ALPHA_MAX_QUANTIZER_INDEX),
                    color_primaries: 2,
                    transfer_characteristics: 2,
                    matrix_coefficients: 2,
                    quantizers: Quantizers::One,
                    ..config
                };
                encode_planes(&planes, size, &config, kind)
            })
            .transpose()?
    };
    avif::write(&AvifImage {
        color: &color,
        alpha: alpha.as_deref(),
        width: size.0,
        height: size.1,
        bit_depth,
        subsampling: (!monochrome).then_some((subsample, subsample)),
        cicp,
        icc: input.metadata.icc.as_deref(),
        exif: input.metadata.exif.as_deref(),
        xmp: input.metadata.xmp.as_deref(),
    })
}

/// The original's coded images with the metadata that is to be kept. The container turns the image by its own
/// properties, which stay.
pub(super) fn rewrite(input: &EncodeInput<'_>) -> Result<Vec<u8>, OptimizationError> {
    let kind = EncoderKind::AvifRewrite;
    let original = input.original.ok_or_else(|| failed(kind, "the original file is needed"))?;
    avif::rewrite(original, input.metadata.exif.as_deref(), input.metadata.xmp.as_deref())
        .ok_or_else(|| failed(kind, "the container holds something that is not known"))
}

/// Alpha is never coded more coarsely than this.
const ALPHA_MAX_QUANTIZER_INDEX: u8 = 80;

fn encode_planes(
    planes: &[Samples; 3],
    (width, height): (u32, u32),
    config: &Config,
    kind: EncoderKind,
) -> Result<Vec<u8>, OptimizationError> {
    fn view(samples: &Samples) -> aom::Samples<'_> {
        match samples {
            Samples::U8(samples) => aom::Samples::U8(samples),
            Samples::U16(samples) => aom::Samples::U16(samples),
        }
    }
    let planes = Planes { width, height, y: view(&planes[0]), u: view(&planes[1]), v: view(&planes[2]) };
    aom::encode_still(&planes, config).map_err(|error| failed(kind, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quality_of_the_search_is_another_quantiser_index() {
        let indices: Vec<_> = qualities().into_iter().map(quantizer_index).collect();
        // Quality 1 is 252; what is coarser is out of reach.
        assert_eq!((indices.len(), indices[0], indices[228]), (229, 252, 0));
        assert!(indices.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
