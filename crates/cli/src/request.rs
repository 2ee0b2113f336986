//! What the arguments mean, all of it decided.

mod files;

use crate::args::{AuditArgs, CacheArgs, ModeArgs, OptimizeArgs, SettingsArgs};
use crate::engines::EngineChoice;
use crate::output::display;
use crate::progress::ProgressKind;
use crate::recipe::{self, Recipe};
use crate::report::ReportOptions;
use files::FileRequest;
use planish::{Format, FormatChoice, ImageSettings, Limits, SettingsLayer};
use planish_batch::files::{MinSavings, is_image_name};
use planish_batch::{Destination, Inputs, OptimizationCache, PoolOptions, default_cache_folder};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name that stands for standard input and output.
pub(crate) const STANDARD: &str = "-";

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// All the way.
    Write,
    /// All the way, and on with what comes.
    Watch,
    /// It is planned only.
    DryRun,
    /// Nothing is written; what could be saved is told.
    Audit,
    /// Nothing is written; files that can be made so much smaller are counted.
    Check(MinSavings),
}

/// Everything a run needs to know.
#[derive(Debug)]
pub(crate) struct Request {
    /// What to read.
    pub(crate) inputs: Inputs,
    /// Where to write.
    pub(crate) destination: Destination,
    /// What to make of each image.
    pub(crate) settings: ImageSettings,
    /// How far to go.
    pub(crate) mode: Mode,
    /// How to work.
    pub(crate) options: PoolOptions,
    /// Who does the work.
    pub(crate) engine: EngineChoice,
    /// Results of earlier runs, unless they are not wanted.
    pub(crate) cache: Option<Arc<OptimizationCache>>,
    /// How to tell.
    pub(crate) report: ReportOptions,
    /// Whether to tell what the run cost.
    pub(crate) stats: bool,
    /// What to tell meanwhile.
    pub(crate) progress: ProgressKind,
}

