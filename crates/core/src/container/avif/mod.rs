//! The HEIF container of AVIF still images (ISO/IEC 14496-12, 23008-12 and the AVIF specification 1.1).
//!
//! The crates at hand drop ICC profiles, rotation and mirroring; see docs/decisions.

mod derived;
mod read;
mod rewrite;
mod write;

pub(crate) use derived::{Coded, Grid};
pub(crate) use read::{has_gain_map, read, read_coding, read_dimensions};
pub(crate) use rewrite::rewrite;
pub(crate) use write::{AvifImage, write};

/// Coding-independent code points (ITU-T H.273): what the decoded samples mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cicp {
    /// Colour primaries; 1 is BT.709 (sRGB's), 2 unspecified.
    pub(crate) primaries: u8,
    /// Transfer characteristics; 13 is sRGB's, 2 unspecified.
    pub(crate) transfer: u8,
    /// Matrix coefficients; 0 is none (RGB), 6 BT.601.
    pub(crate) matrix: u8,
    /// Whether samples use the full range.
    pub(crate) full_range: bool,
}
