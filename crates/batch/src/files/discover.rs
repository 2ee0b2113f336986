//! From the paths a user names to the files to optimize.

use super::identity::resolve;
use super::io_error;
use super::list::listed_relative;
use super::selection::{IGNORE_FILE, Selection, is_image};
use crate::machine;
use ignore::{DirEntry, WalkBuilder, WalkState};
use planish::OptimizationError;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// More threads do not list folders faster.
const MOST_WALKERS: usize = 8;

/// What the user named.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Files and folders. Files below a folder keep their place below it.
    pub paths: Vec<PathBuf>,
    /// Files and folders of a list. They keep the folders that the list gives them.
    pub listed: Vec<PathBuf>,
    /// Which of them are taken.
    pub selection: Selection,
}

impl Inputs {
    /// These paths, with the default selection.
    pub fn named(paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self { paths: paths.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Every path, named or listed.
    pub fn all(&self) -> Vec<PathBuf> {
        self.paths.iter().chain(&self.listed).cloned().collect()
    }
}

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

/// Looks at each named path. A file is taken whatever it is called, if it passes the patterns. A folder is walked, by
/// several threads, and its files are taken in the order of their names: those that are named like an image, or have
/// no extension and begin like one, and pass the selection. The folders `except` (where outputs go) are not entered.
pub fn discover(inputs: &Inputs, except: &[PathBuf]) -> Discovered {
    let except: Vec<PathBuf> = except.iter().map(|path| resolve(path)).collect();
    let mut discovered = Discovered::default();
    let named = inputs.paths.iter().map(|path| (path, None));
    let listed = inputs.listed.iter().map(|path| (path, Some(listed_relative(path))));
    for (path, place) in named.chain(listed) {
        // Follows a link that was named itself.
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                discovered.has_folder = true;
                walk(path, &place.unwrap_or_default(), inputs, &except, &mut discovered);
            }
            Ok(metadata) => {
                let name = || path.file_name().map_or_else(|| path.clone(), PathBuf::from);
                let relative = place.unwrap_or_else(name);
                if inputs.selection.takes(&relative) {
                    let size = metadata.len();
                    discovered.entries.push(Found::Image { path: path.clone(), relative, size });
                }
            }
            Err(error) => discovered.entries.push(unreadable(path, &error)),
        }
    }
    discovered
}

/// What one walker says about one entry.
enum Seen {
    Entry(Found),
    NoImage,
}

/// `place`: where the folder stands below the output folder.
fn walk(root: &Path, place: &Path, inputs: &Inputs, except: &[PathBuf], discovered: &mut Discovered) {
    let selection = &inputs.selection;
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(false)
        .parents(true)
        .hidden(!selection.hidden)
        .follow_links(selection.follow_links)
        .threads(machine::available_cores().min(MOST_WALKERS))
        .add_custom_ignore_filename(IGNORE_FILE);
    for name in &selection.ignore_files {
        builder.add_custom_ignore_filename(name);
    }
    // A named folder that contains the output folder is entered; the output folder itself is not.
    let here = resolve(root);
    let except: Vec<PathBuf> = except.iter().filter(|except| **except != here).cloned().collect();
    let (folder, rules) = (root.to_owned(), selection.clone());
    builder.filter_entry(move |entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let relative = entry.path().strip_prefix(&folder).unwrap_or(Path::new(""));
        !is_folder
            || relative.as_os_str().is_empty()
            || rules.enters(relative) && (except.is_empty() || !except.contains(&resolve(entry.path())))
    });
    let (sender, seen) = mpsc::channel();
    builder.build_parallel().run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            if let Some(seen) = look(entry, root, place, selection) {
                // The receiver outlives the walk.
                let _ = sender.send(seen);
            }
            WalkState::Continue
        })
    });
    drop(sender);
    let mut found = Vec::new();
    for seen in seen {
        match seen {
            Seen::Entry(entry) => found.push(entry),
            Seen::NoImage => discovered.ignored += 1,
        }
    }
    // Walkers race each other; the order of the work and of the report must not.
    found.sort_by(|one, other| one.path().cmp(other.path()));
    discovered.entries.append(&mut found);
}

fn look(
    entry: Result<DirEntry, ignore::Error>,
    root: &Path,
    place: &Path,
    selection: &Selection,
) -> Option<Seen> {
    let entry = match entry {
        Ok(entry) => entry,
        // What a link leads back to is walked already.
        Err(error) if is_loop(&error) => return None,
        Err(error) => {
            let path = path_of(&error).map_or_else(|| root.to_owned(), Path::to_owned);
            let error = error.into_io_error().unwrap_or_else(|| io::Error::other("it cannot be listed"));
            return Some(Seen::Entry(unreadable(&path, &error)));
        }
    };
    let kind = entry.file_type().filter(|kind| !kind.is_dir())?;
    let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
    if !kind.is_file() {
        return Some(Seen::NoImage);
    }
    if !selection.takes(below) {
        return None;
    }
    if !is_image(entry.path()) {
        return Some(Seen::NoImage);
    }
    let relative = place.join(below);
    // A file that vanished since it was listed is reported when it is read.
    let size = entry.metadata().map_or(0, |metadata| metadata.len());
    Some(Seen::Entry(Found::Image { path: entry.into_path(), relative, size }))
}

