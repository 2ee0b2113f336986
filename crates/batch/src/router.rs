//! Several engines in order of preference: where one fails in a way another may not, the next takes over.

use crate::engine::Engine;
use crate::panics;
use planish::{ImageSettings, OptimizationError, OptimizeContext, Optimized, Warning};
use std::sync::Arc;

/// The code of the warning that says why another engine than the first did the work.
const FALLBACK: &str = "engine_fallback";

/// Asks its engines one after another. The result's `engine` says who did the work; when it was not the first, the
/// warning `engine_fallback` says why.
pub struct EngineChain {
    engines: Vec<Arc<dyn Engine>>,
    version: String,
}

impl EngineChain {
    /// A chain of the first engine and those that stand in for it, in this order.
    pub fn new(first: Arc<dyn Engine>, others: impl IntoIterator<Item = Arc<dyn Engine>>) -> Self {
        let mut engines = vec![first];
        engines.extend(others);
        // Which engine serves depends on all of them, so the version is that of all of them.
        let versions: Vec<String> =
            engines.iter().map(|engine| format!("{} {}", engine.name(), engine.version())).collect();
        Self { engines, version: versions.join(", ") }
    }
}

/// Whether another engine may do better. Not when the file or the settings are at fault, when the goal cannot be
/// met, or when nobody wants the result any more; transient errors are tried again with the same engine.
const fn may_succeed_elsewhere(error: &OptimizationError) -> bool {
    // What no engine knows as an image is not tried elsewhere: a folder may be full of such files.
    use OptimizationError::{Encode, Internal, Sidecar, Unsupported, Verify};
    matches!(error, Unsupported { .. } | Encode { .. } | Verify { .. } | Internal { .. } | Sidecar { .. })
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
                        let message = format!("{} did the work; {}", engine.name(), reasons.join("; "));
                        optimized.result.warnings.push(Warning::new(FALLBACK, message));
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
    fn a_chain_is_estimated_and_versioned_by_all_its_engines() {
        let chain = EngineChain::new(Arc::new(Fake("first", None)), [Arc::new(Fake("second", None)) as _]);
        assert_eq!(chain.estimate_peak_bytes(b"1234", &ImageSettings::default()), 24);
        assert_eq!(chain.version(), "first 2, second 2");
    }
}
