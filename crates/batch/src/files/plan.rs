//! From paths and settings to tasks, with everything that can be refused up front refused.

use super::discover::{Found, Inputs, discover};
use super::identity::{CASE_IS_IGNORED, Identities, fold_case};
use super::naming::{OutputPath, with_suffix};
use super::template::Template;
use crate::task::{ImageTask, TaskId, TaskReport};
use planish::{FormatChoice, ImageSettings};
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where outputs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Below this folder, each where its input was below the folder that was named.
    Folder(PathBuf),
    /// Into this file; for exactly one input.
    File(PathBuf),
    /// Nowhere: nothing is written, and the reports say what would be gained.
    Nowhere,
    /// Below this folder, or beside their inputs where there is none, with names of their own.
    Named {
        /// The folder.
        folder: Option<PathBuf>,
        /// The names.
        naming: Naming,
    },
    /// In the place of their inputs.
    InPlace {
        /// The folder that originals are kept in, as the tree they came from.
        backup: Option<PathBuf>,
    },
}

/// How outputs are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// Like their inputs, all in one folder.
    Flat,
    /// Like their inputs, with this before the extension, in the same tree or, if `flat`, in one folder.
    Suffix {
        /// What is added.
        suffix: OsString,
        /// Whether folders are dropped.
        flat: bool,
    },
    /// As a template says.
    Template(Arc<Template>),
}

/// What is to be done.
#[derive(Debug, Default)]
pub struct BatchPlan {
    /// The images, in input order.
    pub tasks: Vec<ImageTask>,
    /// What could not even be looked at. Their ids say where they belong among the tasks.
    pub unreadable: Vec<TaskReport>,
    /// Files in folders that are not images.
    pub ignored: u64,
    /// Bytes of all inputs.
    pub total_bytes: u64,
    /// Outputs that are one file on systems that ignore case, on a system that does not.
    pub case_only: Vec<Collision>,
    /// Images that were left out because they have an output: see [`leave_out_existing`](Self::leave_out_existing).
    pub existing: u64,
}

impl BatchPlan {
    /// Drops the tasks that have an output already, under any of the names it could get.
    pub fn leave_out_existing(&mut self) {
        let before = self.tasks.len();
        let mut left_out = 0;
        self.tasks.retain(|task| {
            let exists = |path: PathBuf| path.symlink_metadata().is_ok();
            let keep = !task.output_path.possible_paths().into_iter().any(exists);
            if !keep {
                left_out += task.input_path.metadata().map_or(0, |metadata| metadata.len());
            }
            keep
        });
        self.existing = (before - self.tasks.len()) as u64;
        self.total_bytes = self.total_bytes.saturating_sub(left_out);
    }
}

/// Several inputs whose outputs would be one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The output.
    pub output: PathBuf,
    /// The inputs.
    pub inputs: Vec<PathBuf>,
}

impl Display for Collision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs: Vec<String> = self.inputs.iter().map(|path| path.display().to_string()).collect();
        write!(f, "{} <- {}", self.output.display(), inputs.join(", "))
    }
}

/// Why nothing was started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// There are no images.
    #[error("no images found in {}{}", list(.searched), if *.patterns { ", of those that --include and --exclude let through" } else { "" })]
    NothingFound {
        /// Where they were looked for.
        searched: Vec<PathBuf>,
        /// Whether patterns had a say.
        patterns: bool,
    },
    /// A file was given for the outputs of many inputs.
    #[error("expected a folder for the output of several images or a folder, got the file {}", .path.display())]
    FolderExpected {
        /// What was given.
        path: PathBuf,
    },
    /// Several inputs would be written to one output.
    #[error("several inputs would be written to the same output:\n  {}", lines(.0))]
    Collisions(Vec<Collision>),
    /// An output would replace an input of this run.
    #[error(
        "an output would replace an input; name another output folder, or leave earlier outputs out with \
         --exclude:\n  {}",
        lines(.0)
    )]
    OutputIsInput(Vec<Collision>),
    /// Another format would change the names of images that are to be replaced.
    #[error(
        "in place, an image keeps its name and format; for another format choose another place, with -o or \
         --suffix:\n  {}",
        lines(.0)
    )]
    InPlaceRenames(Vec<Collision>),
    /// Several originals would have one backup, or a backup would be an input.
    #[error("originals would be kept in the same place, or in the place of an input:\n  {}", lines(.0))]
    BackupCollisions(Vec<Collision>),
}

