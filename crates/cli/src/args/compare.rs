//! `planish compare`.

use crate::values;
use clap::Args;
use std::path::PathBuf;

/// The arguments of `planish compare`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CompareArgs {
    /// The image to compare with: the original
    #[arg(value_name = "A")]
    pub(crate) reference: PathBuf,

    /// The image that should look like it
    #[arg(value_name = "B")]
    pub(crate) candidate: PathBuf,

    /// Write a picture of where they differ, as PNG [default: none]
    ///
    /// Half the size of the images. Black is no difference; violet, red, orange and pale yellow are more and more. The
    /// same colour is the same difference in every heat map.
    #[arg(long, value_name = "FILE", value_parser = png_file)]
    pub(crate) heatmap: Option<PathBuf>,

    /// End with exit code 3 when the score is below this [default: no check]
    #[arg(long, value_name = "N", value_parser = values::score)]
    pub(crate) min_score: Option<planish::Score>,

    /// Print one JSON document instead of lines
    #[arg(long)]
    pub(crate) json: bool,
}

/// A file whose name does not promise something else than PNG.
fn png_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let is_png = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
    if is_png { Ok(path) } else { Err(format!("expected a file such as difference.png, got {text}")) }
}
