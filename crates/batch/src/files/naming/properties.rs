//! What holds for any names.

use super::*;
use crate::files::{BatchPlan, Destination, Inputs, Naming, PlanError, plan_batch};
use planish::ImageSettings;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::HashMap;
use std::fs;
use std::path::Component;

fn formats() -> impl Strategy<Value = FormatChoice> {
    let written = Format::WRITTEN.to_vec();
    prop_oneof![
        Just(FormatChoice::Keep),
        Just(FormatChoice::Auto),
        subsequence(written, 1..4).prop_map(FormatChoice::OneOf),
    ]
}

/// Names as file systems allow them, with many of what naming looks at: dots, extensions, what is not text, lengths
/// near the longest.
fn name() -> impl Strategy<Value = OsString> {
    let stem = prop_oneof![
        4 => "[a-c.~ -]{0,4}".prop_map(OsString::from),
        2 => r"\.{0,3}".prop_map(OsString::from),
        2 => "[^/\0\\\\]{1,20}".prop_map(OsString::from),
        1 => "[a-z]{240,251}".prop_map(OsString::from),
        1 => not_text(),
    ];
    let extension = select(vec!["", ".png", ".JPG", ".jpeg", ".webp", ".bmp", ".heic", ".2", ".png.webp"]);
    (stem, extension)
        .prop_map(|(mut stem, extension)| {
            stem.push(extension);
            stem
        })
        .prop_filter("a file has a name", |name| {
            let is_name = Path::new(name).file_name() == Some(name);
            is_name && name.len() <= 255
        })
}

#[cfg(unix)]
fn not_text() -> impl Strategy<Value = OsString> {
    use std::os::unix::ffi::OsStringExt;
    let byte = any::<u8>().prop_filter("a file's name", |byte| !matches!(byte, 0 | b'/'));
    proptest::collection::vec(byte, 1..20).prop_map(OsString::from_vec)
}

#[cfg(not(unix))]
fn not_text() -> impl Strategy<Value = OsString> {
    Just(OsString::from("plain"))
}

/// Templates that the command takes.
fn template() -> impl Strategy<Value = Arc<Template>> {
    let part = select(vec!["{name}", "{ext}", "{format}", ".", "-", "x"]);
    let component = prop_oneof![
        1 => Just("{dir}".to_owned()),
        1 => Just("{name}".to_owned()),
        3 => proptest::collection::vec(part, 1..4).prop_map(|parts| parts.concat()),
    ];
    proptest::collection::vec(component, 1..4)
        .prop_filter_map("a template", |components| Some(Arc::new(components.join("/").parse().ok()?)))
}

fn dir() -> impl Strategy<Value = PathBuf> {
    select(vec!["", "d", "d/e.png", "..d"]).prop_map(PathBuf::from)
}

/// The output of an input, by any naming but in place.
fn output() -> impl Strategy<Value = (OsString, FormatChoice, OutputPath)> {
    let naming = prop_oneof![
        Just(None),
        "[a-z.-]{1,6}".prop_map(|suffix| Some(Err(suffix))),
        template().prop_map(|template| Some(Ok(template))),
    ];
    (name(), dir(), formats(), naming, any::<bool>()).prop_map(|(name, dir, formats, naming, longer)| {
        let out = Path::new("out");
        let mut output = match naming {
            None => OutputPath::in_folder(&out.join(dir), &name, &formats),
            Some(Err(suffix)) => {
                OutputPath::in_folder(&out.join(dir), &with_suffix(&name, OsStr::new(&suffix)), &formats)
            }
            Some(Ok(template)) => OutputPath::by_template(out, template, (&dir, &name), &formats),
        };
        if longer {
            output.append_instead();
        }
        (name, formats, output)
    })
}

fn is_below(path: &Path, folder: &Path) -> bool {
    let below = path.strip_prefix(folder).ok();
    below.is_some_and(|below| {
        // A dot in the middle is not a component of its own, so the text is looked at too.
        let names = below.as_os_str().as_encoded_bytes().split(|byte| *byte == b'/');
        !below.as_os_str().is_empty()
            && below.components().all(|part| matches!(part, Component::Normal(_)))
            && names.into_iter().all(|name| name != b".")
    })
}

