//! From a result to an output file, or to the decision that there will be none.

use super::backup::back_up;
use super::folders::DirCache;
use super::io_error;
use super::naming::named_format;
use super::policy::{DeliveryOptions, Overwrite, Verdict, judge};
use super::read::Stamp;
use super::write::{NewFile, TemporaryFile, make_folder_of};
use crate::task::{Action, Delivery, ImageTask, SkipReason};
use filetime::FileTime;
use planish::{KeptReason, OptimizationError, OptimizationResult, Optimized, Score};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Everything a run does with output files.
#[derive(Debug, Default)]
pub struct FileOperation {
    options: DeliveryOptions,
    folders: DirCache,
}

/// Where an output's bytes come from.
enum Source<'a> {
    /// Made, or kept, in memory.
    Memory(&'a [u8]),
    /// Made as a file beside its place.
    File(&'a mut Option<TemporaryFile>),
    /// The input as it is on the disk.
    Input,
}

impl FileOperation {
    /// With these options for every file.
    pub fn new(options: DeliveryOptions) -> Self {
        Self { options, folders: DirCache::default() }
    }

    /// Does with a result what the options say: writes it, copies the input, or neither. `stamp` is what the input
    /// was when it was read.
    ///
    /// # Errors
    /// [`OptimizationError::Io`]; the file that was there before, if any, is there still, and nothing else.
    pub fn deliver(
        &self,
        task: &ImageTask,
        stamp: &Stamp,
        optimized: &Optimized,
    ) -> Result<Delivery, OptimizationError> {
        self.hand_out(task, stamp, &optimized.result, Source::Memory(&optimized.bytes))
    }

    /// The same for a result that was made as a file. `None` where the result is that the input is kept.
    ///
    /// # Errors
    /// As [`deliver`](Self::deliver); the file is left to its owner.
    pub(crate) fn deliver_file(
        &self,
        task: &ImageTask,
        stamp: &Stamp,
        result: &OptimizationResult,
        made: &mut Option<TemporaryFile>,
    ) -> Result<Delivery, OptimizationError> {
        let source = if result.kept_original.is_some() { Source::Input } else { Source::File(made) };
        self.hand_out(task, stamp, result, source)
    }

    /// A temporary file that can become the task's output, or one anywhere where there will be none.
    ///
    /// # Errors
    /// [`OptimizationError::Io`].
    pub(crate) fn temporary_for(&self, task: &ImageTask) -> Result<TemporaryFile, OptimizationError> {
        let output = task.output_path.possible_paths().into_iter().next().unwrap_or_default();
        let target = if task.output_path.is_nowhere() { std::env::temp_dir().join("output") } else { output };
        make_folder_of(&target, &self.folders)?;
        TemporaryFile::beside(&target, &self.folders).map_err(|error| io_error("write", &target, &error))
    }

    fn hand_out(
        &self,
        task: &ImageTask,
        stamp: &Stamp,
        result: &OptimizationResult,
        made: Source<'_>,
    ) -> Result<Delivery, OptimizationError> {
        let mut result = result.clone();
        let in_place = task.output_path.is_in_place();
        if in_place {
            check_format_in_place(task, &result)?;
        }
        let source = match judge(&result, &self.options, in_place) {
            Verdict::Skip(reason) => return Ok(skipped(task, result, reason)),
            Verdict::Write => made,
            // What was kept may be in memory already.
            Verdict::CopyInput if result.kept_original.is_some() => made,
            Verdict::CopyInput => {
                become_the_input(&mut result);
                Source::Input
            }
        };
        if task.output_path.is_nowhere() {
            result.input_path = task.input_path.to_string_lossy().into_owned();
            return Ok(Delivery {
                result,
                output_path: PathBuf::new(),
                action: Action::Measured,
                cached: false,
            });
        }
        let path = task.output_path.for_format(result.input_format, result.format);
        if let Some(reason) = self.obstacle(&path, result.optimized_size) {
            return Ok(skipped(task, result, reason));
        }
        make_folder_of(&path, &self.folders)?;
        let new = NewFile { path: &path, replace: self.options.overwrite != Overwrite::Never };
        let check = || if in_place { self.prepare_to_replace(task, &path, stamp) } else { Ok(()) };
        let written = match source {
            Source::File(made) => {
                let dressed =
                    made.as_ref().map_or(Ok(()), |made| self.dress(made.as_file(), stamp, in_place));
                dressed.and_then(|()| new.put(made, &self.folders, check))
            }
            Source::Memory(bytes) => new.write(
                &self.folders,
                |file| {
                    file.write_all(bytes)?;
                    self.dress(file, stamp, in_place)
                },
                check,
            ),
            Source::Input => new.write(
                &self.folders,
                |file| {
                    copy_input(file, task, stamp)?;
                    self.dress(file, stamp, in_place)
                },
                check,
            ),
        };
        match written {
            Err(error) if !new.replace && error.kind() == io::ErrorKind::AlreadyExists => {
                return Ok(skipped(task, result, SkipReason::OutputExists));
            }
            written => written.map_err(|error| io_error("write", &path, &error))?,
        }
        let action = if result.kept_original.is_some() { Action::Copied } else { Action::Written };
        result.input_path = task.input_path.to_string_lossy().into_owned();
        result.output_path = path.to_string_lossy().into_owned();
        Ok(Delivery { result, output_path: path, action, cached: false })
    }

    /// What delivering this result comes to where nothing need be written for it: `is_there` says whether a path holds
    /// the result already. `None` where something has to be written.
    pub(crate) fn without_writing(
        &self,
        task: &ImageTask,
        result: &OptimizationResult,
        is_there: impl FnOnce(&Path) -> bool,
    ) -> Option<Delivery> {
        match judge(result, &self.options, task.output_path.is_in_place()) {
            Verdict::Skip(reason) => return Some(skipped(task, result.clone(), reason)),
            Verdict::CopyInput if result.kept_original.is_none() => return None,
            Verdict::Write | Verdict::CopyInput => {}
        }
        if task.output_path.is_nowhere() {
            let mut result = result.clone();
            result.input_path = task.input_path.to_string_lossy().into_owned();
            let (output_path, action) = (PathBuf::new(), Action::Measured);
            return Some(Delivery { result, output_path, action, cached: false });
        }
        let path = task.output_path.for_format(result.input_format, result.format);
        if let Some(reason) = self.obstacle(&path, result.optimized_size) {
            return Some(skipped(task, result.clone(), reason));
        }
        if !is_there(&path) {
            return None;
        }
        let mut result = result.clone();
        result.input_path = task.input_path.to_string_lossy().into_owned();
        result.output_path = path.to_string_lossy().into_owned();
        Some(Delivery { result, output_path: path, action: Action::Unchanged, cached: false })
    }

    /// Why an output that exists stays.
    fn obstacle(&self, path: &Path, size: u64) -> Option<SkipReason> {
        match self.options.overwrite {
            Overwrite::Always => None,
            Overwrite::Never => fs::symlink_metadata(path).ok().map(|_| SkipReason::OutputExists),
            Overwrite::Smaller => {
                let existing = fs::metadata(path).ok();
                existing.filter(|existing| existing.len() <= size).map(|_| SkipReason::OutputNotLarger)
            }
        }
    }

    /// In place: what is about to be replaced must still be what was read, and is set aside where that was asked for.
    fn prepare_to_replace(&self, task: &ImageTask, path: &Path, stamp: &Stamp) -> io::Result<()> {
        check_unchanged(path, stamp)?;
        let Some(backup) = task.output_path.backup() else { return Ok(()) };
        back_up(path, stamp, backup, &self.folders).map_err(|error| {
            io::Error::new(error.kind(), format!("no backup could be made as {}: {error}", backup.display()))
        })
    }

    /// Gives a file what it is to have of its input's: permissions, times, owner.
    fn dress(&self, file: &File, stamp: &Stamp, in_place: bool) -> io::Result<()> {
        let input = stamp.metadata();
        if in_place {
            keep_owner(file, input);
        }
        if in_place || self.options.preserve {
            file.set_permissions(input.permissions())?;
        }
        if self.options.preserve {
            let accessed = FileTime::from_last_access_time(input);
            let modified = FileTime::from_last_modification_time(input);
            filetime::set_file_handle_times(file, Some(accessed), Some(modified))?;
        }
        Ok(())
    }
}

fn copy_input(file: &mut File, task: &ImageTask, stamp: &Stamp) -> io::Result<()> {
    let input = File::open(&task.input_path)?;
    let copied = io::copy(&mut (&input).take(stamp.metadata().len()), file)?;
    if copied == stamp.metadata().len() && stamp.is_same(&input.metadata()?) {
        Ok(())
    } else {
        Err(io::Error::other("the input changed while it was worked on"))
    }
}

fn check_unchanged(path: &Path, stamp: &Stamp) -> io::Result<()> {
    if stamp.is_same(&fs::metadata(path)?) {
        Ok(())
    } else {
        Err(io::Error::other("the file changed while it was worked on; it was left as it is"))
    }
}

/// Somebody else's file stays theirs, where we may give files away.
#[cfg(unix)]
fn keep_owner(file: &File, input: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let ours = file.metadata().map(|metadata| (metadata.uid(), metadata.gid()));
    if ours.is_ok_and(|ours| ours != (input.uid(), input.gid())) {
        // Only the superuser may; for everybody else the file becomes theirs, as with any editor.
        let _ = fchown(file, Some(input.uid()), Some(input.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _input: &fs::Metadata) {}

/// The account of a result that gives way to the input.
/// In place an image keeps its name: where its format is only read, that would be wrong for what comes out.
fn check_format_in_place(task: &ImageTask, result: &OptimizationResult) -> Result<(), OptimizationError> {
    let path = task.output_path.for_format(result.input_format, result.format);
    let is_named_right = path.file_name().and_then(named_format) == Some(result.format);
    if result.input_format.is_written() || is_named_right {
        return Ok(());
    }
    let feature = format!("replacing the file in place, which would become {},", result.format.title());
    Err(OptimizationError::Unsupported { format: result.input_format.title().into(), feature })
}

fn become_the_input(result: &mut OptimizationResult) {
    result.format = result.input_format;
    result.optimized_size = result.original_size;
    result.compression_ratio = 1.0;
    result.quality = None;
    result.lossless = true;
    result.score = Score::IDENTICAL;
    result.kept_original = Some(KeptReason::SavingsTooSmall);
}

/// The account of a result that went nowhere.
fn skipped(task: &ImageTask, mut result: OptimizationResult, reason: SkipReason) -> Delivery {
    result.input_path = task.input_path.to_string_lossy().into_owned();
    result.output_path = String::new();
    Delivery { result, output_path: PathBuf::new(), action: Action::Skipped(reason), cached: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::testing::result;
    use crate::files::{MinSavings, OnLarger, OutputPath};
    use crate::task::TaskId;
    use planish::ImageSettings;
    use tempfile::TempDir;

    const ORIGINAL: &[u8] = b"original contents";

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// An input, and its task with this output.
    fn task(folder: &TempDir, output: impl FnOnce(&Path) -> OutputPath) -> (ImageTask, Stamp) {
        let input_path = folder.path().join("in.png");
        fs::write(&input_path, ORIGINAL).unwrap();
        let stamp = Stamp::of(&input_path).unwrap();
        let output_path = output(folder.path());
        let settings = ImageSettings::default();
        (ImageTask { id: TaskId(0), input_path, output_path, settings, priority: 0 }, stamp)
    }

    fn to_out(folder: &Path) -> OutputPath {
        OutputPath::fixed(folder.join("out/a.png"))
    }

    fn in_place(folder: &Path) -> OutputPath {
        OutputPath::in_place(folder.join("in.png"), None)
    }

    fn smaller() -> Optimized {
        Optimized { bytes: b"smaller".to_vec(), result: result(ORIGINAL.len() as u64, 7) }
    }

    fn overwriting(overwrite: Overwrite) -> FileOperation {
        FileOperation::new(DeliveryOptions { overwrite, ..DeliveryOptions::default() })
    }

    #[test]
    fn a_result_is_written_and_both_paths_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let (task, stamp) = task(&folder, to_out);
        let delivery = FileOperation::default().deliver(&task, &stamp, &smaller()).unwrap();
        assert_eq!(delivery.action, Action::Written);
        assert_eq!(delivery.output_path, folder.path().join("out/a.png"));
        assert!(delivery.result.input_path.ends_with("in.png"));
        assert_eq!(fs::read(&delivery.output_path).unwrap(), b"smaller");
        assert_eq!(names_in(&folder.path().join("out")), ["a.png"]);
    }

    #[test]
    fn an_output_that_appeared_meanwhile_is_not_replaced_when_none_is_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let (task, stamp) = task(&folder, to_out);
        fs::create_dir(folder.path().join("out")).unwrap();
        fs::write(folder.path().join("out/a.png"), b"somebody's").unwrap();
        let delivery = overwriting(Overwrite::Never).deliver(&task, &stamp, &smaller()).unwrap();
        assert_eq!(delivery.action, Action::Skipped(SkipReason::OutputExists));
        assert_eq!(fs::read(folder.path().join("out/a.png")).unwrap(), b"somebody's");
        let delivery = overwriting(Overwrite::Smaller).deliver(&task, &stamp, &smaller()).unwrap();
        assert_eq!(delivery.action, Action::Written);
        let delivery = overwriting(Overwrite::Smaller).deliver(&task, &stamp, &smaller()).unwrap();
        assert_eq!(delivery.action, Action::Skipped(SkipReason::OutputNotLarger));
        assert_eq!(delivery.final_size(), ORIGINAL.len() as u64);
    }

    #[test]
    fn too_small_savings_copy_the_input_as_it_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let (task, stamp) = task(&folder, to_out);
        let options =
            DeliveryOptions { min_savings: MinSavings::Percent(90.0), ..DeliveryOptions::default() };
        let files = FileOperation::new(options);
        let delivery = files.deliver(&task, &stamp, &smaller()).unwrap();
        assert_eq!(
            (delivery.action, delivery.result.optimized_size),
            (Action::Copied, ORIGINAL.len() as u64)
        );
        assert_eq!(fs::read(folder.path().join("out/a.png")).unwrap(), ORIGINAL);
        fs::write(&task.input_path, b"changed").unwrap();
        let error = files.deliver(&task, &stamp, &smaller()).unwrap_err();
        assert!(error.to_string().contains("the input changed while it was worked on"), "{error}");
        assert_eq!(fs::read(folder.path().join("out/a.png")).unwrap(), ORIGINAL);
        let skip = FileOperation::new(DeliveryOptions { on_larger: OnLarger::Skip, ..options });
        let delivery = skip.deliver(&task, &stamp, &smaller()).unwrap();
        assert_eq!(delivery.action, Action::Skipped(SkipReason::NotSmaller));
    }

    #[test]
    fn a_result_in_a_file_takes_its_place_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (task, stamp) = task(&folder, to_out);
        let files = FileOperation::default();
        let made = |files: &FileOperation| {
            let made = files.temporary_for(&task).unwrap();
            assert_eq!(made.path().parent().unwrap(), folder.path().join("out"));
            fs::write(made.path(), b"smaller").unwrap();
            Some(made)
        };
        let mut first = made(&files);
        let delivery = files.deliver_file(&task, &stamp, &result(17, 7), &mut first).unwrap();
        assert_eq!((delivery.action, first.is_none()), (Action::Written, true));
        assert_eq!(fs::read(folder.path().join("out/a.png")).unwrap(), b"smaller");
        let never = overwriting(Overwrite::Never);
        let mut second = made(&never);
        let delivery = never.deliver_file(&task, &stamp, &result(17, 7), &mut second).unwrap();
        assert_eq!(delivery.action, Action::Skipped(SkipReason::OutputExists));
        drop(second);
        assert_eq!(names_in(&folder.path().join("out")), ["a.png"], "the temporary file is gone");
        // Where the input is kept there is no file.
        let kept = OptimizationResult { kept_original: Some(KeptReason::AlreadySmallest), ..result(17, 17) };
        let delivery = files.deliver_file(&task, &stamp, &kept, &mut None).unwrap();
        assert_eq!(delivery.action, Action::Copied);
        assert_eq!(fs::read(folder.path().join("out/a.png")).unwrap(), ORIGINAL);
    }

    #[test]
    fn in_place_a_file_that_changed_meanwhile_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (task, stamp) = task(&folder, in_place);
        fs::write(&task.input_path, b"edited by somebody").unwrap();
        let error = FileOperation::default().deliver(&task, &stamp, &smaller()).unwrap_err();
        assert!(error.to_string().contains("it was left as it is"), "{error}");
        assert_eq!(fs::read(&task.input_path).unwrap(), b"edited by somebody");
        assert_eq!(names_in(folder.path()), ["in.png"]);
    }

    #[test]
    fn in_place_nothing_is_replaced_without_its_backup() {
        let folder = tempfile::tempdir().unwrap();
        let (mut task, stamp) = task(&folder, in_place);
        fs::write(folder.path().join("no-folder"), b"").unwrap();
        let backup = |name: &str| Some(folder.path().join(name).join("in.png"));
        task.output_path = OutputPath::in_place(&task.input_path, backup("no-folder"));
        let error = FileOperation::default().deliver(&task, &stamp, &smaller()).unwrap_err();
        assert!(error.to_string().contains("no backup could be made"), "{error}");
        assert_eq!(fs::read(&task.input_path).unwrap(), ORIGINAL);
        task.output_path = OutputPath::in_place(&task.input_path, backup("old"));
        FileOperation::default().deliver(&task, &stamp, &smaller()).unwrap();
        assert_eq!(fs::read(&task.input_path).unwrap(), b"smaller");
        assert_eq!(fs::read(folder.path().join("old/in.png")).unwrap(), ORIGINAL);
        assert_eq!(names_in(folder.path()), ["in.png", "no-folder", "old"]);
    }

    #[test]
    fn an_output_folder_that_vanished_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let (task, stamp) = task(&folder, to_out);
        let files = FileOperation::default();
        for _ in 0..2 {
            files.deliver(&task, &stamp, &smaller()).unwrap();
            assert_eq!(names_in(&folder.path().join("out")), ["a.png"]);
            fs::remove_dir_all(folder.path().join("out")).unwrap();
        }
    }
}
