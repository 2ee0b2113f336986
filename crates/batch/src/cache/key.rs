//! What a result is found by.

use crate::engine::Engine;
use planish::{ImageSettings, Limits};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};
use std::fs::File;
use std::io;

/// Raised when results or their keys change their meaning.
const GENERATION: &str = "planish result 1";

/// The BLAKE3 hash of a file's bytes. Written as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ContentHash([u8; 32]);

impl ContentHash {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Hashes a file without keeping it in memory.
    pub(crate) fn of_file(file: &File) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(file)?;
        Ok(Self(*hasher.finalize().as_bytes()))
    }

    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        Some(Self(*blake3::Hash::from_hex(text).ok()?.as_bytes()))
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl Serialize for ContentHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| serde::de::Error::custom("expected 64 hexadecimal digits"))
    }
}

/// Everything besides the input that decides which bytes come out: engine, settings, limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Recipe([u8; 32]);

impl Recipe {
    /// `None` when the settings cannot be written down, and then nothing can be found by them either.
    pub(crate) fn new(engine: &dyn Engine, settings: &ImageSettings, limits: &Limits) -> Option<Self> {
        let mut hasher = blake3::Hasher::new();
        // Fields are written in the order of their declaration, so equal settings give equal text.
        let texts = [serde_json::to_string(settings).ok()?, serde_json::to_string(limits).ok()?];
        for part in [GENERATION, engine.name(), engine.version(), &texts[0], &texts[1]] {
            // With lengths, so that no two lists of parts read the same.
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        Some(Self(*hasher.finalize().as_bytes()))
    }

    /// The key of what this recipe makes of an input.
    pub(crate) fn result_of(&self, input: &ContentHash) -> CacheKey {
        self.key(b"result of", input)
    }

    /// The key under which it is noted that these bytes were made by this recipe.
    pub(crate) fn product(&self, output: &ContentHash) -> CacheKey {
        self.key(b"made", output)
    }

    fn key(&self, role: &[u8], content: &ContentHash) -> CacheKey {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0).update(content.as_bytes()).update(role);
        CacheKey(ContentHash(*hasher.finalize().as_bytes()))
    }
}

/// What an entry is stored under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CacheKey(ContentHash);

impl Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
impl CacheKey {
    /// A key for tests.
    pub(crate) fn test(name: &str) -> Self {
        Self(ContentHash::of(name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CoreEngine;
    use planish::{Effort, Goal, Pixels};

    #[test]
    fn a_key_depends_on_input_settings_limits_and_role() {
        let recipe = |settings: &ImageSettings, limits: &Limits| {
            Recipe::new(&CoreEngine::on(1), settings, limits).unwrap().result_of(&ContentHash::of(b"image"))
        };
        let (settings, limits) = (ImageSettings::default(), Limits::default());
        let key = recipe(&settings, &limits);
        assert_eq!(key, recipe(&settings.clone(), &limits));
        let others = [
            recipe(&ImageSettings { goal: Goal::Lossless, ..settings.clone() }, &limits),
            recipe(&ImageSettings { effort: Effort::new(6).unwrap(), ..settings.clone() }, &limits),
            recipe(&settings, &Limits { max_pixels: Pixels(7), ..limits }),
            Recipe::new(&CoreEngine::on(1), &settings, &limits)
                .unwrap()
                .result_of(&ContentHash::of(b"other")),
            Recipe::new(&CoreEngine::on(1), &settings, &limits).unwrap().product(&ContentHash::of(b"image")),
        ];
        assert!(others.iter().all(|other| *other != key));
    }

    #[test]
    fn hashes_are_written_and_read_as_text() {
        let hash = ContentHash::of(b"image");
        assert_eq!(ContentHash::from_hex(&hash.to_string()), Some(hash));
        assert_eq!(ContentHash::from_hex("abc"), None);
    }
}
