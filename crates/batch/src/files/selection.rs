//! Which of the files that are named or found are taken.

use super::naming::is_image_name;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A file of this name says, in the manner of `.gitignore`, which files below its folder are left out.
pub const IGNORE_FILE: &str = ".planishignore";

/// Which files are taken. By default all images but hidden ones and those that a `.planishignore` leaves out;
/// links inside folders are not followed.
#[derive(Debug, Clone)]
pub struct Selection {
    include: Gitignore,
    exclude: Gitignore,
    /// Names of the files that hold ignore rules, besides [`IGNORE_FILE`].
    pub ignore_files: Vec<OsString>,
    /// Whether links inside folders are followed. Default: no.
    pub follow_links: bool,
    /// Whether hidden files and folders are looked at. Default: no.
    pub hidden: bool,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            include: Gitignore::empty(),
            exclude: Gitignore::empty(),
            ignore_files: Vec::new(),
            follow_links: false,
            hidden: false,
        }
    }
}

impl Selection {
    /// Takes only what matches one of the first patterns, if there are any, and none of the second ones. A pattern
    /// without a slash matches a name at any depth, one with a slash the path below the folder that was named;
    /// case does not count.
    ///
    /// # Errors
    /// What is wrong with a pattern.
    pub fn with_patterns(self, include: &[String], exclude: &[String]) -> Result<Self, String> {
        Ok(Self { include: matcher(include)?, exclude: matcher(exclude)?, ..self })
    }

    /// Whether patterns leave anything out.
    pub fn has_patterns(&self) -> bool {
        !self.include.is_empty() || !self.exclude.is_empty()
    }

    /// Whether a file at this path below the named folder passes the patterns.
    pub(super) fn takes(&self, relative: &Path) -> bool {
        let matches =
            |patterns: &Gitignore| patterns.matched_path_or_any_parents(relative, false).is_ignore();
        !matches(&self.exclude) && (self.include.is_empty() || matches(&self.include))
    }

    /// Whether a folder at this path below the named one is looked into.
    pub(super) fn enters(&self, relative: &Path) -> bool {
        !self.exclude.matched(relative, true).is_ignore()
    }
}

/// # Errors
/// What is wrong with the pattern.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    matcher(&[pattern.to_owned()]).map(|_| ())
}

fn matcher(patterns: &[String]) -> Result<Gitignore, String> {
    let mut builder = GitignoreBuilder::new("");
    let wrong = |pattern: &str, why: &str| {
        format!("expected a pattern such as *.png, raw/ or 2023/**/*.jpg, got {pattern}{why}")
    };
    builder.case_insensitive(true).map_err(|error| error.to_string())?;
    for pattern in patterns {
        if pattern.trim().is_empty() || pattern.starts_with('!') {
            return Err(wrong(pattern, ""));
        }
        // A number sign would begin a comment.
        let line = if pattern.starts_with('#') { format!("\\{pattern}") } else { pattern.clone() };
        builder.add_line(None, &line).map_err(|error| wrong(pattern, &format!(": {}", reason(&error))))?;
    }
    builder.build().map_err(|error| reason(&error))
}

fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}

/// Whether a file found in a folder is an image. Most are told by their names, without opening them.
pub(super) fn is_image(path: &Path) -> bool {
    if path.extension().is_some() {
        return path.file_name().is_some_and(is_image_name);
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut start));
    read.is_ok() && planish::sniff(&start).is_ok()
}

/// Whether this can be the name of a file with ignore rules: a name, not a path.
pub fn is_ignore_file_name(name: &OsStr) -> bool {
    Path::new(name).file_name() == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn selection(include: &[&str], exclude: &[&str]) -> Selection {
        let owned = |patterns: &[&str]| patterns.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Selection::default().with_patterns(&owned(include), &owned(exclude)).unwrap()
    }

    #[rstest]
    #[case::no_patterns(&[], &[], "a/b.png", true)]
    #[case::any_case(&["*.jpg"], &[], "a/b.JPG", true)]
    #[case::another_name(&["*.jpg"], &[], "a/b.png", false)]
    #[case::one_of_several(&["*.jpg", "*.png"], &[], "b.png", true)]
    #[case::excluded(&[], &["*thumb*"], "a/thumb_1.png", false)]
    #[case::excluded_folder(&[], &["raw/"], "a/raw/b.png", false)]
    #[case::file_like_the_folder(&[], &["raw/"], "a/raw.png", true)]
    #[case::from_the_top_only(&[], &["/raw"], "a/raw/b.png", true)]
    #[case::path(&["2023/**/*.jpg"], &[], "2023/05/a.jpg", true)]
    #[case::path_further_down(&["2023/**/*.jpg"], &[], "old/2023/05/a.jpg", false)]
    #[case::excluded_from_a_folder(&["raw/"], &["b.*"], "raw/b.png", false)]
    #[case::left_in_a_folder(&["raw/"], &["b.*"], "raw/c.png", true)]
    #[case::no_comment(&["#1.png"], &[], "#1.png", true)]
    #[case::class(&["[ab].png"], &[], "c.png", false)]
    fn patterns_match_names_at_any_depth_and_paths_from_the_top(
        #[case] include: &[&str],
        #[case] exclude: &[&str],
        #[case] path: &str,
        #[case] taken: bool,
    ) {
        assert_eq!(selection(include, exclude).takes(Path::new(path)), taken);
    }

    #[test]
    fn a_folder_is_entered_unless_it_is_excluded() {
        assert!(!selection(&[], &["raw/"]).enters(Path::new("a/raw")));
        assert!(selection(&["*.png"], &["*.png"]).enters(Path::new("a")));
    }

    #[test]
    fn wrong_patterns_say_what_is_expected() {
        for wrong in ["", " ", "!a.png", "{a,b"] {
            let error = check_pattern(wrong).unwrap_err();
            assert!(error.contains("expected a pattern such as *.png") && error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn names_of_ignore_files_are_no_paths() {
        for (name, is_name) in [(".gitignore", true), ("a/.gitignore", false), ("/x", false), ("..", false)] {
            assert_eq!(is_ignore_file_name(OsStr::new(name)), is_name, "{name}");
        }
    }
}
