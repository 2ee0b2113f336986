//! Never twice: results of earlier runs, by what they were made from.
//!
//! ```text
//! path ──(size and times unchanged)──→ content hash ──(recipe: engine, settings, limits)──→ key → entry
//! ```
//!
//! The cache only ever saves work. Whatever is wrong with it, the run goes on without it; [`problem`] says so once.
//!
//! [`problem`]: OptimizationCache::problem

mod disk;
mod entry;
mod folder;
mod key;
mod paths;
mod recent;
mod stamp;

pub use disk::Contents;
pub(crate) use entry::Entry;
pub use folder::default_cache_folder;
pub(crate) use key::{CacheKey, ContentHash, Recipe};

use disk::{DiskStore, keeps_no_body};
use paths::PathIndex;
use planish::{KeptReason, OptimizationResult, Optimized};
use recent::Recent;
use serde::{Deserialize, Serialize};
pub use stamp::FileStamp;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// So much is written between two looks at the cache's size.
const BETWEEN_LOOKS: u64 = 128 << 20;

/// Results of earlier runs, in memory and on disk. Shared by the threads of a run and by runs.
#[derive(Debug)]
pub struct OptimizationCache {
    folder: PathBuf,
    limit: Option<u64>,
    disk: DiskStore,
    paths: PathIndex,
    recent: Recent,
    hits: AtomicU64,
    misses: AtomicU64,
    written: AtomicU64,
    problem: OnceLock<String>,
}

/// What the last run had from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// Images whose results were known.
    pub hits: u64,
    /// Images that were optimized.
    pub misses: u64,
}

/// What there is in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// Where it is.
    pub folder: PathBuf,
    /// Results in it.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes it may take.
    pub limit: u64,
    /// What the last run had from it, when there was one.
    pub last_run: Option<LastRun>,
}

impl OptimizationCache {
    /// The cache in a folder, which need not exist yet. `limit`: the bytes it may take; default: 2 GiB, or a tenth of
    /// the disk's free space where that is less.
    pub fn open(folder: PathBuf, limit: Option<u64>) -> Self {
        Self {
            limit,
            disk: DiskStore::new(&folder),
            paths: PathIndex::open(folder.join("paths")),
            recent: Recent::default(),
            hits: AtomicU64::default(),
            misses: AtomicU64::default(),
            written: AtomicU64::default(),
            problem: OnceLock::new(),
            folder,
        }
    }

    /// The first thing that went wrong with the cache, a sentence for people.
    pub fn problem(&self) -> Option<&str> {
        self.problem.get().map(String::as_str)
    }

    /// What there is in it.
    pub fn stats(&self) -> CacheStats {
        let Contents { entries, bytes } = self.disk.contents();
        let last_run = fs::read(self.last_run()).ok().and_then(|json| serde_json::from_slice(&json).ok());
        CacheStats { folder: self.folder.clone(), entries, bytes, limit: self.limit(bytes), last_run }
    }

