//! Sharp as an engine of the batch.

use super::estimate;
use super::find::{Launch, Missing};
use super::names::PlainName;
use super::optimize::Job;
use super::supervisor::Supervisor;
use super::usage::SidecarUsage;
use crate::engine::{Engine, FileJob, FileRoute};
use crate::files::io_error;
use crate::look::Look;
use planish::{
    CancelFlag, FileHeader, Format, ImageSettings, Limits, OptimizationError, OptimizationResult,
    OptimizeContext, Optimized,
};
use std::fs;
use std::path::Path;

/// Memory of a Node process with Sharp loaded and nothing to do, in bytes, with a margin: 65 MiB were measured.
const PROCESS_BYTES: u64 = 100 << 20;

/// libvips streams, so an image costs it a small part of what the core needs to hold it, measure it and try several
/// encoders. Measured on JPEG, PNG and WebP of 10 to 50 megapixels: 4 to 10 bytes for each pixel, against 100 and more.
const SHARE_OF_CORE: u64 = 8;

/// Images through Sharp (libvips) in a Node process of its own, which is started when the first one comes.
#[derive(Debug)]
pub struct SharpEngine {
    supervisor: Supervisor,
    version: String,
    memory: u64,
}

impl SharpEngine {
    /// Looks for the sidecar: `PLANISH_SIDECAR` (its folder, its script, or `off`), beside the command, in the
    /// repository the command was built in. `jobs`: threads, and images in flight. `memory`: bytes that Sharp may use.
    ///
    /// # Errors
    /// [`Missing`] when there is none; whether Sharp itself is installed shows when it is first asked.
    pub fn find(jobs: usize, memory: u64) -> Result<Self, Missing> {
        let launch = Launch::find(jobs)?;
        let version = launch.version();
        // Each output is another file: nothing would be found in a cache.
        Ok(Self { supervisor: Supervisor::new(launch, jobs, 0), version, memory })
    }

    /// Starts it where it is not running, and says which versions of Node, Sharp and libvips answer.
    ///
    /// # Errors
    /// [`OptimizationError::Sidecar`], which says how to install what is missing.
    pub fn versions(&self) -> Result<SharpVersions, OptimizationError> {
        let welcome = self
            .supervisor
            .welcome(&CancelFlag::default())
            .map_err(|error| OptimizationError::Sidecar { message: error.to_string(), transient: false })?;
        Ok(SharpVersions { node: welcome.node, sharp: welcome.sharp, vips: welcome.vips })
    }
}

/// Who works for [`SharpEngine`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharpVersions {
    /// Node.
    pub node: String,
    /// Sharp.
    pub sharp: String,
    /// libvips.
    pub vips: String,
}

impl Engine for SharpEngine {
    fn name(&self) -> &'static str {
        "sharp"
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn estimate_peak_bytes(&self, input: &[u8], settings: &ImageSettings) -> u64 {
        let core = planish::estimate_peak_bytes(input, settings, 1);
        // The result comes back into memory; it is about as large as the input at most.
        PROCESS_BYTES + core / SHARE_OF_CORE + input.len() as u64
    }

    fn optimize(
        &self,
        input: &[u8],
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<Optimized, OptimizationError> {
        // Encoders that are asked for by name are the core's matter; other bytes would not do.
        if !settings.squoosh.is_empty() {
            return Err(OptimizationError::Unsupported {
                format: "Sharp".into(),
                feature: "encoding by Squoosh's codecs is".into(),
            });
        }
        // Sharp reads and writes files: an image in a pipe would sit in Node's memory whole.
        let folder =
            tempfile::tempdir().map_err(|error| io_error("create folder", &std::env::temp_dir(), &error))?;
        let source = folder.path().join("source");
        fs::write(&source, input).map_err(|error| io_error("write", &source, &error))?;
        let target = folder.path().join("target");
        fs::write(&target, []).map_err(|error| io_error("write", &target, &error))?;
        let result = self.work(&source, input.len() as u64, &target, settings, context)?;
        let bytes = if result.kept_original.is_some() {
            input.to_vec()
        } else {
            fs::read(&target).map_err(|error| io_error("read", &target, &error))?
        };
        Ok(Optimized { bytes, result })
    }

    /// Any file: it never has to be in memory.
    fn file_route(&self, look: &Look<'_>, settings: &ImageSettings, _limits: &Limits) -> Option<FileRoute> {
        let header = match look.header() {
            // Reading it says what is wrong.
            Err(OptimizationError::Io { .. }) => return None,
            header if would_be_halved(header).is_some() => return None,
            header => header.ok(),
        };
        Some(FileRoute {
            engine: self.name(),
            peak_bytes: estimate::peak_bytes(header, settings, self.memory),
            reason: "it was asked for (--engine sharp)".into(),
            can_be_read: false,
        })
    }

    fn optimize_file(
        &self,
        job: &FileJob<'_>,
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<OptimizationResult, OptimizationError> {
        self.work(job.source, job.source_bytes, job.target, settings, context)
    }

    fn usage(&self) -> Option<SidecarUsage> {
        Some(self.supervisor.usage()).filter(|usage| !usage.is_empty())
    }
}

/// The error for an animation that libvips would take for a still image; `None` for all else.
fn would_be_halved(header: Result<&FileHeader, &OptimizationError>) -> Option<OptimizationError> {
    match header {
        Ok(header) if header.format() == Format::Png && header.is_animated() => {
            Some(OptimizationError::Unsupported {
                format: "PNG".into(),
                feature: "animation (APNG) in Sharp".into(),
            })
        }
        Err(error @ OptimizationError::Unsupported { feature, .. }) if feature.contains("animation") => {
            Some(error.clone())
        }
        _ => None,
    }
}

impl SharpEngine {
    fn work(
        &self,
        source: &Path,
        source_size: u64,
        target: &Path,
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<OptimizationResult, OptimizationError> {
        let look = Look::at(source, source_size);
        if let Some(error) = would_be_halved(look.header()) {
            return Err(error);
        }
        if let Some((width, height)) = look.header().ok().and_then(FileHeader::size) {
            context.limits.check_dimensions(width, height)?;
        }
        let (source_name, target_name) = (PlainName::of(source)?, PlainName::of(target)?);
        Job::new(
            &self.supervisor,
            (source_name.as_str(), source_size),
            target_name.as_str(),
            settings,
            self.memory,
            context,
        )
        .run()
    }
}
