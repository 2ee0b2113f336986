//! What `planish audit` looks at.

use super::{
    CacheArgs, DiagnosticsArgs, FileArgs, ModeArgs, OptimizeArgs, ReportArgs, SettingsArgs, WorkArgs,
};
use clap::Args;
use std::path::PathBuf;

/// The arguments of `planish audit`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AuditArgs {
    /// Images, and folders to look for images in
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,

    #[command(flatten)]
    pub(crate) cache: CacheArgs,

    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

impl From<AuditArgs> for OptimizeArgs {
    /// A run without an output.
    fn from(args: AuditArgs) -> Self {
        let AuditArgs { paths, settings, work, cache, report } = args;
        Self {
            files: FileArgs { paths, ..FileArgs::default() },
            settings,
            work,
            cache,
            report,
            mode: ModeArgs::default(),
            diagnostics: DiagnosticsArgs::default(),
        }
    }
}
