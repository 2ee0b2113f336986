//! `planish-wasm-bindgen input.wasm folder/`: what `wasm-bindgen --target web` does.
//!
//! The `wasm-bindgen` command must have the version of the library it serves. Built from this workspace's lock file it
//! always has, and nothing needs to be installed.

use std::path::PathBuf;
use std::process::ExitCode;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [input, folder] = paths.as_slice() else {
        eprintln!("usage: planish-wasm-bindgen input.wasm folder/");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    let written =
        bindgen.input_path(input).web(true).and_then(|bindgen| bindgen.typescript(true).generate(folder));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wasm-bindgen: {error:?}");
            ExitCode::FAILURE
        }
    }
}
