//! `planish doctor`: whether planish can work here, and with what.

use crate::output::{BAD, BOLD, DIM, GOOD, Terminal, bytes, display};
use crate::report::json;
use crate::report::path::InputName;
use crate::request::UsageError;
use crate::{DONE, SOME_FAILED, recipe};
use planish::{CODECS, Codec, Format, FormatChoice, Goal, ImageSettings, Limits, OptimizeContext, Quality};
use planish_batch::{SharpEngine, SharpVersions, available_cores, default_memory_budget, system_memory};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// The JSON document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(flatten)]
    header: json::Header,
    /// Whether every check is fine.
    healthy: bool,
    checks: Vec<Check>,
    codecs: &'static [Codec],
    machine: Machine,
    limits: Limits,
}

/// Something that has to work.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    /// Stable name.
    name: &'static str,
    /// Whether it works.
    ok: bool,
    /// What was found, or what is wrong and what to do.
    detail: String,
}

/// What there is to work with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Machine {
    os: &'static str,
    architecture: &'static str,
    /// Cores this process may use.
    cores: usize,
    /// Bytes of the machine's memory; `null` where it is unknown.
    memory: Option<u64>,
    /// Bytes the container allows; `null` where there is no limit.
    memory_limit: Option<u64>,
    /// Bytes that images may take together unless something else is said.
    memory_budget: u64,
    /// What the processor can do that planish makes use of.
    cpu_features: Vec<&'static str>,
    /// Where temporary files of other programs go; planish writes its own beside their targets.
    temporary_folder: InputName,
}

/// Tells what is found and returns the exit code.
///
/// # Errors
/// [`UsageError`] when the document cannot be written.
pub(crate) fn run(as_json: bool, terminal: &mut Terminal) -> Result<u8, UsageError> {
    let mut checks: Vec<Check> = Format::WRITTEN.into_iter().map(check_format).collect();
    checks.extend([check_folder("temporary_folder", &std::env::temp_dir()), check_recipe(), check_sharp()]);
    let healthy = checks.iter().all(|check| check.ok);
    let memory = system_memory();
    let machine = Machine {
        os: std::env::consts::OS,
        architecture: std::env::consts::ARCH,
        cores: available_cores(),
        memory: memory.machine,
        memory_limit: memory.container,
        memory_budget: default_memory_budget(),
        cpu_features: cpu_features(),
        temporary_folder: std::env::temp_dir().as_path().into(),
    };
    let limits = Limits::default();
    if as_json {
        let document =
            Document { header: json::Header::CURRENT, healthy, checks, codecs: CODECS, machine, limits };
        Terminal::document(&json::text(&document)?)?;
    } else {
        tell(&checks, &machine, &limits, terminal);
    }
    Ok(if healthy { DONE } else { SOME_FAILED })
}

fn tell(checks: &[Check], machine: &Machine, limits: &Limits, terminal: &mut Terminal) {
    let row = |label: &str, text: &str, terminal: &mut Terminal| {
        terminal.line(&format!("{} {text}", terminal.paint(DIM, &format!("  {label:<29}"))));
    };
    let version = env!("CARGO_PKG_VERSION");
    terminal.line(&terminal.paint(BOLD, &format!("planish {version}")));
    for check in checks {
        let (style, mark) = if check.ok { (GOOD, "ok") } else { (BAD, "NOT OK") };
        let text = format!("{}: {}", terminal.paint(style, mark), check.detail);
        row(&check.name.replace('_', " "), &text, terminal);
    }
    terminal.line(&terminal.paint(BOLD, "machine"));
    row("system", &format!("{}, {}", machine.os, machine.architecture), terminal);
    row("cores", &machine.cores.to_string(), terminal);
    let known = |size: Option<u64>, unknown: &str| size.map_or_else(|| unknown.to_owned(), bytes);
    row("memory", &known(machine.memory, "unknown"), terminal);
    row("container's limit", &known(machine.memory_limit, "none"), terminal);
    row("budget for images", &bytes(machine.memory_budget), terminal);
    row("CPU features", &machine.cpu_features.join(" "), terminal);
    terminal.line(&terminal.paint(BOLD, "limits"));
    row("pixels", &format!("{} (--max-pixels)", limits.max_pixels.0), terminal);
    row("file", &bytes(limits.max_input_bytes.0), terminal);
    row("metadata block", &bytes(limits.max_metadata_bytes.0), terminal);
    row("frames", &limits.max_frames.to_string(), terminal);
    row("animation", &format!("{} pixels in all frames", limits.max_animation_pixels.0), terminal);
    terminal.line(&terminal.paint(BOLD, "codecs"));
    for codec in CODECS {
        row(codec.role, &format!("{} {}", codec.name, codec.version), terminal);
    }
}

