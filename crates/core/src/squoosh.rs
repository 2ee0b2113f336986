//! Squoosh's codecs: encoders in WebAssembly modules of their own, run by whoever calls the core.
//!
//! The core hands out raw pixels and the codec's options, and gets a file back, which is measured and verified like
//! every other. The same modules with the same options give the same bytes in a browser and in Node.

use crate::context::CancelFlag;
use crate::format::Format;
use crate::units::Quality;
use serde::{Deserialize, Serialize};

/// A codec of Squoosh's that can take the place of a built-in encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SquooshCodec {
    /// libaom through libavif.
    Avif,
    /// libjxl.
    Jxl,
}

impl SquooshCodec {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Avif, Self::Jxl];

    /// The format it writes.
    pub const fn format(self) -> Format {
        match self {
            Self::Avif => Format::Avif,
            Self::Jxl => Format::Jxl,
        }
    }

    /// The name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Avif => "avif",
            Self::Jxl => "jxl",
        }
    }

    /// The npm package that holds its module.
    pub const fn package(self) -> &'static str {
        match self {
            Self::Avif => "@jsquash/avif",
            Self::Jxl => "@jsquash/jxl",
        }
    }

    /// The version of the package: another one may give other bytes, and is refused.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Avif => "2.1.1",
            Self::Jxl => "1.3.0",
        }
    }

    /// The codec of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.name() == name)
    }
}

/// Pixels as Squoosh's codecs take them.
#[derive(Debug, Clone, Copy)]
pub struct RawImage<'a> {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bits per sample: 8, or 10 in two bytes each, the lower first.
    pub bits: u8,
    /// Red, green, blue and straight alpha, rows contiguous from the top.
    pub rgba: &'a [u8],
}

/// All options of one codec, by the names that its module knows them by. None is left to a default of the module.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SquooshOptions {
    /// For [`SquooshCodec::Avif`].
    Avif(AvifOptions),
    /// For [`SquooshCodec::Jxl`].
    Jxl(JxlOptions),
}

impl SquooshOptions {
    /// Whose options they are.
    pub const fn codec(&self) -> SquooshCodec {
        match self {
            Self::Avif(_) => SquooshCodec::Avif,
            Self::Jxl(_) => SquooshCodec::Jxl,
        }
    }
}

/// libavif's options, as the module names them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AvifOptions {
    /// 0 to 100.
    pub quality: f32,
    /// 0 to 100.
    pub quality_alpha: f32,
    /// Grain that is taken out and described; 0 for none.
    pub denoise_level: u8,
    /// Logarithm of the number of columns of tiles.
    pub tile_cols_log2: u8,
    /// Logarithm of the number of rows of tiles.
    pub tile_rows_log2: u8,
    /// libaom's speed, 0 (slowest) to 10.
    pub speed: u8,
    /// 0 for 4:0:0, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4.
    pub subsample: u8,
    /// Whether chroma gets quantisers of its own.
    pub chroma_delta_q: bool,
    /// 0 to 7.
    pub sharpness: u8,
    /// 0 by the quality, 1 for PSNR, 2 for SSIM.
    pub tune: u8,
    /// Whether chroma is halved by the slower, sharper method.
    #[serde(rename = "enableSharpYUV")]
    pub enable_sharp_yuv: bool,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// Whether no pixel may change.
    pub lossless: bool,
}

/// libjxl's options, as the module names them.
#[allow(clippy::struct_excessive_bools, reason = "they are the module's")]
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JxlOptions {
    /// libjxl's effort, 1 to 9.
    pub effort: u8,
    /// 0 to 100, on libjxl's own scale.
    pub quality: f32,
    /// Whether coarse versions come first.
    pub progressive: bool,
    /// Strength of the filter along edges, 0 to 3; -1 by the quality.
    pub epf: i8,
    /// Whether colours may be reduced to a palette.
    pub lossy_palette: bool,
    /// 0 to 4: quicker to decode, and larger.
    pub decoding_speed_tier: u8,
    /// Grain that is put over the image; 0 for none.
    pub photon_noise_iso: u32,
    /// Whether lossy coding uses the modular mode.
    pub lossy_modular: bool,
    /// Whether no pixel may change.
    pub lossless: bool,
}

impl AvifOptions {
    /// Alpha is never coded more coarsely than this: its errors show as fringes.
    const ALPHA_MIN_QUALITY: f32 = 68.0;

