//! Compiles the file of libwebp that planish changes: the file in `webp/` includes libwebp's of the same name and puts a
//! function of its own in the place of one (docs/decisions/0079-webp-finer-averages.md). Its object is linked whole and comes
//! first, so that libwebp's own, with the same symbols, stays in its archive.

use serde_json::Value;
use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn compile() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=webp");
    cc::Build::new()
        .include(sources()?)
        // As libwebp-sys compiles the rest.
        .define("NDEBUG", "1")
        .define("_THREAD_SAFE", "1")
        .flag_if_supported("-fvisibility=hidden")
        .warnings(false)
        .file("webp/quant_enc.c")
        .link_lib_modifier("+whole-archive")
        .compile("planish_webp");
    Ok(())
}

/// libwebp's source, inside the package libwebp-sys. Unlike other packages it does not tell build scripts where it is; cargo does.
fn sources() -> Result<PathBuf, Box<dyn Error>> {
    // What is there will do; only a build that has not fetched this target's packages has to ask for them.
    let metadata = metadata(&["--offline"])
        .or_else(|offline| metadata(&[]).map_err(|error| format!("{error} (offline: {offline})")))?;
    let manifest = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "libwebp-sys")
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or("expected libwebp-sys among the packages")?;
    let sources = Path::new(manifest).with_file_name("vendor");
    if sources.join("src/enc/quant_enc.c").is_file() {
        Ok(sources)
    } else {
        Err(format!("expected libwebp's source in {}", sources.display()).into())
    }
}

/// What cargo knows about the packages of this build.
fn metadata(options: &[&str]) -> Result<Value, Box<dyn Error>> {
    let variable = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
    let output = Command::new(variable("CARGO")?)
        .args(["metadata", "--format-version", "1", "--filter-platform", &variable("TARGET")?])
        .arg("--manifest-path")
        .arg(Path::new(&variable("CARGO_MANIFEST_DIR")?).join("Cargo.toml"))
        .args(options)
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
