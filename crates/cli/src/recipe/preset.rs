//! Settings with a name.

use crate::recipe::Recipe;
use planish::SettingsLayer;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use std::fmt;
use std::str::FromStr;

/// The weakest layer over the built-in defaults. What each holds is a recipe in `presets/`, and is documented in
/// `docs/presets.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preset {
    /// For pages: modern formats, screen size, nothing private.
    Web,
    /// For collections of photos: no visible change, everything kept.
    Photo,
    /// For keeping: not one pixel changed, all the time it takes.
    Archive,
    /// For sending: JPEG that opens everywhere, a size that gets through.
    Share,
    /// Small previews.
    Thumbnail,
}

impl Preset {
    pub(crate) const ALL: [Self; 5] = [Self::Web, Self::Photo, Self::Archive, Self::Share, Self::Thumbnail];

    /// The name that flags and recipes use.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Photo => "photo",
            Self::Archive => "archive",
            Self::Share => "share",
            Self::Thumbnail => "thumbnail",
        }
    }

    /// The preset, written as a recipe.
    const fn text(self) -> &'static str {
        match self {
            Self::Web => include_str!("presets/web.toml"),
            Self::Photo => include_str!("presets/photo.toml"),
            Self::Archive => include_str!("presets/archive.toml"),
            Self::Share => include_str!("presets/share.toml"),
            Self::Thumbnail => include_str!("presets/thumbnail.toml"),
        }
    }

    /// Its settings.
    ///
    /// # Errors
    /// When the preset's own text is wrong, which a test excludes.
    pub(crate) fn settings(self) -> Result<SettingsLayer, String> {
        let wrong = |mistake| format!("in the preset {}: {mistake:?}", self.name());
        super::parse_toml(self.text()).map(|Recipe { settings, .. }| settings).map_err(wrong)
    }

    /// The sentence about a name that is none.
    pub(crate) fn expected(got: &str) -> String {
        let names = Self::ALL.map(Self::name);
        let (last, others) = names.split_last().unwrap_or((&"", &[]));
        format!("expected {} or {last}, got {got}", others.join(", "))
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = |preset: &Self| preset.name().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(named).ok_or_else(|| Self::expected(name))
    }
}

/// Reads settings from a map that may name a preset beside them, and keeps the reader's place for its errors.
pub(super) struct BesidePreset<'a>(&'a mut Option<Preset>);

impl<'a> BesidePreset<'a> {
    pub(super) const fn new(preset: &'a mut Option<Preset>) -> Self {
        Self(preset)
    }

    pub(super) fn settings<'de, D: Deserializer<'de>>(self, from: D) -> Result<SettingsLayer, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for BesidePreset<'_> {
    type Value = SettingsLayer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SettingsLayer, A::Error> {
        let rest = WithoutPreset { map, preset: self.0 };
        SettingsLayer::deserialize(serde::de::value::MapAccessDeserializer::new(rest))
    }
}

struct WithoutPreset<'a, A> {
    map: A,
    preset: &'a mut Option<Preset>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutPreset<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if key != "preset" {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            let name: serde_json::Value = self.map.next_value()?;
            let name = name
                .as_str()
                .ok_or_else(|| A::Error::custom(Preset::expected("something else than a name")))?;
            *self.preset = Some(name.parse().map_err(A::Error::custom)?);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_valid_recipe_and_documented_word_for_word() {
        let documentation = include_str!("../../../../docs/presets.md");
        for preset in Preset::ALL {
            let settings = preset.settings().unwrap();
            assert_ne!(settings, SettingsLayer::default(), "{preset:?}");
            assert!(documentation.contains(preset.text().trim_end()), "{preset:?}");
            assert!(documentation.contains(&format!("## `{}`", preset.name())), "{preset:?}");
            assert_eq!(preset.name().parse(), Ok(preset));
        }
    }

    #[test]
    fn the_schema_of_recipes_names_every_preset() {
        let schema = include_str!("../../../../docs/recipe.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        let names = Preset::ALL.map(Preset::name);
        assert_eq!(schema["properties"]["preset"]["enum"], serde_json::json!(names));
    }
}