    /// Removes everything from it and says what that was.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn clear(&self) -> io::Result<Contents> {
        let mut removed = self.disk.clear()?;
        removed.bytes += self.paths.clear()?;
        match fs::remove_file(self.last_run()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(removed),
        }
    }

    /// Ends a run: makes room and notes what the run had from the cache.
    pub fn finish(&self) {
        if self.written.load(Ordering::Relaxed) > 0 {
            self.make_room();
        }
        let run =
            LastRun { hits: self.hits.load(Ordering::Relaxed), misses: self.misses.load(Ordering::Relaxed) };
        let noted = serde_json::to_vec(&run)
            .map_err(io::Error::other)
            .and_then(|json| disk::write_whole(&self.folder.join("tmp"), &self.last_run(), &json));
        self.check(noted);
    }

    /// The content of a file that did not change since it was last seen. The file is not read.
    pub(crate) fn known_content(&self, path: &Path) -> Option<ContentHash> {
        self.paths.content_of(path, &fs::metadata(path).ok().filter(Metadata::is_file)?)
    }

    /// The content of a file, which is read if need be; `None` when it cannot be, or changes meanwhile.
    pub(crate) fn content_of(&self, path: &Path) -> Option<ContentHash> {
        let seen = SystemTime::now();
        let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
        if let Some(content) = self.paths.content_of(path, &metadata) {
            return Some(content);
        }
        let file = File::open(path).ok()?;
        let before = file.metadata().ok()?;
        let content = ContentHash::of_file(&file).ok()?;
        let after = file.metadata().ok()?;
        if FileStamp::of(&before) != FileStamp::of(&after) {
            return None;
        }
        self.note(path, &before, content, seen);
        Some(content)
    }

    /// Notes the content of a file that was just read. `metadata` and `seen` are from before it was read.
    pub(crate) fn note(&self, path: &Path, metadata: &Metadata, content: ContentHash, seen: SystemTime) {
        // The path may lead to another file by now than to the one that was read.
        let unchanged = fs::metadata(path).is_ok_and(|now| FileStamp::of(&now) == FileStamp::of(metadata));
        if unchanged {
            self.check(self.paths.note(path, metadata, content, seen));
        }
    }

    /// What is known under a key, without the output's bytes.
    pub(crate) fn find(&self, key: CacheKey) -> Option<Entry> {
        self.recent.find(key).or_else(|| {
            let (entry, _) = self.disk.load(key, false)?;
            self.recent.keep(&entry);
            Some(entry)
        })
    }

    /// The result and the output's bytes. `input` gives them where the output is the input.
    pub(crate) fn load(&self, entry: &Entry, input: Option<&[u8]>) -> Option<Optimized> {
        let bytes = if keeps_no_body(&entry.result) {
            input.filter(|input| ContentHash::of(input) == entry.output)?.to_vec()
        } else {
            self.disk.load(entry.key, true)?.1
        };
        Some(Optimized { bytes, result: entry.result.clone() })
    }

    /// Keeps a result. Without its `bytes` only an output that is there already can be known again. Nothing is said
    /// when that fails, but [`problem`](Self::problem).
    pub(crate) fn keep(&self, key: CacheKey, bytes: &[u8], result: &OptimizationResult, output: ContentHash) {
        let mut result = result.clone();
        result.input_path.clear();
        result.output_path.clear();
        let body: &[u8] = if keeps_no_body(&result) { &[] } else { bytes };
        self.store(&Entry { key, output, result }, body);
    }

    /// Notes that these bytes were made by a recipe, so that they are not optimized once more in place of what they
    /// were made from.
    pub(crate) fn keep_product(&self, key: CacheKey, result: &OptimizationResult, output: ContentHash) {
        self.store(&Entry { key, output, result: as_kept(result) }, &[]);
    }

    pub(crate) fn count_hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    fn store(&self, entry: &Entry, body: &[u8]) {
        self.recent.keep(entry);
        match self.disk.store(entry, body) {
            Ok(bytes) => {
                let before = self.written.fetch_add(bytes, Ordering::Relaxed);
                if before / BETWEEN_LOOKS < (before + bytes) / BETWEEN_LOOKS {
                    self.make_room();
                }
            }
            Err(error) => self.check(Err(error)),
        }
    }

    fn make_room(&self) {
        let limit =
            self.limit.unwrap_or_else(|| folder::default_limit(&self.folder, self.disk.contents().bytes));
        self.disk.make_room(limit);
    }

    fn limit(&self, in_use: u64) -> u64 {
        self.limit.unwrap_or_else(|| folder::default_limit(&self.folder, in_use))
    }

    fn last_run(&self) -> PathBuf {
        self.folder.join("last-run.json")
    }

    fn check(&self, outcome: io::Result<()>) {
        if let Err(error) = outcome {
            let folder = self.folder.display();
            // The first one is kept.
            let _ = self.problem.set(format!("the cache in {folder} cannot be written to: {error}"));
        }
    }
}

/// The account of an image that is left as it is because it was made by the same recipe before.
pub(crate) fn as_kept(result: &OptimizationResult) -> OptimizationResult {
    OptimizationResult {
        input_path: String::new(),
        output_path: String::new(),
        original_size: result.optimized_size,
        compression_ratio: 1.0,
        elapsed_time: 0.0,
        input_format: result.format,
        kept_original: Some(KeptReason::AlreadySmallest),
        candidates: Vec::new(),
        encodes: 0,
        sample_encodes: 0,
        timings: Vec::new(),
        ..result.clone()
    }
}