fn list(paths: &[PathBuf]) -> String {
    const SHOWN: usize = 5;
    if paths.is_empty() {
        return "an empty list".to_owned();
    }
    let shown: Vec<String> = paths.iter().take(SHOWN).map(|path| path.display().to_string()).collect();
    let more = paths.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn lines(collisions: &[Collision]) -> String {
    collisions.iter().map(Collision::to_string).collect::<Vec<_>>().join("\n  ")
}

/// Finds the inputs, names the outputs and checks that no output meets another one or an input.
///
/// # Errors
/// [`PlanError`]; nothing has been written then.
///
/// # Examples
/// ```
/// use planish::{Format, FormatChoice, ImageSettings};
/// use planish_batch::{Destination, Inputs, plan_batch};
///
/// # let folder = tempfile::tempdir()?;
/// # let (photos, out) = (folder.path().join("photos"), folder.path().join("out"));
/// # std::fs::create_dir(&photos)?;
/// # let file = std::fs::File::create(photos.join("a.png"))?;
/// # let mut encoder = png::Encoder::new(file, 64, 48);
/// # encoder.set_color(png::ColorType::Rgb);
/// # let pixels: Vec<u8> = (0..64 * 48 * 3).map(|at| (at % 192 + at / 192) as u8).collect();
/// # encoder.write_header()?.write_image_data(&pixels)?;
/// let settings = ImageSettings { formats: FormatChoice::OneOf(vec![Format::Webp]), ..ImageSettings::default() };
/// let plan = plan_batch(&Inputs::named([photos]), &Destination::Folder(out.clone()), &settings)?;
/// assert_eq!(plan.tasks[0].output_path.possible_paths(), [out.join("a.webp")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn plan_batch(
    inputs: &Inputs,
    destination: &Destination,
    settings: &ImageSettings,
) -> Result<BatchPlan, PlanError> {
    let discovered = discover(inputs, &folders_of_ours(destination));
    if discovered.entries.is_empty() {
        return Err(PlanError::NothingFound {
            searched: inputs.all(),
            patterns: inputs.selection.has_patterns(),
        });
    }

    let mut plan = BatchPlan { ignored: discovered.ignored, ..BatchPlan::default() };
    let mut identities = Identities::default();
    let mut seen = HashSet::new();
    for (id, found) in (0..).map(TaskId).zip(discovered.entries) {
        match found {
            Found::Unreadable { path, error } => {
                plan.unreadable.push(TaskReport { id, input_path: path, outcome: Err(error) });
            }
            Found::Image { path, relative, size } => {
                let output_path = output_of(&path, &relative, destination, settings);
                // The same file named twice, with the same output, is one task; in place it has but one output,
                // however it is named.
                let in_place = output_path.is_in_place().then(|| output_path.possible_paths());
                let input = identities.of(in_place.as_ref().and_then(|paths| paths.first()).unwrap_or(&path));
                let output = in_place.is_none().then(|| output_path.clone());
                if seen.insert((input, output)) {
                    plan.total_bytes += size;
                    let settings = settings.clone();
                    let priority = priority_of(size);
                    plan.tasks.push(ImageTask { id, input_path: path, output_path, settings, priority });
                }
            }
        }
    }

    match destination {
        Destination::File(path) if discovered.has_folder || plan.tasks.len() + plan.unreadable.len() > 1 => {
            return Err(PlanError::FolderExpected { path: path.clone() });
        }
        Destination::Folder(path) | Destination::Named { folder: Some(path), .. }
            if path.exists() && !path.is_dir() =>
        {
            return Err(PlanError::FolderExpected { path: path.clone() });
        }
        Destination::Nowhere => return Ok(plan),
        Destination::InPlace { .. } => return in_place_checked(plan, settings, &mut identities),
        _ => {}
    }
    let (same, case_only) = separate(&mut plan.tasks, &mut identities);
    if !same.is_empty() {
        return Err(PlanError::Collisions(same));
    }
    if CASE_IS_IGNORED && !case_only.is_empty() {
        return Err(PlanError::Collisions(case_only));
    }
    plan.case_only = case_only;
    let replaced = outputs_that_are_inputs(&plan.tasks, &mut identities);
    if replaced.is_empty() { Ok(plan) } else { Err(PlanError::OutputIsInput(replaced)) }
}

