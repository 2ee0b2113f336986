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
    use crate::engine::MockEngine;
    use crate::pool::tests::halved;
    use planish::Goal;
    use rstest::rstest;

    type Answer = Result<Optimized, OptimizationError>;

    fn named(name: &'static str) -> MockEngine {
        let mut engine = MockEngine::new();
        engine.expect_name().return_const(name);
        engine.expect_version().return_const("2".to_owned());
        engine
    }

    /// An engine that is asked for the image just once, and answers so.
    fn asked(name: &'static str, answer: impl Fn(&[u8]) -> Answer + Send + 'static) -> Arc<dyn Engine> {
        let mut engine = named(name);
        let once = engine.expect_optimize().times(1).withf(|input, _, _| input == b"image");
        once.returning(move |input, _, _| answer(input));
        Arc::new(engine)
    }

    /// An engine that nobody asks for anything but its name.
    fn never_asked(name: &'static str) -> Arc<dyn Engine> {
        let mut engine = named(name);
        engine.expect_optimize().never();
        engine.expect_optimize_file().never();
        Arc::new(engine)
    }

    fn serves() -> impl Fn(&[u8]) -> Answer + Send + 'static {
        |input| Ok(halved(input, Goal::default()))
    }

    fn fails(error: &OptimizationError) -> impl Fn(&[u8]) -> Answer + Send + 'static {
        let error = error.clone();
        move |_| Err(error.clone())
    }

    fn panics(_input: &[u8]) -> Answer {
        panic!("told to")
    }

    fn optimize(engines: [Arc<dyn Engine>; 2]) -> Answer {
        let [first, second] = engines;
        let chain = EngineChain::new(first, [second]);
        chain.optimize(b"image", &ImageSettings::default(), &OptimizeContext::default())
    }

    fn unsupported(feature: &str) -> OptimizationError {
        OptimizationError::Unsupported { format: "GIF".into(), feature: feature.into() }
    }

    #[test]
    fn the_first_engine_serves_where_it_can() {
        let optimized = optimize([asked("first", serves()), never_asked("second")]).unwrap();
        assert_eq!(optimized.result.engine, "first");
        assert!(optimized.result.warnings.is_empty());
    }

    #[rstest]
    #[case::cannot(asked("first", fails(&unsupported("layers"))), "first: GIF: layers not supported")]
    #[case::panics(asked("first", panics), "first: internal error: told to")]
    fn an_engine_that_fails_hands_over_and_the_result_says_why(
        #[case] first: Arc<dyn Engine>,
        #[case] reason: &str,
    ) {
        let optimized = optimize([first, asked("second", serves())]).unwrap();
        assert_eq!(optimized.result.engine, "second");
        let warning = &optimized.result.warnings[0];
        assert_eq!(warning.code, "engine_fallback");
        assert!(warning.message.contains(reason), "{}", warning.message);
        assert_eq!(optimized.result.engine_reason.as_deref(), Some(reason));
    }

    #[test]
    fn a_chain_ends_with_the_first_engine_that_serves() {
        let first = asked("first", fails(&unsupported("layers")));
        let chain = EngineChain::new(first, [asked("second", serves()), never_asked("third")]);
        let optimized = chain.optimize(b"image", &ImageSettings::default(), &OptimizeContext::default());
        assert_eq!(optimized.unwrap().result.engine, "second");
    }

    #[test]
    fn what_no_engine_can_do_is_the_first_ones_error() {
        let engines = [asked("first", fails(&unsupported("a"))), asked("second", fails(&unsupported("b")))];
        assert_eq!(optimize(engines).unwrap_err(), unsupported("a"));
    }

    #[rstest]
    #[case::damaged(OptimizationError::Corrupt { format: planish::Format::Png, message: "cut".into() })]
    #[case::cancelled(OptimizationError::Cancelled)]
    #[case::timed_out(OptimizationError::TimedOut)]
    fn a_file_that_is_at_fault_is_not_tried_elsewhere(#[case] error: OptimizationError) {
        let engines = [asked("first", fails(&error)), never_asked("second")];
        assert_eq!(optimize(engines).unwrap_err(), error);
    }

    #[rstest]
    fn what_another_engine_would_do_by_halves_stays_refused(
        #[values("animation", "writing several pages", "HDR transfer functions (cICP)")] feature: &str,
    ) {
        let error = unsupported(feature);
        let engines = [asked("first", fails(&error)), never_asked("second")];
        assert_eq!(optimize(engines).unwrap_err(), error);
    }

    fn route(engine: &'static str) -> FileRoute {
        FileRoute { engine, peak_bytes: 7, reason: String::new(), can_be_read: false }
    }

    #[test]
    fn what_is_beyond_the_first_engine_takes_the_route_of_another() {
        let bounds = Bounds { memory: 1000, threads: 1, streamed_pixels: planish::Pixels(1000) };
        let (mut first, mut second) = (named("first"), named("second"));
        first.expect_file_route().never();
        // Not asked before somebody says what is too much.
        second.expect_file_route().times(1).returning(|_, _, _| Some(route("second")));
        let chain = EngineChain::new(Arc::new(first), [Arc::new(second) as _]);
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
    fn from_file_to_file_only_the_engine_of_the_route_is_asked() {
        let mut second = named("second");
        let once = second.expect_optimize_file().times(1).withf(|job, _, _| job.source_bytes == 33);
        once.returning(|_, _, _| Err(OptimizationError::TimedOut));
        let chain = EngineChain::new(never_asked("first"), [Arc::new(second) as _, never_asked("third")]);
        let path = std::path::Path::new("a.png");
        let job = FileJob { source: path, source_bytes: 33, target: path, route: &route("second") };
        let done = chain.optimize_file(&job, &ImageSettings::default(), &OptimizeContext::default());
        assert_eq!(done.unwrap_err(), OptimizationError::TimedOut);
    }

    #[test]
    fn a_chain_is_estimated_and_versioned_by_all_its_engines() {
        let estimating = |name, bytes: u64| {
            let mut engine = named(name);
            engine.expect_estimate_peak_bytes().times(1).return_const(bytes);
            Arc::new(engine)
        };
        let chain = EngineChain::new(estimating("first", 20), [estimating("second", 24) as _]);
        assert_eq!(chain.estimate_peak_bytes(b"1234", &ImageSettings::default()), 24);
        assert_eq!(chain.version(), "first 2, second 2");
    }
}
