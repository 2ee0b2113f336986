//! Reading an input.

use super::io_error;
use planish::{Limits, OptimizationError};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// Reads a regular file. Its size is checked against the limits and given to `reserve` before anything is
/// allocated for it.
///
/// # Errors
/// [`OptimizationError::Io`] when it cannot be read or is not a regular file,
/// [`OptimizationError::LimitExceeded`] when it is too large, and whatever `reserve` says.
pub fn read_input(
    path: &Path,
    limits: &Limits,
    reserve: impl FnOnce(u64) -> Result<(), OptimizationError>,
) -> Result<Vec<u8>, OptimizationError> {
    let failed = |error: &io::Error| io_error("read", path, error);
    // Before opening: opening a pipe waits for someone to write into it.
    check_regular(&fs::metadata(path).map_err(|error| failed(&error))?).map_err(|error| failed(&error))?;
    let file = File::open(path).map_err(|error| failed(&error))?;
    let metadata = file.metadata().map_err(|error| failed(&error))?;
    check_regular(&metadata).map_err(|error| failed(&error))?;
    let length = metadata.len();
    limits.check_input(usize::try_from(length).unwrap_or(usize::MAX))?;
    reserve(length)?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))
        .map_err(|error| failed(&io::Error::new(io::ErrorKind::OutOfMemory, error)))?;
    // One byte more than the file had: a file that grows meanwhile is noticed rather than cut.
    file.take(length + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(failed(&io::Error::other("the file changed while it was read")))
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
    use planish::Bytes;

    #[test]
    fn a_file_is_read_whole_after_its_size_was_reserved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, [7; 1000]).unwrap();
        let mut reserved = 0;
        let bytes = read_input(&path, &Limits::default(), |length| {
            reserved = length;
            Ok(())
        });
        assert_eq!(bytes.unwrap(), [7; 1000]);
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
}
