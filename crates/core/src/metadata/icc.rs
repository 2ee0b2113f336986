//! ICC profiles: what they describe, and conversion to sRGB.

use crate::error::OptimizationError;
use crate::pixels::{Channels, PixelBuffer, Samples};
use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, DataColorSpace, Layout, MatrixCoefficients, ProfileText,
    ToneReprCurve, TransferCharacteristics, TransformOptions,
};

/// Whether a profile is for data of this kind. A gray profile on an RGB image (or the other way round) is a
/// mistake in the file that every reader ignores.
pub(crate) fn matches_channels(icc: &[u8], channels: Channels) -> bool {
    // Bytes 16 to 20 of the header name the colour space (ICC.1:2022, 7.2.6).
    match icc.get(16..20) {
        Some(b"RGB ") => !channels.is_gray(),
        Some(b"GRAY") => channels.is_gray(),
        _ => false,
    }
}

/// What a profile calls itself.
pub(crate) fn name(icc: &[u8]) -> Option<String> {
    let name = match ColorProfile::new_from_slice(icc).ok()?.description? {
        ProfileText::PlainString(name) => name,
        ProfileText::Localizable(names) => {
            let english = names.iter().position(|name| name.language.eq_ignore_ascii_case("en"));
            names.get(english.unwrap_or(0))?.value.clone()
        }
        ProfileText::Description(name) if name.ascii_string.is_empty() => name.unicode_string,
        ProfileText::Description(name) => name.ascii_string,
    };
    let name = name.trim_matches(|character: char| character == '\0' || character.is_whitespace());
    (!name.is_empty()).then(|| name.to_owned())
}

/// A profile for CICP numbers (ITU-T H.273) that are not sRGB. `None` where they are sRGB, unspecified or
/// unknown.
pub(crate) fn from_cicp(primaries: u8, transfer: u8) -> Option<Vec<u8>> {
    let srgb_like = matches!(primaries, 1 | 2) && matches!(transfer, 1 | 2 | 6 | 13 | 14 | 15);
    if srgb_like {
        return None;
    }
    let cicp = CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    let mut profile = ColorProfile::new_from_cicp(cicp).encode().ok()?;
    // When a profile was made (ICC.1:2022, 7.2.8) would be now: the same input has the same output at any time.
    profile.get_mut(CREATION_TIME)?.copy_from_slice(&MADE_UP_TIME);
    Some(profile)
}

/// Where the header says when the profile was made.
const CREATION_TIME: std::ops::Range<usize> = 24..36;
/// The first moment of 2000: year, month, day, hours, minutes, seconds.
const MADE_UP_TIME: [u8; 12] = [0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];

/// The pixels converted from their profile to sRGB (perceptual intent).
///
/// # Errors
/// [`OptimizationError::Unsupported`] for a profile that cannot be used.
pub(crate) fn convert_to_srgb(image: &PixelBuffer, icc: &[u8]) -> Result<PixelBuffer, OptimizationError> {
    let unusable = |message: String| OptimizationError::Unsupported {
        format: "ICC profile".into(),
        feature: format!("conversion to sRGB ({message}); --color keep leaves the profile as it is"),
    };
    let source = ColorProfile::new_from_slice(icc).map_err(|error| unusable(error.to_string()))?;
    let gray = image.channels().is_gray();
    let target = if gray { gray_with_srgb_curve() } else { ColorProfile::new_srgb() };
    if (source.color_space == DataColorSpace::Gray) != gray {
        return Err(unusable("the profile is not for this kind of pixels".into()));
    }
    let layout = match image.channels() {
        Channels::Gray => Layout::Gray,
        Channels::GrayAlpha => Layout::GrayAlpha,
        Channels::Rgb => Layout::Rgb,
        Channels::Rgba => Layout::Rgba,
    };
    let options = TransformOptions::default();
    let samples = match image.samples() {
        Samples::U8(samples) => {
            let transform = source
                .create_transform_8bit(layout, &target, layout, options)
                .map_err(|error| unusable(error.to_string()))?;
            let mut out = vec![0; samples.len()];
            transform.transform(samples, &mut out).map_err(|error| unusable(error.to_string()))?;
            Samples::U8(out)
        }
        Samples::U16(samples) => {
            let transform = source
                .create_transform_16bit(layout, &target, layout, options)
                .map_err(|error| unusable(error.to_string()))?;
            let mut out = vec![0; samples.len()];
            transform.transform(samples, &mut out).map_err(|error| unusable(error.to_string()))?;
            Samples::U16(out)
        }
    };
    PixelBuffer::new(image.width(), image.height(), image.channels(), samples)
}

/// Gray with sRGB's tone curve: what an image without a profile is taken for.
fn gray_with_srgb_curve() -> ColorProfile {
    let mut gray = ColorProfile::new_gray_with_gamma(2.2);
    let srgb: Option<ToneReprCurve> = ColorProfile::new_srgb().red_trc;
    gray.gray_trc = srgb;
    gray
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_p3_red_becomes_brighter_than_srgb_can_show_and_is_clipped() {
        let icc = ColorProfile::new_display_p3().encode().unwrap();
        assert!(matches_channels(&icc, Channels::Rgb) && !matches_channels(&icc, Channels::Gray));
        let image = PixelBuffer::new(1, 1, Channels::Rgb, Samples::U8(vec![200, 100, 100])).unwrap();
        let Samples::U8(rgb) = convert_to_srgb(&image, &icc).unwrap().into_samples() else { panic!("depth") };
        assert!(rgb[0] > 200 && rgb[1] < 100, "P3 is wider than sRGB: {rgb:?}");
    }

    /// If this fails on one platform only, that platform rounds differently: is SIMD switched on in the colour library?
    #[test]
    fn conversions_have_the_same_bytes_everywhere() {
        let icc = ColorProfile::new_display_p3().encode().unwrap();
        let levels = (0..=255u16).step_by(15);
        let grid: Vec<u16> = levels
            .clone()
            .flat_map(|r| levels.clone().map(move |g| (r, g)))
            .flat_map(|(r, g)| (0..=255u16).step_by(15).flat_map(move |b| [r, g, b]))
            .collect();
        let digest = |samples: Samples| {
            let image = PixelBuffer::new(18 * 18, 18, Channels::Rgb, samples).unwrap();
            let bytes: Vec<u8> = match convert_to_srgb(&image, &icc).unwrap().into_samples() {
                Samples::U8(samples) => samples,
                Samples::U16(samples) => samples.into_iter().flat_map(u16::to_be_bytes).collect(),
            };
            // FNV-1a.
            bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
        };
        let narrow = digest(Samples::U8(grid.iter().map(|&v| v as u8).collect()));
        let wide = digest(Samples::U16(grid.iter().map(|&v| v * 257 - v / 7).collect()));
        assert_eq!((narrow, wide), (0xd30a_b642_9aa2_a64d, 0xf5c8_3e2d_1cd8_95ac), "{narrow:#x} {wide:#x}");
    }

    #[test]
    fn srgb_code_points_need_no_profile_and_others_get_one() {
        assert_eq!(from_cicp(1, 13), None);
        assert_eq!(from_cicp(2, 2), None);
        let p3 = from_cicp(12, 13).unwrap();
        assert_eq!(p3[CREATION_TIME], MADE_UP_TIME, "the time of day is in the output");
        assert!(matches_channels(&p3, Channels::Rgb));
    }
}