/// Why the arguments make no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    /// Files that cannot be used so.
    #[error("{0}")]
    Files(String),
    /// A recipe that cannot be used.
    #[error("{0}")]
    Recipe(String),
    /// An output file whose name asks for something else than the flags or nothing planish can do.
    #[error("expected {expected} for --output, got {}", display(.actual))]
    Output {
        /// What would do.
        expected: String,
        /// What was given.
        actual: PathBuf,
    },
    /// Settings that no image can satisfy.
    #[error(transparent)]
    Settings(#[from] planish::OptimizationError),
    /// The files do not allow it.
    #[error(transparent)]
    Plan(#[from] planish_batch::PlanError),
    /// The engine that was asked for cannot be had.
    #[error("--engine sharp: {0}")]
    Engine(String),
    /// The trace's file cannot be made.
    #[error("expected a file that can be written for --trace, got {}: {error}", display(.path))]
    Trace {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// Standard input or output that cannot be what it is asked to be.
    #[error("expected {expected}, got {actual}")]
    Pipe {
        /// What would do.
        expected: &'static str,
        /// What was given.
        actual: String,
    },
    /// Results that would lie among the images that are watched.
    #[error(
        "expected a place of their own for results with --watch (-o, or --in-place), got names beside the inputs"
    )]
    WatchedResults,
    /// A folder that cannot be written to.
    #[error("expected a folder that can be written to, got {}: {error}", display(.path))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// A report that could not be written, or would replace an image.
    #[error("expected {expected} for --report, got {}", display(.actual))]
    Report {
        /// What would do.
        expected: &'static str,
        /// What was given.
        actual: PathBuf,
    },
    /// Neither `HOME` nor the like is set.
    #[error("there is no folder for the cache: set PLANISH_CACHE_DIR")]
    NoCacheFolder,
    /// The cache cannot be listed or emptied.
    #[error("the cache: {0}")]
    Cache(std::io::Error),
    /// The system has no thread for us.
    #[error("the workers cannot be started: {0}")]
    Start(#[from] std::io::Error),
}

impl Request {
    pub(crate) fn from_args(args: OptimizeArgs) -> Result<Self, UsageError> {
        let OptimizeArgs { files, settings, work, mode, cache, report, diagnostics } = args;
        let mut flags = settings.layer();
        let FileRequest { inputs, destination, delivery } = FileRequest::from_args(files)?;
        if let Destination::File(path) = &destination {
            flags.formats = Some(formats_for_file(path, settings.format.as_ref())?);
        }
        if let Some(path) = &report.report {
            check_report(path)?;
        }
        let defaults = PoolOptions::default();
        let limits =
            Limits { max_pixels: work.max_pixels.unwrap_or(defaults.limits.max_pixels), ..defaults.limits };
        let settings = resolve_settings(&settings, &flags, &inputs.all())?;
        if let Some(resize) = settings.resize {
            resize.check()?;
        }
        let ModeArgs { dry_run, watch, check, check_savings } = mode;
        if watch && matches!(destination, Destination::Named { folder: None, .. }) {
            return Err(UsageError::WatchedResults);
        }
        Ok(Self {
            mode: match (dry_run, watch, check) {
                (true, ..) => Mode::DryRun,
                (_, true, _) => Mode::Watch,
                (_, _, true) => Mode::Check(check_savings.unwrap_or(ModeArgs::CHECK_SAVINGS)),
                _ => Mode::Write,
            },
            settings,
            options: PoolOptions {
                jobs: work.jobs.unwrap_or(defaults.jobs),
                memory_budget: work
                    .max_memory
                    .map_or(defaults.memory_budget, |limit| limit.of(planish_batch::total_memory())),
                allocator: crate::allocator::ALLOCATOR,
                limits,
                streamed_pixels: work.max_pixels,
                delivery,
                ..defaults
            },
            engine: work.engine.unwrap_or_default(),
            cache: open_cache(&cache),
            report: report.options(diagnostics.verbose > 0),
            stats: diagnostics.stats,
            progress: diagnostics.progress.unwrap_or_default(),
            inputs,
            destination,
        })
    }
}

impl Request {
    /// What `planish audit` asks for.
    pub(crate) fn audit(args: AuditArgs) -> Result<Self, UsageError> {
        let request = Self::from_args(args.into())?;
        Ok(Self { mode: Mode::Audit, report: ReportOptions { audit: true, ..request.report }, ..request })
    }

    /// Whether the image comes from standard input or goes to standard output.
    pub(crate) fn is_pipe(&self) -> bool {
        self.writes_to_stdout() || self.inputs.paths.iter().any(|path| path.as_os_str() == STANDARD)
    }

    /// Whether the image goes to standard output.
    pub(crate) fn writes_to_stdout(&self) -> bool {
        matches!(&self.destination, Destination::Folder(folder) if folder.as_os_str() == STANDARD)
    }
}

/// Preset, recipe and flags, each over the one before.
pub(crate) fn resolve_settings(
    args: &SettingsArgs,
    flags: &SettingsLayer,
    inputs: &[PathBuf],
) -> Result<ImageSettings, UsageError> {
    let path = match &args.config {
        Some(named) => Some(named.clone()),
        None if args.no_config => None,
        None => recipe::find(inputs).map_err(UsageError::Recipe)?,
    };
    let recipe = path.as_deref().map(recipe::read).transpose().map_err(UsageError::Recipe)?;
    let name = path.as_deref().map_or_else(|| "none".to_owned(), display);
    tracing::info!("recipe: {name}");
    let Recipe { preset, settings } = recipe.unwrap_or_default();
    let preset = args.preset.or(preset);
    if let Some(preset) = preset {
        tracing::info!("preset: {}", preset.name());
    }
    let preset = preset.map(recipe::Preset::settings).transpose().map_err(UsageError::Recipe)?;
    let resolved = ImageSettings::resolve(preset.iter().chain([&settings, flags]));
    // The same names as in a recipe.
    let shown = toml::to_string(&resolved).unwrap_or_default();
    tracing::debug!("settings: {}", shown.trim_end().replace("\n\n", "\n").replace('\n', "; "));
    Ok(resolved)
}

/// Without a folder for it there is no cache, and nothing is lost but time.
fn open_cache(args: &CacheArgs) -> Option<Arc<OptimizationCache>> {
    let folder = default_cache_folder().filter(|_| !args.no_cache)?;
    Some(Arc::new(OptimizationCache::open(folder, args.cache_size.map(|size| size.0))))
}

/// Checks where the page about the run is to go, before hours of work that it is to tell about.
fn check_report(path: &Path) -> Result<(), UsageError> {
    let wrong = |expected| Err(UsageError::Report { expected, actual: path.to_owned() });
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        wrong("a file in a folder that exists")
    } else if path.is_dir() || path.file_name().is_none_or(is_image_name) {
        wrong("a file such as report.html")
    } else {
        Ok(())
    }
}

