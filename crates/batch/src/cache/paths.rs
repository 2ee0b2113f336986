//! Which content was last seen under which path, so that files that did not change need not be read.
//!
//! A log of lines, each with a checksum: whole lines are appended, torn ones are skipped, later ones count. A line
//! that is lost, in a crash or because another run rewrote the log, costs reading one file.

use super::key::ContentHash;
use super::stamp::FileStamp;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// More lines than this beyond twice the paths they speak of, and the log is rewritten.
const SLACK: usize = 20_000;
/// The most paths that are remembered; about 200 bytes each.
const MOST_PATHS: usize = 1_000_000;

/// The first half of the BLAKE3 hash of a path: paths themselves are nobody's business.
type PathKey = [u8; 16];

/// Contents by path.
#[derive(Debug)]
pub(super) struct PathIndex {
    log: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: HashMap<PathKey, (FileStamp, ContentHash)>,
    appended: Option<File>,
}

impl PathIndex {
    /// Reads the log, as far as there is one.
    pub(super) fn open(log: PathBuf) -> Self {
        let text = fs::read_to_string(&log).unwrap_or_default();
        let mut known = HashMap::new();
        let mut lines = 0;
        for line in text.lines() {
            lines += 1;
            if let Some((key, stamp, content)) = parse(line) {
                known.insert(key, (stamp, content));
            }
        }
        let index = Self { log, state: Mutex::new(State { known, appended: None }) };
        if lines > 2 * index.lock().known.len() + SLACK || lines > 2 * MOST_PATHS {
            index.rewrite();
        }
        index
    }

    /// The content of an unchanged file.
    pub(super) fn content_of(&self, path: &Path, metadata: &Metadata) -> Option<ContentHash> {
        let (stamp, content) = self.lock().known.get(&key_of(path)?).copied()?;
        (stamp == FileStamp::of(metadata)).then_some(content)
    }

    /// Notes the content of a file that had this metadata before and after it was read; `seen` is before.
    ///
    /// # Errors
    /// When the log cannot be written. The note counts for this run all the same.
    pub(super) fn note(
        &self,
        path: &Path,
        metadata: &Metadata,
        content: ContentHash,
        seen: SystemTime,
    ) -> io::Result<()> {
        let stamp = FileStamp::of(metadata);
        let Some(key) = key_of(path).filter(|_| stamp.is_settled(seen)) else { return Ok(()) };
        let mut state = self.lock();
        if state.known.insert(key, (stamp, content)) == Some((stamp, content)) {
            return Ok(());
        }
        if state.appended.is_none() {
            fs::create_dir_all(self.log.parent().unwrap_or(Path::new(".")))?;
            state.appended = Some(OpenOptions::new().create(true).append(true).open(&self.log)?);
        }
        // One write for a whole line: those of two runs do not mix.
        state
            .appended
            .as_ref()
            .map_or(Ok(()), |mut log| log.write_all(line(&key, &stamp, &content).as_bytes()))
    }

