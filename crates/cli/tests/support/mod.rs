//! What the tests of the command share: pictures made by code, and runs of the real binary.

pub(crate) mod files;
pub(crate) mod pictures;
pub(crate) mod schema;
#[cfg(unix)]
pub(crate) mod terminal;

use serde_json::Value;
use std::cell::Cell;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder of its own for one test. The command runs in it.
pub(crate) struct Workspace {
    folder: TempDir,
    caches: TempDir,
    /// Runs so far.
    runs: Cell<u32>,
}

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        let new = || tempfile::tempdir().unwrap();
        Self { folder: new(), caches: new(), runs: Cell::default() }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with its folders.
    pub(crate) fn put(&self, name: impl AsRef<Path>, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(name);
        fs::read(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; there are {:?}", path.display(), self.tree("")))
    }

    /// Every file below a folder, hidden ones too, sorted; none when the folder does not exist.
    pub(crate) fn tree(&self, below: &str) -> Vec<String> {
        fn walk(folder: &Path, prefix: &str, names: &mut Vec<String>) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
                if entry.file_type().unwrap().is_dir() {
                    walk(&entry.path(), &format!("{name}/"), names);
                } else {
                    names.push(name);
                }
            }
        }
        let mut names = Vec::new();
        walk(&self.path(below), "", &mut names);
        names.sort();
        names
    }

    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_planish"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        // What is printed must not depend on who runs the tests, and where.
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "PLANISH_LOG"] {
            command.env_remove(name);
        }
        command.env("COLUMNS", "80");
        // A cache of its own for every run: what a test sees was made by the run it looks at.
        self.runs.set(self.runs.get() + 1);
        command.env("PLANISH_CACHE_DIR", self.caches.path().join(self.runs.get().to_string()));
        // What the core cannot do must not depend on what else is installed.
        command.env("PLANISH_SIDECAR", "off");
        command
    }

    /// The cache of [`remembering`](Self::remembering).
    pub(crate) fn cache(&self) -> PathBuf {
        self.caches.path().join("shared")
    }

    /// The command with a cache that all runs made so share.
    pub(crate) fn remembering<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.command(arguments);
        command.env("PLANISH_CACHE_DIR", self.cache());
        command
    }

    /// Runs the command with arguments separated by spaces.
    pub(crate) fn planish(&self, arguments: &str) -> Run {
        self.planish_with(arguments.split_whitespace())
    }

    /// Runs the command.
    pub(crate) fn planish_with<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.command(arguments).output().unwrap().into()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Fails the test unless the run ended with this code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    /// The JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// The only result in the JSON document.
    #[track_caller]
    pub(crate) fn result(&self) -> Value {
        let json = self.json();
        assert_eq!(json["results"].as_array().map(Vec::len), Some(1), "{json:#}\n{}", self.stderr);
        json["results"][0].clone()
    }
}
