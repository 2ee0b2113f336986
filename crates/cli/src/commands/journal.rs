//! The journal of a run that the cache could not take up.

use planish::ImageSettings;
use planish_batch::{CoreEngine, Destination, Engine, ImageTask, Journal, PoolOptions, default_cache_folder};
use std::io;
use std::path::PathBuf;

/// Begins a journal where one is needed: without a cache, and in place. `None` elsewhere, and where there is no folder
/// for it.
///
/// # Errors
/// When it cannot be written.
pub(super) fn open(
    tasks: &[ImageTask],
    paths: &[PathBuf],
    destination: &Destination,
    settings: &ImageSettings,
    options: &PoolOptions,
) -> io::Result<Option<Journal>> {
    let in_place = tasks.iter().any(|task| task.output_path.is_in_place());
    let Some(folder) = default_cache_folder().filter(|_| in_place || options.cache.is_none()) else {
        return Ok(None);
    };
    // Whatever makes it another request: the folder it is made in, too.
    let request = [
        format!("{:?} {paths:?} {destination:?}", std::env::current_dir()?),
        serde_json::to_string(settings)?,
        format!("{:?} {:?}", options.limits, options.delivery),
        CoreEngine.version().to_owned(),
    ];
    Journal::open(&folder.join("journals"), &request.each_ref().map(String::as_str)).map(Some)
}
