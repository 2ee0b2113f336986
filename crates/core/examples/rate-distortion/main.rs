//! The rate-distortion comparison behind `scripts/bench rd`: how many bytes planish and other tools need for the same
//! SSIMULACRA2, and how much processor time they take. `docs/benchmarks/README.md` says what is measured and why.
//!
//! Every tool, planish too, runs as a child process on one thread. All outputs are decoded and scored by the same code.

mod curve;
mod inputs;
mod machine;
mod measure;
mod options;
mod plot;
mod process;
mod report;
mod scenes;
mod summary;
mod tools;

use options::Options;
use std::error::Error;
use std::process::ExitCode;

/// What any step may fail with: the text is all that is told.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures, writes the report and the plot, and prints the summary. Whether planish did everything it was asked.
fn run(options: &Options) -> Result<bool, Failure> {
    let tools = tools::Tools::find(options)?;
    for tool in tools.missing() {
        eprintln!("    {} is not there and is left out; to install it: {}", tool.name, tool.install);
    }
    let inputs = inputs::prepare(options)?;
    let measured = measure::measure(options, &tools, &inputs)?;
    let complete = measured.failures.iter().all(|failure| failure.tool != "planish");
    let report = report::Report::new(options, &tools, &inputs, measured);
    std::fs::create_dir_all(&options.out)?;
    let mut json = serde_json::to_string_pretty(&report.as_json()?)?;
    json.push('\n');
    std::fs::write(options.out.join("rd.json"), json)?;
    std::fs::write(options.out.join("rd.svg"), plot::draw(&report))?;
    print!("{}", report.as_text());
    Ok(complete)
}
