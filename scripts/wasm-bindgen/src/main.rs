//! `planish-wasm-bindgen input.wasm folder/`: what `wasm-bindgen --target web` does, and two things more.
//!
//! The `wasm-bindgen` command must have the version of the library it serves. Built from this workspace's lock file it
//! always has, and nothing needs to be installed.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wasm_bindgen_cli_support::Bindgen;

/// Stack of each of the pool's threads. wasm-bindgen's default is 2 MiB, nothing guards its end, and a thread that
/// waits for its own job may take up another one meanwhile. Untouched, it is only address space.
const THREAD_STACK: u32 = 8 << 20;

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [input, folder] = paths.as_slice() else {
        eprintln!("usage: planish-wasm-bindgen input.wasm folder/");
        return ExitCode::from(2);
    };
    match generate(input, folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("planish-wasm-bindgen: {error}");
            ExitCode::FAILURE
        }
    }
}

fn generate(input: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    Bindgen::new()
        .input_path(input)
        .web(true)
        .and_then(|bindgen| {
            // The names of functions are a tenth of the file.
            bindgen
                .typescript(true)
                .remove_name_section(true)
                .omit_default_module_path(false)
                .generate(folder)
        })
        .map_err(|error| format!("{error:?}"))?;
    enlarge_thread_stacks(&folder.join("snippets"))
}

/// wasm-bindgen-rayon has no setting for it, but what it hands its workers is handed on to wasm-bindgen, which has.
fn enlarge_thread_stacks(snippets: &Path) -> Result<(), Box<dyn Error>> {
    const BEFORE: &str = "init: { module_or_path: module, memory }";
    if !snippets.is_dir() {
        return Ok(());
    }
    for package in fs::read_dir(snippets)? {
        let helpers = package?.path().join("src/workerHelpers.js");
        if !helpers.is_file() {
            continue;
        }
        let script = fs::read_to_string(&helpers)?;
        if !script.contains(BEFORE) {
            return Err(format!("{} does not contain `{BEFORE}`", helpers.display()).into());
        }
        let after = format!("init: {{ module_or_path: module, memory, thread_stack_size: {THREAD_STACK} }}");
        fs::write(&helpers, script.replace(BEFORE, &after))?;
    }
    Ok(())
}