fn is_loop(error: &ignore::Error) -> bool {
    match error {
        ignore::Error::Loop { .. } => true,
        ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => is_loop(err),
        _ => false,
    }
}

impl Found {
    fn path(&self) -> &Path {
        match self {
            Self::Image { path, .. } | Self::Unreadable { path, .. } => path,
        }
    }
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
        let found = discover(&Inputs::named([folder.path()]), &[]);
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
        let found =
            discover(&Inputs::named([hidden.join("b.txt"), hidden.clone(), hidden.join("missing.png")]), &[]);
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
        let found = discover(&Inputs::named([folder.path()]), &[folder.path().join("out")]);
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
        let found = discover(&Inputs::named([folder.path().join("tree")]), &[]);
        assert_eq!(relative_names(&found), ["real/a.png"]);
        let found = discover(
            &Inputs::named(["b.png", "loop"].map(|name| folder.path().join("tree").join(name))),
            &[],
        );
        assert_eq!(relative_names(&found), ["b.png", "a.png"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_when_asked_and_loops_end() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("tree/real")).unwrap();
        fs::create_dir_all(folder.path().join("other")).unwrap();
        fs::write(folder.path().join("tree/real/a.png"), b"x").unwrap();
        fs::write(folder.path().join("other/b.png"), b"x").unwrap();
        symlink("../../other", folder.path().join("tree/real/linked")).unwrap();
        symlink("..", folder.path().join("tree/real/loop")).unwrap();
        symlink("nowhere", folder.path().join("tree/broken.png")).unwrap();
        let mut inputs = Inputs::named([folder.path().join("tree")]);
        inputs.selection.follow_links = true;
        let names = relative_names(&discover(&inputs, &[]));
        assert!(names[0].starts_with("unreadable") && names[0].ends_with("broken.png"), "{names:?}");
        assert_eq!(names[1..], ["real/a.png", "real/linked/b.png"]);
    }

    #[test]
    fn ignore_files_count_when_they_are_ours_or_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["a.png", "b.png", "raw/c.png", "sub/raw/d.png", "sub/e.png", "sub/x.png", ".hidden/f.png"]
        {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        fs::write(folder.path().join(".gitignore"), "a.png\n").unwrap();
        fs::write(folder.path().join(".planishignore"), "raw/\n!sub/raw/\n/sub/x.png\n").unwrap();
        let mut inputs = Inputs::named([folder.path()]);
        let names = |inputs: &Inputs| relative_names(&discover(inputs, &[]));
        assert_eq!(names(&inputs), ["a.png", "b.png", "sub/e.png", "sub/raw/d.png"]);
        // Rules reach from above into a folder that is named itself.
        assert_eq!(names(&Inputs::named([folder.path().join("sub")])), ["e.png", "raw/d.png"]);
        inputs.selection.ignore_files = vec![".gitignore".into()];
        assert_eq!(names(&inputs), ["b.png", "sub/e.png", "sub/raw/d.png"]);
        inputs.selection.hidden = true;
        assert_eq!(names(&inputs), [".hidden/f.png", "b.png", "sub/e.png", "sub/raw/d.png"]);
    }

    #[test]
    fn patterns_hold_for_found_named_and_listed_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["in/a.png", "in/a.jpg", "in/.h.png", "in/thumbs/b.png", "c.jpg", "d.png"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        let selection = Selection::default();
        let selection = selection.with_patterns(&["*.png".into()], &["thumbs/".into()]).unwrap();
        let path = |name: &str| folder.path().join(name);
        let inputs = Inputs {
            paths: vec![path("in"), path("c.jpg"), path("d.png")],
            listed: vec![path("c.jpg"), path("in/thumbs/b.png"), path("d.png")],
            selection,
        };
        let listed = listed_relative(&path("d.png")).to_str().unwrap().to_owned();
        assert_eq!(relative_names(&discover(&inputs, &[])), ["a.png", "d.png", &listed]);
    }

    #[test]
    fn a_large_tree_comes_in_the_same_order_every_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut expected = Vec::new();
        for number in 0..300 {
            let name = format!("{}/{}/{number:03}.png", number % 7, number % 5);
            let path = folder.path().join(&name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
            expected.push(name);
        }
        expected.sort();
        assert_eq!(relative_names(&discover(&Inputs::named([folder.path()]), &[])), expected);
    }
}
