//! Files under names that can be told to Sharp.
//!
//! Paths travel as JSON, which holds Unicode only, and libvips takes brackets at the end of a name for its own options.
//! Files with other names get a second one: a link in a folder of its own.

use crate::files::io_error;
use planish::OptimizationError;
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// A file's name for Sharp. A second name is gone when this is dropped.
#[derive(Debug)]
pub(super) struct PlainName {
    name: String,
    _folder: Option<TempDir>,
}

impl PlainName {
    /// A name of a file that exists.
    ///
    /// # Errors
    /// [`OptimizationError::Io`] when it needs a second name and cannot have one.
    pub(super) fn of(path: &Path) -> Result<Self, OptimizationError> {
        if let Some(name) = path.to_str().filter(|name| !name.ends_with(']')) {
            return Ok(Self { name: name.to_owned(), _folder: None });
        }
        let failed = |error: &io::Error| io_error("link", path, error);
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let link = folder.path().join("image");
        let target = std::path::absolute(path).map_err(|error| failed(&error))?;
        make_link(&target, &link).map_err(|error| failed(&error))?;
        match link.to_str() {
            Some(name) => Ok(Self { name: name.to_owned(), _folder: Some(folder) }),
            None => {
                Err(failed(&io::Error::other("the folder for temporary files has a name that is not UTF-8")))
            }
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.name
    }
}

#[cfg(unix)]
fn make_link(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn make_link(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::Error::other("its name cannot be told to Sharp"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn odd_names_have_a_second_one_and_others_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("a [1].png");
        fs::write(&plain, b"plain").unwrap();
        assert_eq!(PlainName::of(&plain).unwrap().as_str(), plain.to_str().unwrap());
        for odd in [&b"a\xff.png"[..], b"a[page=2]"] {
            let path = folder.path().join(OsStr::from_bytes(odd));
            fs::write(&path, b"odd").unwrap();
            let name = PlainName::of(&path).unwrap();
            assert_ne!(Path::new(name.as_str()), path);
            assert_eq!(fs::read(name.as_str()).unwrap(), b"odd");
            // What is written under the second name is in the file.
            fs::write(name.as_str(), b"written").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"written");
        }
    }
}