    /// Forgets everything.
    pub(super) fn clear(&self) -> io::Result<u64> {
        let mut state = self.lock();
        *state = State::default();
        match fs::metadata(&self.log) {
            Ok(metadata) => fs::remove_file(&self.log).map(|()| metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Writes what is known, without repetitions, to a new log. That it fails does no harm.
    fn rewrite(&self) {
        let mut state = self.lock();
        let text: String = state
            .known
            .iter()
            .take(MOST_PATHS)
            .map(|(key, (stamp, content))| line(key, stamp, content))
            .collect();
        let folder = self.log.parent().unwrap_or(Path::new("."));
        let _ = super::disk::write_whole(folder, &self.log, text.as_bytes());
        state.appended = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_of(path: &Path) -> Option<PathKey> {
    let absolute = std::path::absolute(path).ok()?;
    blake3::hash(absolute.as_os_str().as_encoded_bytes()).as_bytes()[..16].try_into().ok()
}

fn line(key: &PathKey, stamp: &FileStamp, content: &ContentHash) -> String {
    let FileStamp { size, modified, changed, device, inode } = stamp;
    let mut line = String::with_capacity(200);
    // Writing to a string cannot fail.
    let _ = write!(
        line,
        "{:032x} {size} {modified} {changed} {device} {inode} {content}",
        u128::from_be_bytes(*key)
    );
    let _ = writeln!(line, " {}", checksum(&line));
    line
}

fn checksum(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..8].to_owned()
}

fn parse(line: &str) -> Option<(PathKey, FileStamp, ContentHash)> {
    let (text, sum) = line.rsplit_once(' ')?;
    if sum != checksum(text) {
        return None;
    }
    let mut fields = text.split(' ');
    let key = u128::from_str_radix(fields.next()?, 16).ok()?.to_be_bytes();
    let stamp = FileStamp {
        size: fields.next()?.parse().ok()?,
        modified: fields.next()?.parse().ok()?,
        changed: fields.next()?.parse().ok()?,
        device: fields.next()?.parse().ok()?,
        inode: fields.next()?.parse().ok()?,
    };
    Some((key, stamp, ContentHash::from_hex(fields.next()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tempfile::TempDir;

    /// A moment at which everything that exists now has settled.
    fn later() -> SystemTime {
        SystemTime::now() + Duration::from_mins(1)
    }

    fn file(folder: &TempDir) -> (PathBuf, Metadata) {
        let path = folder.path().join("a.png");
        fs::write(&path, b"content").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        (path, metadata)
    }

    #[test]
    fn an_unchanged_file_is_known_to_the_next_run_too() {
        let folder = tempfile::tempdir().unwrap();
        let (path, metadata) = file(&folder);
        let content = ContentHash::of(b"content");
        let log = folder.path().join("cache/paths");
        let index = PathIndex::open(log.clone());
        index.note(&path, &metadata, content, later()).unwrap();
        assert_eq!(index.content_of(&path, &metadata), Some(content));
        assert_eq!(PathIndex::open(log).content_of(&path, &metadata), Some(content));
    }

    #[test]
    fn a_file_that_may_change_unnoticed_is_not_noted() {
        let folder = tempfile::tempdir().unwrap();
        let (path, metadata) = file(&folder);
        let index = PathIndex::open(folder.path().join("paths"));
        index.note(&path, &metadata, ContentHash::of(b"content"), SystemTime::now()).unwrap();
        assert_eq!(index.content_of(&path, &metadata), None);
    }

    #[test]
    fn an_edit_of_the_same_size_with_its_old_time_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, metadata) = file(&folder);
        let index = PathIndex::open(folder.path().join("paths"));
        index.note(&path, &metadata, ContentHash::of(b"content"), later()).unwrap();
        // Not within the same tick of the clock.
        std::thread::sleep(Duration::from_millis(50));
        fs::write(&path, b"CONTENT").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(metadata.modified().unwrap()).unwrap();
        let edited = fs::metadata(&path).unwrap();
        assert_eq!(
            (edited.len(), edited.modified().unwrap()),
            (metadata.len(), metadata.modified().unwrap())
        );
        assert_eq!(index.content_of(&path, &edited), None);
    }

    #[test]
    fn torn_and_changed_lines_are_skipped_and_repetitions_go() {
        let folder = tempfile::tempdir().unwrap();
        let (path, metadata) = file(&folder);
        let content = ContentHash::of(b"content");
        let log = folder.path().join("paths");
        let good = line(&key_of(&path).unwrap(), &FileStamp::of(&metadata), &content);
        let changed = good.replace(&content.to_string(), &ContentHash::of(b"other").to_string());
        fs::write(&log, format!("{good}{changed}{}\n{}", &good[..50], good.repeat(SLACK + 10))).unwrap();
        let index = PathIndex::open(log.clone());
        assert_eq!(index.content_of(&path, &metadata), Some(content));
        assert_eq!(fs::read_to_string(&log).unwrap(), good);
    }
}
