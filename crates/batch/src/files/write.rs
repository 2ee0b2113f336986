//! Writing an output: all of it or nothing.

use super::folders::{DirCache, or_here};
use super::io_error;
use super::leftovers::{PREFIX, SUFFIX, claim};
use planish::OptimizationError;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tempfile::NamedTempFile;

/// Temporary files that exist now, for a process that must end at once.
static TEMPORARY_FILES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A file that is about to appear.
pub(super) struct NewFile<'a> {
    /// Where.
    pub(super) path: &'a Path,
    /// Whether it may take the place of another one.
    pub(super) replace: bool,
}

impl NewFile<'_> {
    /// Writes a temporary file beside the target (`.planish-*.tmp`), syncs it and renames it, so the target is
    /// either what it was or complete and on the disk. Missing folders are made. `fill` writes the contents and
    /// whatever else belongs to the file; `check` has the last word, right before the rename.
    ///
    /// # Errors
    /// The temporary file is gone then. [`io::ErrorKind::AlreadyExists`] where a file is not to be replaced.
    pub(super) fn write(
        &self,
        folders: &DirCache,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
        check: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        let mut temporary = TemporaryFile::beside(self.path, folders)?;
        fill(temporary.file.as_file_mut())?;
        self.put(&mut Some(temporary), folders, check)
    }

    /// Syncs a temporary file that has its contents and renames it. `check` has the last word.
    ///
    /// # Errors
    /// As [`write`](Self::write), but the temporary file is left to its owner.
    pub(super) fn put(
        &self,
        temporary: &mut Option<TemporaryFile>,
        folders: &DirCache,
        check: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(TemporaryFile { file, listed }) = temporary.take() else {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the file is in its place already"));
        };
        let synced = file.as_file().sync_all().and_then(|()| check());
        let persisted = match synced {
            Err(error) => Err((error, file)),
            Ok(()) if self.replace => file.persist(self.path).map_err(|error| (error.error, error.file)),
            Ok(()) => file.persist_noclobber(self.path).map_err(|error| (error.error, error.file)),
        };
        if let Err((error, file)) = persisted {
            *temporary = Some(TemporaryFile { file, listed });
            return Err(error);
        }
        folders.sync(or_here(self.path.parent().unwrap_or(Path::new(""))))
    }
}

/// A file under a name of its own that is to become another. It is gone when this is dropped before.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    file: NamedTempFile,
    listed: Listed,
}

impl TemporaryFile {
    /// A new one in the folder of the file that it is to become, which is made where it is missing.
    ///
    /// # Errors
    /// Whatever the system says.
    pub(super) fn beside(target: &Path, folders: &DirCache) -> io::Result<Self> {
        let folder = or_here(target.parent().unwrap_or(Path::new("")));
        match create_in(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Known or not, the folder is not there now.
                folders.forget(folder);
                folders.make(folder)?;
                create_in(folder)
            }
            made => made,
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// It, opened.
    pub(crate) fn as_file(&self) -> &File {
        self.file.as_file()
    }
}

/// Writes a file, all of it or nothing, in a folder that is made where it is missing.
///
/// # Errors
/// [`OptimizationError::Io`]; what was there before is there still.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), OptimizationError> {
    let folders = DirCache::default();
    make_folder_of(path, &folders)?;
    let new = NewFile { path, replace: true };
    new.write(&folders, |file| file.write_all(bytes), || Ok(()))
        .map_err(|error| io_error("write", path, &error))
}

/// Makes the folder a file is to be in.
///
/// # Errors
/// [`OptimizationError::Io`] that names the folder.
pub(super) fn make_folder_of(path: &Path, folders: &DirCache) -> Result<(), OptimizationError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    folders.make(folder).map_err(|error| io_error("create folder", folder, &error))
}

/// Removes the temporary files of writes that are under way on other threads, and lets them make no more.
/// Only for a process that ends right after this: those threads then wait for ever.
pub fn remove_temporary_files() {
    let listed = TEMPORARY_FILES.lock().unwrap_or_else(PoisonError::into_inner);
    for path in listed.iter() {
        // It may have become its target just now.
        let _ = fs::remove_file(path);
    }
    std::mem::forget(listed);
}

fn create_in(folder: &Path) -> io::Result<TemporaryFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    // What a newly made file would get; the process's umask is taken off.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    loop {
        let (file, listed) = Listed::create(|| builder.tempfile_in(folder))?;
        if claim(&file) {
            return Ok(TemporaryFile { file, listed });
        }
    }
}

/// A temporary file's entry in the list.
#[derive(Debug)]
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
