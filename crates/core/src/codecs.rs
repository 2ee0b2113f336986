//! What reads and writes each format, and in which version: identical bytes depend on them.

/// A library that planish is built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Codec {
    /// The library's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it is here for.
    pub role: &'static str,
}

/// Every codec that planish is built with, in the order of the formats.
pub const CODECS: &[Codec] = &[
    Codec { name: "mozjpeg-sys", version: "2.2.3", role: "JPEG encoding" },
    Codec { name: "zune-jpeg", version: "0.5.15", role: "JPEG decoding" },
    Codec { name: "libjpeg-turbo-rs", version: "0.9.0", role: "JPEG rewriting, rare JPEGs" },
    Codec { name: "png", version: "0.18.1", role: "PNG decoding" },
    Codec { name: "oxipng", version: "10.2.1", role: "PNG encoding" },
    Codec { name: "libwebp-sys", version: "0.14.4", role: "WebP encoding and decoding" },
    Codec { name: "libaom-sys", version: "0.17.2+libaom.3.11.0", role: "AVIF encoding" },
    Codec { name: "rusty_av1d", version: "1.2.1", role: "AVIF decoding" },
    Codec { name: "jixel", version: "0.5.3", role: "JPEG XL encoding" },
    Codec { name: "jxl", version: "0.8.0", role: "JPEG XL decoding" },
    Codec { name: "gif", version: "0.14.2", role: "GIF decoding" },
    Codec { name: "tiff", version: "0.11.3", role: "TIFF encoding" },
    Codec { name: "ruzstd", version: "0.9.1", role: "TIFF decoding (Zstandard)" },
    Codec { name: "fast_image_resize", version: "6.1.0", role: "resizing" },
    Codec { name: "moxcms", version: "0.9.2", role: "colour profiles" },
];

#[cfg(test)]
mod tests {
    use super::CODECS;

    #[test]
    fn versions_are_those_that_are_built() {
        let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
        let lock = std::fs::read_to_string(lock).unwrap();
        for codec in CODECS {
            let entry = format!("name = \"{}\"\nversion = \"{}\"\n", codec.name, codec.version);
            assert!(lock.contains(&entry), "{codec:?} is not in Cargo.lock");
        }
    }
}
