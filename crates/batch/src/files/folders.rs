//! Folders are made and synced once for many files.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Remembers the folders that exist, and shares one sync of a folder among all files that were renamed into it
/// while the one before was under way.
#[derive(Debug, Default)]
pub struct DirCache {
    known: Mutex<HashSet<PathBuf>>,
    syncs: Mutex<HashMap<PathBuf, Arc<FolderSync>>>,
}

/// Syncs of one folder, counted.
#[derive(Debug, Default)]
struct FolderSync {
    state: Mutex<SyncState>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct SyncState {
    /// Syncs that were begun.
    begun: u64,
    /// The last sync that succeeded.
    succeeded: u64,
    /// Whether the last one that was begun is still under way.
    running: bool,
    /// Callers that wait for it to end.
    waiting: usize,
}

impl DirCache {
    /// Makes the folder and those above it that are missing, durably.
    ///
    /// # Errors
    /// When one cannot be made.
    pub fn make(&self, folder: &Path) -> io::Result<()> {
        if lock(&self.known).contains(folder) {
            return Ok(());
        }
        let missing: Vec<&Path> = folder.ancestors().take_while(|path| !or_here(path).exists()).collect();
        fs::create_dir_all(or_here(folder))?;
        // From the top: a folder is durable once the one it is in is.
        for made in missing.iter().rev() {
            self.sync(or_here(made.parent().unwrap_or(Path::new(""))))?;
        }
        lock(&self.known).insert(folder.to_owned());
        Ok(())
    }

    /// Forgets a folder that turned out to be gone.
    pub fn forget(&self, folder: &Path) {
        lock(&self.known).retain(|known| !known.starts_with(folder) && !folder.starts_with(known));
    }

    /// Makes what was renamed into the folder so far durable. Callers that come while a sync is under way share the
    /// next one.
    ///
    /// # Errors
    /// When the folder cannot be synced.
    pub fn sync(&self, folder: &Path) -> io::Result<()> {
        self.sync_by(folder, sync_folder)
    }

    fn sync_by(&self, folder: &Path, sync: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        let shared = Arc::clone(lock(&self.syncs).entry(folder.to_owned()).or_default());
        let mut state = lock(&shared.state);
        // One that is under way may have begun before our rename; the one after it has not.
        let enough = state.begun + 1;
        while state.running {
            state.waiting += 1;
            state = shared.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
            if state.succeeded >= enough {
                return Ok(());
            }
        }
        state.begun += 1;
        state.running = true;
        let this = state.begun;
        drop(state);
        let result = sync(folder);
        let mut state = lock(&shared.state);
        state.running = false;
        if result.is_ok() {
            state.succeeded = this;
        }
        drop(state);
        shared.ended.notify_all();
        result
    }
}

/// The current folder for the empty path.
pub(super) fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Sets and counters, changed in single steps: whole even if a thread has panicked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn folders_are_made_with_those_above_them_and_again_after_they_vanished() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("a/b/c");
        let cache = DirCache::default();
        cache.make(&folder).unwrap();
        assert!(folder.is_dir());
        fs::remove_dir_all(base.path().join("a")).unwrap();
        cache.make(&folder).unwrap();
        assert!(!folder.exists(), "known folders are not looked at again");
        cache.forget(&folder);
        cache.make(&folder).unwrap();
        assert!(folder.is_dir());
    }

    #[test]
    fn a_file_in_the_way_is_an_error_and_is_not_remembered() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("a"), b"").unwrap();
        let cache = DirCache::default();
        for _ in 0..2 {
            assert!(cache.make(&base.path().join("a/b")).is_err());
        }
    }

    #[test]
    fn those_who_come_during_a_sync_share_the_next_one() {
        const LATE: usize = 8;
        let cache = DirCache::default();
        let folder = Path::new("folder");
        let syncs = AtomicU32::new(0);
        let (begun, first_begun) = mpsc::channel();
        let (let_go, wait) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let (cache, syncs) = (&cache, &syncs);
            let first = scope.spawn(move || {
                cache.sync_by(folder, |_| {
                    syncs.fetch_add(1, Ordering::SeqCst);
                    begun.send(()).unwrap();
                    wait.recv().unwrap();
                    Ok(())
                })
            });
            first_begun.recv().unwrap();
            let late: Vec<_> = (0..LATE)
                .map(|_| {
                    scope.spawn(|| {
                        cache.sync_by(folder, |_| {
                            syncs.fetch_add(1, Ordering::SeqCst);
                            Ok(())
                        })
                    })
                })
                .collect();
            let shared = Arc::clone(&lock(&cache.syncs)[folder]);
            while lock(&shared.state).waiting < LATE {
                thread::yield_now();
            }
            let_go.send(()).unwrap();
            first.join().unwrap().unwrap();
            for thread in late {
                thread.join().unwrap().unwrap();
            }
        });
        assert_eq!(syncs.into_inner(), 2);
    }

    #[test]
    fn a_failed_sync_is_everybodys_error_and_none_counts_as_done() {
        let cache = DirCache::default();
        let failing = |_: &Path| Err(io::Error::other("no"));
        assert!(cache.sync_by(Path::new("folder"), failing).is_err());
        assert!(cache.sync_by(Path::new("folder"), |_| Ok(())).is_ok());
        assert!(cache.sync_by(Path::new("folder"), failing).is_err());
    }
}
