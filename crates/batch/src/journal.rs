//! What a run was about to write, so that one that was killed can be taken up where it stopped.
//!
//! The cache takes up most runs: what it knows is not made again. A journal is for those it cannot help: runs without
//! a cache, and runs in place, where a file that was optimized must not be optimized once more, at a second loss, by
//! the next run. A line is written ahead of every output: what goes where, and what it was made from. Whether it got
//! there is seen by looking. Each run appends to a file of its own, locked while it lives, and a complete run removes
//! it together with those of the runs it has taken up. Where nothing else knows which files were optimized in place, they
//! stay: a run that is killed when all is done, and run again, must not optimize anything once more.

use crate::cache::ContentHash;
use crate::task::ImageTask;
use planish::OptimizationResult;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// A journal that nobody took up for so long is removed.
const FORGOTTEN: Duration = Duration::from_hours(30 * 24);

/// What earlier runs of one request were about to write, and what this one is.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    /// By the hash of the input's path; the last line counts.
    records: HashMap<ContentHash, Record>,
    /// Files of other runs of the same request.
    others: Vec<PathBuf>,
    problem: OnceLock<String>,
}

/// One output, before it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// The hash of the input's path.
    path: ContentHash,
    /// The hash of the input.
    pub(crate) input: ContentHash,
    /// The hash of the output.
    pub(crate) output: ContentHash,
    /// The account.
    pub(crate) result: OptimizationResult,
}

impl Journal {
    /// Begins a journal in a folder and reads those of earlier runs of the same request. `request`: whatever tells it
    /// from others, settings and the engine's version included.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn open(folder: &Path, request: &[&str]) -> io::Result<Self> {
        let prefix = format!("{}-", &ContentHash::of(request.join("\0").as_bytes()).to_string()[..32]);
        fs::create_dir_all(folder)?;
        let mut records = HashMap::new();
        let mut others = Vec::new();
        for entry in fs::read_dir(folder)?.flatten() {
            if is_forgotten(&entry) {
                remove_unless_live(&entry.path());
            } else if entry.file_name().to_string_lossy().starts_with(&prefix) {
                others.push((entry.metadata().and_then(|data| data.modified()).ok(), entry.path()));
            }
        }
        // The newest counts.
        others.sort();
        let others: Vec<PathBuf> = others.into_iter().map(|(_, path)| path).collect();
        for path in &others {
            read(path, &mut records);
        }
        let made = tempfile::Builder::new().prefix(&prefix).suffix(".journal").tempfile_in(folder)?;
        let (file, path) = made.keep().map_err(|error| error.error)?;
        // Where there are no locks, a journal may be removed while its run lives: that run cannot be taken up then.
        let _ = file.lock();
        Ok(Self { path, file: Mutex::new(file), records, others, problem: OnceLock::new() })
    }

    /// The first thing that went wrong with the journal, a sentence for people.
    pub fn problem(&self) -> Option<&str> {
        self.problem.get().map(String::as_str)
    }

    /// What an earlier run was about to write for a task.
    pub(crate) fn find(&self, task: &ImageTask) -> Option<&Record> {
        self.records.get(&path_hash(&task.input_path)?)
    }

    /// Notes what is about to be written. On the disk when this returns.
    pub(crate) fn write_ahead(
        &self,
        task: &ImageTask,
        input: ContentHash,
        output: ContentHash,
        result: &OptimizationResult,
    ) {
        let Some(path) = path_hash(&task.input_path) else { return };
        let written = line(&Record { path, input, output, result: result.clone() }).and_then(|line| {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(line.as_bytes())?;
            file.sync_data()
        });
        if let Err(error) = written {
            let path = self.path.display();
            // The first one is kept.
            let _ = self.problem.set(format!(
                "the journal {path} cannot be written to, so this run cannot be taken up if it is interrupted: {error}"
            ));
        }
    }

    /// Ends a run that left nothing undone, where nothing else knows what was optimized in place.
    pub fn keep(&self) {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.metadata().is_ok_and(|data| data.len() == 0) {
            let _ = fs::remove_file(&self.path);
        }
    }

    /// Ends a run that left nothing undone.
    pub fn complete(&self) {
        // What cannot be removed does no harm.
        let _ = fs::remove_file(&self.path);
        for path in &self.others {
            remove_unless_live(path);
        }
    }
}

fn path_hash(path: &Path) -> Option<ContentHash> {
    Some(ContentHash::of(std::path::absolute(path).ok()?.as_os_str().as_encoded_bytes()))
}

fn is_forgotten(entry: &fs::DirEntry) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > FORGOTTEN))
}

/// Removes a journal whose run has ended.
fn remove_unless_live(path: &Path) {
    if File::open(path).is_ok_and(|file| file.try_lock().is_ok()) {
        let _ = fs::remove_file(path);
    }
}

