//! A JPEG's own coefficients with optimal Huffman tables in progressive scans: the pixels stay as they are.

use super::{EncodeInput, EncoderKind, failed};
use crate::error::OptimizationError;
use crate::metadata::exif;
use img_parts::jpeg::Jpeg;
use img_parts::{Bytes, ImageEXIF, ImageICC};
use libjpeg_turbo_rs::{MarkerCopyMode, TransformOptions, transform_jpeg_with_options};
use std::panic::catch_unwind;

/// Rewrites the original file.
pub(super) fn encode(input: &EncodeInput<'_>) -> Result<Vec<u8>, OptimizationError> {
    let error = |error: &dyn std::fmt::Display| failed(EncoderKind::JpegRewrite, error);
    let original = input.original.ok_or_else(|| error(&"the original file is needed"))?;
    // The decoder has accepted this file, but the rewriter is another parser, and a panic of its own must cost
    // no more than this candidate.
    let rewritten = catch_unwind(|| {
        let options = TransformOptions {
            progressive: true,
            optimize: true,
            copy_markers: MarkerCopyMode::None,
            ..TransformOptions::default()
        };
        transform_jpeg_with_options(original, &options)
    })
    .map_err(|_| error(&"the rewriter stopped on this file"))?
    .map_err(|cause| error(&cause))?;
    let metadata = input.metadata;
    // The stored rows are not turned, so the orientation goes with them.
    let exif = exif::for_stored_rows(metadata.exif.as_deref(), input.orientation);
    if metadata.icc.is_none() && exif.is_none() && metadata.xmp.is_none() {
        return Ok(rewritten);
    }
    let mut jpeg = Jpeg::from_bytes(Bytes::from(rewritten)).map_err(|cause| error(&cause))?;
    jpeg.set_icc_profile(metadata.icc.clone().map(Bytes::from));
    jpeg.set_exif(exif.map(Bytes::from));
    if let Some(xmp) = &metadata.xmp {
        let segment = img_parts::jpeg::JpegSegment::new_with_contents(
            img_parts::jpeg::markers::APP1,
            Bytes::from([super::jpeg::XMP_NAMESPACE, xmp].concat()),
        );
        jpeg.segments_mut().insert(0, segment);
    }
    Ok(jpeg.encoder().bytes().to_vec())
}
