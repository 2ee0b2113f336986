//! Which files are read, where the results go, and what is written.

use crate::values::{self, expected};
use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};
use planish_batch::files::{MinSavings, OnLarger, Overwrite, Template, check_pattern, is_ignore_file_name};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The flags about files.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags are on or off")]
pub(crate) struct FileArgs {
    /// Images, and folders to look for images in
    ///
    /// In folders, files named like images are taken, hidden ones are left out and links are not followed. Files
    /// named here are taken whatever they are called.
    #[arg(value_name = "PATH", required_unless_present = "files_from")]
    pub(crate) paths: Vec<PathBuf>,

    /// Folder for the results, or a file such as `small.webp` for a single image
    ///
    /// `-` is standard output; with `-` as PATH the image comes from standard input, and the report goes to standard
    /// error.
    ///
    /// Below the folder, the tree of each input folder is mirrored. A file's extension chooses the format. Not needed
    /// with --suffix, --template or --in-place.
    #[arg(
        short,
        long,
        value_name = "OUT",
        required_unless_present_any = ["suffix", "template", "in_place", "check"],
        help_heading = "Where results go"
    )]
    pub(crate) output: Option<PathBuf>,

    /// Put all results into one folder, without the folders they came from
    #[arg(long, requires = "output", help_heading = "Where results go")]
    pub(crate) flat: bool,

    /// Put this before the extension: with `-small`, `a.png` becomes `a-small.png`; beside the input without -o
    #[arg(long, value_name = "TEXT", conflicts_with = "check", value_parser = suffix, allow_hyphen_values = true, help_heading = "Where results go")]
    pub(crate) suffix: Option<OsString>,

    /// Name results by a pattern, as in `{dir}/{name}-small.{ext}`
    ///
    /// {dir}: the input's folder below the one that was named. {name}: its name without extension. {ext}: the result's
    /// extension. {format}: the result's format. Relative to OUT; without -o to the input's own folder, and {dir} is
    /// empty.
    #[arg(
        long,
        value_name = "PATTERN",
        conflicts_with_all = ["suffix", "flat", "check"],
        help_heading = "Where results go"
    )]
    pub(crate) template: Option<Template>,

    /// Replace each image by its result where that is smaller
    ///
    /// The original stays until the new file is complete and on the disk. Permissions are kept; of a link, the file it
    /// points to is replaced. Names and formats stay: for another format use -o, --suffix or --template. A second run
    /// begins with the results of the first: unless it is --lossless, they may lose a little more each time.
    #[arg(
        long,
        conflicts_with_all = ["output", "suffix", "template", "flat", "overwrite", "check"],
        help_heading = "Where results go"
    )]
    pub(crate) in_place: bool,

    /// With --in-place, keep each original below this folder; a backup is never overwritten
    // clap waives a requirement that conflicts with what is there: those are named, too.
    #[arg(
        long,
        value_name = "DIR",
        requires = "in_place",
        conflicts_with_all = ["output", "suffix", "template", "flat"],
        help_heading = "Where results go"
    )]
    pub(crate) backup: Option<PathBuf>,

    /// Results that exist already: `never` replace them, only by something `smaller`, or `always` [default: always]
    ///
    /// never: their inputs are not even looked at, so an interrupted run goes on where it stopped.
    #[arg(
        long,
        value_name = "WHEN",
        value_parser = PossibleValuesParser::new(["never", "smaller", "always"]).map(|text| overwrite(&text)),
        hide_possible_values = true,
        help_heading = "What is written"
    )]
    pub(crate) overwrite: Option<Overwrite>,

    /// Where the result is not smaller: `copy` the input, or `skip` the image and write nothing [default: copy]
    ///
    /// A result that was asked for in another format or size is written even if it is larger, unless this says skip.
    #[arg(
        long,
        value_name = "WHAT",
        value_parser = PossibleValuesParser::new(["copy", "skip"]).map(|text| on_larger(&text)),
        hide_possible_values = true,
        help_heading = "What is written"
    )]
    pub(crate) on_larger: Option<OnLarger>,

    /// Count a result as smaller only if it saves this much: `5%`, `10kB` or plain bytes [default: 1]
    ///
    /// An image whose private metadata is taken out is written however little that saves.
    #[arg(long, value_name = "SAVINGS", value_parser = values::savings, help_heading = "What is written")]
    pub(crate) min_savings: Option<MinSavings>,

    /// Give results the times and permissions of their inputs
    #[arg(long, help_heading = "What is written")]
    pub(crate) preserve: bool,

    /// Read paths from a file, or from standard input with `-`
    ///
    /// One per line, or each ended by NUL where there is a NUL (`find -print0`). Results keep the folders of relative
    /// and absolute paths: `a/b.png` becomes OUT/a/b.png.
    #[arg(long, value_name = "FILE", help_heading = "Which images")]
    pub(crate) files_from: Option<PathBuf>,

    /// Take only images that match; may be repeated
    ///
    /// `*.png` is a name at any depth, `raw/` a folder, `2023/**/*.jpg` a path below the folder that was named. Case
    /// does not count.
    #[arg(long, value_name = "GLOB", value_parser = pattern, help_heading = "Which images")]
    pub(crate) include: Vec<String>,

    /// Leave out images and folders that match; may be repeated, and wins over --include
    #[arg(long, value_name = "GLOB", value_parser = pattern, help_heading = "Which images")]
    pub(crate) exclude: Vec<String>,

    /// Obey ignore rules in files of this name too, such as `.gitignore`; may be repeated
    ///
    /// Rules in files named .planishignore always hold, below the folder they are in.
    #[arg(long, value_name = "NAME", value_parser = ignore_file, help_heading = "Which images")]
    pub(crate) ignore_file: Vec<OsString>,

    /// Look into hidden files and folders
    #[arg(long, help_heading = "Which images")]
    pub(crate) hidden: bool,

    /// Look into folders inside folders, which is done anyway: accepted out of habit
    #[arg(short, long, help_heading = "Which images", hide_short_help = true)]
    pub(crate) recursive: bool,

    /// Follow links inside folders
    #[arg(long, help_heading = "Which images")]
    pub(crate) follow_links: bool,
}

fn overwrite(text: &str) -> Overwrite {
    match text {
        "never" => Overwrite::Never,
        "smaller" => Overwrite::Smaller,
        _ => Overwrite::Always,
    }
}

fn on_larger(text: &str) -> OnLarger {
    if text == "skip" { OnLarger::Skip } else { OnLarger::Copy }
}

fn suffix(text: &str) -> Result<OsString, String> {
    let is_part_of_a_name = !text.is_empty() && !text.contains([std::path::MAIN_SEPARATOR, '/', '\0']);
    if is_part_of_a_name { Ok(text.into()) } else { Err(expected("a part of a name such as -small", text)) }
}

fn pattern(text: &str) -> Result<String, String> {
    check_pattern(text).map(|()| text.to_owned())
}

fn ignore_file(text: &str) -> Result<OsString, String> {
    let name = OsString::from(text);
    let wrong = || expected("the name of a file such as .gitignore, not a path", text);
    if is_ignore_file_name(&name) { Ok(name) } else { Err(wrong()) }
}

/// Whether a path stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_parts_of_names() {
        assert_eq!(suffix("-small"), Ok("-small".into()));
        assert_eq!(suffix("@2x"), Ok("@2x".into()));
        for wrong in ["", "a/b"] {
            assert!(suffix(wrong).is_err());
        }
    }
}