/// Large files go first, doubling by doubling, and within one in the order they were named: what is left for the end is
/// small, so that no core waits long for the last image of another.
fn priority_of(size: u64) -> u8 {
    size.checked_ilog2().map_or(0, |doublings| doublings as u8)
}

/// Folders that hold what we write, where there are folders for that alone.
fn folders_of_ours(destination: &Destination) -> Vec<PathBuf> {
    match destination {
        Destination::Folder(folder)
        | Destination::Named { folder: Some(folder), .. }
        | Destination::InPlace { backup: Some(folder) } => vec![folder.clone()],
        Destination::File(_)
        | Destination::Nowhere
        | Destination::Named { folder: None, .. }
        | Destination::InPlace { backup: None } => Vec::new(),
    }
}

fn output_of(
    path: &Path,
    relative: &Path,
    destination: &Destination,
    settings: &ImageSettings,
) -> OutputPath {
    let formats = &settings.formats;
    let below = relative.parent().unwrap_or(Path::new(""));
    let name = relative.file_name().unwrap_or_default();
    match destination {
        Destination::File(path) => OutputPath::fixed(path),
        Destination::Nowhere => OutputPath::nowhere(),
        Destination::Folder(folder) => OutputPath::in_folder(&folder.join(below), name, formats),
        Destination::Named { folder, naming } => {
            let (folder, below) = match folder {
                Some(folder) => (folder.as_path(), below),
                None => (path.parent().unwrap_or(Path::new("")), Path::new("")),
            };
            match naming {
                Naming::Flat => OutputPath::in_folder(folder, name, formats),
                Naming::Suffix { suffix, flat } => {
                    let below = if *flat { Path::new("") } else { below };
                    OutputPath::in_folder(&folder.join(below), &with_suffix(name, suffix), formats)
                }
                Naming::Template(template) => {
                    OutputPath::by_template(folder, Arc::clone(template), (below, name), formats)
                }
            }
        }
        Destination::InPlace { backup } => {
            // What a link points to is replaced, not the link.
            let target = path.is_symlink().then(|| path.canonicalize().ok()).flatten();
            let backup = backup.as_ref().map(|folder| folder.join(relative));
            OutputPath::in_place(target.unwrap_or_else(|| path.to_owned()), backup)
        }
    }
}

