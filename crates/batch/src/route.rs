//! Which images the core does not take where another engine stands beside it: the rule of `--engine auto`, all of it.
//!
//! The core serves where Squoosh's codecs are asked for, and unless one of these holds, looked at in this order before the
//! file is read:
//!
//! 1. it does not read the format, and the other engine may (HEIC),
//! 2. the file is larger than it reads,
//! 3. the image has more pixels than it takes, and no more than anybody may: one for each byte of memory that images
//!    may have together, or as many as were asked for,
//! 4. it would need more memory than all images together may have.
//!
//! Of these only the fourth is a matter of preference: an image that the other engine fails on is worked on by the core,
//! alone. Where the core fails on an image that it has in memory, in a way that another engine may not, the other one
//! serves ([`EngineChain`](crate::EngineChain)). Results say who served and why.

use crate::look::Look;
use planish::{Bytes, ImageSettings, Limits, OptimizationError, Pixels};
use std::fmt;

/// What the rule measures images by, besides the limits of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes for all images together.
    pub memory: u64,
    /// Threads of the core.
    pub threads: usize,
    /// Pixels of one image that is worked on from file to file.
    pub streamed_pixels: Pixels,
}

/// Why the core does not take an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// It does not read this format.
    Format(String),
    /// The file is too large for it.
    FileBytes { allowed: u64, actual: u64 },
    /// The image has too many pixels for it.
    Pixels { allowed: u64, actual: u64 },
    /// It would need too much memory.
    Memory { allowed: u64, needed: u64 },
}

impl Beyond {
    /// Applies the rule; `None` where the core serves.
    pub(crate) fn core(
        look: &Look<'_>,
        settings: &ImageSettings,
        limits: &Limits,
        bounds: Bounds,
    ) -> Option<Self> {
        // Sharp encodes with its own codecs; whoever names others wants those.
        if !settings.squoosh.is_empty() {
            return None;
        }
        let header = match look.header() {
            Ok(header) => header,
            Err(OptimizationError::Unsupported { format, .. }) if format == "HEIC" => {
                return Some(Self::Format(format.clone()));
            }
            // What is no image, and what nobody reads, is refused by the core, by name.
            Err(_) => return None,
        };
        // The other engine does not read these.
        if !header.format().is_written() {
            return None;
        }
        let Bytes(allowed) = limits.max_input_bytes;
        if look.bytes() > allowed {
            return Some(Self::FileBytes { allowed, actual: look.bytes() });
        }
        if header.pixels() > limits.max_pixels.0 {
            let beyond = Self::Pixels { allowed: limits.max_pixels.0, actual: header.pixels() };
            return (header.pixels() <= bounds.streamed_pixels.0).then_some(beyond);
        }
        let needed = header.peak_bytes(settings, bounds.threads).saturating_add(look.bytes());
        (needed > bounds.memory).then_some(Self::Memory { allowed: bounds.memory, needed })
    }

    /// Whether the core can do it all the same, alone.
    pub(crate) const fn core_can(&self) -> bool {
        matches!(self, Self::Memory { .. })
    }
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mega = |bytes: u64| bytes.div_ceil(1_000_000);
        match self {
            Self::Format(name) => write!(f, "the core does not read {name}"),
            Self::FileBytes { allowed, actual } => {
                write!(f, "the file has {} MB, the core reads up to {} MB", mega(*actual), mega(*allowed))
            }
            Self::Pixels { allowed, actual } => {
                write!(
                    f,
                    "the image has {} megapixels, the core takes up to {}",
                    mega(*actual),
                    mega(*allowed)
                )
            }
            Self::Memory { allowed, needed } => {
                write!(
                    f,
                    "the core would need about {} MB, of {} MB for all images",
                    mega(*needed),
                    mega(*allowed)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::tests::png_header as png;

    const BOUNDS: Bounds = Bounds { memory: 1 << 30, threads: 2, streamed_pixels: Pixels(1 << 30) };

    fn reason(file: &[u8], bytes: u64, bounds: Bounds) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, file).unwrap();
        let look = Look::at(&path, bytes);
        let beyond = Beyond::core(&look, &ImageSettings::default(), &Limits::default(), bounds)?;
        assert_eq!(beyond.core_can(), matches!(beyond, Beyond::Memory { .. }));
        Some(beyond.to_string())
    }

    #[test]
    fn what_the_core_can_do_within_the_memory_it_does() {
        assert_eq!(reason(&png(4000, 3000), 9_000_000, BOUNDS), None);
        // More memory, larger images.
        let large = png(9000, 9000);
        assert!(reason(&large, 9_000_000, BOUNDS).unwrap().contains("of 1074 MB for all images"));
        assert_eq!(reason(&large, 9_000_000, Bounds { memory: 64 << 30, ..BOUNDS }), None);
    }

    #[test]
    fn too_many_pixels_or_bytes_are_said_with_both_numbers() {
        let pixels = reason(&png(20_000, 20_000), 9_000_000, BOUNDS).unwrap();
        assert_eq!(pixels, "the image has 400 megapixels, the core takes up to 100");
        let bytes = reason(&png(40, 40), 1_200_000_000, BOUNDS).unwrap();
        assert_eq!(bytes, "the file has 1200 MB, the core reads up to 537 MB");
    }

    #[test]
    fn of_what_it_does_not_read_only_heic_goes_elsewhere() {
        let heic = reason(b"\0\0\0\x14ftypheic\0\0\0\0mif1", 20, BOUNDS);
        assert_eq!(heic.as_deref(), Some("the core does not read HEIC"));
        for other in [b"hello there".as_slice(), b"", b"\0\0\x01\0", b"\0\0\0\x10ftypavis\0\0\0\0"] {
            assert_eq!(reason(other, 20, BOUNDS), None);
        }
    }

    #[test]
    fn what_only_the_core_reads_stays_there_however_large() {
        let mut bitmap = b"BM".to_vec();
        bitmap.extend([0; 8]);
        for number in [54u32, 40, 20_000, 20_000, 24 << 16 | 1, 0] {
            bitmap.extend(number.to_le_bytes());
        }
        assert_eq!(reason(&bitmap, 9_000_000, BOUNDS), None);
    }

    #[test]
    fn codecs_that_only_the_core_has_keep_an_image_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, png(9000, 9000)).unwrap();
        let look = Look::at(&path, 33);
        let settings =
            ImageSettings { squoosh: vec![planish::SquooshCodec::Avif], ..ImageSettings::default() };
        assert_eq!(Beyond::core(&look, &settings, &Limits::default(), BOUNDS), None);
        let beyond = Beyond::core(&look, &ImageSettings::default(), &Limits::default(), BOUNDS);
        assert!(matches!(beyond, Some(Beyond::Memory { .. })));
    }

    #[test]
    fn more_pixels_than_anybody_may_take_are_left_for_the_core_to_refuse() {
        let bounds = Bounds { streamed_pixels: Pixels(400_000_000), ..BOUNDS };
        assert!(reason(&png(20_000, 20_000), 9_000_000, bounds).is_some());
        assert_eq!(reason(&png(20_001, 20_000), 9_000_000, bounds), None);
    }
}
