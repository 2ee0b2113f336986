//! How far a run goes: all the way, or without writing.

use crate::values;
use clap::Args;

/// The flags that say how far a run goes.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ModeArgs {
    /// Say what would be read and written, with which settings; encode and write nothing
    #[arg(short = 'n', long, conflicts_with = "check", help_heading = "Work")]
    pub(crate) dry_run: bool,

    /// Write nothing; exit with 3 if images can be made smaller. Needs no --output
    ///
    /// Everything is encoded and measured as in a run. Files count whose savings reach --check-savings.
    #[arg(long, conflicts_with = "output", help_heading = "Work")]
    pub(crate) check: bool,

    /// Savings of a file that --check lets pass, below this: `5%`, `10kB` or plain bytes [default: 5%]
    #[arg(long, value_name = "LEAST", value_parser = values::least_savings, requires = "check", help_heading = "Work")]
    pub(crate) check_savings: Option<LeastSavings>,
}

/// The savings of a file from which on it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum LeastSavings {
    /// Of its size.
    Percent(f64),
    /// Of its bytes.
    Bytes(u64),
}

impl Default for LeastSavings {
    /// What is worth a line in a review.
    fn default() -> Self {
        Self::Percent(5.0)
    }
}

impl LeastSavings {
    /// Whether a file that could be so much smaller counts.
    pub(crate) fn reached(self, original: u64, optimized: u64) -> bool {
        let Some(saved @ 1..) = original.checked_sub(optimized) else { return false };
        match self {
            Self::Percent(least) => saved as f64 / original as f64 * 100.0 >= least,
            Self::Bytes(least) => saved >= least,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn savings_count_from_the_least_on_and_losses_never() {
        for (least, optimized, reached) in [
            (LeastSavings::default(), 951, false),
            (LeastSavings::default(), 950, true),
            (LeastSavings::Percent(0.0), 999, true),
            (LeastSavings::Percent(0.0), 1000, false),
            (LeastSavings::Percent(0.0), 1001, false),
            (LeastSavings::Bytes(100), 901, false),
            (LeastSavings::Bytes(100), 900, true),
        ] {
            assert_eq!(least.reached(1000, optimized), reached, "{least:?} {optimized}");
        }
    }
}
