//! What happens to metadata.

use serde::{Deserialize, Serialize};

/// What happens to EXIF, XMP, IPTC and comments. The colour profile is not metadata: see
/// [`color`](super::ColorPolicy). Orientation is always applied or kept, never lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MetadataPolicy {
    /// Keep whose picture it is, the copyright notice and the author, and remove the rest: place, camera, serial
    /// numbers, times, thumbnails, comments.
    #[default]
    Safe,
    /// Remove it all, the copyright notice too.
    Strip,
    /// Keep EXIF and XMP, and in a JPEG what stands behind the image, where the output format has room for them.
    Keep,
}
