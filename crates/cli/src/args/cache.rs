//! What is remembered between runs.

use crate::values;
use clap::{Args, Subcommand};
use planish::Bytes;

/// The flags about the cache.
#[derive(Debug, Clone, Args)]
pub(crate) struct CacheArgs {
    /// Neither look up results of earlier runs nor keep this run's
    #[arg(long, conflicts_with = "cache_size", help_heading = "Work")]
    pub(crate) no_cache: bool,

    /// Bytes that kept results may take: `500MB`, `4GiB` or plain bytes [default: 2GiB, or a tenth of a small disk]
    ///
    /// What was not used for longest goes first. See planish cache stats.
    #[arg(long, value_name = "SIZE", value_parser = values::size, help_heading = "Work")]
    pub(crate) cache_size: Option<Bytes>,
}

/// What to do with the cache.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum CacheCommand {
    /// Print where the cache is, how much is in it, and what the last run had from it
    Stats {
        /// Print one JSON document instead of lines
        #[arg(long)]
        json: bool,
    },
    /// Remove every kept result
    Clear,
}
