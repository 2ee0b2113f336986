//! The command's arguments, as they were typed: a group of flags per file.

mod audit;
mod cache;
mod compare;
mod diagnostics;
#[cfg(test)]
pub(crate) mod documented;
pub(crate) mod files;
mod inspect;
mod mode;
mod report;
mod settings;
mod work;

pub(crate) use audit::AuditArgs;
pub(crate) use cache::{CacheArgs, CacheCommand};
pub(crate) use compare::CompareArgs;
pub(crate) use diagnostics::DiagnosticsArgs;
pub(crate) use files::FileArgs;
pub(crate) use inspect::InspectArgs;
pub(crate) use mode::ModeArgs;
pub(crate) use report::ReportArgs;
pub(crate) use settings::SettingsArgs;
pub(crate) use work::WorkArgs;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// clap's own leaves out whatever one of several flags can stand for, and so the one that nearly everybody needs.
const USAGE: &str = "\
planish [OPTIONS] <PATH>... -o <OUT>
       planish [OPTIONS] <PATH>... --in-place | --suffix <TEXT> | --template <PATTERN> | --check
       planish <COMMAND>";

const EXAMPLES: &str = "\
Examples:
  Every image below photos/, as small as it gets while it looks the same:
    planish photos/ -o out/
  The same, in whichever format is smallest:
    planish photos/ -o out/ -f auto
  One file, at AVIF quality 60:
    planish hero.png -o hero.avif -q 60
  At most 1600 pixels wide and 200 kB each:
    planish *.jpg -o web/ --resize 1600x --max-size 200kB
  Each image replaced by its smaller self, originals kept:
    planish photos/ --in-place --backup originals/
  A small copy beside each image:
    planish photos/ --suffix -small --resize 1600
  Not one pixel changed:
    planish icons/ -o out/ --lossless
  Every export as it is saved, until Ctrl-C:
    planish exports/ -o out/ --watch
  In a build: fail when an image could be 5 % smaller or more:
    planish assets/ --check
  In a pipe:
    planish - -o - -f webp < in.png > out.webp
  A full account for scripts:
    planish photos/ -o out/ --json > report.json

Exit codes:
  0    all done (an image that cannot be made smaller is done)
  1    some file failed; the others are done
  2    wrong arguments, or nothing to do
  3    --check found images that can be made smaller
  130  interrupted by Ctrl-C

Inputs are never changed, except by --in-place. Every output is written beside
its target, synced and renamed, and replaces a file of that name (see
--overwrite); no output is written for a file that failed.";

/// Makes images as small as they can be while they still look the same.
#[derive(Debug, Clone, Parser)]
#[command(name = "planish", version, override_usage = USAGE, after_help = EXAMPLES, max_term_width = 110)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Args {
    /// What to do instead of optimizing.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) optimize: OptimizeArgs,
}

/// The flags of the command proper, the one without a name.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OptimizeArgs {
    #[command(flatten)]
    pub(crate) files: FileArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    #[command(flatten)]
    pub(crate) work: WorkArgs,
    #[command(flatten)]
    pub(crate) mode: ModeArgs,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[command(flatten)]
    pub(crate) diagnostics: DiagnosticsArgs,
}

/// The named commands. A file of such a name is given as `./name`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Say what could be saved, and where most: everything is tried, nothing is written
    ///
    /// The settings are those of the command without a name. What was tried is remembered, so that a run with the same
    /// settings only has to write. Exit codes: 0 done, whatever could be saved, 1 some file failed.
    Audit(Box<AuditArgs>),

    /// Say how much image B looks like image A: the SSIMULACRA2 score, and what else differs
    ///
    /// Both are decoded, turned upright and converted to sRGB. Animations are played side by side, and the worst moment
    /// counts. Exit codes: 0 compared, 1 they cannot be compared, 3 the score is below --min-score.
    Compare(Box<CompareArgs>),

    /// Say what images are: coding, profile, metadata, content, and what planish would try on them
    ///
    /// The settings are those of the command without a name; nothing is encoded. Exit codes: 0 done, 1 some file
    /// cannot be read.
    Inspect(Box<InspectArgs>),

    /// Check this installation: encoders, folders, recipe, machine and limits
    ///
    /// Writes and reads a small image in every format. Exit codes: 0 all is well, 1 something is not.
    Doctor {
        /// Print one JSON document instead of lines
        #[arg(long)]
        json: bool,
    },

    /// Show or empty the cache of results
    ///
    /// Results of earlier runs are kept, so that a file that did not change is not optimized again with the same
    /// settings. They are in `$PLANISH_CACHE_DIR`, else in planish/ of the user's cache folder.
    Cache {
        /// What to do with it
        #[command(subcommand)]
        command: CacheCommand,
    },
    /// Print a completion script for a shell
    ///
    /// For example: planish completions bash > ~/.local/share/bash-completion/completions/planish
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },

    /// Print the manual page
    ///
    /// For example: planish man | man -l -
    Man {
        /// Write a page for each command into this folder instead
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use rstest::rstest;

    fn parse(arguments: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(format!("planish {arguments}").split_whitespace())
    }

    #[test]
    fn the_definitions_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn goals_exclude_each_other() {
        for goals in ["-q 80 --lossless", "--target ssim2=80 -q 80", "--max-size 1kB --lossless"] {
            let error = parse(&format!("a.png -o out {goals}")).unwrap_err();
            assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict);
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[rstest]
    #[case("-q 101", "a number from 1 to 100")]
    #[case("-q high", "a number from 1 to 100")]
    #[case("--effort 0", "an integer from 1 to 9")]
    #[case("--target psnr=40", "ssim2=N")]
    #[case("--target ssim2=101", "a number from 1 to 100")]
    #[case("--max-size big", "200kB")]
    #[case("-f bmp", "jpeg, png, webp, avif, jxl, gif or tiff")]
    #[case("--resize 10by20", "WxH")]
    #[case("--background red", "#rrggbb")]
    #[case("--metadata all", "safe, strip or keep")]
    #[case("--color p3", "keep or srgb")]
    #[case("--preset wbe", "web, photo, archive, share or thumbnail")]
    #[case("--progress bar", "auto, json or none")]
    #[case("--check-savings lots", "a share such as 5% or a size such as 10kB")]
    #[case("-j 0", "a whole number from 1")]
    #[case("--max-pixels 0", "MP")]
    fn wrong_values_say_what_was_expected_and_what_came(#[case] arguments: &str, #[case] expected: &str) {
        let error = parse(&format!("a.png -o out {arguments}")).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        let value = arguments.split_once(' ').unwrap().1;
        assert!(error.contains(value), "{error}");
    }

    #[test]
    fn the_help_shows_every_default() {
        // Lines may break anywhere.
        let help = Args::command().render_long_help().to_string();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for default in ["ssim2=80", "keep", "safe", "5", "the number of cores", "100MP"] {
            assert!(help.contains(&format!("[default: {default}]")), "{default}");
        }
    }
}
