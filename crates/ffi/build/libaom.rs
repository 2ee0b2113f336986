//! Compiles the files of libaom that planish changes: each file in `aom/` includes libaom's of the same name and puts
//! functions of its own in the place of some (docs/decisions/0077-libaom-tuned-for-ssimulacra2.md). Their objects are
//! linked whole and come first, so that libaom's own, with the same symbols, stay in their archive.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

const FILES: [&str; 6] =
    ["av1_quantize.c", "encodeframe.c", "ethread.c", "rd.c", "tx_search.c", "txb_rdopt.c"];

pub(crate) fn compile() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=aom");
    let built = built()?;
    let cache = Cache::read(&built)?;
    let mut files = cc::Build::new();
    // First the headers that were written for this target, then libaom's own.
    files.include(&built).include(cache.value("CMAKE_HOME_DIRECTORY")?);
    // Without assertions some of libaom's structures are smaller: all files must agree.
    if cache.value("CMAKE_BUILD_TYPE")? != "Debug" {
        files.define("NDEBUG", None);
    }
    files
        .warnings(false)
        .files(FILES.map(|file| PathBuf::from("aom").join(file)))
        .link_lib_modifier("+whole-archive")
        .compile("planish_aom");
    Ok(())
}

/// Where cmake built libaom: beside what it installed.
fn built() -> Result<PathBuf, Box<dyn Error>> {
    let include = env::var_os("DEP_AOM_INCLUDE").ok_or("libaom-sys does not say where its headers are")?;
    let built = PathBuf::from(include).with_file_name("build");
    if built.is_dir() {
        Ok(built)
    } else {
        Err(format!("expected libaom's build in {}", built.display()).into())
    }
}

/// What cmake has written down about its build.
struct Cache {
    path: PathBuf,
    text: String,
}

impl Cache {
    fn read(built: &Path) -> Result<Self, Box<dyn Error>> {
        let path = built.join("CMakeCache.txt");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { path, text })
    }

    /// The value in a line of the form `NAME:TYPE=value`.
    fn value(&self, name: &str) -> Result<&str, Box<dyn Error>> {
        self.text
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.split_once('='))
            .map(|(_, value)| value)
            .next()
            .ok_or_else(|| format!("expected {name} in {}", self.path.display()).into())
    }
}
