//! What a user can ask for.
//!
//! A [`SettingsLayer`] holds what one source said (a preset, a recipe file, flags, a panel); resolving layers,
//! weakest first, yields one complete [`ImageSettings`] per image.

mod color;
mod crop;
mod formats;
mod goal;
mod layer;
mod metadata;
mod resize;
mod tiff;
mod turn;

pub use color::{Background, ColorPolicy};
pub use crop::Crop;
pub use formats::FormatChoice;
pub use goal::Goal;
pub use layer::{FormatLayer, SettingsLayer};
pub use metadata::MetadataPolicy;
pub use resize::{Fit, Resize, ResizePlan};
pub use tiff::{TiffCompression, TiffLayer, TiffSettings};
pub use turn::{Flip, Rotation};

use crate::format::Format;
use crate::squoosh::SquooshCodec;
use crate::units::{Effort, Quality};
use serde::{Deserialize, Serialize};

/// Everything there is to decide about one image, decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageSettings {
    /// What to aim for. Default: SSIMULACRA2 80.
    pub goal: Goal,
    /// Which formats may come out. Default: the input's own.
    pub formats: FormatChoice,
    /// The part of the upright image that is used. Default: all.
    pub crop: Option<Crop>,
    /// A turn clockwise, after cropping. Default: 0.
    pub rotate: Rotation,
    /// A mirror, after turning. Default: none.
    pub flip: Option<Flip>,
    /// New size, after cropping and turning. Default: none (keep).
    pub resize: Option<Resize>,
    /// The matte put under transparent pixels where the output has no alpha. Default: none, and transparent
    /// images are then never written to a format without alpha.
    pub background: Option<Background>,
    /// What happens to EXIF, XMP and comments. Default: safe.
    pub metadata: MetadataPolicy,
    /// What happens to the colour profile. Default: keep.
    pub color: ColorPolicy,
    /// Time against size. Default: 5.
    pub effort: Effort,
    /// Formats that Squoosh's codecs encode instead of the built-in encoders. Default: none.
    pub squoosh: Vec<SquooshCodec>,
    /// JPEG only.
    pub jpeg: FormatSettings,
    /// PNG only.
    pub png: FormatSettings,
    /// WebP only.
    pub webp: FormatSettings,
    /// AVIF only.
    pub avif: FormatSettings,
    /// JPEG XL only.
    pub jxl: FormatSettings,
    /// GIF only.
    pub gif: FormatSettings,
    /// TIFF only.
    pub tiff: TiffSettings,
}

/// What one format decides for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormatSettings {
    /// A fixed quality for this format instead of the goal. Default: none.
    pub quality: Option<Quality>,
    /// An effort for this format instead of the common one. Default: none.
    pub effort: Option<Effort>,
}

impl Default for ImageSettings {
    fn default() -> Self {
        Self {
            goal: Goal::default(),
            formats: FormatChoice::Keep,
            crop: None,
            rotate: Rotation::None,
            flip: None,
            resize: None,
            background: None,
            metadata: MetadataPolicy::default(),
            color: ColorPolicy::Keep,
            effort: Effort::default(),
            squoosh: Vec::new(),
            jpeg: FormatSettings::default(),
            png: FormatSettings::default(),
            webp: FormatSettings::default(),
            avif: FormatSettings::default(),
            jxl: FormatSettings::default(),
            gif: FormatSettings::default(),
            tiff: TiffSettings::default(),
        }
    }
}

impl ImageSettings {
    /// The layers, weakest first, over the built-in defaults.
    ///
    /// # Examples
    /// ```
    /// use planish::{Format, Goal, ImageSettings, Quality, SettingsLayer};
    ///
    /// let recipe: SettingsLayer = serde_json::from_str(r#"{"goal": "lossless", "formats": ["webp", "jpeg"]}"#)?;
    /// let flags: SettingsLayer = serde_json::from_str(r#"{"jpeg": {"quality": 85}}"#)?;
    /// let settings = ImageSettings::resolve([&recipe, &flags]);
    /// assert_eq!(settings.goal_for(Format::Webp), Goal::Lossless);
    /// assert_eq!(settings.goal_for(Format::Jpeg), Goal::Quality(Quality::new(85)?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resolve<'a>(layers: impl IntoIterator<Item = &'a SettingsLayer>) -> Self {
        layers.into_iter().fold(Self::default(), |settings, layer| layer.apply_to(settings))
    }

    /// The settings of one format.
    pub const fn format(&self, format: Format) -> &FormatSettings {
        match format {
            Format::Jpeg => &self.jpeg,
            Format::Png => &self.png,
            Format::Webp => &self.webp,
            Format::Avif => &self.avif,
            Format::Jxl => &self.jxl,
            Format::Gif => &self.gif,
            Format::Tiff => &self.tiff.common,
            // Never written: what goes for all formats goes for them.
            Format::Bmp | Format::Ico => &FormatSettings { quality: None, effort: None },
        }
    }

    fn each_format_mut(&mut self) -> [&mut FormatSettings; 7] {
        let Self { jpeg, png, webp, avif, jxl, gif, tiff, .. } = self;
        [jpeg, png, webp, avif, jxl, gif, &mut tiff.common]
    }

    /// The goal for outputs of one format: its own quality if it has one, else the common goal.
    pub fn goal_for(&self, format: Format) -> Goal {
        self.format(format).quality.map_or(self.goal, Goal::Quality)
    }

    /// The effort for outputs of one format.
    pub fn effort_for(&self, format: Format) -> Effort {
        self.format(format).effort.unwrap_or(self.effort)
    }

    /// Whether the output may be larger than the input: only when the picture itself changes.
    pub const fn changes_pixels(&self) -> bool {
        self.resize.is_some()
            || self.crop.is_some()
            || self.flip.is_some()
            || !matches!(self.rotate, Rotation::None)
            || matches!(self.color, ColorPolicy::Srgb)
    }
}
