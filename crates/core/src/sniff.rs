//! Stage 1: what a file is, by its first bytes. Names and extensions are never believed.

use crate::container::{dib, ico};
use crate::error::OptimizationError;
use crate::format::Format;

/// The format of a file.
///
/// # Errors
/// [`OptimizationError::UnknownFormat`] for what is no image, [`OptimizationError::Unsupported`] for images
/// planish knows by name only.
pub fn sniff(bytes: &[u8]) -> Result<Format, OptimizationError> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\xff\xd8\xff") {
        return Ok(Format::Jpeg);
    }
    if starts(b"\x89PNG\r\n\x1a\n") {
        return Ok(Format::Png);
    }
    if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(Format::Webp);
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return sniff_heif(bytes);
    }
    if starts(b"GIF87a") || starts(b"GIF89a") {
        return Ok(Format::Gif);
    }
    if [b"II\x2a\0", b"MM\0\x2a", b"II\x2b\0", b"MM\0\x2b"].into_iter().any(|magic| starts(magic)) {
        return Ok(Format::Tiff);
    }
    if starts(b"\xff\x0a") || starts(b"\0\0\0\x0cJXL \r\n\x87\n") {
        return Ok(Format::Jxl);
    }
    // Two letters are a weak sign: the header behind them must be one.
    if starts(b"BM") && bytes.get(14..).is_some_and(dib::begins_a_header) {
        return Ok(Format::Bmp);
    }
    if ico::begins(bytes) {
        return Ok(Format::Ico);
    }
    let named = if starts(b"\0\0\0\x0cjP  \r\n\x87\n") {
        "JPEG 2000"
    } else if looks_like_svg(bytes) {
        "SVG"
    } else {
        return Err(OptimizationError::UnknownFormat { found: describe(bytes) });
    };
    Err(OptimizationError::unsupported(named, "reading this format"))
}

/// Tells AVIF from its relatives by the brands of the `ftyp` box.
fn sniff_heif(bytes: &[u8]) -> Result<Format, OptimizationError> {
    let length = bytes.get(..4).and_then(|size| size.try_into().ok()).map_or(0, u32::from_be_bytes);
    let brands = bytes.get(8..(length as usize).min(bytes.len())).unwrap_or_default();
    // Major brand, minor version, then compatible brands; the version matches no brand.
    let has = |brand: &[u8; 4]| brands.chunks_exact(4).any(|other| other == brand);
    // A sequence often names the still brand as well, for its poster image: a still of it would lose the animation.
    if has(b"avis") {
        Err(OptimizationError::unsupported("AVIF", "animation"))
    } else if has(b"avif") || has(b"mif1") && has(b"miaf") && !has(b"heic") && !has(b"heix") {
        Ok(Format::Avif)
    } else if [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"].into_iter().any(has) {
        let feature =
            "reading this format (the command can, through Sharp on a libvips with libheif and libde265)";
        Err(OptimizationError::unsupported("HEIC", feature))
    } else {
        Err(OptimizationError::unsupported("ISO media file", "anything but AVIF images"))
    }
}

fn looks_like_svg(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with("<svg") || (text.starts_with("<?xml") || text.starts_with("<!")) && text.contains("<svg")
}

fn describe(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "an empty file".into();
    }
    let head = bytes.get(..bytes.len().min(64)).unwrap_or_default();
    let text = String::from_utf8_lossy(head).trim_start().to_ascii_lowercase();
    if text.starts_with("<!doctype html") || text.starts_with("<html") {
        "an HTML page".into()
    } else if bytes.starts_with(b"%PDF") {
        "a PDF document".into()
    } else if bytes.starts_with(b"PK\x03\x04") {
        "a ZIP archive".into()
    } else if head
        .iter()
        .all(|&byte| byte == b'\t' || byte == b'\n' || byte == b'\r' || (32..127).contains(&byte))
    {
        "a text file".into()
    } else {
        let hex: Vec<_> = head.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("unrecognised bytes {}", hex.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn found(bytes: &[u8]) -> String {
        sniff(bytes).unwrap_err().to_string()
    }

    #[rstest]
    #[case::jpeg(b"\xff\xd8\xff\xe0", Format::Jpeg)]
    #[case::png(b"\x89PNG\r\n\x1a\n", Format::Png)]
    #[case::webp(b"RIFF\x04\0\0\0WEBP", Format::Webp)]
    #[case::gif_87(b"GIF87a", Format::Gif)]
    #[case::gif_89(b"GIF89a", Format::Gif)]
    #[case::tiff(b"II\x2a\0", Format::Tiff)]
    #[case::big_tiff(b"MM\0\x2b", Format::Tiff)]
    #[case::jxl_codestream(b"\xff\x0a", Format::Jxl)]
    #[case::jxl_container(b"\0\0\0\x0cJXL \r\n\x87\n", Format::Jxl)]
    #[case::avif(b"\0\0\0\x14ftypavif\0\0\0\0mif1", Format::Avif)]
    #[case::ico(b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0\x04\0\0\0\x16\0\0\0", Format::Ico)]
    #[case::bmp(b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Format::Bmp)]
    fn magic_bytes_decide(#[case] bytes: &[u8], #[case] format: Format) {
        assert_eq!(sniff(bytes), Ok(format));
    }

    #[rstest]
    #[case::bitmap(b"BMW builds cars and motorcycles.", "a text file")]
    #[case::short_icon(b"\0\0\x01\0\0\0", "00 00 01 00")]
    #[case::mpeg(b"\0\0\x01\xba\x44\0\x04\0\x04\x01\0\0\0\0\0\0\0\0\0\0\0\0", "00 00 01 ba")]
    fn what_only_begins_like_a_bitmap_or_an_icon_is_none(#[case] bytes: &[u8], #[case] name: &str) {
        assert!(found(bytes).contains(name), "{}", found(bytes));
    }

    #[rstest]
    #[case::empty(b"", "an empty file")]
    #[case::html(b"<!DOCTYPE html><title>404", "an HTML page")]
    #[case::pdf(b"%PDF-1.7", "a PDF document")]
    #[case::zip(b"PK\x03\x04", "a ZIP archive")]
    #[case::text(b"hello there", "a text file")]
    #[case::anything_else(b"\x00\x01\x02\x03", "00 01 02 03")]
    fn what_is_no_image_is_named(#[case] bytes: &[u8], #[case] name: &str) {
        assert!(found(bytes).contains(name), "{}", found(bytes));
    }

    #[rstest]
    #[case::svg(b"<?xml version='1.0'?><!DOCTYPE svg><svg>", "SVG")]
    #[case::jpeg_2000(b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000")]
    #[case::heic(b"\0\0\0\x14ftypheic\0\0\0\0mif1", "HEIC")]
    #[case::avif_sequence(b"\0\0\0\x10ftypavis\0\0\0\0", "animation")]
    fn images_that_are_not_read_are_refused_by_name(#[case] bytes: &[u8], #[case] name: &str) {
        assert!(found(bytes).contains(name), "{}", found(bytes));
    }

    #[test]
    fn an_avif_sequence_with_a_still_poster_is_an_animation() {
        assert!(found(b"\0\0\0\x18ftypavif\0\0\0\0avisavif").contains("animation"));
    }
}
