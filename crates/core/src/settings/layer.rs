//! What one source of settings said.

use super::{
    Background, ColorPolicy, Crop, Flip, FormatChoice, FormatSettings, Goal, ImageSettings, MetadataPolicy,
    Resize, Rotation, TiffLayer,
};
use crate::squoosh::SquooshCodec;
use crate::units::{Effort, Quality};
use serde::{Deserialize, Serialize};

/// A partial [`ImageSettings`]: every field optional, unknown fields refused. [`ImageSettings::resolve`] puts layers
/// on top of each other.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SettingsLayer {
    /// What to aim for. A goal stated here also overrules any quality that a weaker layer gave one format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    /// Which formats may come out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formats: Option<FormatChoice>,
    /// The part of the image that is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<Crop>,
    /// A turn clockwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate: Option<Rotation>,
    /// A mirror.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<Flip>,
    /// New size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resize: Option<Resize>,
    /// The matte for outputs without alpha.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<Background>,
    /// What happens to metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataPolicy>,
    /// What happens to the colour profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<ColorPolicy>,
    /// Time against size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// Formats that Squoosh's codecs encode: `["avif", "jxl"]`, or an empty list for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub squoosh: Option<Vec<SquooshCodec>>,
    /// JPEG only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jpeg: Option<FormatLayer>,
    /// PNG only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub png: Option<FormatLayer>,
    /// WebP only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webp: Option<FormatLayer>,
    /// AVIF only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avif: Option<FormatLayer>,
    /// JPEG XL only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jxl: Option<FormatLayer>,
    /// GIF only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gif: Option<FormatLayer>,
    /// TIFF only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiff: Option<TiffLayer>,
}

/// What one source said about one format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FormatLayer {
    /// A fixed quality for this format instead of the goal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// An effort for this format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
}

impl SettingsLayer {
    /// The settings with what this layer says put over them.
    pub fn apply_to(&self, mut settings: ImageSettings) -> ImageSettings {
        if let Some(goal) = self.goal {
            settings.goal = goal;
            for format in settings.each_format_mut() {
                format.quality = None;
            }
        }
        if let Some(effort) = self.effort {
            settings.effort = effort;
            for format in settings.each_format_mut() {
                format.effort = None;
            }
        }
        if let Some(formats) = &self.formats {
            settings.formats = formats.clone();
        }
        if let Some(codecs) = &self.squoosh {
            settings.squoosh.clone_from(codecs);
            settings.squoosh.sort_unstable();
            settings.squoosh.dedup();
        }
        settings.crop = self.crop.or(settings.crop);
        settings.rotate = self.rotate.unwrap_or(settings.rotate);
        settings.flip = self.flip.or(settings.flip);
        settings.resize = self.resize.or(settings.resize);
        settings.background = self.background.or(settings.background);
        settings.metadata = self.metadata.unwrap_or(settings.metadata);
        settings.color = self.color.unwrap_or(settings.color);
        let over = |layer: Option<FormatLayer>, under: FormatSettings| {
            layer.map_or(under, |layer| FormatSettings {
                quality: layer.quality.or(under.quality),
                effort: layer.effort.or(under.effort),
            })
        };
        settings.jpeg = over(self.jpeg, settings.jpeg);
        settings.png = over(self.png, settings.png);
        settings.webp = over(self.webp, settings.webp);
        settings.avif = over(self.avif, settings.avif);
        settings.jxl = over(self.jxl, settings.jxl);
        settings.gif = over(self.gif, settings.gif);
        if let Some(tiff) = self.tiff {
            let under = &mut settings.tiff;
            under.common = over(Some(tiff.common()), under.common);
            under.compression = tiff.compression.unwrap_or(under.compression);
            under.tiles = tiff.tiles.unwrap_or(under.tiles);
            under.pyramid = tiff.pyramid.unwrap_or(under.pyramid);
        }
        settings
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;

    fn layer(json: &str) -> SettingsLayer {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn stronger_layers_win_field_by_field() {
        let recipe = layer(r#"{"goal": {"quality": 60}, "effort": 9, "metadata": "keep"}"#);
        let flags = layer(r#"{"goal": {"score": 90}}"#);
        let settings = ImageSettings::resolve([&recipe, &flags]);
        assert_eq!(settings.goal, Goal::Score(crate::units::Score::target(90.0).unwrap()));
        assert_eq!(settings.effort.get(), 9);
        assert_eq!(settings.metadata, MetadataPolicy::Keep);
    }

    #[test]
    fn a_format_overrides_the_goal_of_its_own_layer_and_of_weaker_ones() {
        let settings =
            ImageSettings::resolve([&layer(r#"{"goal": {"quality": 60}, "jpeg": {"quality": 85}}"#)]);
        let quality = |value| Goal::Quality(Quality::new(value).unwrap());
        assert_eq!(settings.goal_for(Format::Jpeg), quality(85));
        assert_eq!(settings.goal_for(Format::Webp), quality(60));
    }

    #[test]
    fn a_stronger_goal_overrules_a_weaker_format_quality() {
        let settings = ImageSettings::resolve([
            &layer(r#"{"jpeg": {"quality": 85}}"#),
            &layer(r#"{"goal": "lossless"}"#),
        ]);
        assert_eq!(settings.goal_for(Format::Jpeg), Goal::Lossless);
    }

    #[test]
    fn squooshs_codecs_are_named_once_each_and_others_refused_by_name() {
        let settings = ImageSettings::resolve([&layer(r#"{"squoosh": ["jxl", "avif", "jxl"]}"#)]);
        assert_eq!(settings.squoosh, [SquooshCodec::Avif, SquooshCodec::Jxl]);
        let none = ImageSettings::resolve([&layer(r#"{"squoosh": ["jxl"]}"#), &layer(r#"{"squoosh": []}"#)]);
        assert_eq!(none.squoosh, []);
        let error =
            serde_json::from_str::<SettingsLayer>(r#"{"squoosh": ["webp"]}"#).unwrap_err().to_string();
        assert!(error.contains("webp") && error.contains("avif"), "{error}");
    }

    #[test]
    fn unknown_fields_are_refused_by_name() {
        let error = serde_json::from_str::<SettingsLayer>(r#"{"qualty": 3}"#).unwrap_err().to_string();
        assert!(error.contains("qualty"), "{error}");
    }
}
