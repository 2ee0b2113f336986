//! What an output is called.
//!
//! - One output format is wanted: the name gets that format's extension, unless it has one that means the same
//!   (`a.jpeg` stays `a.jpeg`).
//! - The format is kept: the name is kept. Only what is read and not written (`a.bmp`) gets the extension of what it
//!   becomes.
//! - Several formats may win: the name is kept when the format is, else the winner's extension replaces the old one.
//!   Where another input could then end up under the same name, the extension is added instead: `a.png` and `a.jpg`
//!   become `a.png.webp` and `a.jpg.webp`.
//!
//! A suffix goes before the extension; a template says all of it. Names that get too long are shortened.

use super::length::shortened;
use super::template::{Template, split};
use planish::{Format, FormatChoice};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Extensions that mean an image, in lower case, including those of formats planish cannot read yet: a user who
/// names a folder wants to hear about those.
const IMAGE_EXTENSIONS: &[&str] = &[
    "apng", "avif", "avifs", "bmp", "dib", "gif", "heic", "heif", "hif", "ico", "jfif", "jpe", "jpeg", "jpg",
    "jxl", "png", "svg", "tif", "tiff", "webp",
];

/// Where an output goes. Its extension may depend on the format that wins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OutputPath {
    folder: PathBuf,
    name: OsString,
    extension: ExtensionRule,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ExtensionRule {
    /// The name is final.
    Fixed,
    /// A template says it, for each pair of input and output formats there may be.
    Template { template: Arc<Template>, dir: PathBuf, formats: Arc<[(Format, Format)]> },
    /// The name is the input's own, which is set aside as this file if there is one.
    InPlace(Option<PathBuf>),
    /// One of these formats wins, and its extension takes the place of the old one.
    Replace(Vec<Format>),
    /// One of these formats wins, and its extension comes after the old one.
    Append(Vec<Format>),
}

impl OutputPath {
    /// No path: the result is not written.
    pub fn nowhere() -> Self {
        Self::fixed("")
    }

    /// Whether the result is not written.
    pub fn is_nowhere(&self) -> bool {
        self.name.is_empty() && self.folder.as_os_str().is_empty()
    }

    /// This path, whatever the format.
    pub fn fixed(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().unwrap_or_default().to_owned();
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Self { folder, name, extension: ExtensionRule::Fixed }
    }

    /// The output of an input that is called `name`, in the folder `dir` below the one that was named, by a template
    /// below `folder`.
    pub fn by_template(
        folder: &Path,
        template: Arc<Template>,
        (dir, name): (&Path, &OsStr),
        formats: &FormatChoice,
    ) -> Self {
        let pairs = Format::ALL.iter().flat_map(|input| {
            formats.candidates(*input).into_iter().map(|output| (*input, output)).collect::<Vec<_>>()
        });
        let formats = pairs.collect();
        let extension = ExtensionRule::Template { template, dir: dir.to_owned(), formats };
        Self { folder: folder.to_owned(), name: name.to_owned(), extension }
    }

    /// The input's own path, with the file that the original is kept as, if it is to be kept.
    pub fn in_place(path: impl Into<PathBuf>, backup: Option<PathBuf>) -> Self {
        Self { extension: ExtensionRule::InPlace(backup), ..Self::fixed(path) }
    }

    /// Whether the output replaces its input.
    pub const fn is_in_place(&self) -> bool {
        matches!(self.extension, ExtensionRule::InPlace(_))
    }

    /// Where the original is kept when it is replaced.
    pub fn backup(&self) -> Option<&Path> {
        match &self.extension {
            ExtensionRule::InPlace(backup) => backup.as_deref(),
            _ => None,
        }
    }

    /// The output of an input that is called `name`, in `folder`.
    pub fn in_folder(folder: &Path, name: &OsStr, formats: &FormatChoice) -> Self {
        let (name, extension) = match formats {
            FormatChoice::Keep => {
                let rule = match named_format(name).filter(|format| !format.is_written()) {
                    Some(format) => ExtensionRule::Replace(vec![format.kept()]),
                    None => ExtensionRule::Fixed,
                };
                (name.to_owned(), rule)
            }
            FormatChoice::OneOf(list) if list.len() == 1 => {
                (replace_extension(name, list[0]), ExtensionRule::Fixed)
            }
            FormatChoice::OneOf(list) => (name.to_owned(), ExtensionRule::Replace(list.clone())),
            // A GIF is the input with the most formats to choose from.
            FormatChoice::Auto => {
                (name.to_owned(), ExtensionRule::Replace(FormatChoice::Auto.candidates(Format::Gif)))
            }
        };
        Self { folder: folder.to_owned(), name, extension }
    }

