//! From paths and settings to tasks, with everything that can be refused up front refused.

use super::discover::{Found, discover};
use super::identity::{CASE_IS_IGNORED, Identities, fold_case};
use super::naming::OutputPath;
use crate::task::{ImageTask, TaskId, TaskReport};
use planish::ImageSettings;
use std::collections::{BTreeMap, HashSet};
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

/// Where outputs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Below this folder, each where its input was below the folder that was named.
    Folder(PathBuf),
    /// Into this file; for exactly one input.
    File(PathBuf),
    /// Nowhere: nothing is written, and the reports say what would be gained.
    Nowhere,
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
    /// The folders hold no images.
    #[error("no images found in {}", list(.searched))]
    NothingFound {
        /// Where they were looked for.
        searched: Vec<PathBuf>,
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
        "an output would replace an input; name another output folder:\n  {}",
        lines(.0)
    )]
    OutputIsInput(Vec<Collision>),
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn lines(collisions: &[Collision]) -> String {
    const SHOWN: usize = 20;
    let mut lines: Vec<String> = collisions.iter().take(SHOWN).map(Collision::to_string).collect();
    if collisions.len() > SHOWN {
        lines.push(format!("and {} more", collisions.len() - SHOWN));
    }
    lines.join("\n  ")
}

/// Finds the inputs, names the outputs and checks that no output meets another one or an input.
///
/// # Errors
/// [`PlanError`]; nothing has been written then.
pub fn plan_batch(
    paths: &[PathBuf],
    destination: &Destination,
    settings: &ImageSettings,
) -> Result<BatchPlan, PlanError> {
    let output_folder = match destination {
        Destination::Folder(folder) => Some(folder.as_path()),
        Destination::File(_) | Destination::Nowhere => None,
    };
    let discovered = discover(paths, output_folder);
    if discovered.entries.is_empty() {
        return Err(PlanError::NothingFound { searched: paths.to_vec() });
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
                let output_path = output_of(&relative, destination, settings);
                // The same file named twice, with the same output, is one task.
                if seen.insert((identities.of(&path), output_path.clone())) {
                    plan.total_bytes += size;
                    let settings = settings.clone();
                    plan.tasks.push(ImageTask { id, input_path: path, output_path, settings, priority: 0 });
                }
            }
        }
    }

    match destination {
        Destination::File(path) if discovered.has_folder || plan.tasks.len() + plan.unreadable.len() > 1 => {
            return Err(PlanError::FolderExpected { path: path.clone() });
        }
        Destination::Folder(path) if path.exists() && !path.is_dir() => {
            return Err(PlanError::FolderExpected { path: path.clone() });
        }
        Destination::Nowhere => return Ok(plan),
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

fn output_of(relative: &Path, destination: &Destination, settings: &ImageSettings) -> OutputPath {
    match destination {
        Destination::File(path) => OutputPath::fixed(path),
        Destination::Nowhere => OutputPath::nowhere(),
        Destination::Folder(folder) => {
            let below = relative.parent().unwrap_or(Path::new(""));
            let name = relative.file_name().unwrap_or_default();
            OutputPath::in_folder(&folder.join(below), name, &settings.formats)
        }
    }
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
    let key = |path: PathBuf| if CASE_IS_IGNORED { fold_case(&path) } else { path };
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
    use planish::{Format, FormatChoice};
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
        let paths: Vec<PathBuf> = inputs.iter().map(|name| folder.path().join(name)).collect();
        let destination = Destination::Folder(folder.path().join(output));
        plan_batch(&paths, &destination, &ImageSettings { formats, ..ImageSettings::default() })
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
        assert!(plan_batch(&[folder.path().join("a.png")], &file, &settings).is_ok());
        assert!(plan_batch(&[folder.path().to_owned()], &file, &settings).is_err());
    }
}
