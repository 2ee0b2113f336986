//! The journal of a run that the cache could not take up.

use crate::request::Request;
use planish_batch::{Destination, Engine, ImageTask, Journal, PoolOptions, default_cache_folder};
use std::io;

/// Begins a journal where one is needed: without a cache, and in place. `None` elsewhere, where nothing is written, and
/// where there is no folder for it.
///
/// # Errors
/// When it cannot be written.
pub(super) fn open(
    tasks: &[ImageTask],
    request: &Request,
    engine: &dyn Engine,
    options: &PoolOptions,
) -> io::Result<Option<Journal>> {
    let in_place = tasks.iter().any(|task| task.output_path.is_in_place());
    let needed = (in_place || options.cache.is_none()) && request.destination != Destination::Nowhere;
    let Some(folder) = default_cache_folder().filter(|_| needed) else { return Ok(None) };
    // Whatever makes it another request: the folder it is made in, too.
    let place = (std::env::current_dir()?, &request.inputs, &request.destination);
    let identity = [
        format!("{place:?}"),
        serde_json::to_string(&request.settings)?,
        format!("{:?} {:?}", options.limits, options.delivery),
        format!("{} {}", engine.name(), engine.version()),
    ];
    Journal::open(&folder.join("journals"), &identity.each_ref().map(String::as_str)).map(Some)
}
