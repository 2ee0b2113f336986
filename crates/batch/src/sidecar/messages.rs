//! What the frames' headers say. `native/PROTOCOL.md` describes each.

use planish::Format;
use planish::settings::TiffCompression;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// The version of frames and messages that both sides must share.
pub(crate) const PROTOCOL: u32 = 1;

/// How Sharp may use the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hello {
    pub(crate) protocol: u32,
    /// libvips' cache of operations; 0 switches it off.
    pub(crate) cache_megabytes: u64,
    /// Threads for one image.
    pub(crate) concurrency: usize,
}

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Welcome {
    pub(crate) protocol: u32,
    /// Node's version.
    pub(crate) node: String,
    /// Sharp's version.
    pub(crate) sharp: String,
    /// libvips' version.
    pub(crate) vips: String,
}

/// Where an image comes from or goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// A file that both sides see. UTF-8, as JSON carries no other.
    File(&'a str),
    /// The frame's body.
    Bytes,
}

impl Serialize for Place<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::File(path) => map.serialize_entry("path", path)?,
            Self::Bytes => map.serialize_entry("bytes", &true)?,
        }
        map.end()
    }
}

/// What every request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Opening<'a> {
    pub(crate) source: Place<'a>,
    /// All frames, or the first.
    pub(crate) animated: bool,
    pub(crate) limits: PixelLimit,
    /// 1 to 3600.
    pub(crate) deadline_seconds: u64,
}

/// The most pixels an input may have, all frames together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PixelLimit {
    pub(crate) max_pixels: u64,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "operation", rename_all = "camelCase")]
pub(crate) enum Request<'a> {
    /// The header without the pixels.
    Inspect {
        #[serde(flatten)]
        opening: Opening<'a>,
    },
    /// One image made into another.
    Encode {
        #[serde(flatten)]
        opening: Opening<'a>,
        target: Place<'a>,
        transform: Transform,
        encode: Encode,
        metadata: Metadata,
    },
    /// Raw pixels of parts of the transformed image.
    Sample {
        #[serde(flatten)]
        opening: Opening<'a>,
        /// The one to look at, from 0.
        frame: u32,
        transform: Transform,
        regions: Vec<Region>,
    },
}

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Region {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// What is done to the pixels, in the order of the fields. Coordinates are those after turning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transform {
    /// By EXIF.
    pub(crate) orient: bool,
    pub(crate) flip_vertical: bool,
    pub(crate) flip_horizontal: bool,
    /// Degrees clockwise: 0, 90, 180 or 270.
    pub(crate) rotate: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extract: Option<Region>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resize: Option<Size>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) background: Option<[u8; 3]>,
}

/// An encoder and its settings. `quality` is the encoder's own, 1 to 100; `effort` is planish's, 1 to 9.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "format", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Encode {
    Jpeg {
        quality: f64,
        chroma: Chroma,
        /// For what must not sit in memory whole: no trellis, no scans, standard Huffman tables.
        streaming: bool,
    },
    Png {
        effort: u8,
        palette: bool,
        quality: f64,
    },
    Webp {
        lossless: bool,
        quality: f64,
        effort: u8,
    },
    Avif {
        lossless: bool,
        quality: f64,
        effort: u8,
        chroma: Chroma,
    },
    Gif {
        lossless: bool,
        effort: u8,
    },
    Tiff {
        lossless: bool,
        quality: f64,
        big_tiff: bool,
        compression: TiffCompression,
        tiles: bool,
        pyramid: bool,
    },
}

impl Encode {
    /// Whether there are 256 colours at most.
    pub(crate) const fn has_palette(&self) -> bool {
        matches!(self, Self::Gif { .. } | Self::Png { palette: true, .. })
    }

    /// What it makes.
    pub(crate) const fn format(&self) -> Format {
        match self {
            Self::Jpeg { .. } => Format::Jpeg,
            Self::Png { .. } => Format::Png,
            Self::Webp { .. } => Format::Webp,
            Self::Avif { .. } => Format::Avif,
            Self::Gif { .. } => Format::Gif,
            Self::Tiff { .. } => Format::Tiff,
        }
    }
}

/// Chroma subsampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Chroma {
    #[serde(rename = "4:2:0")]
    Half,
    #[serde(rename = "4:4:4")]
    Full,
}

/// What stays beside the pixels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "policy", rename_all = "camelCase")]
pub(crate) enum Metadata {
    /// All of it; the profile only where `profile` says so.
    Keep { profile: bool },
    /// These fields of EXIF's first directory, by name.
    Only { profile: bool, exif: BTreeMap<String, String> },
}

/// What `inspect` answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inspected {
    /// libvips' name of the format.
    pub(crate) format: String,
    /// How the pixels are coded, where the container leaves a choice: `av1` or `hevc`.
    #[serde(default)]
    pub(crate) compression: Option<String>,
    /// Upright, of one frame.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frames: u32,
    pub(crate) has_alpha: bool,
    pub(crate) has_profile: bool,
    pub(crate) exif_bytes: u64,
    pub(crate) xmp_bytes: u64,
}

/// What `encode` answers.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Encoded {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frames: u32,
    /// Bytes of the file.
    pub(crate) size: u64,
    /// The most memory the process ever had, in bytes.
    pub(crate) peak_rss: u64,
}

/// What every answer says about its price.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Cost {
    /// The time the request took in the sidecar.
    pub(crate) milliseconds: f64,
    /// The most memory the process ever had, in bytes.
    pub(crate) peak_rss: u64,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) transient: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn requests_say_what_the_protocol_names() {
        let opening = Opening {
            source: Place::File("a.tif"),
            animated: false,
            limits: PixelLimit { max_pixels: 9 },
            deadline_seconds: 60,
        };
        let encode = Request::Encode {
            opening,
            target: Place::Bytes,
            transform: Transform {
                rotate: 90,
                resize: Some(Size { width: 3, height: 2 }),
                ..Transform::default()
            },
            encode: Encode::Tiff {
                lossless: true,
                quality: 80.0,
                big_tiff: false,
                compression: TiffCompression::Lzw,
                tiles: true,
                pyramid: false,
            },
            metadata: Metadata::Only { profile: true, exif: BTreeMap::new() },
        };
        assert_eq!(
            serde_json::to_value(&encode).unwrap(),
            json!({
                "operation": "encode", "source": {"path": "a.tif"}, "animated": false,
                "limits": {"maxPixels": 9}, "deadlineSeconds": 60, "target": {"bytes": true},
                "transform": {"orient": false, "flipVertical": false, "flipHorizontal": false, "rotate": 90,
                              "resize": {"width": 3, "height": 2}},
                "encode": {"format": "tiff", "lossless": true, "quality": 80.0, "bigTiff": false,
                           "compression": "lzw", "tiles": true, "pyramid": false},
                "metadata": {"policy": "only", "profile": true, "exif": {}},
            })
        );
        let jpeg = Encode::Jpeg { quality: 80.5, chroma: Chroma::Half, streaming: true };
        let expected = json!({"format": "jpeg", "quality": 80.5, "chroma": "4:2:0", "streaming": true});
        assert_eq!(serde_json::to_value(jpeg).unwrap(), expected);
    }
}