    /// The path for an output of this format, made from an input of that format.
    pub fn for_format(&self, input: Format, output: Format) -> PathBuf {
        if let ExtensionRule::Template { template, dir, formats } = &self.extension {
            // The extension of a format that was asked for alone is not left to chance.
            let chosen = formats.iter().all(|(_, other)| *other == output);
            return self.folder.join(template.render(dir, &self.name, input == output && !chosen, output));
        }
        // A name that says a format nobody writes would say what is not so.
        let keeps_name =
            input == output && !is_read_only_name(&self.name) || named_format(&self.name) == Some(output);
        match &self.extension {
            ExtensionRule::Replace(_) if !keeps_name => {
                self.folder.join(replace_extension(&self.name, output))
            }
            ExtensionRule::Append(_) if !keeps_name => self.folder.join(append_extension(&self.name, output)),
            _ => self.folder.join(&self.name),
        }
    }

    /// Every path this can turn out to be.
    pub fn possible_paths(&self) -> Vec<PathBuf> {
        if let ExtensionRule::Template { formats, .. } = &self.extension {
            let mut paths: Vec<PathBuf> =
                formats.iter().map(|(input, output)| self.for_format(*input, *output)).collect();
            paths.sort();
            paths.dedup();
            return paths;
        }
        let renamed: Vec<OsString> = match &self.extension {
            ExtensionRule::Fixed | ExtensionRule::InPlace(_) | ExtensionRule::Template { .. } => Vec::new(),
            ExtensionRule::Replace(formats) => {
                formats.iter().map(|format| replace_extension(&self.name, *format)).collect()
            }
            ExtensionRule::Append(formats) => formats
                .iter()
                .filter(|format| named_format(&self.name) != Some(**format))
                .map(|format| append_extension(&self.name, *format))
                .collect(),
        };
        let mut paths = vec![self.folder.join(&self.name)];
        paths.extend(renamed.iter().filter(|name| **name != self.name).map(|name| self.folder.join(name)));
        paths
    }

    /// Keeps the whole old name in the new one. `false` when that changes nothing.
    pub(super) fn append_instead(&mut self) -> bool {
        if let ExtensionRule::Replace(formats) = &mut self.extension {
            self.extension = ExtensionRule::Append(std::mem::take(formats));
            true
        } else {
            false
        }
    }
}

/// The name with a suffix before its extension, or at its end where it has none of an image.
pub(super) fn with_suffix(name: &OsStr, suffix: &OsStr) -> OsString {
    let (stem, extension) = split(name);
    let mut longer = stem.to_owned();
    longer.push(suffix);
    if let Some(extension) = extension {
        longer.push(".");
        longer.push(extension);
    }
    shortened(longer)
}

/// Whether the name ends like an image's.
pub fn is_image_name(name: &OsStr) -> bool {
    extension_of(name).is_some_and(|extension| IMAGE_EXTENSIONS.contains(&extension.as_str()))
}

/// Whether a file name promises a format that is never written: HEIC, which may become the AVIF it is related to.
fn is_read_only_name(name: &OsStr) -> bool {
    extension_of(name).is_some_and(|extension| matches!(extension.as_str(), "heic" | "heif" | "hif"))
}

/// The format a file name promises.
pub(super) fn named_format(name: &OsStr) -> Option<Format> {
    Format::from_name(&extension_of(name)?)
}

fn extension_of(name: &OsStr) -> Option<String> {
    Some(Path::new(name).extension()?.to_str()?.to_ascii_lowercase())
}

/// Only an image's extension is replaced: `v1.2` becomes `v1.2.webp`, not `v1.webp`.
fn replace_extension(name: &OsStr, format: Format) -> OsString {
    if named_format(name) == Some(format) {
        name.to_owned()
    } else {
        // Not `with_extension`, which makes the folder `.` of `..png`.
        append_extension(split(name).0, format)
    }
}