    /// What the built-in encoder does at this quality, as far as libavif can be told.
    pub(crate) fn lossy(quality: Quality, speed: u8, subsample_chroma: bool) -> Self {
        let quality = quality.get();
        Self {
            quality,
            quality_alpha: quality.max(Self::ALPHA_MIN_QUALITY),
            denoise_level: 0,
            tile_cols_log2: 0,
            tile_rows_log2: 0,
            speed,
            subsample: if subsample_chroma { 1 } else { 3 },
            chroma_delta_q: false,
            sharpness: 0,
            tune: 2,
            enable_sharp_yuv: false,
            bit_depth: 10,
            lossless: false,
        }
    }
}

impl JxlOptions {
    /// libjxl's effort for planish's: its own default, 7, at ours.
    const fn effort(effort: u8) -> u8 {
        match effort {
            1 => 3,
            2 => 4,
            3 => 5,
            4 => 6,
            5 | 6 => 7,
            7 | 8 => 8,
            _ => 9,
        }
    }

    /// With loss, at a Butteraugli distance.
    pub(crate) fn lossy(distance: f32, effort: u8) -> Self {
        Self { quality: quality_of(distance), lossless: false, ..Self::lossless(effort) }
    }

    /// Without loss.
    pub(crate) const fn lossless(effort: u8) -> Self {
        Self {
            effort: Self::effort(effort),
            quality: 100.0,
            progressive: false,
            epf: -1,
            lossy_palette: false,
            decoding_speed_tier: 0,
            photon_noise_iso: 0,
            lossy_modular: false,
            lossless: true,
        }
    }
}

/// The quality that libjxl turns into this distance: 100 would mean no loss at all. Below 30 its scale is steep, and
/// below 7 it means another mode of coding; there the way down is a straight one.
fn quality_of(distance: f32) -> f32 {
    const COARSE: f32 = 6.4;
    const COARSEST: f32 = 20.0;
    let quality = if distance <= COARSE {
        100.0 - (distance - 0.1) / 0.09
    } else {
        30.0 - (distance - COARSE) / (COARSEST - COARSE) * 23.0
    };
    quality.clamp(7.0, 99.75)
}

/// Runs Squoosh's codecs. Called from the thread that works on an image, which waits for the answer.
pub trait SquooshEncoders: Sync {
    /// Encodes pixels with these options, whose codec says which module is meant.
    ///
    /// # Errors
    /// [`SquooshError`].
    fn encode(
        &self,
        image: &RawImage<'_>,
        options: &SquooshOptions,
        cancel: &CancelFlag,
    ) -> Result<Vec<u8>, SquooshError>;
}

/// Why a codec gave no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SquooshError {
    /// It cannot be run here: what is missing, and how to get it.
    #[error("{0}")]
    Unavailable(String),
    /// It failed on these pixels.
    #[error("{0}")]
    Failed(String),
    /// The job was cancelled.
    #[error("cancelled")]
    Cancelled,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_that_are_installed() {
        for manifest in ["web", "native"] {
            let path = format!("{}/../../{manifest}/package.json", env!("CARGO_MANIFEST_DIR"));
            let manifest: serde_json::Value =
                serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            for codec in SquooshCodec::ALL {
                assert_eq!(manifest["dependencies"][codec.package()], codec.version(), "{codec:?}");
            }
        }
    }

    #[test]
    fn distances_become_qualities_of_libjxl() {
        assert!((quality_of(1.0) - 90.0).abs() < 1e-4 && (quality_of(6.4) - 30.0).abs() < 1e-4);
        assert!((quality_of(20.0) - 7.0).abs() < 1e-4);
        // Never what it takes for "without loss".
        assert!(quality_of(0.05) < 100.0);
        let falling: Vec<f32> = [0.2, 1.0, 5.0, 6.4, 9.0, 20.0].map(quality_of).to_vec();
        assert!(falling.windows(2).all(|pair| pair[0] > pair[1]), "{falling:?}");
    }

    #[test]
    fn options_have_the_names_that_the_modules_know() {
        let quality = Quality::new(60).unwrap();
        let avif = serde_json::to_value(SquooshOptions::Avif(AvifOptions::lossy(quality, 6, true))).unwrap();
        assert_eq!(
            avif,
            serde_json::json!({
                "quality": 60.0, "qualityAlpha": 68.0, "denoiseLevel": 0, "tileColsLog2": 0, "tileRowsLog2": 0,
                "speed": 6, "subsample": 1, "chromaDeltaQ": false, "sharpness": 0, "tune": 2,
                "enableSharpYUV": false, "bitDepth": 10, "lossless": false,
            })
        );
        let jxl = serde_json::to_value(SquooshOptions::Jxl(JxlOptions::lossless(5))).unwrap();
        assert_eq!(
            jxl,
            serde_json::json!({
                "effort": 7, "quality": 100.0, "progressive": false, "epf": -1, "lossyPalette": false,
                "decodingSpeedTier": 0, "photonNoiseIso": 0, "lossyModular": false, "lossless": true,
            })
        );
    }
}