/// Encodes a small picture in the format; what comes out was decoded and compared by the engine itself.
fn check_format(format: Format) -> Check {
    let settings = ImageSettings {
        goal: Quality::new(80).map_or(Goal::Lossless, Goal::Quality),
        formats: FormatChoice::OneOf(vec![format]),
        ..ImageSettings::default()
    };
    let result = sample().and_then(|sample| {
        let optimized = planish::optimize(&sample, &settings, &OptimizeContext::default());
        optimized.map_err(|error| error.to_string())
    });
    let (ok, detail) = match result {
        Ok(optimized) => (true, format!("reads and writes ({})", encoder(&optimized.result))),
        Err(error) => (false, format!("{error}; this build is damaged or incomplete: install planish again")),
    };
    Check { name: format.name(), ok, detail }
}

fn encoder(result: &planish::OptimizationResult) -> &str {
    let selected = result.candidates.iter().find(|made| made.outcome == planish::Outcome::Selected);
    selected.map_or(&result.engine, |made| &made.encoder)
}

/// A PNG with a little of everything: a gradient and an edge.
fn sample() -> Result<Vec<u8>, String> {
    const EDGE: u32 = 32;
    let pixels: Vec<u8> = (0..EDGE * EDGE)
        .flat_map(|at| {
            let (x, y) = ((at % EDGE) as u8, (at / EDGE) as u8);
            [x * 8, y * 8, if x < 16 { 40 } else { 200 }]
        })
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, EDGE, EDGE);
    encoder.set_color(png::ColorType::Rgb);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
    written.map(|()| bytes).map_err(|error| error.to_string())
}

fn check_folder(name: &'static str, folder: &std::path::Path) -> Check {
    let try_it = || -> std::io::Result<()> {
        let mut file = tempfile::tempfile_in(folder)?;
        file.write_all(&[0; 4096])?;
        file.sync_all()
    };
    match try_it() {
        Ok(()) => Check { name, ok: true, detail: format!("{} can be written", display(folder)) },
        Err(error) => Check {
            name,
            ok: false,
            detail: format!("{} cannot be written: {error}; TMPDIR names another", display(folder)),
        },
    }
}

/// The recipe that a run in this folder would use.
fn check_recipe() -> Check {
    let name = "recipe";
    let here = [PathBuf::from(".")];
    match recipe::find(&here).and_then(|path| path.map(|path| recipe::read(&path).map(|_| path)).transpose())
    {
        Ok(None) => Check { name, ok: true, detail: "no planish.toml here or above".into() },
        Ok(Some(path)) => Check { name, ok: true, detail: format!("{} is used here", display(&path)) },
        Err(error) => Check { name, ok: false, detail: error },
    }
}

/// The other engine. To do without it is no fault.
fn check_sharp() -> Check {
    let found = SharpEngine::find(1, 0).map_err(|missing| missing.to_string());
    let versions = found.and_then(|engine| engine.versions().map_err(|error| error.to_string()));
    let detail = match versions {
        Ok(SharpVersions { node, sharp, vips }) => format!("sharp {sharp}, libvips {vips}, Node {node}"),
        Err(reason) => format!("not in use: {reason}"),
    };
    Check { name: "sharp", ok: true, detail }
}

/// What codecs look for before they take a faster way.
fn cpu_features() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    let features = [
        ("sse2", true),
        ("ssse3", is_x86_feature_detected!("ssse3")),
        ("sse4.1", is_x86_feature_detected!("sse4.1")),
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ];
    #[cfg(target_arch = "aarch64")]
    let features = [("neon", true)];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let features: [(&str, bool); 0] = [];
    features.into_iter().filter_map(|(name, is_there)| is_there.then_some(name)).collect()
}
