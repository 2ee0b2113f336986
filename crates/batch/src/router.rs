//! Several engines in order of preference: where the first does not take an image, or one fails in a way another may
//! not, the next takes over.

use crate::engine::{Engine, FileJob, FileRoute};
use crate::look::Look;
use crate::panics;
use crate::route::{Beyond, Bounds};
use crate::sidecar::SidecarUsage;
use planish::{
    ImageSettings, Limits, OptimizationError, OptimizationResult, OptimizeContext, Optimized, Warning,
};
use std::sync::Arc;

/// The code of the warning that says why another engine than the first did the work.
const FALLBACK: &str = "engine_fallback";

/// Asks its engines one after another. The result's `engine` says who did the work; when it was not the first,
/// `engineReason` says why, and where another one had failed before, so does the warning `engine_fallback`.
pub struct EngineChain {
    engines: Vec<Arc<dyn Engine>>,
    version: String,
    bounds: Option<Bounds>,
}

impl EngineChain {
    /// A chain of the first engine and those that stand in for it, in this order.
    pub fn new(first: Arc<dyn Engine>, others: impl IntoIterator<Item = Arc<dyn Engine>>) -> Self {
        let mut engines = vec![first];
        engines.extend(others);
        // Which engine serves depends on all of them, so the version is that of all of them.
        let versions: Vec<String> =
            engines.iter().map(|engine| format!("{} {}", engine.name(), engine.version())).collect();
        Self { engines, version: versions.join(", "), bounds: None }
    }

    /// The same chain, which gives files that are beyond the first engine, by the rule in `route.rs`, to the others.
    #[must_use]
    pub fn routed(self, bounds: Bounds) -> Self {
        Self { bounds: Some(bounds), ..self }
    }
}

/// Says in a result that it is the work of a stand-in, because others failed.
pub(crate) fn note_fallback(result: &mut OptimizationResult, failures: &str) {
    let message = format!("{} did the work; {failures}", result.engine);
    result.warnings.push(Warning::new(FALLBACK, message));
    result.engine_reason = Some(failures.to_owned());
}

/// Whether another engine may do better. Not when the file or the settings are at fault, when the goal cannot be
/// met, or when nobody wants the result any more; transient errors are tried again with the same engine.
pub(crate) fn may_succeed_elsewhere(error: &OptimizationError) -> bool {
    // What no engine knows as an image is not tried elsewhere: a folder may be full of such files.
    use OptimizationError::{Encode, Internal, Sidecar, Unsupported, Verify};
    /// Sharp would do these by halves and not say so: a single frame or page, colours for another screen.
    const HALVED: [&str; 3] = ["animation", "pages", "HDR"];
    match error {
        Unsupported { feature, .. } => !HALVED.iter().any(|half| feature.contains(half)),
        Encode { .. } | Verify { .. } | Internal { .. } | Sidecar { .. } => true,
        _ => false,
    }
}

