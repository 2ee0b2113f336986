//! Originals set aside before they are replaced.

use super::folders::{DirCache, or_here};
use super::read::Stamp;
use super::write::NewFile;
use filetime::FileTime;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How many backups of one file there may be.
const MOST_BACKUPS: u32 = 10_000;

/// Sets the file aside, durably. A backup that is there already is never replaced: one with the same contents will
/// do, else the new one is numbered (`a.png`, `a.1.png`, `a.2.png`).
///
/// # Errors
/// When it cannot be done; the original is as it was.
pub(super) fn back_up(original: &Path, stamp: &Stamp, backup: &Path, folders: &DirCache) -> io::Result<()> {
    let folder = or_here(backup.parent().unwrap_or(Path::new("")));
    folders.make(folder)?;
    for number in 0..MOST_BACKUPS {
        let path = numbered(backup, number);
        if let Ok(existing) = fs::symlink_metadata(&path) {
            // A link may lead to the very file that is about to be replaced.
            if existing.is_file() && has_same_contents(original, &path)? {
                return Ok(());
            }
            continue;
        }
        // A second name for the file itself: nothing is copied, and its times and permissions stay with it.
        let made = match fs::hard_link(original, &path) {
            Ok(()) => folders.sync(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            // Another file system, or one without such links.
            Err(_) => copy(original, stamp, &path, folders),
        };
        match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made,
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are too many backups of this file"))
}

fn copy(original: &Path, stamp: &Stamp, path: &Path, folders: &DirCache) -> io::Result<()> {
    let new = NewFile { path, replace: false };
    let metadata = stamp.metadata();
    new.write(
        folders,
        |file| {
            io::copy(&mut File::open(original)?, file)?;
            file.set_permissions(metadata.permissions())?;
            let accessed = FileTime::from_last_access_time(metadata);
            let modified = FileTime::from_last_modification_time(metadata);
            filetime::set_file_handle_times(file, Some(accessed), Some(modified))
        },
        || Ok(()),
    )
}

/// `a.png` with a number before its extension; 0 is no number.
fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 0 {
        return path.to_owned();
    }
    let mut name = path.file_stem().map_or_else(OsString::new, OsString::from);
    name.push(format!(".{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(super::length::shortened(name))
}

fn has_same_contents(one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = (File::open(one)?, File::open(other)?);
    let (first, second) = (one.metadata()?, other.metadata()?);
    if !second.is_file() || first.len() != second.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (io::BufReader::new(one).bytes(), io::BufReader::new(other).bytes());
    loop {
        match (one.next().transpose()?, other.next().transpose()?) {
            (None, None) => return Ok(true),
            (a, b) if a != b => return Ok(false),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_backup_is_never_replaced_and_the_same_contents_are_kept_once() {
        let base = tempfile::tempdir().unwrap();
        let original = base.path().join("a.png");
        let folder = base.path().join("old/sub");
        let folders = DirCache::default();
        for contents in [&b"first"[..], b"first", b"second", b"third"] {
            // A new file each time, as after a rename: the old one belongs to its backup.
            let _ = fs::remove_file(&original);
            fs::write(&original, contents).unwrap();
            let stamp = Stamp::of(&original).unwrap();
            back_up(&original, &stamp, &folder.join("a.png"), &folders).unwrap();
        }
        assert_eq!(names_in(&folder), ["a.1.png", "a.2.png", "a.png"]);
        for (name, contents) in [("a.png", "first"), ("a.1.png", "second"), ("a.2.png", "third")] {
            assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), contents);
        }
    }

    #[test]
    fn a_copied_backup_has_the_originals_time() {
        let base = tempfile::tempdir().unwrap();
        let original = base.path().join("a.png");
        fs::write(&original, b"contents").unwrap();
        let time = FileTime::from_unix_time(1_000_000_000, 0);
        filetime::set_file_mtime(&original, time).unwrap();
        let stamp = Stamp::of(&original).unwrap();
        let path = base.path().join("copy.png");
        copy(&original, &stamp, &path, &DirCache::default()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"contents");
        assert_eq!(FileTime::from_last_modification_time(&fs::metadata(&path).unwrap()), time);
    }

    #[test]
    fn numbers_go_before_the_extension() {
        assert_eq!(numbered(Path::new("a/b.png"), 0), Path::new("a/b.png"));
        assert_eq!(numbered(Path::new("a/b.png"), 2), Path::new("a/b.2.png"));
        assert_eq!(numbered(Path::new("b"), 1), Path::new("b.1"));
    }
}