/// The extension of the output file chooses the format; a flag may agree with it.
fn formats_for_file(path: &Path, flag: Option<&FormatChoice>) -> Result<FormatChoice, UsageError> {
    let wrong =
        |expected: &str| UsageError::Output { expected: expected.to_owned(), actual: path.to_owned() };
    let extension = path.extension().and_then(|extension| extension.to_str());
    let format = extension
        .and_then(Format::from_name)
        .filter(|format| format.is_written())
        .ok_or_else(|| wrong("a folder or a file ending in .jpg, .png, .webp, .avif, .jxl, .gif or .tif"))?;
    match flag {
        Some(FormatChoice::OneOf(list)) if !list.contains(&format) => {
            let extensions: Vec<String> =
                list.iter().map(|format| format!(".{}", format.extension())).collect();
            Err(wrong(&format!("a file ending in {} to go with --format", extensions.join(" or "))))
        }
        _ => Ok(FormatChoice::OneOf(vec![format])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;
    use crate::report::ReportKind;
    use clap::Parser;
    use planish::Goal;

    fn request(arguments: &str) -> Result<Request, UsageError> {
        let arguments = format!("planish a.png {arguments}");
        Request::from_args(Args::try_parse_from(arguments.split_whitespace()).unwrap().optimize)
    }

    #[test]
    fn flags_become_settings() {
        let request = request(
            "-o out -q 70 -f webp,avif --resize x600 --background #fff --metadata keep --color srgb --effort 9 \
             -j 3 --max-pixels 5MP --json",
        )
        .unwrap();
        let json = serde_json::to_value(&request.settings).unwrap();
        assert_eq!(json["goal"], serde_json::json!({"quality": 70}));
        assert_eq!(json["formats"], serde_json::json!(["webp", "avif"]));
        assert_eq!(json["resize"], serde_json::json!({"height": 600}));
        assert_eq!(json["background"], "#ffffff");
        assert_eq!(
            (&json["metadata"], &json["color"], &json["effort"]),
            (&"keep".into(), &"srgb".into(), &9.into())
        );
        assert_eq!((request.options.jobs, request.options.limits.max_pixels.0), (3, 5_000_000));
        assert_eq!(request.report.kind, ReportKind::Json);
    }

    #[test]
    fn without_flags_the_defaults_hold() {
        assert_eq!(request("-o out").unwrap().settings, ImageSettings::default());
    }

    #[test]
    fn flags_overrule_the_recipe_and_the_recipe_its_preset() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = folder.path().join("web.toml");
        std::fs::write(&recipe, "effort = 9\ngoal = 'lossless'\n").unwrap();
        let request = request(&format!("-o out --recipe {} --preset web -q 50", recipe.display())).unwrap();
        assert_eq!(request.settings.effort.get(), 9);
        assert_eq!(request.settings.formats, FormatChoice::Auto);
        assert!(
            matches!(request.settings.goal, Goal::Quality(quality) if quality == planish::Quality::new(50).unwrap())
        );
    }

    #[test]
    fn an_output_file_chooses_the_format() {
        let chosen = request("-o small.webp").unwrap();
        assert_eq!(chosen.destination, Destination::File("small.webp".into()));
        assert_eq!(chosen.settings.formats, FormatChoice::OneOf(vec![Format::Webp]));
        for folder in ["out", "out.d", "small.webp/", ".."] {
            let destination = request(&format!("-o {folder}")).unwrap().destination;
            assert!(matches!(destination, Destination::Folder(_)), "{folder}");
        }
        for (wrong, expected) in [("-o small.bmp", ".webp"), ("-o small.webp -f avif", ".avif")] {
            let error = request(wrong).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("small."), "{error}");
        }
    }
}
