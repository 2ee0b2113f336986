//! How TIFFs are written.

use super::{FormatLayer, FormatSettings};
use crate::error::OptimizationError;
use crate::units::{Effort, Quality};
use serde::{Deserialize, Serialize};

/// How the pixels of a TIFF are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum TiffCompression {
    /// Without loss, and smallest: read wherever LZW is.
    #[default]
    Deflate,
    /// Without loss, for programs that read nothing else.
    Lzw,
    /// Not at all.
    None,
    /// As JPEG, with loss.
    Jpeg,
}

/// What TIFF decides for itself. The core writes deflated strips; tiles, pyramids and other compressions are for engines that
/// have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase", default)]
pub struct TiffSettings {
    /// What every format decides.
    #[serde(flatten)]
    pub common: FormatSettings,
    /// How the pixels are coded. Default: deflate.
    pub compression: TiffCompression,
    /// Whether the pixels lie in tiles of 256 × 256, so that a part can be read alone. Default: no, in strips.
    pub tiles: bool,
    /// Whether smaller copies of the picture, each half as large as the one before, go along. Default: no.
    pub pyramid: bool,
}

/// What one source said about TIFF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TiffLayer {
    /// A fixed quality for this format instead of the goal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// An effort for this format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// How the pixels are coded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<TiffCompression>,
    /// Tiles instead of strips.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiles: Option<bool>,
    /// Smaller copies that go along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pyramid: Option<bool>,
}

impl TiffLayer {
    /// The fields that every format has.
    pub(super) const fn common(&self) -> FormatLayer {
        FormatLayer { quality: self.quality, effort: self.effort }
    }
}

impl TiffSettings {
    /// Refuses what the core does not write.
    ///
    /// # Errors
    /// [`OptimizationError::Unsupported`], which another engine may answer.
    pub(crate) fn check_core(&self) -> Result<(), OptimizationError> {
        if self.compression == TiffCompression::Deflate && !self.tiles && !self.pyramid {
            return Ok(());
        }
        Err(OptimizationError::Unsupported {
            format: "TIFF".into(),
            feature: "writing tiles, pyramids or anything but deflate is left to Sharp:".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{ImageSettings, SettingsLayer};

    fn resolved(layers: &[&str]) -> TiffSettings {
        let layers: Vec<SettingsLayer> =
            layers.iter().map(|json| serde_json::from_str(json).unwrap()).collect();
        ImageSettings::resolve(&layers).tiff
    }

    #[test]
    fn layers_win_field_by_field_and_settings_read_what_they_wrote() {
        let settings = resolved(&[
            r#"{"tiff": {"compression": "lzw", "tiles": true, "effort": 3}}"#,
            r#"{"tiff": {"compression": "jpeg", "quality": 70}}"#,
        ]);
        assert_eq!(
            (settings.compression, settings.tiles, settings.pyramid),
            (TiffCompression::Jpeg, true, false)
        );
        assert_eq!(settings.common.quality, Some(Quality::new(70).unwrap()));
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<TiffSettings>(&json).unwrap(), settings);
        // A goal of a stronger layer overrules the quality and nothing else.
        let lossless =
            resolved(&[r#"{"tiff": {"quality": 70, "pyramid": true}}"#, r#"{"goal": "lossless"}"#]);
        assert_eq!((lossless.common.quality, lossless.pyramid), (None, true));
    }

    #[test]
    fn what_the_core_does_not_write_is_said() {
        assert!(resolved(&[]).check_core().is_ok());
        for asked in [r#"{"pyramid": true}"#, r#"{"tiles": true}"#, r#"{"compression": "lzw"}"#] {
            let error = resolved(&[&format!(r#"{{"tiff": {asked}}}"#)]).check_core().unwrap_err();
            assert!(error.code() == "unsupported" && error.to_string().contains("Sharp"), "{error}");
        }
        let wrong = serde_json::from_str::<SettingsLayer>(r#"{"tiff": {"compression": "zip"}}"#).unwrap_err();
        assert!(wrong.to_string().contains("deflate"), "{wrong}");
    }
}
