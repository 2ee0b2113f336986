//! Which files are read, and where the results go.

use clap::Args;
use std::path::PathBuf;

/// The flags about files.
#[derive(Debug, Clone, Args)]
pub(crate) struct FileArgs {
    /// Images, and folders to look for images in
    ///
    /// In folders, files named like images are taken, hidden ones are left out and links are not followed. Files
    /// named here are taken whatever they are called.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// Folder for the results, or a file such as `small.webp` for a single image
    ///
    /// `-` is standard output; with `-` as PATH the image comes from standard input, and the report goes to standard
    /// error.
    ///
    /// Below the folder, the tree of each input folder is mirrored. A file's extension chooses the format.
    #[arg(short, long, value_name = "OUT", required_unless_present = "check")]
    pub(crate) output: Option<PathBuf>,
}
