//! Cyan, magenta, yellow and black to sRGB.
//!
//! Through the profile that comes with the image where there is one that can be used; without one by the textbook:
//! each ink takes its complement away, black takes all alike. That is what viewers do, and it is too vivid.

use crate::error::OptimizationError;
use moxcms::{
    ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, Transform16BitExecutor, TransformOptions,
};
use std::sync::Arc;

/// Converts pixels of four inks, where 0 is none and the largest value is full cover.
pub(crate) struct InkConverter {
    /// By the profile, at 8 and at 16 bits.
    transforms: Option<(Arc<Transform8BitExecutor>, Arc<Transform16BitExecutor>)>,
}

impl InkConverter {
    /// Uses a CMYK profile; anything else is passed over.
    pub(crate) fn new(icc: Option<&[u8]>) -> Self {
        let transforms = icc
            .and_then(|icc| ColorProfile::new_from_slice(icc).ok())
            .filter(|profile| profile.color_space == DataColorSpace::Cmyk)
            .and_then(|profile| {
                let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
                // Four inks travel in the layout of four channels.
                let eight = profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options).ok()?;
                let sixteen =
                    profile.create_transform_16bit(Layout::Rgba, &srgb, Layout::Rgb, options).ok()?;
                Some((eight, sixteen))
            });
        Self { transforms }
    }

    /// Red, green and blue of 8-bit inks.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`]: the lengths do not fit.
    pub(crate) fn to_srgb_8(&self, cmyk: &[u8]) -> Result<Vec<u8>, OptimizationError> {
        let Some((transform, _)) = &self.transforms else {
            return Ok(cmyk
                .chunks_exact(4)
                .flat_map(|inks| without_profile([inks[0], inks[1], inks[2], inks[3]].map(u32::from), 255))
                .map(|value| value as u8)
                .collect());
        };
        let mut rgb = vec![0; cmyk.len() / 4 * 3];
        transform.transform(cmyk, &mut rgb).map_err(|error| internal(&error))?;
        Ok(rgb)
    }

    /// Red, green and blue of 16-bit inks.
    ///
    /// # Errors
    /// [`OptimizationError::Internal`]: the lengths do not fit.
    pub(crate) fn to_srgb_16(&self, cmyk: &[u16]) -> Result<Vec<u16>, OptimizationError> {
        let Some((_, transform)) = &self.transforms else {
            return Ok(cmyk
                .chunks_exact(4)
                .flat_map(|inks| without_profile([inks[0], inks[1], inks[2], inks[3]].map(u32::from), 65_535))
                .map(|value| value as u16)
                .collect());
        };
        let mut rgb = vec![0; cmyk.len() / 4 * 3];
        transform.transform(cmyk, &mut rgb).map_err(|error| internal(&error))?;
        Ok(rgb)
    }
}

fn without_profile([c, m, y, k]: [u32; 4], full: u32) -> [u32; 3] {
    // 65535² + 32767 fits 32 bits.
    [c, m, y].map(|ink| ((full - ink) * (full - k) + full / 2) / full)
}

fn internal(error: &moxcms::CmsError) -> OptimizationError {
    OptimizationError::Internal { message: format!("converting inks failed: {error}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_profile_inks_take_their_complement_away() {
        let inks = InkConverter::new(None);
        let rgb = inks.to_srgb_8(&[0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 128, 255, 51]).unwrap();
        assert_eq!(rgb, [255, 255, 255, 0, 255, 255, 0, 0, 0, 204, 102, 0]);
        let deep = inks.to_srgb_16(&[0, 65_535, 0, 0]).unwrap();
        assert_eq!(deep, [65_535, 0, 65_535]);
    }

    #[test]
    fn a_profile_for_other_colours_is_passed_over() {
        let rgb = ColorProfile::new_srgb().encode().unwrap();
        assert!(InkConverter::new(Some(&rgb)).transforms.is_none());
    }
}
