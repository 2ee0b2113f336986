//! Temporary files of runs that were killed.
//!
//! A run holds a lock on each of its temporary files, which ends with it however it ends. What is not locked belongs to
//! nobody.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How temporary files are called.
pub(super) const PREFIX: &str = ".planish-";
/// How temporary files are called.
pub(super) const SUFFIX: &str = ".tmp";

/// Locks a new temporary file. `false` when another run took it for a leftover before it was locked, and removed it.
pub(super) fn claim(file: &NamedTempFile) -> bool {
    match file.as_file().lock() {
        Ok(()) => fs::symlink_metadata(file.path()).is_ok(),
        // No locks on this disk: nobody takes it for anything there.
        Err(_) => true,
    }
}

/// Removes leftovers from folders. What cannot be removed stays; it is in nobody's way.
pub(crate) fn remove_leftovers(folders: &BTreeSet<PathBuf>) {
    for folder in folders {
        let entries = fs::read_dir(super::folders::or_here(folder)).into_iter().flatten().flatten();
        for entry in entries.filter(is_temporary) {
            // Held until it is gone.
            let Ok(file) = lock_unless_live(&entry.path()) else { continue };
            let _ = fs::remove_file(entry.path());
            drop(file);
        }
    }
}

fn is_temporary(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    name.starts_with(PREFIX) && name.ends_with(SUFFIX) && entry.file_type().is_ok_and(|kind| kind.is_file())
}

fn lock_unless_live(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    file.try_lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let live = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder.path()).unwrap();
        assert!(claim(&live));
        for name in [".planish-dead.tmp", "photo.png", ".planish-notes", "x.planish-a.tmp"] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        remove_leftovers(&[folder.path().to_owned(), folder.path().join("missing")].into());
        let mut left: Vec<PathBuf> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        left.sort();
        let mut expected = vec![live.path().to_owned()];
        expected
            .extend([".planish-notes", "photo.png", "x.planish-a.tmp"].map(|name| folder.path().join(name)));
        expected.sort();
        assert_eq!(left, expected);
        drop(live);
    }

    #[test]
    fn a_file_that_was_removed_before_it_was_claimed_is_not_claimed() {
        let folder = tempfile::tempdir().unwrap();
        let file = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder.path()).unwrap();
        remove_leftovers(&[folder.path().to_owned()].into());
        assert!(!claim(&file));
    }
}
