//! Entries as files, in folders named by the first two digits of their keys.
//!
//! Nothing is locked: entries appear whole by a rename, are never changed, and may vanish at any moment, because
//! another run makes room. Recency is the time of the file, renewed at most once an hour.

use super::entry::Entry;
use super::key::CacheKey;
use planish::OptimizationResult;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// An entry used less long ago counts as used now.
const RECENT: Duration = Duration::from_hours(1);
/// Writing an entry takes less long; what is older was left behind.
const STALE: Duration = Duration::from_hours(1);

/// A folder of entries.
#[derive(Debug)]
pub(super) struct DiskStore {
    entries: PathBuf,
    temporary: PathBuf,
}

/// What is in a folder of entries, or was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// Entries.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
}

struct Stored {
    used: SystemTime,
    bytes: u64,
    path: PathBuf,
}

impl DiskStore {
    pub(super) fn new(folder: &Path) -> Self {
        Self { entries: folder.join("results"), temporary: folder.join("tmp") }
    }

    /// An entry and, where asked for, its output's bytes. An entry that is not whole is a miss, and removed.
    pub(super) fn load(&self, key: CacheKey, with_body: bool) -> Option<(Entry, Vec<u8>)> {
        let path = self.path_of(key);
        let file = File::open(&path).ok()?;
        match read(&file, key, with_body) {
            Ok(Some(found)) => {
                keep_recent(&file, &path);
                Some(found)
            }
            Ok(None) => {
                // Another run may have been quicker.
                let _ = fs::remove_file(&path);
                None
            }
            // A disk that fails now may not fail later.
            Err(_) => None,
        }
    }

    /// Stores an entry and returns its size on the disk.
    pub(super) fn store(&self, entry: &Entry, body: &[u8]) -> io::Result<u64> {
        let bytes = entry.to_bytes(body)?;
        let path = self.path_of(entry.key);
        fs::create_dir_all(path.parent().unwrap_or(&self.entries))?;
        write_whole(&self.temporary, &path, &bytes)?;
        Ok(bytes.len() as u64)
    }

    /// Removes the entries that were not used for longest until the rest is a tenth below `limit` bytes, if it is
    /// above. Also removes what runs that were killed have left behind.
    pub(super) fn make_room(&self, limit: u64) {
        for left in files_in(&self.temporary) {
            if left.used.elapsed().is_ok_and(|age| age > STALE) {
                let _ = fs::remove_file(left.path);
            }
        }
        let mut stored = self.list();
        let mut bytes: u64 = stored.iter().map(|entry| entry.bytes).sum();
        if bytes <= limit {
            return;
        }
        stored.sort_by_key(|entry| entry.used);
        for entry in stored {
            if bytes <= limit - limit / 10 {
                break;
            }
            // It may have vanished already: then it takes no room either.
            let _ = fs::remove_file(entry.path);
            bytes -= entry.bytes;
        }
    }

    pub(super) fn contents(&self) -> Contents {
        let stored = self.list();
        Contents { entries: stored.len() as u64, bytes: stored.iter().map(|entry| entry.bytes).sum() }
    }

