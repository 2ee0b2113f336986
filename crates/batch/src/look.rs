//! A look at a file before it is read.

use crate::files::io_error;
use planish::{FileHeader, OptimizationError};
use std::cell::OnceCell;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// A file that nobody has read yet.
#[derive(Debug)]
pub struct Look<'a> {
    path: &'a Path,
    bytes: u64,
    header: OnceCell<Result<FileHeader, OptimizationError>>,
}

impl<'a> Look<'a> {
    /// A file of so many bytes. It is not touched before somebody asks what it says.
    pub const fn at(path: &'a Path, bytes: u64) -> Self {
        Self { path, bytes, header: OnceCell::new() }
    }

    /// Where it is.
    pub const fn path(&self) -> &'a Path {
        self.path
    }

    /// Its bytes.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What its first bytes say. They are read when this is asked first.
    ///
    /// # Errors
    /// As [`FileHeader::read`], and [`OptimizationError::Io`] where they cannot be read.
    pub fn header(&self) -> Result<&FileHeader, &OptimizationError> {
        self.header.get_or_init(|| self.read()).as_ref()
    }

    fn read(&self) -> Result<FileHeader, OptimizationError> {
        let failed = |error: io::Error| io_error("read", self.path, &error);
        // Opening a pipe would wait for someone to write into it.
        if !fs::metadata(self.path).map_err(failed)?.is_file() {
            return Err(failed(io::Error::other("it is not a regular file")));
        }
        FileHeader::read(&mut File::open(self.path).map_err(failed)?).map_err(failed)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_when_it_is_asked_what_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let look = Look::at(&path, 33);
        fs::write(&path, crate::pool::tests::png_header(40, 30)).unwrap();
        assert_eq!(look.header().unwrap().size(), Some((40, 30)));
        assert_eq!(Look::at(folder.path(), 0).header().unwrap_err().code(), "io");
        assert_eq!(Look::at(&folder.path().join("missing"), 0).header().unwrap_err().code(), "io");
    }
}
