//! What the script that starts this hands over.

use crate::Failure;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where everything is and how much to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The planish command.
    pub(crate) planish: PathBuf,
    /// The script that encodes one file with sharp.
    pub(crate) sharp: PathBuf,
    /// A folder with `photos/` and `graphics/`. Default: none, and images are generated.
    pub(crate) corpus: Option<PathBuf>,
    /// A folder for what is made on the way; the caller removes it.
    pub(crate) work: PathBuf,
    /// Where `rd.json` and `rd.svg` go.
    pub(crate) out: PathBuf,
    /// All images at their full size instead of a few small ones.
    pub(crate) full: bool,
}

impl Options {
    /// Reads `--planish FILE --sharp FILE --work DIR --out DIR [--corpus DIR] [--full]`.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let name = argument.to_string_lossy().into_owned();
            if name == "--full" {
                options.full = true;
                continue;
            }
            let place = match name.as_str() {
                "--planish" => &mut options.planish,
                "--sharp" => &mut options.sharp,
                "--work" => &mut options.work,
                "--out" => &mut options.out,
                "--corpus" => options.corpus.insert(PathBuf::new()),
                _ => return Err(format!("{name} is not an option of this program").into()),
            };
            *place =
                arguments.next().ok_or_else(|| format!("expected a path after {name}, got nothing"))?.into();
        }
        for (name, path) in [
            ("--planish", &options.planish),
            ("--sharp", &options.sharp),
            ("--work", &options.work),
            ("--out", &options.out),
        ] {
            if path.as_os_str().is_empty() {
                return Err(format!("{name} PATH is missing").into());
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Failure> {
        Options::parse(line.split(' ').map(OsString::from))
    }

    #[test]
    fn paths_are_taken_and_missing_ones_named() {
        let options = parse("--planish p --sharp s --work w --out o --full").unwrap();
        assert!(options.full && options.corpus.is_none() && options.out.as_os_str() == "o");
        assert!(parse("--planish p --sharp s --work w").unwrap_err().to_string().contains("--out"));
        assert!(parse("--planish p --sharp s --work w --out").unwrap_err().to_string().contains("--out"));
        assert!(parse("--fast").unwrap_err().to_string().contains("--fast"));
    }
}
