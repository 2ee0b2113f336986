//! Writing an output: all of it or nothing.

use super::io_error;
use planish::OptimizationError;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tempfile::NamedTempFile;

/// Temporary files that exist now, for a process that must end at once.
static TEMPORARY_FILES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Writes to a temporary file beside the target (`.planish-*.tmp`), syncs it and renames it, so the target is
/// either what it was or complete. Missing folders are made.
///
/// # Errors
/// [`OptimizationError::Io`]; the temporary file is gone then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), OptimizationError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(|error| io_error("create folder", folder, &error))?;
    write_through_temporary(folder, path, bytes).map_err(|error| io_error("write", path, &error))
}

/// Removes what unfinished [`write_atomically`] calls on other threads have left so far, and lets them make no more.
/// Only for a process that ends right after this: those threads then wait for ever.
pub fn remove_temporary_files() {
    let listed = TEMPORARY_FILES.lock().unwrap_or_else(PoisonError::into_inner);
    for path in listed.iter() {
        // It may have become its target just now.
        let _ = fs::remove_file(path);
    }
    std::mem::forget(listed);
}

fn write_through_temporary(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".planish-").suffix(".tmp");
    #[cfg(unix)]
    // What a newly made file would get; the process's umask is taken off.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let (mut file, _listed) = Listed::create(|| builder.tempfile_in(folder))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// A rename is durable once its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network and FUSE file systems have no such operation.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        result => result,
    }
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// A temporary file's entry in the list.
struct Listed(PathBuf);

impl Listed {
    /// Makes the file and lists it in one step, so that no file exists unlisted.
    fn create(make: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<(NamedTempFile, Self)> {
        let mut listed = TEMPORARY_FILES.lock().unwrap_or_else(PoisonError::into_inner);
        let file = make()?;
        let path = file.path().to_owned();
        listed.insert(path.clone());
        Ok((file, Self(path)))
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        TEMPORARY_FILES.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn folders_are_made_and_existing_files_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/c.png");
        write_atomically(&path, b"first").unwrap();
        write_atomically(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(names_in(&folder.path().join("a/b")), ["c.png"]);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("a.png");
        fs::create_dir(&taken).unwrap();
        fs::write(taken.join("inside"), b"").unwrap();
        let error = write_atomically(&taken, b"bytes").unwrap_err();
        assert_eq!(error.code(), "io");
        assert_eq!(names_in(folder.path()), ["a.png"]);
        let error = write_atomically(&folder.path().join("a.png/inside/b.png"), b"bytes").unwrap_err();
        assert!(error.to_string().starts_with("create folder failed"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn outputs_are_as_readable_as_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        File::create(folder.path().join("plain")).unwrap();
        write_atomically(&folder.path().join("written"), b"bytes").unwrap();
        let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode("written"), mode("plain"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_output_folder_is_replaced_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("precious"), b"original").unwrap();
        std::os::unix::fs::symlink("precious", folder.path().join("link")).unwrap();
        write_atomically(&folder.path().join("link"), b"new").unwrap();
        assert_eq!(fs::read(folder.path().join("precious")).unwrap(), b"original");
    }
}
