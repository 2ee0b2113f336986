//! Small pictures of files before and after, as `data:` addresses.

use crate::report::base64::base64;
use planish::settings::MetadataPolicy;
use planish::{
    Bytes, Effort, Format, FormatChoice, Goal, ImageSettings, Limits, OptimizationError, OptimizeContext,
    Pixels, Quality, optimize, preview,
};
use planish_batch::files::read_input;
use std::path::Path;

/// The longest side, in pixels: sharp at half the size on fine screens.
const LONG_EDGE: u32 = 360;
/// Good enough at that size.
const QUALITY: u8 = 72;
/// Larger pictures have no thumbnail: decoding them beside the work would take memory that nobody reserved.
const MAX_PIXELS: Pixels = Pixels(40_000_000);

/// Nor have larger files, for the same reason.
const MAX_BYTES: Bytes = Bytes(128 << 20);

/// A file before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Thumbnails {
    /// `None` where the file is gone, has changed, or cannot be shown.
    pub(crate) before: Option<String>,
    /// As above.
    pub(crate) after: Option<String>,
}

impl Thumbnails {
    /// Pictures of both files; of one that was replaced in place, of what it is now.
    pub(crate) fn of(input: &Path, output: &Path) -> Self {
        let picture = |path: &Path| {
            let address = address(path);
            if let Err(error) = &address {
                tracing::debug!("no thumbnail of {}: {error}", path.display());
            }
            address.ok()
        };
        Self {
            before: (input != output).then(|| picture(input)).flatten(),
            after: (!output.as_os_str().is_empty()).then(|| picture(output)).flatten(),
        }
    }
}

/// A small WebP of a file's picture.
fn address(path: &Path) -> Result<String, OptimizationError> {
    let limits = Limits { max_pixels: MAX_PIXELS, max_input_bytes: MAX_BYTES, ..Limits::default() };
    let context = OptimizeContext { limits, ..OptimizeContext::default() };
    let file = read_input(path, &limits, |_| Ok(()))?;
    let picture = preview(&file.bytes, LONG_EDGE, &context)?.picture.to_png()?;
    let settings = ImageSettings {
        goal: Goal::Quality(Quality::new(QUALITY)?),
        formats: FormatChoice::OneOf(vec![Format::Webp]),
        metadata: MetadataPolicy::Strip,
        effort: Effort::new(2)?,
        ..ImageSettings::default()
    };
    let small = optimize(&picture, &settings, &context)?;
    Ok(format!("data:{};base64,{}", small.result.format.media_type(), base64(&small.bytes)))
}