    /// Removes every entry.
    pub(super) fn clear(&self) -> io::Result<Contents> {
        let mut removed = Contents::default();
        for entry in self.list().into_iter().chain(files_in(&self.temporary)) {
            match fs::remove_file(&entry.path) {
                Ok(()) => {
                    removed.entries += 1;
                    removed.bytes += entry.bytes;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }

    fn path_of(&self, key: CacheKey) -> PathBuf {
        let name = key.to_string();
        self.entries.join(&name[..2]).join(&name[2..])
    }

    fn list(&self) -> Vec<Stored> {
        let folders = fs::read_dir(&self.entries).into_iter().flatten().flatten();
        folders.flat_map(|folder| files_in(&folder.path())).collect()
    }
}

fn files_in(folder: &Path) -> Vec<Stored> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let stored = |entry: fs::DirEntry| {
        let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        Some(Stored { used: metadata.modified().ok()?, bytes: metadata.len(), path: entry.path() })
    };
    entries.filter_map(stored).collect()
}

fn read(file: &File, key: CacheKey, with_body: bool) -> io::Result<Option<(Entry, Vec<u8>)>> {
    let Some(entry) = Entry::read_head(file, key)? else { return Ok(None) };
    if !with_body || keeps_no_body(&entry.result) {
        return Ok(Some((entry, Vec::new())));
    }
    Ok(entry.read_body(file)?.map(|body| (entry, body)))
}

/// Where the output is the input, its bytes are known already.
pub(super) const fn keeps_no_body(result: &OptimizationResult) -> bool {
    result.kept_original.is_some()
}

fn keep_recent(file: &File, path: &Path) {
    let used = file.metadata().and_then(|metadata| metadata.modified());
    if used.is_ok_and(|used| used.elapsed().is_ok_and(|age| age > RECENT)) {
        // A folder that cannot be written to stays as it is.
        let _ = filetime::set_file_mtime(path, filetime::FileTime::now());
    }
}

/// Writes a file by a rename. It is not synced: whoever reads it checks it.
pub(super) fn write_whole(temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(temporary)?;
    let mut file = tempfile::Builder::new().prefix("planish-").suffix(".tmp").tempfile_in(temporary)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::key::ContentHash;
    use crate::pool::tests::halved;
    use planish::{Candidate, Format, Goal, Optimized, Outcome, Score};
    use tempfile::TempDir;

    fn store() -> (TempDir, DiskStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = DiskStore::new(folder.path());
        (folder, store)
    }

    fn put(store: &DiskStore, name: &str, input: &[u8]) -> (CacheKey, Entry, Vec<u8>) {
        let Optimized { bytes, result } = halved(input, Goal::default());
        let entry = Entry { key: CacheKey::test(name), output: ContentHash::of(&bytes), result };
        store.store(&entry, &bytes).unwrap();
        (entry.key, entry, bytes)
    }

    #[test]
    fn what_was_stored_comes_back() {
        let (_folder, store) = store();
        let (key, entry, bytes) = put(&store, "a", b"some image");
        assert_eq!(store.load(key, true), Some((entry.clone(), bytes)));
        assert_eq!(store.load(key, false), Some((entry, Vec::new())));
        assert_eq!(store.load(CacheKey::test("b"), true), None);
    }

    #[test]
    fn scores_that_nobody_could_ask_for_come_back() {
        let (_folder, store) = store();
        let (key, mut entry, bytes) = put(&store, "a", b"some image");
        entry.result.score = Score::measured(-12.5);
        entry.result.candidates.push(Candidate {
            format: Format::Gif,
            encoder: "gif".into(),
            quality: None,
            size: 7,
            score: Some(Score::measured(0.25)),
            outcome: Outcome::MissesGoal,
        });
        store.store(&entry, &bytes).unwrap();
        assert_eq!(store.load(key, true), Some((entry, bytes)));
    }

    #[test]
    fn an_entry_that_was_cut_or_changed_anywhere_is_a_miss_and_removed() {
        let (_folder, store) = store();
        let (key, _, _) = put(&store, "a", b"some image");
        let path = store.path_of(key);
        let whole = fs::read(&path).unwrap();
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index] ^= 1;
            for damaged in [&changed, &whole[..index]] {
                fs::write(&path, damaged).unwrap();
                assert_eq!(store.load(key, true), None, "{index}");
                assert!(!path.exists(), "{index}");
            }
        }
        fs::write(&path, [&whole[..], b"more"].concat()).unwrap();
        assert_eq!(store.load(key, true), None);
    }

    #[test]
    fn an_entry_under_another_key_is_a_miss() {
        let (_folder, store) = store();
        let (key, _, _) = put(&store, "a", b"some image");
        let other = store.path_of(CacheKey::test("b"));
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        fs::copy(store.path_of(key), &other).unwrap();
        assert_eq!(store.load(CacheKey::test("b"), true), None);
        assert!(store.load(key, true).is_some());
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let (_folder, store) = store();
        let keys: Vec<CacheKey> =
            (0..10).map(|index| put(&store, &index.to_string(), &[7; 5000]).0).collect();
        let size = store.contents().bytes / 10;
        for (index, key) in keys.iter().enumerate() {
            let used = SystemTime::now() - Duration::from_hours(20 - index as u64);
            filetime::set_file_mtime(store.path_of(*key), used.into()).unwrap();
        }
        // Used now, so the oldest are the second and those after it.
        assert!(store.load(keys[0], false).is_some());
        store.make_room(store.contents().bytes);
        assert_eq!(store.contents().entries, 10);
        store.make_room(6 * size);
        let left: Vec<bool> = keys.iter().map(|key| store.load(*key, false).is_some()).collect();
        assert_eq!(left, [true, false, false, false, false, false, true, true, true, true]);
        assert_eq!(store.clear().unwrap().entries, 5);
        assert_eq!(store.contents(), Contents::default());
    }

    #[test]
    fn two_runs_that_make_room_at_once_do_not_mind_each_other() {
        let (folder, store) = store();
        for index in 0..200 {
            put(&store, &index.to_string(), &[7; 500]);
        }
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| DiskStore::new(folder.path()).make_room(1000));
            }
            scope.spawn(|| {
                for index in 200..300 {
                    put(&store, &index.to_string(), &[7; 500]);
                }
            });
        });
        store.make_room(1000);
        assert!(store.contents().bytes <= 1000);
    }
}
