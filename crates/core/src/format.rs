//! The image formats planish reads, and those of them that it writes.

use serde::{Deserialize, Serialize};

/// An image file format that planish reads; all but BMP and ICO are also written.
///
/// The order of the variants is the order in which ties are broken: of two candidates of
/// equal size, the one with the lower format wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
// The schema is that of recipes, which name what may come out.
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG (W3C, third edition).
    Png,
    /// WebP (RFC 9649).
    Webp,
    /// AVIF (AV1 still image in a HEIF container).
    Avif,
    /// JPEG XL (ISO/IEC 18181).
    Jxl,
    /// GIF (87a and 89a).
    Gif,
    /// TIFF (revision 6.0 and `BigTIFF`).
    Tiff,
    /// BMP (Windows bitmap). Read, never written.
    #[cfg_attr(test, schemars(skip))]
    Bmp,
    /// ICO (Windows icon). Read, never written.
    #[cfg_attr(test, schemars(skip))]
    Ico,
}

impl Format {
    /// Every format, in tie-breaking order.
    pub const ALL: [Self; 9] = [
        Self::Jpeg,
        Self::Png,
        Self::Webp,
        Self::Avif,
        Self::Jxl,
        Self::Gif,
        Self::Tiff,
        Self::Bmp,
        Self::Ico,
    ];

    /// The formats that can come out, in tie-breaking order.
    pub const WRITTEN: [Self; 7] =
        [Self::Jpeg, Self::Png, Self::Webp, Self::Avif, Self::Jxl, Self::Gif, Self::Tiff];

    /// The formats every current browser shows and that compete for a still image, in tie-breaking order.
    pub const WEB: [Self; 4] = [Self::Jpeg, Self::Png, Self::Webp, Self::Avif];

    /// The lower-case name used in settings, on the command line and in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Jxl => "jxl",
            Self::Gif => "gif",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::Ico => "ico",
        }
    }

    /// The name as it is written for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
            Self::Avif => "AVIF",
            Self::Jxl => "JPEG XL",
            Self::Gif => "GIF",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
            Self::Ico => "ICO",
        }
    }

    /// The usual file extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Jxl => "jxl",
            Self::Gif => "gif",
            Self::Tiff => "tif",
            Self::Bmp => "bmp",
            Self::Ico => "ico",
        }
    }

    /// The registered media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
            Self::Jxl => "image/jxl",
            Self::Gif => "image/gif",
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
            Self::Ico => "image/vnd.microsoft.icon",
        }
    }

    /// Whether it can come out, and not only go in.
    pub const fn is_written(self) -> bool {
        !matches!(self, Self::Bmp | Self::Ico)
    }

    /// The format that comes out where the input's own is to be kept: itself, or PNG, which holds whatever the formats
    /// hold that are only read.
    #[must_use]
    pub const fn kept(self) -> Self {
        if self.is_written() { self } else { Self::Png }
    }

    /// Whether files of this format can hold transparency.
    pub const fn supports_alpha(self) -> bool {
        !matches!(self, Self::Jpeg)
    }

    /// Whether files of this format can hold an animation that planish reads and writes.
    pub const fn supports_animation(self) -> bool {
        matches!(self, Self::Png | Self::Webp | Self::Gif)
    }

    /// The format a name or file extension stands for (`jpg`, `jpeg`, `jfif`, `png`, …), in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "jpeg" | "jpg" | "jpe" | "jfif" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "webp" => Some(Self::Webp),
            "avif" => Some(Self::Avif),
            "jxl" => Some(Self::Jxl),
            "gif" => Some(Self::Gif),
            "tiff" | "tif" => Some(Self::Tiff),
            "bmp" | "dib" => Some(Self::Bmp),
            "ico" => Some(Self::Ico),
            _ => None,
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn every_format_is_found_by_its_own_name_and_extension() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(format));
            assert_eq!(Format::from_name(&format.extension().to_uppercase()), Some(format));
        }
        assert_eq!(Format::from_name("docx"), None);
    }

    #[test]
    fn what_is_kept_is_written() {
        let written: Vec<Format> = Format::ALL.into_iter().filter(|format| format.is_written()).collect();
        assert_eq!(written, Format::WRITTEN);
        assert!(Format::ALL.into_iter().all(|format| format.kept().is_written()));
        assert!(Format::WRITTEN.into_iter().all(|format| format.kept() == format));
    }
}
