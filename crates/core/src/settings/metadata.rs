//! What happens to metadata.

use serde::{Deserialize, Serialize};

/// What happens to EXIF, XMP, IPTC and comments. The colour profile is not metadata: see
/// [`ColorPolicy`](super::ColorPolicy). Orientation is always applied or kept, never lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum MetadataPolicy {
    /// Remove it all: place, camera, times, thumbnails, comments.
    #[default]
    Strip,
    /// Keep EXIF and XMP where the output format has room for them.
    Keep,
}
