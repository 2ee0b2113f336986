//! Lists of files, as `find` and other programs write them.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// The paths in a list. Where the list holds a NUL, each ends with one (`find -print0`, `git ls-files -z`); else each
/// has a line of its own, and empty lines are skipped. Names need not be text.
pub fn parse_file_list(bytes: &[u8]) -> Vec<PathBuf> {
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    let entries = bytes.split(|byte| *byte == separator);
    let entries = entries.map(|entry| match entry {
        // Lists that were made on Windows.
        [line @ .., b'\r'] if separator == b'\n' => line,
        entry => entry,
    });
    entries.filter(|entry| !entry.is_empty()).map(|entry| path_of(entry).into()).collect()
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// Where the output of a listed file goes below the output folder: the folders the list gives it are kept.
pub(super) fn listed_relative(path: &Path) -> PathBuf {
    let mut relative = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => relative.push(name),
            Component::ParentDir => {
                relative.pop();
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    relative
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_nuls_separate() {
        let paths = |bytes: &[u8]| parse_file_list(bytes);
        assert_eq!(paths(b"a.png\n\nb c.png\r\n"), [PathBuf::from("a.png"), "b c.png".into()]);
        assert_eq!(paths(b"a\n.png\0b.png\0"), [PathBuf::from("a\n.png"), "b.png".into()]);
        assert!(paths(b"").is_empty() && paths(b"\n\n").is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_text_survive() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(parse_file_list(b"caf\xe9.png\n")[0].as_os_str().as_bytes(), b"caf\xe9.png");
    }

    #[test]
    fn listed_files_keep_their_folders_below_the_output() {
        for (path, expected) in [
            ("a/b.png", "a/b.png"),
            ("./a/./b.png", "a/b.png"),
            ("/data/b.png", "data/b.png"),
            ("../x/b.png", "x/b.png"),
            ("a/../b.png", "b.png"),
        ] {
            assert_eq!(listed_relative(Path::new(path)), Path::new(expected));
        }
    }
}
