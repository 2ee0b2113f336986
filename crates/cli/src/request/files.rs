//! What the flags about files mean.

use super::UsageError;
use crate::args::FileArgs;
use crate::args::files::is_stdin;
use crate::output::display;
use planish_batch::files::{DeliveryOptions, Naming, Selection, is_image_name, parse_file_list};
use planish_batch::{Destination, Inputs};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything a run needs to know about files.
#[derive(Debug)]
pub(crate) struct FileRequest {
    /// What to read.
    pub(crate) inputs: Inputs,
    /// Where to write.
    pub(crate) destination: Destination,
    /// What to write.
    pub(crate) delivery: DeliveryOptions,
}

impl FileRequest {
    pub(super) fn from_args(args: FileArgs) -> Result<Self, UsageError> {
        let destination = destination(&args)?;
        let mut selection =
            Selection::default().with_patterns(&args.include, &args.exclude).map_err(UsageError::Files)?;
        selection.ignore_files = args.ignore_file;
        selection.follow_links = args.follow_links;
        selection.hidden = args.hidden;
        let listed = args.files_from.as_deref().map(listed_in).transpose()?.unwrap_or_default();
        let defaults = DeliveryOptions::default();
        Ok(Self {
            inputs: Inputs { paths: args.paths, listed, selection },
            destination,
            delivery: DeliveryOptions {
                overwrite: args.overwrite.unwrap_or(defaults.overwrite),
                on_larger: args.on_larger.unwrap_or(defaults.on_larger),
                min_savings: args.min_savings.unwrap_or(defaults.min_savings),
                preserve: args.preserve,
            },
        })
    }
}

fn listed_in(list: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let read = if is_stdin(list) {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(list)
    };
    let failed = |error| UsageError::Files(format!("the list {} cannot be read: {error}", display(list)));
    read.map(|bytes| parse_file_list(&bytes)).map_err(failed)
}

fn destination(args: &FileArgs) -> Result<Destination, UsageError> {
    if args.in_place {
        return Ok(Destination::InPlace { backup: args.backup.clone() });
    }
    let naming = match (&args.template, &args.suffix) {
        (Some(template), _) => Some(("--template", Naming::Template(Arc::new(template.clone())))),
        (None, Some(suffix)) => {
            Some(("--suffix", Naming::Suffix { suffix: suffix.clone(), flat: args.flat }))
        }
        (None, None) => args.flat.then_some(("--flat", Naming::Flat)),
    };
    let Some(output) = &args.output else {
        // Without any of them, the definitions of the flags let only --check through.
        let beside = |(_, naming)| Destination::Named { folder: None, naming };
        return Ok(naming.map_or(Destination::Nowhere, beside));
    };
    let one = is_file(output) || naming.is_some() && is_stdin(output);
    match (naming, one) {
        (None, true) => Ok(Destination::File(output.clone())),
        (None, false) => Ok(Destination::Folder(output.clone())),
        (Some((_, naming)), false) => Ok(Destination::Named { folder: Some(output.clone()), naming }),
        (Some((flag, _)), true) => Err(UsageError::Output {
            expected: format!("a folder to go with {flag}"),
            actual: output.clone(),
        }),
    }
}

/// A file when it is named like an image, unless it is a folder or ends like one.
fn is_file(output: &Path) -> bool {
    let ends_like_a_folder = output.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
    let named_like_an_image = output.file_name().is_some_and(is_image_name);
    named_like_an_image && !ends_like_a_folder && !output.is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;
    use clap::Parser;
    use planish_batch::files::{MinSavings, OnLarger, Overwrite};

    fn request(arguments: &str) -> Result<FileRequest, UsageError> {
        let arguments = format!("planish {arguments}");
        let args = Args::try_parse_from(arguments.split_whitespace())
            .map_err(|error| UsageError::Files(error.to_string()))?;
        FileRequest::from_args(args.optimize.files)
    }

    #[test]
    fn destinations_follow_from_the_flags() {
        let suffix = |flat| Naming::Suffix { suffix: "-s".into(), flat };
        let named =
            |folder: Option<&str>, naming| Destination::Named { folder: folder.map(Into::into), naming };
        for (arguments, expected) in [
            ("a -o out", Destination::Folder("out".into())),
            ("a -o out.webp", Destination::File("out.webp".into())),
            ("a -o out --flat", named(Some("out"), Naming::Flat)),
            ("a --suffix -s", named(None, suffix(false))),
            ("a -o out --suffix=-s --flat", named(Some("out"), suffix(true))),
            ("a --in-place", Destination::InPlace { backup: None }),
            ("a --in-place --backup old", Destination::InPlace { backup: Some("old".into()) }),
            (
                "a --template {name}-s.{ext}",
                named(None, Naming::Template(Arc::new("{name}-s.{ext}".parse().unwrap()))),
            ),
        ] {
            assert_eq!(request(arguments).unwrap().destination, expected, "{arguments}");
        }
    }

    #[test]
    fn flags_that_do_not_go_together_are_refused() {
        for (arguments, expected) in [
            ("a", "--output"),
            ("-o out", "PATH"),
            ("a --flat", "--output"),
            ("a --in-place -o out", "--output"),
            ("a --in-place --suffix x", "--suffix"),
            ("a --in-place --overwrite never", "--overwrite"),
            ("a --backup old -o out", "--output"),
            ("a --backup old", "--in-place"),
            ("a -o out --suffix x --template {name}", "--template"),
            ("a -o a.webp --suffix x", "a folder to go with --suffix"),
            ("a -o out --overwrite sometimes", "never, smaller, always"),
            ("a -o out --on-larger keep", "copy, skip"),
            ("a -o out --template {name}-{width}", "{width}"),
            ("a -o out --include {a,b", "*.png"),
            ("a -o out --ignore-file a/b", "not a path"),
            ("--files-from missing-list -o out", "missing-list cannot be read"),
        ] {
            let error = request(arguments).unwrap_err().to_string();
            assert!(error.contains(expected), "{arguments}: {error}");
        }
    }

    #[test]
    fn policies_are_handed_on_and_default_to_what_is_documented() {
        let given = request("a -o out --overwrite smaller --on-larger skip --min-savings 5% --preserve");
        let expected = DeliveryOptions {
            overwrite: Overwrite::Smaller,
            on_larger: OnLarger::Skip,
            min_savings: MinSavings::Percent(5.0),
            preserve: true,
        };
        assert_eq!(given.unwrap().delivery, expected);
        assert_eq!(request("a -o out").unwrap().delivery, DeliveryOptions::default());
    }
}