impl Engine for EngineChain {
    fn name(&self) -> &'static str {
        self.engines[0].name()
    }

    fn version(&self) -> &str {
        &self.version
    }

    /// The most that any of them needs: which one serves is not known yet.
    fn estimate_peak_bytes(&self, input: &[u8], settings: &ImageSettings) -> u64 {
        let estimates = self.engines.iter().map(|engine| engine.estimate_peak_bytes(input, settings));
        estimates.max().unwrap_or_default()
    }

    /// # Errors
    /// The first engine's, when none could do it: it is the one that was meant to.
    fn optimize(
        &self,
        input: &[u8],
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<Optimized, OptimizationError> {
        let mut failures: Vec<(&'static str, OptimizationError)> = Vec::new();
        for engine in &self.engines {
            match panics::catch(|| engine.optimize(input, settings, context)) {
                Ok(mut optimized) => {
                    engine.name().clone_into(&mut optimized.result.engine);
                    if !failures.is_empty() {
                        let reasons: Vec<String> =
                            failures.iter().map(|(name, error)| format!("{name}: {error}")).collect();
                        note_fallback(&mut optimized.result, &reasons.join("; "));
                    }
                    return Ok(optimized);
                }
                Err(error) if may_succeed_elsewhere(&error) => failures.push((engine.name(), error)),
                Err(error) => return Err(failures.into_iter().next().map_or(error, |(_, first)| first)),
            }
        }
        let first = failures.into_iter().next();
        Err(first.map_or(OptimizationError::Cancelled, |(_, error)| error))
    }

    fn file_route(&self, look: &Look<'_>, settings: &ImageSettings, limits: &Limits) -> Option<FileRoute> {
        let beyond = Beyond::core(look, settings, limits, self.bounds?)?;
        let mut others = self.engines.iter().skip(1);
        let route = others.find_map(|engine| engine.file_route(look, settings, limits))?;
        Some(FileRoute { reason: beyond.to_string(), can_be_read: beyond.core_can(), ..route })
    }

    /// # Errors
    /// The stand-in's.
    fn optimize_file(
        &self,
        job: &FileJob<'_>,
        settings: &ImageSettings,
        context: &OptimizeContext<'_>,
    ) -> Result<OptimizationResult, OptimizationError> {
        let chosen = self.engines.iter().find(|engine| engine.name() == job.route.engine);
        chosen.unwrap_or(&self.engines[0]).optimize_file(job, settings, context)
    }

    fn usage(&self) -> Option<SidecarUsage> {
        self.engines.iter().find_map(|engine| engine.usage())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::tests::halved;
    use planish::Goal;

    /// Does what it is told: fails, and panics instead on `P`; without orders it halves the input.
    struct Fake(&'static str, Option<OptimizationError>);

    impl Engine for Fake {
        fn name(&self) -> &'static str {
            self.0
        }

        fn version(&self) -> &'static str {
            "2"
        }

        fn estimate_peak_bytes(&self, input: &[u8], _settings: &ImageSettings) -> u64 {
            (input.len() * self.0.len()) as u64
        }

        fn optimize(
            &self,
            input: &[u8],
            _settings: &ImageSettings,
            _context: &OptimizeContext<'_>,
        ) -> Result<Optimized, OptimizationError> {
            assert!(input != b"P" || self.1.is_none(), "told to");
            self.1.clone().map_or_else(|| Ok(halved(input, Goal::default())), Err)
        }

        fn file_route(&self, _: &Look<'_>, _: &ImageSettings, _: &Limits) -> Option<FileRoute> {
            let (engine, reason) = (self.0, String::new());
            Some(FileRoute { engine, peak_bytes: 7, reason, can_be_read: false })
        }
    }

    fn optimize(
        first: Option<OptimizationError>,
        second: Option<OptimizationError>,
        input: &[u8],
    ) -> Result<Optimized, OptimizationError> {
        let chain = EngineChain::new(Arc::new(Fake("first", first)), [Arc::new(Fake("second", second)) as _]);
        chain.optimize(input, &ImageSettings::default(), &OptimizeContext::default())
    }

    fn unsupported(feature: &str) -> OptimizationError {
        OptimizationError::Unsupported { format: "GIF".into(), feature: feature.into() }
    }

    #[test]
    fn the_first_engine_serves_where_it_can() {
        let optimized = optimize(None, None, b"image").unwrap();
        assert_eq!(optimized.result.engine, "first");
        assert!(optimized.result.warnings.is_empty());
    }

    #[test]
    fn an_engine_that_cannot_or_panics_hands_over_and_the_result_says_why() {
        for (input, reason) in
            [(b"image", "first: GIF: layers not supported"), (b"P", "first: internal error: told to")]
                as [(&[u8], &str); 2]
        {
            let optimized = optimize(Some(unsupported("layers")), None, input).unwrap();
            assert_eq!(optimized.result.engine, "second");
            let warning = &optimized.result.warnings[0];
            assert_eq!(warning.code, "engine_fallback");
            assert!(warning.message.contains(reason), "{}", warning.message);
            assert_eq!(optimized.result.engine_reason.as_deref(), Some(reason));
        }
    }

    #[test]
    fn what_no_engine_can_do_is_the_first_ones_error() {
        assert_eq!(
            optimize(Some(unsupported("a")), Some(unsupported("b")), b"image").unwrap_err(),
            unsupported("a")
        );
    }

    #[test]
    fn a_file_that_is_at_fault_is_not_tried_elsewhere() {
        for error in [
            OptimizationError::Corrupt { format: planish::Format::Png, message: "cut".into() },
            OptimizationError::Cancelled,
            OptimizationError::TimedOut,
        ] {
            assert_eq!(optimize(Some(error.clone()), None, b"image").unwrap_err(), error);
        }
    }

    #[test]
    fn what_another_engine_would_do_by_halves_stays_refused() {
        for feature in ["animation", "writing several pages", "HDR transfer functions (cICP)"] {
            let error = unsupported(feature);
            assert_eq!(optimize(Some(error.clone()), None, b"image").unwrap_err(), error);
        }
    }

    #[test]
    fn what_is_beyond_the_first_engine_takes_the_route_of_another() {
        let bounds = Bounds { memory: 1000, threads: 1, streamed_pixels: planish::Pixels(1000) };
        let chain = EngineChain::new(Arc::new(Fake("first", None)), [Arc::new(Fake("second", None)) as _]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        std::fs::write(&path, crate::pool::tests::png_header(20, 20)).unwrap();
        let look = Look::at(&path, 33);
        let (settings, limits) = (ImageSettings::default(), Limits::default());
        assert_eq!(chain.file_route(&look, &settings, &limits), None, "nobody said what is too much");
        let route = chain.routed(bounds).file_route(&look, &settings, &limits).unwrap();
        assert_eq!((route.engine, route.peak_bytes, route.can_be_read), ("second", 7, true));
        assert!(route.reason.contains("memory") || route.reason.contains("MB"), "{}", route.reason);
    }

    #[test]
    fn a_chain_is_estimated_and_versioned_by_all_its_engines() {
        let chain = EngineChain::new(Arc::new(Fake("first", None)), [Arc::new(Fake("second", None)) as _]);
        assert_eq!(chain.estimate_peak_bytes(b"1234", &ImageSettings::default()), 24);
        assert_eq!(chain.version(), "first 2, second 2");
    }
}