/// In place nothing can meet but backups, and a name can only be wrong for its new format.
fn in_place_checked(
    plan: BatchPlan,
    settings: &ImageSettings,
    identities: &mut Identities,
) -> Result<BatchPlan, PlanError> {
    let mut renames = Vec::new();
    let mut inputs = HashSet::new();
    let mut backups: BTreeMap<PathBuf, Collision> = BTreeMap::new();
    for task in &plan.tasks {
        let path = &task.input_path;
        inputs.insert(comparable(identities.of(path)));
        inputs.extend(task.output_path.possible_paths().iter().map(|path| comparable(identities.of(path))));
        let name = path.file_name().unwrap_or_default();
        let named = OutputPath::in_folder(path.parent().unwrap_or(Path::new("")), name, &settings.formats);
        // What is only read cannot keep its format, and is refused by itself when that is known for certain.
        let may_rename = settings.formats != FormatChoice::Keep;
        if let Some(other) = named.possible_paths().into_iter().find(|other| may_rename && other != path) {
            renames.push(Collision { output: other, inputs: vec![path.clone()] });
        }
        if let Some(backup) = task.output_path.backup() {
            let new = || Collision { output: backup.to_owned(), inputs: Vec::new() };
            let kept = backups.entry(comparable(identities.of(backup))).or_insert_with(new);
            kept.inputs.push(path.clone());
        }
    }
    if !renames.is_empty() {
        return Err(PlanError::InPlaceRenames(renames));
    }
    let met = backups.into_iter().filter(|(path, kept)| kept.inputs.len() > 1 || inputs.contains(path));
    let met: Vec<Collision> = met.map(|(_, kept)| kept).collect();
    if met.is_empty() { Ok(plan) } else { Err(PlanError::BackupCollisions(met)) }
}

/// A path as it is compared with others here.
fn comparable(path: PathBuf) -> PathBuf {
    if CASE_IS_IGNORED { fold_case(&path) } else { path }
}

/// Gives tasks that could meet in one output longer names, where they have them to give, and returns those that
/// still could: in the same path, and in paths that differ only in case.
fn separate(tasks: &mut [ImageTask], identities: &mut Identities) -> (Vec<Collision>, Vec<Collision>) {
    loop {
        let meetings = meetings(tasks, identities);
        let mut changed = false;
        for index in meetings.iter().flat_map(|meeting| meeting.tasks.iter().copied()) {
            changed |= tasks[index].output_path.append_instead();
        }
        if !changed {
            let collision = |meeting: &Meeting| Collision {
                output: meeting.output.clone(),
                inputs: meeting.tasks.iter().map(|index| tasks[*index].input_path.clone()).collect(),
            };
            let of_kind = |same_path: bool| {
                meetings.iter().filter(|meeting| meeting.same_path == same_path).map(collision).collect()
            };
            return (of_kind(true), of_kind(false));
        }
    }
}

/// Tasks that could write one file.
struct Meeting {
    output: PathBuf,
    tasks: Vec<usize>,
    /// The path is the same, not only when case is ignored.
    same_path: bool,
}

fn meetings(tasks: &[ImageTask], identities: &mut Identities) -> Vec<Meeting> {
    // By folded path, then by exact path. Ordered maps: what is reported must not depend on a hash.
    let mut writers: BTreeMap<PathBuf, BTreeMap<PathBuf, Vec<usize>>> = BTreeMap::new();
    for (index, task) in tasks.iter().enumerate() {
        for path in task.output_path.possible_paths() {
            let exact = identities.of(&path);
            let tasks = writers.entry(fold_case(&exact)).or_default().entry(path).or_default();
            tasks.push(index);
        }
    }
    let mut meetings = Vec::new();
    for paths in writers.into_values() {
        let mut exact: BTreeMap<PathBuf, (PathBuf, Vec<usize>)> = BTreeMap::new();
        for (path, tasks) in paths {
            let identity = identities.of(&path);
            exact.entry(identity).or_insert_with(|| (path, Vec::new())).1.extend(tasks);
        }
        let same_path: Vec<_> = exact.values().filter(|(_, tasks)| tasks.len() > 1).cloned().collect();
        if same_path.is_empty() {
            let mut tasks: Vec<usize> = exact.values().flat_map(|(_, tasks)| tasks.iter().copied()).collect();
            tasks.sort_unstable();
            tasks.dedup();
            if tasks.len() > 1
                && let Some((output, _)) = exact.into_values().next()
            {
                meetings.push(Meeting { output, tasks, same_path: false });
            }
        } else {
            let meeting = |(output, tasks)| Meeting { output, tasks, same_path: true };
            meetings.extend(same_path.into_iter().map(meeting));
        }
    }
    meetings.sort_by_key(|meeting| meeting.tasks.first().copied());
    meetings
}

