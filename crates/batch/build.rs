//! Hashes the sources that decide which bytes come out, for `CoreEngine::version`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../..");
    let mut hasher = blake3::Hasher::new();
    // Absent where the crate is built outside its workspace; the version's number has to do then.
    for part in ["crates/core/src", "crates/core/Cargo.toml", "crates/ffi", "Cargo.lock"] {
        let path = root.join(part);
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
            add(&mut hasher, &path);
        }
    }
    println!("cargo::rustc-env=PLANISH_CORE_HASH={}", &hasher.finalize().to_hex()[..16]);
}

/// A file, or every file of a folder in order of names.
fn add(hasher: &mut blake3::Hasher, path: &Path) {
    if let Ok(entries) = fs::read_dir(path) {
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            add(hasher, &path);
        }
    } else if let Ok(bytes) = fs::read(path) {
        hasher.update(blake3::hash(&bytes).as_bytes());
    }
}
