//! A JPEG's own coded data, bit for bit, between other metadata: what is left where coding it better gains nothing
//! or the rewriter does not know the coding.

use super::{EncodeInput, EncoderKind, failed};
use crate::container::jpeg::{Additions, Jpeg, is_shown, rewrite};
use crate::error::OptimizationError;
use crate::metadata::exif;

/// Takes the original's metadata away and puts in what is to be kept.
pub(super) fn encode(input: &EncodeInput<'_>) -> Result<Vec<u8>, OptimizationError> {
    let original =
        input.original.ok_or_else(|| failed(EncoderKind::JpegStrip, "the original file is needed"))?;
    with_metadata(original, input, EncoderKind::JpegStrip)
}

/// A JPEG with the original's stored pixels (the original, or its coefficients coded anew) and the metadata that is
/// to be kept.
pub(super) fn with_metadata(
    bytes: &[u8],
    input: &EncodeInput<'_>,
    kind: EncoderKind,
) -> Result<Vec<u8>, OptimizationError> {
    let unreadable = || failed(kind, "the file cannot be taken apart");
    let jpeg = Jpeg::parse(bytes).ok_or_else(unreadable)?;
    // The stored rows are not turned, so the orientation goes with them.
    let exif = exif::for_stored_rows(input.metadata.exif.as_deref(), input.orientation);
    // Inks stay inks: the profile that the decoder converted them through belongs to the stored samples.
    let stored_profile = if input.stored_inks { input.original.and_then(Jpeg::parse) } else { None };
    let icc = stored_profile.and_then(|original| original.icc()).or_else(|| input.metadata.icc.clone());
    let additions = Additions {
        exif: exif.as_deref(),
        xmp: input.metadata.xmp.as_deref(),
        icc: icc.as_deref(),
        attachments: input.attachments,
    };
    Ok(rewrite(&jpeg, is_shown, &additions))
}