fn outputs_that_are_inputs(tasks: &[ImageTask], identities: &mut Identities) -> Vec<Collision> {
    let key = comparable;
    let mut inputs = HashSet::new();
    for task in tasks {
        inputs.insert(key(identities.of(&task.input_path)));
        // An input that is a link counts both as itself and as what it points to.
        if let Ok(target) = task.input_path.canonicalize() {
            inputs.insert(key(target));
        }
    }
    let mut replaced = Vec::new();
    for task in tasks {
        let possible = task.output_path.possible_paths();
        if let Some(output) = possible.into_iter().find(|path| inputs.contains(&key(identities.of(path)))) {
            replaced.push(Collision { output, inputs: vec![task.input_path.clone()] });
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use planish::Format;
    use std::fs;
    use tempfile::TempDir;

    fn folder_with(names: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        folder
    }

    fn plan(
        folder: &TempDir,
        inputs: &[&str],
        output: &str,
        formats: FormatChoice,
    ) -> Result<BatchPlan, PlanError> {
        plan_to(folder, inputs, &Destination::Folder(folder.path().join(output)), formats)
    }

    fn plan_to(
        folder: &TempDir,
        inputs: &[&str],
        destination: &Destination,
        formats: FormatChoice,
    ) -> Result<BatchPlan, PlanError> {
        let inputs = Inputs::named(inputs.iter().map(|name| folder.path().join(name)));
        plan_batch(&inputs, destination, &ImageSettings { formats, ..ImageSettings::default() })
    }

    #[test]
    fn large_files_go_first_and_equals_in_the_order_they_were_named() {
        let folder = folder_with(&["small.png", "large.png", "small-too.png"]);
        fs::write(folder.path().join("large.png"), [0; 1000]).unwrap();
        let named = ["small.png", "large.png", "small-too.png"];
        let plan = plan(&folder, &named, "out", FormatChoice::Keep).unwrap();
        let priorities: Vec<u8> = plan.tasks.iter().map(|task| task.priority).collect();
        assert_eq!(priorities, [0, 9, 0]);
        assert_eq!(priority_of(0), 0);
        assert_eq!(priority_of(u64::MAX), 63);
    }

    /// Every path that may be written, below the test's folder.
    fn possible(plan: &BatchPlan, folder: &TempDir) -> Vec<String> {
        let paths = plan.tasks.iter().flat_map(|task| task.output_path.possible_paths());
        paths.map(|path| path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned()).collect()
    }

    fn outputs(plan: &BatchPlan, folder: &TempDir, format: Format) -> Vec<String> {
        let base = folder.path().join("out");
        let input_format = |task: &ImageTask| {
            Format::from_name(task.input_path.extension().unwrap().to_str().unwrap()).unwrap()
        };
        plan.tasks
            .iter()
            .map(|task| task.output_path.for_format(input_format(task), format))
            .map(|path| path.strip_prefix(&base).unwrap().to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_tree_below_each_argument_is_mirrored() {
        let folder = folder_with(&["in/a.png", "in/sub/b.jpg", "c.webp"]);
        let plan = plan(&folder, &["in", "c.webp"], "out", FormatChoice::Keep).unwrap();
        let paths: Vec<_> = plan.tasks.iter().map(|task| task.output_path.possible_paths()).collect();
        let out = |name| vec![folder.path().join("out").join(name)];
        assert_eq!(paths, [out("a.png"), out("sub/b.jpg"), out("c.webp")]);
        assert_eq!(plan.total_bytes, 3);
    }

    #[test]
    fn inputs_that_meet_in_one_output_are_refused_with_their_names() {
        let folder = folder_with(&["in/a.png", "in/a.jpg", "in/b.png", "other/b.png"]);
        let webp = FormatChoice::OneOf(vec![Format::Webp]);
        let error = plan(&folder, &["in"], "out", webp).unwrap_err().to_string();
        assert!(error.contains("a.png") && error.contains("a.jpg") && !error.contains("b.png"), "{error}");
        let error = plan(&folder, &["in", "other"], "out", FormatChoice::Keep).unwrap_err();
        assert!(matches!(error, PlanError::Collisions(list) if list.len() == 1 && list[0].inputs.len() == 2));
    }

    #[test]
    fn with_several_formats_inputs_that_could_meet_get_longer_names() {
        let folder = folder_with(&["in/a.png", "in/a.jpg", "in/b.png"]);
        let plan = plan(&folder, &["in"], "out", FormatChoice::Auto).unwrap();
        assert_eq!(outputs(&plan, &folder, Format::Webp), ["a.jpg.webp", "a.png.webp", "b.webp"]);
        assert_eq!(outputs(&plan, &folder, Format::Png), ["a.jpg.png", "a.png", "b.png"]);
    }

    #[test]
    fn longer_names_that_still_meet_are_refused() {
        let folder = folder_with(&["in/a.png", "in/a.jpg", "in/a.png.webp"]);
        assert!(matches!(plan(&folder, &["in"], "out", FormatChoice::Auto), Err(PlanError::Collisions(_))));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_differ_only_in_case_are_reported() {
        let folder = folder_with(&["in/a.png", "in/A.PNG"]);
        let plan = plan(&folder, &["in"], "out", FormatChoice::Keep).unwrap();
        assert_eq!((plan.tasks.len(), plan.case_only.len()), (2, 1));
        assert_eq!(plan.case_only[0].inputs.len(), 2);
    }

    #[test]
    fn an_output_that_would_replace_an_input_is_refused() {
        let folder = folder_with(&["in/a.png", "in/b.webp", "in/b.png"]);
        for (inputs, output, formats) in [
            (&["in"][..], "in", FormatChoice::Keep),
            (&["in/a.png"], "in/../in", FormatChoice::Keep),
            (&["in/b.png", "in/b.webp"], "in", FormatChoice::OneOf(vec![Format::Webp, Format::Avif])),
        ] {
            let error = plan(&folder, inputs, output, formats).unwrap_err();
            assert!(matches!(error, PlanError::OutputIsInput(_)), "{error}");
        }
        // A converted copy beside its input replaces nothing.
        let webp = FormatChoice::OneOf(vec![Format::Webp]);
        assert!(plan(&folder, &["in/a.png"], "in", webp).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn an_input_behind_a_link_is_still_an_input() {
        let folder = folder_with(&["in/a.png"]);
        std::os::unix::fs::symlink("in", folder.path().join("link")).unwrap();
        let error = plan(&folder, &["in"], "link", FormatChoice::Keep).unwrap_err();
        assert!(matches!(error, PlanError::OutputIsInput(_)), "{error}");
    }

    #[test]
    fn a_file_named_twice_is_one_task() {
        let folder = folder_with(&["in/a.png"]);
        let plan = plan(&folder, &["in/a.png", "in/../in/a.png", "in"], "out", FormatChoice::Keep).unwrap();
        assert_eq!(plan.tasks.len(), 1);
    }

    #[test]
    fn nothing_found_a_missing_file_and_a_file_as_folder_are_told_apart() {
        let folder = folder_with(&["in/notes.txt", "a.png"]);
        let error = plan(&folder, &["in"], "out", FormatChoice::Keep).unwrap_err();
        assert!(error.to_string().starts_with("no images found in "), "{error}");
        let missing = plan(&folder, &["a.png", "missing.png"], "out", FormatChoice::Keep).unwrap();
        assert_eq!(
            (missing.tasks.len(), missing.unreadable.len(), missing.unreadable[0].id),
            (1, 1, TaskId(1))
        );
        let error = plan(&folder, &["in", "a.png"], "a.png", FormatChoice::Keep).unwrap_err();
        assert!(matches!(error, PlanError::FolderExpected { .. }), "{error}");
        let file = Destination::File(folder.path().join("b.webp"));
        let settings = ImageSettings::default();
        assert!(plan_batch(&Inputs::named([folder.path().join("a.png")]), &file, &settings).is_ok());
        assert!(plan_batch(&Inputs::named([folder.path()]), &file, &settings).is_err());
    }

    fn named(folder: Option<PathBuf>, naming: Naming) -> Destination {
        Destination::Named { folder, naming }
    }

    #[test]
    fn flat_outputs_are_all_in_one_folder_and_all_that_meet_are_listed() {
        let folder = folder_with(&["in/a.png", "in/x/b.png", "in/y/b.png", "in/y/a.png"]);
        let flat = named(Some(folder.path().join("out")), Naming::Flat);
        let fine = plan_to(&folder, &["in/a.png", "in/x"], &flat, FormatChoice::Keep).unwrap();
        assert_eq!(possible(&fine, &folder), ["out/a.png", "out/b.png"]);
        let error = plan_to(&folder, &["in"], &flat, FormatChoice::Keep).unwrap_err().to_string();
        assert_eq!(error.lines().count(), 3, "{error}");
        assert!(
            error.contains("x/b.png") && error.contains("y/b.png") && error.contains("y/a.png"),
            "{error}"
        );
    }

    #[test]
    fn a_suffix_names_outputs_beside_inputs_or_in_a_tree() {
        let folder = folder_with(&["in/a.png", "in/sub/b.jpg"]);
        let suffix = |flat| Naming::Suffix { suffix: "-s".into(), flat };
        let beside = plan_to(&folder, &["in"], &named(None, suffix(false)), FormatChoice::Keep).unwrap();
        assert_eq!(possible(&beside, &folder), ["in/a-s.png", "in/sub/b-s.jpg"]);
        let out = Some(folder.path().join("out"));
        let tree = plan_to(&folder, &["in"], &named(out.clone(), suffix(false)), FormatChoice::Keep).unwrap();
        assert_eq!(possible(&tree, &folder), ["out/a-s.png", "out/sub/b-s.jpg"]);
        let flat = plan_to(&folder, &["in"], &named(out, suffix(true)), FormatChoice::Keep).unwrap();
        assert_eq!(possible(&flat, &folder), ["out/a-s.png", "out/b-s.jpg"]);
    }

    #[test]
    fn a_suffixed_output_does_not_replace_an_input() {
        let folder = folder_with(&["in/a.png", "in/a-s.png"]);
        let suffix = Naming::Suffix { suffix: "-s".into(), flat: false };
        let error = plan_to(&folder, &["in"], &named(None, suffix), FormatChoice::Keep).unwrap_err();
        assert!(matches!(error, PlanError::OutputIsInput(_)), "{error}");
        assert!(error.to_string().contains("--exclude"), "{error}");
    }

    #[test]
    fn a_template_names_outputs_and_its_collisions_are_found() {
        let folder = folder_with(&["in/a.png", "in/sub/b.jpg", "in/sub/a.png"]);
        let naming = |text: &str| Naming::Template(Arc::new(text.parse().unwrap()));
        let out = Some(folder.path().join("out"));
        let to = |text, folder| named(folder, naming(text));
        let inputs = ["in/a.png", "in/sub/b.jpg"];
        let webp = FormatChoice::OneOf(vec![Format::Webp]);
        let plan =
            plan_to(&folder, &inputs, &to("{format}/{name}.{ext}", out.clone()), webp.clone()).unwrap();
        assert_eq!(possible(&plan, &folder), ["out/webp/a.webp", "out/webp/b.webp"]);
        let plan =
            plan_to(&folder, &["in"], &to("{dir}/small/{name}.{ext}", out.clone()), webp.clone()).unwrap();
        assert_eq!(
            possible(&plan, &folder),
            ["out/small/a.webp", "out/sub/small/a.webp", "out/sub/small/b.webp"]
        );
        let plan = plan_to(&folder, &["in"], &to("{dir}/small/{name}.{ext}", None), webp.clone()).unwrap();
        assert_eq!(
            possible(&plan, &folder),
            ["in/small/a.webp", "in/sub/small/a.webp", "in/sub/small/b.webp"]
        );
        let error = plan_to(&folder, &["in"], &to("{name}.{ext}", out), webp).unwrap_err();
        assert!(matches!(error, PlanError::Collisions(list) if list.len() == 1 && list[0].inputs.len() == 2));
    }

    #[test]
    fn in_place_every_file_is_its_own_output_with_a_backup_in_a_tree() {
        let folder = folder_with(&["in/a.png", "in/sub/b.jpg", "old/in/a.png"]);
        let backup = Some(folder.path().join("in/old"));
        let plan = plan_to(&folder, &["in"], &Destination::InPlace { backup }, FormatChoice::Keep).unwrap();
        assert_eq!(possible(&plan, &folder), ["in/a.png", "in/sub/b.jpg"]);
        let backups: Vec<_> = plan.tasks.iter().map(|task| task.output_path.backup().unwrap()).collect();
        assert_eq!(backups, ["in/old/a.png", "in/old/sub/b.jpg"].map(|name| folder.path().join(name)));
    }

    #[test]
    fn in_place_another_format_is_refused_with_the_names_it_would_change() {
        let folder = folder_with(&["a.png", "b.webp"]);
        let in_place = Destination::InPlace { backup: None };
        let webp = FormatChoice::OneOf(vec![Format::Webp]);
        let error = plan_to(&folder, &["a.png", "b.webp"], &in_place, webp.clone()).unwrap_err().to_string();
        assert!(error.contains("a.webp") && error.contains("a.png") && !error.contains("b.webp"), "{error}");
        assert!(plan_to(&folder, &["b.webp"], &in_place, webp).is_ok());
        assert!(plan_to(&folder, &["b.webp"], &in_place, FormatChoice::Auto).is_err());
    }

    #[test]
    fn backups_that_meet_each_other_or_an_input_are_refused() {
        let folder = folder_with(&["x/a.png", "y/a.png"]);
        let to = |backup: &str| Destination::InPlace { backup: Some(folder.path().join(backup)) };
        let error = plan_to(&folder, &["x", "y"], &to("old"), FormatChoice::Keep).unwrap_err();
        assert!(matches!(error, PlanError::BackupCollisions(list) if list[0].inputs.len() == 2));
        let error = plan_to(&folder, &["x"], &to("x"), FormatChoice::Keep).unwrap_err();
        assert!(matches!(error, PlanError::BackupCollisions(_)));
    }

    #[cfg(unix)]
    #[test]
    fn in_place_a_link_and_its_target_are_one_task_on_the_target() {
        let folder = folder_with(&["real/a.png"]);
        std::os::unix::fs::symlink("real/a.png", folder.path().join("link.png")).unwrap();
        let in_place = Destination::InPlace { backup: None };
        for inputs in [&["link.png"][..], &["link.png", "real/a.png"], &["real/a.png", "link.png"]] {
            let plan = plan_to(&folder, inputs, &in_place, FormatChoice::Keep).unwrap();
            assert_eq!(plan.tasks.len(), 1);
            let paths = plan.tasks[0].output_path.possible_paths();
            assert_eq!(
                paths[0].canonicalize().unwrap(),
                folder.path().join("real/a.png").canonicalize().unwrap()
            );
            assert!(!paths[0].is_symlink());
        }
    }

    #[test]
    fn images_that_have_an_output_can_be_left_out() {
        let folder = folder_with(&["in/a.png", "in/b.png", "in/c.jpg", "out/a.png", "out/c.webp"]);
        let mut plan = plan(&folder, &["in"], "out", FormatChoice::Auto).unwrap();
        plan.leave_out_existing();
        assert_eq!((plan.tasks.len(), plan.existing, plan.total_bytes), (1, 2, 1));
        assert!(plan.tasks[0].input_path.ends_with("b.png"));
    }
}
