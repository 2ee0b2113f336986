//! Compiles the files of libaom that planish changes: each file in `aom/` includes libaom's of the same name and puts
//! functions of its own in the place of some (docs/decisions/0077-libaom-tuned-for-ssimulacra2.md). Their objects are
//! linked whole and come first, so that libaom's own, with the same symbols, stay in their archive.

use std::env;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

const FILES: [&str; 5] = ["av1_quantize.c", "encodeframe.c", "rd.c", "tx_search.c", "txb_rdopt.c"];

pub(crate) fn compile() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=aom");
    let built = built()?;
    cc::Build::new()
        // First the headers that were written for this target, then libaom's own.
        .include(&built)
        .include(sources(&built)?)
        .define("NDEBUG", None)
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

/// Where libaom's sources are: cmake has written it down.
fn sources(built: &std::path::Path) -> Result<PathBuf, Box<dyn Error>> {
    let cache = built.join("CMakeCache.txt");
    fs::read_to_string(&cache)?
        .lines()
        .find_map(|line| line.strip_prefix("CMAKE_HOME_DIRECTORY:INTERNAL=").map(PathBuf::from))
        .ok_or_else(|| format!("expected CMAKE_HOME_DIRECTORY in {}", cache.display()).into())
}