/// Whole lines only: a run that was killed may have left half of one, and the next writer's line behind it.
fn read(path: &Path, records: &mut HashMap<ContentHash, Record>) {
    let bytes = fs::read(path).unwrap_or_default();
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Some(record) = parse(line) {
            records.insert(record.path, record);
        }
    }
}

fn line(record: &Record) -> io::Result<String> {
    let json = serde_json::to_string(record)?;
    Ok(format!("{} {json}\n", ContentHash::of(json.as_bytes())))
}

fn parse(line: &[u8]) -> Option<Record> {
    let (checksum, json) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    if ContentHash::from_hex(checksum)? != ContentHash::of(json.as_bytes()) {
        return None;
    }
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::OutputPath;
    use crate::pool::tests::halved;
    use crate::task::TaskId;
    use planish::{Goal, ImageSettings};

    fn task(path: &str) -> ImageTask {
        ImageTask {
            id: TaskId(0),
            input_path: path.into(),
            output_path: OutputPath::fixed("out/a.png"),
            settings: ImageSettings::default(),
            priority: 0,
        }
    }

    fn note(journal: &Journal, path: &str, output: &[u8]) {
        let result = halved(b"some image", Goal::default()).result;
        journal.write_ahead(&task(path), ContentHash::of(b"in"), ContentHash::of(output), &result);
    }

    fn output_of(journal: &Journal, path: &str) -> Option<ContentHash> {
        journal.find(&task(path)).map(|record| record.output)
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn the_next_run_of_the_same_request_knows_what_was_about_to_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::open(folder.path(), &["one"]).unwrap();
        note(&first, "a.png", b"old");
        note(&first, "a.png", b"new");
        assert_eq!(first.problem(), None);
        let next = Journal::open(folder.path(), &["one"]).unwrap();
        assert_eq!(output_of(&next, "a.png"), Some(ContentHash::of(b"new")));
        assert_eq!(output_of(&next, "b.png"), None);
        let other = Journal::open(folder.path(), &["two"]).unwrap();
        assert_eq!(output_of(&other, "a.png"), None);
    }

    #[test]
    fn a_torn_tail_and_changed_lines_are_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::open(folder.path(), &["one"]).unwrap();
        note(&first, "a.png", b"a");
        note(&first, "b.png", b"b");
        let whole = fs::read(&first.path).unwrap();
        let ends = whole.iter().position(|byte| *byte == b'\n').unwrap();
        for cut in [whole.len() - 1, whole.len() - 100, ends + 10] {
            fs::write(&first.path, &whole[..cut]).unwrap();
            let next = Journal::open(folder.path(), &["one"]).unwrap();
            assert_eq!(output_of(&next, "a.png"), Some(ContentHash::of(b"a")));
            // Without its line end the last line is whole all the same.
            assert_eq!(output_of(&next, "b.png").is_some(), cut == whole.len() - 1);
            next.complete();
            fs::write(&first.path, &whole).unwrap();
        }
        let mut changed = whole;
        changed[ends / 2] ^= 1;
        fs::write(&first.path, changed).unwrap();
        let next = Journal::open(folder.path(), &["one"]).unwrap();
        assert_eq!((output_of(&next, "a.png"), output_of(&next, "b.png").is_some()), (None, true));
    }

    #[test]
    fn journals_that_are_kept_are_read_in_order_and_empty_ones_are_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        for (age, output) in [(300, b"oldest"), (200, b"newest"), (250, b"middle")] {
            let journal = Journal::open(folder.path(), &["one"]).unwrap();
            note(&journal, "a.png", output);
            journal.keep();
            let file = File::options().append(true).open(&journal.path).unwrap();
            file.set_modified(std::time::SystemTime::now() - Duration::from_secs(age)).unwrap();
        }
        let next = Journal::open(folder.path(), &["one"]).unwrap();
        assert_eq!(output_of(&next, "a.png"), Some(ContentHash::of(b"newest")));
        next.keep();
        assert_eq!(files(folder.path()).len(), 3);
    }

    #[test]
    fn a_complete_run_removes_the_journals_it_has_taken_up_but_not_a_live_ones() {
        let folder = tempfile::tempdir().unwrap();
        let dead = Journal::open(folder.path(), &["one"]).unwrap();
        let other = Journal::open(folder.path(), &["two"]).unwrap();
        let live = Journal::open(folder.path(), &["one"]).unwrap();
        let (live_path, other_path) = (live.path.clone(), other.path.clone());
        drop((dead, other));
        let next = Journal::open(folder.path(), &["one"]).unwrap();
        next.complete();
        let mut left = files(folder.path());
        left.sort();
        let mut expected = vec![live_path, other_path];
        expected.sort();
        assert_eq!(left, expected);
        live.complete();
        assert_eq!(files(folder.path()).len(), 1);
    }
}
