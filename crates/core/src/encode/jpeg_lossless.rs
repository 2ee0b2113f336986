//! A JPEG's own coefficients with optimal Huffman tables: the pixels stay as they are.

use super::{EncodeInput, EncoderKind, failed, jpeg_strip};
use crate::error::OptimizationError;
use libjpeg_turbo_rs::{MarkerCopyMode, TransformOptions, transform_jpeg_with_options};
use std::panic::catch_unwind;

/// Files up to this size are coded in one scan too: each scan has its own tables, which small images do not earn
/// back.
const TRY_SEQUENTIAL_UP_TO: usize = 64 << 10;

/// Rewrites the original file, in progressive scans or in one, whichever is smaller.
pub(super) fn encode(input: &EncodeInput<'_>) -> Result<Vec<u8>, OptimizationError> {
    let original =
        input.original.ok_or_else(|| failed(EncoderKind::JpegRewrite, "the original file is needed"))?;
    let mut rewritten = transform(original, true)?;
    if rewritten.len() <= TRY_SEQUENTIAL_UP_TO || rewritten.len() >= original.len() {
        let sequential = transform(original, false)?;
        if sequential.len() < rewritten.len() {
            rewritten = sequential;
        }
    }
    jpeg_strip::with_metadata(&rewritten, input, EncoderKind::JpegRewrite)
}

/// A small JPEG with its coefficients coded anew, where it becomes smaller so: else it would when it comes back as an
/// input. mozjpeg's search for scans never looks at one scan, and is now and then beaten by the usual ones. Markers are
/// left out.
///
/// # Errors
/// [`OptimizationError::Encode`] when the rewriter does not read the file.
pub(super) fn smaller(bytes: &[u8]) -> Result<Option<Vec<u8>>, OptimizationError> {
    if bytes.len() > TRY_SEQUENTIAL_UP_TO {
        return Ok(None);
    }
    let rewritten = [transform(bytes, true)?, transform(bytes, false)?];
    let smallest = rewritten.into_iter().min_by_key(Vec::len);
    Ok(smallest.filter(|smallest| smallest.len() < bytes.len()))
}

fn transform(original: &[u8], progressive: bool) -> Result<Vec<u8>, OptimizationError> {
    let error = |error: &dyn std::fmt::Display| failed(EncoderKind::JpegRewrite, error);
    // The decoder has accepted this file, but the rewriter is another parser, and a panic of its own must cost
    // no more than this candidate.
    catch_unwind(|| {
        let options = TransformOptions {
            progressive,
            optimize: true,
            copy_markers: MarkerCopyMode::None,
            ..TransformOptions::default()
        };
        transform_jpeg_with_options(original, &options)
    })
    .map_err(|_| error(&"the rewriter stopped on this file"))?
    .map_err(|cause| error(&cause))
}
