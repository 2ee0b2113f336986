//! From the paths a user names to the files to optimize.

use super::identity::resolve;
use super::io_error;
use super::naming::is_image_name;
use ignore::WalkBuilder;
use planish::OptimizationError;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What the named paths hold, in a fixed order.
#[derive(Debug, Default)]
pub struct Discovered {
    /// Images, and what could not be looked at, in the order of the arguments, each folder sorted by name.
    pub entries: Vec<Found>,
    /// Files inside folders that are not images.
    pub ignored: u64,
    /// Whether a folder was among the arguments.
    pub has_folder: bool,
}

/// One file that was named or found.
#[derive(Debug)]
pub enum Found {
    /// A file to optimize.
    Image {
        /// The file.
        path: PathBuf,
        /// Its path below the folder that was named; its name alone when it was named itself.
        relative: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// Something that could not be looked at.
    Unreadable {
        /// Where it is.
        path: PathBuf,
        /// Why not.
        error: OptimizationError,
    },
}

/// Looks at each named path. A file is taken whatever it is called. A folder is walked: sorted by name, hidden
/// files and folders left out, symlinks not followed, `except` (the output folder) not entered, and of its files
/// those taken that are named like an image, or have no extension and begin like one.
pub fn discover(paths: &[PathBuf], except: Option<&Path>) -> Discovered {
    let except = except.map(resolve);
    let mut discovered = Discovered::default();
    for path in paths {
        // Follows a link that was named itself.
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                discovered.has_folder = true;
                walk(path, except.as_deref(), &mut discovered);
            }
            Ok(metadata) => discovered.entries.push(Found::Image {
                path: path.clone(),
                relative: path.file_name().map_or_else(|| path.clone(), PathBuf::from),
                size: metadata.len(),
            }),
            Err(error) => discovered.entries.push(unreadable(path, &error)),
        }
    }
    discovered
}

fn walk(root: &Path, except: Option<&Path>, discovered: &mut Discovered) {
    // A named folder that contains the output folder is entered; the output folder itself is not.
    let except = except.filter(|except| **except != resolve(root)).map(Path::to_owned);
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .hidden(true)
        .follow_links(false)
        .sort_by_file_name(OsStr::cmp)
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            !(is_folder && except.as_deref().is_some_and(|except| resolve(entry.path()) == except))
        })
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = path_of(&error).map_or_else(|| root.to_owned(), Path::to_owned);
                let error = error.into_io_error().unwrap_or_else(|| io::Error::other("it cannot be listed"));
                discovered.entries.push(unreadable(&path, &error));
                continue;
            }
        };
        let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { continue };
        if !kind.is_file() || !is_image(entry.path()) {
            discovered.ignored += 1;
            continue;
        }
        let path = entry.path().to_owned();
        let relative = path.strip_prefix(root).unwrap_or(&path).to_owned();
        // A file that vanished since it was listed is reported when it is read.
        let size = entry.metadata().map_or(0, |metadata| metadata.len());
        discovered.entries.push(Found::Image { path, relative, size });
    }
}

/// Most files are told by their names, without opening them.
fn is_image(path: &Path) -> bool {
    if path.extension().is_some() {
        return path.file_name().is_some_and(is_image_name);
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut start));
    read.is_ok() && planish::sniff(&start).is_ok()
}

fn unreadable(path: &Path, error: &io::Error) -> Found {
    Found::Unreadable { path: path.to_owned(), error: io_error("read", path, error) }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn relative_names(discovered: &Discovered) -> Vec<String> {
        let name = |found: &Found| match found {
            Found::Image { relative, .. } => relative.to_string_lossy().into_owned(),
            Found::Unreadable { path, .. } => format!("unreadable {}", path.display()),
        };
        discovered.entries.iter().map(name).collect()
    }

    #[test]
    fn a_folder_is_walked_in_order_without_hidden_files_and_other_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["b.png", "a.JPG", "c.gif", "notes.txt", ".hidden.png", "sub/d.webp", ".git/e.png", "noext"]
        {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        fs::write(folder.path().join("a_png"), b"\x89PNG\r\n\x1a\n").unwrap();
        let found = discover(&[folder.path().to_owned()], None);
        assert_eq!(relative_names(&found), ["a.JPG", "a_png", "b.png", "c.gif", "sub/d.webp"]);
        assert_eq!(found.ignored, 2);
        assert!(found.has_folder);
    }

    #[test]
    fn named_files_and_hidden_folders_are_taken_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let hidden = folder.path().join(".hidden");
        fs::create_dir(&hidden).unwrap();
        fs::write(hidden.join("a.png"), b"x").unwrap();
        fs::write(hidden.join("b.txt"), b"x").unwrap();
        let found = discover(&[hidden.join("b.txt"), hidden.clone(), hidden.join("missing.png")], None);
        let names = relative_names(&found);
        assert_eq!(names[..2], ["b.txt", "a.png"]);
        assert!(names[2].starts_with("unreadable"), "{names:?}");
    }

    #[test]
    fn the_output_folder_inside_the_input_folder_is_not_entered() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.png", "out/a.png", "outer/b.png"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        let found = discover(&[folder.path().to_owned()], Some(&folder.path().join("out")));
        assert_eq!(relative_names(&found), ["a.png", "outer/b.png"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_inside_folders_are_not_followed_but_named_ones_are() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("tree/real")).unwrap();
        fs::write(folder.path().join("tree/real/a.png"), b"x").unwrap();
        std::os::unix::fs::symlink("real", folder.path().join("tree/loop")).unwrap();
        std::os::unix::fs::symlink("real/a.png", folder.path().join("tree/b.png")).unwrap();
        let found = discover(&[folder.path().join("tree")], None);
        assert_eq!(relative_names(&found), ["real/a.png"]);
        let found = discover(&[folder.path().join("tree/b.png"), folder.path().join("tree/loop")], None);
        assert_eq!(relative_names(&found), ["b.png", "a.png"]);
    }
}
