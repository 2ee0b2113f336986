//! `planish cache`: results of earlier runs.

use crate::DONE;
use crate::args::CacheCommand;
use crate::output::{Terminal, bytes, display};
use crate::request::UsageError;
use planish_batch::{CacheContents, CacheStats, LastRun, OptimizationCache, default_cache_folder};
use std::io;

/// Tells about the cache or empties it.
pub(crate) fn run(command: &CacheCommand, terminal: &mut Terminal) -> Result<u8, UsageError> {
    let folder = default_cache_folder().ok_or(UsageError::NoCacheFolder)?;
    let cache = OptimizationCache::open(folder.clone(), None);
    match command {
        CacheCommand::Stats { json: true } => {
            let json = serde_json::to_string_pretty(&cache.stats()).map_err(io::Error::other);
            Terminal::document(&json.map_err(UsageError::Cache)?).map_err(UsageError::Cache)?;
        }
        CacheCommand::Stats { json: false } => tell(&cache.stats(), terminal),
        CacheCommand::Clear => {
            let removed = cache.clear().map_err(UsageError::Cache)?;
            let CacheContents { entries, bytes: freed } = removed;
            terminal.line(&format!(
                "{} and {} freed in {}",
                results(entries),
                bytes(freed),
                display(&folder)
            ));
        }
    }
    Ok(DONE)
}

fn tell(stats: &CacheStats, terminal: &mut Terminal) {
    let CacheStats { folder, entries, bytes: size, limit, last_run } = stats;
    terminal.line(&format!("folder    {}", display(folder)));
    terminal.line(&format!("kept      {}, {} of {}", results(*entries), bytes(*size), bytes(*limit)));
    if let Some(LastRun { hits, misses }) = last_run {
        terminal.line(&format!("last run  {hits} known, {misses} optimized"));
    }
}

fn results(count: u64) -> String {
    format!("{count} {}", if count == 1 { "result" } else { "results" })
}
