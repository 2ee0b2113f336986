//! The one thing an image is optimized for.

use crate::units::{Bytes, Quality, Score};
use serde::{Deserialize, Serialize};

/// What a user can state; exactly one. In JSON: `"lossless"`, `{"quality": 80}`, `{"score": 80}` or
/// `{"maxBytes": 200000}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Goal {
    /// Every pixel stays as it is.
    Lossless,
    /// The encoder's own scale, 1 to 100.
    Quality(Quality),
    /// The smallest file with at least this SSIMULACRA2 score.
    Score(Score),
    /// The best-looking file of at most this many bytes.
    MaxBytes(Bytes),
}

impl Default for Goal {
    /// Looks the same: SSIMULACRA2 80.
    fn default() -> Self {
        Self::Score(Score::default())
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lossless => f.write_str("lossless"),
            Self::Quality(quality) => write!(f, "quality {quality}"),
            Self::Score(score) => write!(f, "SSIMULACRA2 of at least {score}"),
            Self::MaxBytes(bytes) => write!(f, "at most {} bytes", bytes.0),
        }
    }
}
