//! EXIF, XMP and colour profiles: carried with the pixels, written by policy.

pub(crate) mod exif;
pub(crate) mod icc;
pub(crate) mod iptc;
pub(crate) mod rights;

use crate::pixels::Orientation;
use crate::settings::MetadataPolicy;
pub use rights::Rights;

/// What travels with the pixels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// The ICC profile that the samples are in. `None` means sRGB.
    pub(crate) icc: Option<Vec<u8>>,
    /// EXIF, as a TIFF stream (no `Exif\0\0` in front).
    pub(crate) exif: Option<Vec<u8>>,
    /// An XMP packet.
    pub(crate) xmp: Option<Vec<u8>>,
    /// IPTC data sets. They are read for author and copyright, and not written anew.
    pub(crate) iptc: Option<Vec<u8>>,
}

impl Metadata {
    /// What goes into the output: the profile always, the rest by policy. The pixels are upright by now, so the
    /// EXIF orientation is set to 1.
    pub(crate) fn for_output(mut self, policy: MetadataPolicy) -> Self {
        match policy {
            MetadataPolicy::Strip => Self { icc: self.icc, ..Self::default() },
            MetadataPolicy::Safe => {
                let rights = Rights::find(self.exif.as_deref(), self.xmp.as_deref(), self.iptc.as_deref());
                Self { icc: self.icc, exif: exif::build(&rights, Orientation::Upright), ..Self::default() }
            }
            MetadataPolicy::Keep => {
                if let Some(exif) = &mut self.exif {
                    exif::set_orientation(exif, Orientation::Upright);
                }
                self
            }
        }
    }

    /// Whether anything besides the profile is there.
    pub(crate) const fn has_private_data(&self) -> bool {
        self.exif.is_some() || self.xmp.is_some() || self.iptc.is_some()
    }
}
