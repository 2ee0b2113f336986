//! Reading an input.
//!
//! Files are read into memory, not mapped: see docs/decisions/0019-files-are-read-not-mapped.md.

use super::io_error;
use planish::{Limits, OptimizationError};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// A file's bytes and what the file was when they were read.
#[derive(Debug)]
pub struct InputFile {
    /// All of it.
    pub bytes: Vec<u8>,
    /// For those who later need to know whether the file is still the same.
    pub stamp: Stamp,
}

/// What a file was at some moment.
#[derive(Debug, Clone)]
pub struct Stamp(Metadata);

impl Stamp {
    /// The file's stamp now. Links are followed.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(Self)
    }

    /// Size, times and permissions.
    pub const fn metadata(&self) -> &Metadata {
        &self.0
    }

    /// Whether this is the same file with the same contents, as far as its size and times tell.
    pub fn is_same(&self, other: &Metadata) -> bool {
        let times = |metadata: &Metadata| metadata.modified().ok();
        self.0.len() == other.len() && times(&self.0) == times(other) && is_same_file(&self.0, other)
    }
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same_file(_one: &Metadata, _other: &Metadata) -> bool {
    true
}

/// Reads a regular file. Its size is checked against the limits and given to `reserve` before anything is
/// allocated for it.
///
/// # Errors
/// [`OptimizationError::Io`] when it cannot be read, is not a regular file or changes meanwhile (which is
/// transient), [`OptimizationError::LimitExceeded`] when it is too large, and whatever `reserve` says.
pub fn read_input(
    path: &Path,
    limits: &Limits,
    reserve: impl FnOnce(u64) -> Result<(), OptimizationError>,
) -> Result<InputFile, OptimizationError> {
    let failed = |error: &io::Error| io_error("read", path, error);
    // Before opening: opening a pipe waits for someone to write into it.
    check_regular(&fs::metadata(path).map_err(|error| failed(&error))?).map_err(|error| failed(&error))?;
    let mut file = File::open(path).map_err(|error| failed(&error))?;
    let stamp = Stamp(file.metadata().map_err(|error| failed(&error))?);
    check_regular(&stamp.0).map_err(|error| failed(&error))?;
    let length = stamp.0.len();
    limits.check_input(usize::try_from(length).unwrap_or(usize::MAX))?;
    reserve(length)?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))
        .map_err(|error| failed(&io::Error::new(io::ErrorKind::OutOfMemory, error)))?;
    (&mut file).take(length).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    let after = file.metadata().map_err(|error| failed(&error))?;
    if bytes.len() as u64 == length && stamp.is_same(&after) {
        Ok(InputFile { bytes, stamp })
    } else {
        let changed = "the file changed while it was read";
        Err(failed(&io::Error::new(io::ErrorKind::ResourceBusy, changed)))
    }
}

fn check_regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        Ok(())
    } else if metadata.is_dir() {
        Err(io::Error::other("it is a folder"))
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use filetime::FileTime;
    use planish::Bytes;

    #[test]
    fn a_file_is_read_whole_after_its_size_was_reserved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, [7; 1000]).unwrap();
        let mut reserved = 0;
        let input = read_input(&path, &Limits::default(), |length| {
            reserved = length;
            Ok(())
        });
        assert_eq!(input.unwrap().bytes, [7; 1000]);
        assert_eq!(reserved, 1000);
    }

    #[test]
    fn a_file_over_the_limit_is_refused_before_anything_is_reserved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let limits = Limits { max_input_bytes: Bytes(1 << 20), ..Limits::default() };
        let error = read_input(&path, &limits, |_| panic!("reserved")).unwrap_err();
        assert_eq!(error.code(), "limit_exceeded");
    }

    #[test]
    fn what_is_not_a_regular_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), "/dev/zero".into(), folder.path().join("missing")] {
            let error = read_input(&path, &Limits::default(), |_| Ok(())).unwrap_err();
            assert_eq!(error.code(), "io", "{error}");
            assert!(!error.is_transient());
        }
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_an_error_worth_another_try() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let old = FileTime::from_unix_time(1_000_000_000, 0);
        let changes: [(&str, &[u8]); 3] = [("longer", &[1; 20]), ("shorter", &[2; 5]), ("equal", &[3; 10])];
        for (name, contents) in changes {
            fs::write(&path, [0; 10]).unwrap();
            filetime::set_file_mtime(&path, old).unwrap();
            // Called between the look at the file's size and its reading.
            let change = |_| {
                fs::write(&path, contents).unwrap();
                Ok(())
            };
            let error = read_input(&path, &Limits::default(), change).unwrap_err();
            assert!(error.to_string().ends_with("the file changed while it was read"), "{name}: {error}");
            assert!(error.is_transient(), "{name}");
        }
    }

    #[test]
    fn a_stamp_knows_its_file_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"1234").unwrap();
        let stamp = Stamp::of(&path).unwrap();
        assert!(stamp.is_same(&fs::metadata(&path).unwrap()));
        filetime::set_file_mtime(&path, FileTime::from_unix_time(1_000_000_000, 0)).unwrap();
        assert!(!stamp.is_same(&fs::metadata(&path).unwrap()));
    }
}
