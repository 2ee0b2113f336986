//! Finding the recipe that belongs to the inputs.
//!
//! The nearest `planish.toml` from each named input upwards, no higher than the root of a repository or the user's
//! home. One run has one recipe: inputs that lead to different ones are refused, so nobody has to guess which
//! settings a file got.

use crate::output::display;
use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};

/// What a recipe is called when it is found rather than named.
const FILE_NAME: &str = "planish.toml";

/// A file that marks the root of a repository.
const REPOSITORY: &str = ".git";

/// Looks for the recipe of these inputs, which may have none.
///
/// # Errors
/// A sentence when the inputs lead to different recipes.
pub(crate) fn find(inputs: &[PathBuf]) -> Result<Option<PathBuf>, String> {
    let mut search =
        Search { home: env::home_dir().and_then(|home| home.canonicalize().ok()), known: HashMap::new() };
    let mut first: Option<(&Path, Option<PathBuf>)> = None;
    for input in inputs {
        let recipe = search.from(&folder_of(input));
        match &first {
            None => first = Some((input, recipe)),
            Some((_, known)) if *known == recipe => {}
            Some((other, known)) => {
                let name =
                    |recipe: &Option<PathBuf>| recipe.as_deref().map_or_else(|| "none".to_owned(), shown);
                return Err(format!(
                    "expected one recipe for all inputs, got {} for {} and {} for {}; run them one at a time, name \
                     one recipe with --config, or do without with --no-config",
                    name(known),
                    display(other),
                    name(&recipe),
                    display(input),
                ));
            }
        }
    }
    Ok(first.and_then(|(_, recipe)| recipe))
}

/// The folder itself, or the one a file is in. Standard input is in the current one.
fn folder_of(input: &Path) -> PathBuf {
    let folder = if input.is_dir() {
        input
    } else {
        match input.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    };
    // What does not exist is reported when it is read.
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

/// The path below the current folder, where it is there.
fn shown(path: &Path) -> String {
    display(&relative(path))
}

fn relative(path: &Path) -> PathBuf {
    let current = env::current_dir().and_then(|current| current.canonicalize()).ok();
    let below = current.and_then(|current| path.strip_prefix(current).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned())
}

struct Search {
    home: Option<PathBuf>,
    /// Ten thousand files in a folder are one search.
    known: HashMap<PathBuf, Option<PathBuf>>,
}

impl Search {
    fn from(&mut self, folder: &Path) -> Option<PathBuf> {
        if let Some(known) = self.known.get(folder) {
            return known.clone();
        }
        let recipe = self.nearest(folder).map(|recipe| relative(&recipe));
        self.known.insert(folder.to_owned(), recipe.clone());
        recipe
    }

    fn nearest(&self, folder: &Path) -> Option<PathBuf> {
        for folder in folder.ancestors() {
            let recipe = folder.join(FILE_NAME);
            if recipe.is_file() {
                return Some(recipe);
            }
            if folder.join(REPOSITORY).exists() || self.home.as_deref() == Some(folder) {
                break;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    fn tree(files: &[&str]) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        // Nothing above the test's own folder counts.
        fs::create_dir(root.path().join(REPOSITORY)).unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        root
    }

    fn found(root: &TempDir, inputs: &[&str]) -> Result<Option<String>, String> {
        let inputs: Vec<PathBuf> = inputs.iter().map(|input| root.path().join(input)).collect();
        let base = root.path().canonicalize().unwrap();
        let below = |path: PathBuf| path.strip_prefix(&base).unwrap().to_str().unwrap().to_owned();
        find(&inputs).map(|found| found.map(below))
    }

    #[test]
    fn the_nearest_recipe_above_an_input_wins() {
        let root =
            tree(&["planish.toml", "site/planish.toml", "site/img/a.png", "site/img/deep/b.png", "c.png"]);
        for (input, recipe) in [
            ("site/img/a.png", "site/planish.toml"),
            ("site/img", "site/planish.toml"),
            ("site", "site/planish.toml"),
            ("c.png", "planish.toml"),
            (".", "planish.toml"),
        ] {
            assert_eq!(found(&root, &[input]), Ok(Some(recipe.to_owned())), "{input}");
        }
    }

    #[test]
    fn the_root_of_a_repository_is_looked_at_and_nothing_above_it() {
        let root = tree(&["planish.toml", "inner/.git/HEAD", "inner/img/a.png"]);
        assert_eq!(found(&root, &["inner/img/a.png"]), Ok(None));
        fs::write(root.path().join("inner/planish.toml"), "").unwrap();
        assert_eq!(found(&root, &["inner/img/a.png"]), Ok(Some("inner/planish.toml".into())));
    }

    #[test]
    fn inputs_with_different_recipes_are_refused_by_name() {
        let root = tree(&["a/planish.toml", "a/1.png", "a/2.png", "b/planish.toml", "b/3.png", "c/4.png"]);
        assert_eq!(found(&root, &["a/1.png", "a/2.png", "a"]), Ok(Some("a/planish.toml".into())));
        let error = found(&root, &["a/1.png", "b"]).unwrap_err();
        for part in ["a/planish.toml", "b/planish.toml", "1.png", "--config"] {
            assert!(error.contains(part), "{error}");
        }
        let error = found(&root, &["c", "a"]).unwrap_err();
        assert!(error.contains("got none for"), "{error}");
    }

    #[test]
    fn a_missing_input_has_no_recipe_of_its_own() {
        let root = tree(&["planish.toml"]);
        assert_eq!(found(&root, &["missing.png"]), Ok(Some("planish.toml".into())));
    }
}