fn append_extension(name: &OsStr, format: Format) -> OsString {
    let mut name = name.to_owned();
    name.push(".");
    name.push(format.extension());
    shortened(name)
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn named(name: &str, formats: &FormatChoice) -> OutputPath {
        OutputPath::in_folder(Path::new("out"), OsStr::new(name), formats)
    }

    #[test]
    fn a_kept_format_keeps_the_name_even_a_wrong_one() {
        for name in ["a.JPEG", "no_extension", "really_a_png.jpg"] {
            let output = named(name, &FormatChoice::Keep);
            assert_eq!(output.for_format(Format::Png, Format::Png), Path::new("out").join(name));
            assert_eq!(output.possible_paths(), [Path::new("out").join(name)]);
        }
    }

    #[rstest]
    fn what_is_only_read_is_named_after_what_it_becomes(#[values("a.bmp", "a.ICO", "a.dib")] name: &str) {
        let output = named(name, &FormatChoice::Keep);
        assert_eq!(output.for_format(Format::Bmp, Format::Png), Path::new("out/a.png"));
        assert!(output.possible_paths().contains(&PathBuf::from("out/a.png")));
    }

    #[test]
    fn what_is_only_read_by_its_name_keeps_it_or_all_of_it() {
        // It is something else after all, and stays that.
        let output = named("a.bmp", &FormatChoice::Keep);
        assert_eq!(output.for_format(Format::Jpeg, Format::Jpeg), Path::new("out/a.bmp"));
        // It meets an image of that name.
        let mut output = named("a.bmp", &FormatChoice::Keep);
        assert!(output.append_instead());
        assert_eq!(output.for_format(Format::Bmp, Format::Png), Path::new("out/a.bmp.png"));
    }

    #[rstest]
    #[case::replaced("a.png", "out/a.jpg")]
    #[case::alias("a.JPEG", "out/a.JPEG")]
    #[case::rare_alias("a.jfif", "out/a.jfif")]
    #[case::none("no_extension", "out/no_extension.jpg")]
    #[case::not_an_images("v1.2", "out/v1.2.jpg")]
    #[case::hidden(".hidden", "out/.hidden.jpg")]
    fn one_wanted_format_gives_its_extension_and_keeps_aliases(#[case] name: &str, #[case] path: &str) {
        let jpeg = FormatChoice::OneOf(vec![Format::Jpeg]);
        assert_eq!(named(name, &jpeg).possible_paths(), [Path::new(path)]);
    }

    #[test]
    fn the_extension_follows_the_winner() {
        let output = named("a.png", &FormatChoice::Auto);
        assert_eq!(output.for_format(Format::Png, Format::Png), Path::new("out/a.png"));
        assert_eq!(output.for_format(Format::Png, Format::Webp), Path::new("out/a.webp"));
        // The name lied about the input, and is right about the output.
        assert_eq!(output.for_format(Format::Jpeg, Format::Png), Path::new("out/a.png"));
        assert_eq!(output.possible_paths().len(), 5, "the formats browsers show, and GIF");
    }

    #[rstest]
    #[case("..bmp", "out/..png")]
    #[case("...bmp", "out/...png")]
    fn a_name_of_dots_before_its_extension_becomes_no_folder(#[case] name: &str, #[case] expected: &str) {
        let output = named(name, &FormatChoice::Keep);
        assert_eq!(output.for_format(Format::Bmp, Format::Png).as_os_str(), expected);
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_survive() {
        use std::os::unix::ffi::OsStrExt;
        let name = OsStr::from_bytes(b"caf\xe9.png");
        let output = OutputPath::in_folder(Path::new(""), name, &FormatChoice::OneOf(vec![Format::Webp]));
        let path = output.for_format(Format::Png, Format::Webp);
        assert_eq!(path.as_os_str().as_bytes(), b"caf\xe9.webp");
    }

    #[rstest]
    #[case("a.png", "a-s.png")]
    #[case("v1.2", "v1.2-s")]
    #[case("a.tar.JPG", "a.tar-s.JPG")]
    fn a_suffix_goes_before_an_images_extension(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(with_suffix(OsStr::new(name), OsStr::new("-s")), OsStr::new(expected));
    }

    #[test]
    fn a_longer_extension_never_makes_a_name_too_long() {
        let name = format!("{}.png", "x".repeat(251));
        let mut output = named(&name, &FormatChoice::Auto);
        assert!(output.append_instead());
        for path in output.possible_paths() {
            assert!(path.file_name().unwrap().len() <= 255, "{path:?}");
        }
        let other = format!("{}y.png", "x".repeat(250));
        let webp = |name: &str| {
            let mut output = named(name, &FormatChoice::Auto);
            assert!(output.append_instead());
            output.for_format(Format::Png, Format::Webp)
        };
        assert_ne!(webp(&name), webp(&other));
    }
}
