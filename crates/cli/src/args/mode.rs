//! How far a run goes: all the way, once or on and on, or without writing.

use crate::values;
use clap::Args;
use planish_batch::files::MinSavings;

/// The flags that say how far a run goes.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ModeArgs {
    /// Say what would be read and written, with which settings; encode and write nothing
    #[arg(short = 'n', long, conflicts_with = "check", help_heading = "Work")]
    pub(crate) dry_run: bool,

    /// Go on with images that come or change, until Ctrl-C
    ///
    /// The inputs are looked at once a second, and an image is taken up when two looks find it the same. Results
    /// need a place of their own: -o, or --in-place. A refusal that only concerns what came later is told, and what
    /// is there is looked at again. Exit codes: 0 all that came was done, 1 an image that is still there failed, 130
    /// images were in work or waiting at Ctrl-C.
    #[arg(long, conflicts_with_all = ["dry_run", "check", "json", "report"], help_heading = "Work")]
    pub(crate) watch: bool,

    /// Write nothing; exit with 3 if images can be made smaller. Needs no --output
    ///
    /// Everything is encoded and measured as in a run. Files count whose savings reach --check-savings.
    #[arg(long, conflicts_with = "output", help_heading = "Work")]
    pub(crate) check: bool,

    /// Savings of a file that --check lets pass, below this: `5%`, `10kB` or plain bytes [default: 5%]
    #[arg(long, value_name = "LEAST", value_parser = values::savings, requires = "check", help_heading = "Work")]
    pub(crate) check_savings: Option<MinSavings>,
}

impl ModeArgs {
    /// What --check finds worth a line in a review, unless --check-savings says otherwise.
    pub(crate) const CHECK_SAVINGS: MinSavings = MinSavings::Percent(5.0);
}