proptest! {
    #[test]
    fn an_output_is_a_file_below_its_folder_with_a_name_that_fits((_, _, output) in output()) {
        for path in output.possible_paths() {
            prop_assert!(is_below(&path, Path::new("out")), "{:?}", path);
            for part in path.components() {
                prop_assert!(part.as_os_str().len() <= 255, "{:?}", path);
            }
        }
    }

    #[test]
    fn every_path_it_can_take_is_among_the_possible_ones((_, formats, output) in output()) {
        let possible = output.possible_paths();
        for input in Format::ALL {
            for result in formats.candidates(input) {
                let path = output.for_format(input, result);
                prop_assert!(possible.contains(&path), "{:?} not in {:?}", path, possible);
            }
        }
    }

    /// Where the format stays, so does the name, even a wrong one.
    #[test]
    fn the_extension_says_the_format_of_what_was_converted(
        name in name(),
        formats in formats(),
        longer: bool,
    ) {
        let mut output = OutputPath::in_folder(Path::new("out"), &name, &formats);
        if longer {
            output.append_instead();
        }
        let only = matches!(&formats, FormatChoice::OneOf(list) if list.len() == 1);
        for input in Format::ALL {
            for result in formats.candidates(input).into_iter().filter(|result| only || *result != input) {
                // A kept format is foreseen by the name: a PNG called a.jpg that turns out to be a BMP keeps it.
                if formats == FormatChoice::Keep && named_format(&name).is_none_or(Format::is_written) {
                    continue;
                }
                let path = output.for_format(input, result);
                prop_assert_eq!(named_format(path.file_name().unwrap()), Some(result), "{:?}", path);
            }
        }
    }
}

/// Few names, so that many meet: in folders, in case, in what they become.
fn files() -> impl Strategy<Value = Vec<PathBuf>> {
    let folder = select(vec!["", "x", "y"]);
    let stem = select(vec!["a", "A", "a.png"]);
    let extension = select(vec!["png", "jpg", "JPEG", "webp", "gif"]);
    let file = (folder, stem, extension).prop_map(|(folder, stem, extension)| {
        Path::new("in").join(folder).join(format!("{stem}.{extension}"))
    });
    proptest::collection::vec(file, 1..6)
}

fn destination() -> impl Strategy<Value = Destination> {
    let to = |naming| Destination::Named { folder: Some("out".into()), naming };
    let suffix = |flat| Naming::Suffix { suffix: "-s".into(), flat };
    prop_oneof![
        Just(Destination::Folder("out".into())),
        Just(to(Naming::Flat)),
        any::<bool>().prop_map(move |flat| to(suffix(flat))),
        Just(Destination::Named { folder: None, naming: suffix(false) }),
        template().prop_map(move |template| to(Naming::Template(template))),
    ]
}

/// The destination in this folder.
fn within(base: &Path, destination: Destination) -> Destination {
    match destination {
        Destination::Folder(folder) => Destination::Folder(base.join(folder)),
        Destination::Named { folder, naming } => {
            Destination::Named { folder: folder.map(|folder| base.join(folder)), naming }
        }
        other => other,
    }
}

fn no_two_write_one_file(plan: &BatchPlan, base: &Path) -> Result<(), TestCaseError> {
    let mut writers: HashMap<PathBuf, &Path> = HashMap::new();
    for task in &plan.tasks {
        for path in task.output_path.possible_paths() {
            prop_assert!(is_below(&path, base), "{:?}", path);
            prop_assert!(!path.exists(), "{:?} is an input", path);
            if let Some(other) = writers.insert(path.clone(), &task.input_path) {
                prop_assert!(false, "{:?} <- {:?}, {:?}", path, other, task.input_path);
            }
        }
    }
    Ok(())
}

proptest! {
    // Each makes files.
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn inputs_that_could_meet_in_one_output_are_told_apart_or_refused(
        files in files(),
        destination in destination(),
        formats in formats(),
    ) {
        let base = tempfile::tempdir().unwrap();
        for file in &files {
            let path = base.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        let settings = ImageSettings { formats, ..ImageSettings::default() };
        let destination = within(base.path(), destination);
        match plan_batch(&Inputs::named([base.path().join("in")]), &destination, &settings) {
            Ok(plan) => no_two_write_one_file(&plan, base.path())?,
            Err(PlanError::Collisions(met)) => {
                for meeting in met {
                    prop_assert!(meeting.inputs.len() > 1, "{}", meeting);
                }
            }
            Err(PlanError::OutputIsInput(met)) => {
                for replaced in met {
                    prop_assert!(replaced.output.exists(), "{}", replaced);
                }
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
