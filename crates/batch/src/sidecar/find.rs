//! Where the sidecar is, and Node to run it with.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The environment variable that names the sidecar: its folder, its script, or `off` for none.
const SIDECAR_VARIABLE: &str = "PLANISH_SIDECAR";

/// The environment variable that names Node. Default: `node` on the path.
const NODE_VARIABLE: &str = "PLANISH_NODE";

/// The environment variable that says how many seconds a sidecar may be silent, from 1 on. Default: 20.
const SILENCE_VARIABLE: &str = "PLANISH_SIDECAR_SILENCE";

/// The script inside the sidecar's folder.
const SCRIPT: &str = "src/main.js";

/// Places of the sidecar's folder, seen from the folder of the command: beside it, as packages install it, and in
/// the repository whatever the build folder is called.
const BESIDE: [&str; 3] = ["planish-sidecar", "../lib/planish/sidecar", "../libexec/planish/sidecar"];

/// How long a sidecar may be silent while work is asked of it. Node's event loop answers pings while libvips works,
/// so this bounds a hang and not an image; generous, for machines that are busy.
const SILENCE: Duration = Duration::from_secs(20);

/// How to start a sidecar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Launch {
    /// Node.
    pub(crate) node: PathBuf,
    /// Node's own arguments.
    pub(crate) arguments: Vec<OsString>,
    /// The sidecar's script.
    pub(crate) script: PathBuf,
    /// Requests that will be in flight together, at most: libuv's threads.
    pub(crate) requests_at_once: usize,
    /// How long it may be silent while work is asked of it.
    pub(crate) silence: Duration,
}

impl Launch {
    /// Looks where the environment says, beside the command and in the repository it was built in.
    ///
    /// # Errors
    /// What was looked for, where there is none.
    pub(crate) fn find(requests_at_once: usize) -> Result<Self, Missing> {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let script = match set(SIDECAR_VARIABLE) {
            Some(named) if named == "off" => return Err(Missing::Off),
            Some(named) => {
                let named = PathBuf::from(named);
                script_at(&named).ok_or(Missing::NotThere(named))?
            }
            None => env::current_exe()
                .ok()
                .and_then(|command| beside(command.canonicalize().ok()?.parent()?))
                .ok_or(Missing::NotFound)?,
        };
        let node = set(NODE_VARIABLE).map_or_else(|| PathBuf::from("node"), PathBuf::from);
        let silence = set(SILENCE_VARIABLE).and_then(|seconds| seconds.to_str()?.parse().ok());
        let silence = silence.map_or(SILENCE, |seconds: u64| Duration::from_secs(seconds.max(1)));
        Ok(Self { node, arguments: Vec::new(), script, requests_at_once, silence })
    }

    /// What of the files changes when other bytes may come out: the versions of Sharp and of the sidecar.
    pub(crate) fn version(&self) -> String {
        let folder = self.script.ancestors().nth(2).unwrap_or(Path::new("."));
        // Node looks for packages in the folders above, too.
        let sharp = folder.ancestors().find_map(|above| {
            let manifest = fs::read_to_string(above.join("node_modules/sharp/package.json")).ok()?;
            let manifest: serde_json::Value = serde_json::from_str(&manifest).ok()?;
            Some(manifest.get("version")?.as_str()?.to_owned())
        });
        format!("{}+sharp-{}", env!("CARGO_PKG_VERSION"), sharp.as_deref().unwrap_or("none"))
    }

    /// The command that installs what the sidecar needs.
    pub(crate) fn install_command(&self) -> String {
        let folder = self.script.ancestors().nth(2).unwrap_or(Path::new("."));
        format!("npm install --omit=dev --prefix {}", folder.display())
    }
}

/// Why there is no sidecar to start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// The environment says so.
    #[error("PLANISH_SIDECAR is off")]
    Off,
    /// The environment names a place where it is not.
    #[error("PLANISH_SIDECAR names {}, where there is no src/main.js", .0.display())]
    NotThere(PathBuf),
    /// It is in none of the usual places.
    #[error(
        "the sidecar is not beside the command; PLANISH_SIDECAR can name its folder (native/ of the sources)"
    )]
    NotFound,
}

fn script_at(named: &Path) -> Option<PathBuf> {
    if named.is_file() {
        return Some(named.to_owned());
    }
    Some(named.join(SCRIPT)).filter(|script| script.is_file())
}

fn beside(folder: &Path) -> Option<PathBuf> {
    let installed = BESIDE.iter().find_map(|place| script_at(&folder.join(place)));
    let in_repository = || {
        folder.ancestors().find_map(|ancestor| {
            let native = ancestor.join("native");
            native.join("PROTOCOL.md").is_file().then(|| script_at(&native)).flatten()
        })
    };
    installed.or_else(in_repository)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn it_is_found_beside_the_command_and_in_the_repository() {
        let root = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            path
        };
        let commands = root.path().join("target/release");
        fs::create_dir_all(&commands).unwrap();
        assert_eq!(beside(&commands), None);
        make("native/PROTOCOL.md");
        let in_repository = make("native/src/main.js");
        assert_eq!(beside(&commands), Some(in_repository));
        let installed = make("target/release/planish-sidecar/src/main.js");
        assert_eq!(beside(&commands), Some(installed));
    }

    #[test]
    fn a_folder_or_a_script_may_be_named() {
        let root = tempfile::tempdir().unwrap();
        let script = root.path().join(SCRIPT);
        fs::create_dir_all(script.parent().unwrap()).unwrap();
        fs::write(&script, "").unwrap();
        assert_eq!(script_at(root.path()), Some(script.clone()));
        assert_eq!(script_at(&script), Some(script));
        assert_eq!(script_at(&root.path().join("missing")), None);
    }
}
