//! Whether two paths mean the same file.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Whether names that differ only in case are usually one file here.
pub(super) const CASE_IS_IGNORED: bool = cfg!(any(windows, target_os = "macos"));

/// Turns paths into a form that is equal for equal files. Remembers folders it has seen.
#[derive(Debug, Default)]
pub(super) struct Identities {
    folders: HashMap<PathBuf, PathBuf>,
}

impl Identities {
    /// The absolute path with every symlink in its folder resolved. Its last component is taken as it is: that is
    /// what a rename replaces.
    pub(super) fn of(&mut self, path: &Path) -> PathBuf {
        let Some(name) = path.file_name() else { return resolve(path) };
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if let Some(known) = self.folders.get(folder) {
            return known.join(name);
        }
        let resolved = resolve(folder);
        let identity = resolved.join(name);
        self.folders.insert(folder.to_owned(), resolved);
        identity
    }
}

/// The part that exists with its symlinks resolved, then the rest as it is.
pub(super) fn resolve(path: &Path) -> PathBuf {
    let mut rest: Vec<OsString> = Vec::new();
    let mut existing = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    loop {
        if let Ok(resolved) = existing.canonicalize() {
            return rest.iter().rev().fold(resolved, |path, part| {
                match Path::new(part).components().next() {
                    Some(Component::ParentDir) => path.parent().map_or(path.clone(), Path::to_owned),
                    _ => path.join(part),
                }
            });
        }
        let Some(last) = existing.components().next_back().map(|part| part.as_os_str().to_owned()) else {
            return path.to_owned();
        };
        rest.push(last);
        if !existing.pop() {
            return path.to_owned();
        }
    }
}

/// The path without differences in case, where it is text.
pub(super) fn fold_case(path: &Path) -> PathBuf {
    path.to_str().map_or_else(|| path.to_owned(), |text| text.to_lowercase().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_ways_to_one_file_are_one_identity() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let mut identities = Identities::default();
        let plain = identities.of(&folder.path().join("a.png"));
        assert_eq!(identities.of(&folder.path().join("sub/../a.png")), plain);
        assert_eq!(identities.of(&folder.path().join("./a.png")), plain);
        assert_eq!(identities.of(&folder.path().join("new/../a.png")), plain);
        assert_ne!(identities.of(&folder.path().join("b.png")), plain);
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_folder_is_the_folder_it_points_to() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", folder.path().join("link")).unwrap();
        let mut identities = Identities::default();
        assert_eq!(
            identities.of(&folder.path().join("link/a.png")),
            identities.of(&folder.path().join("real/a.png"))
        );
    }
}
