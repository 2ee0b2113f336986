//! What the tests of this folder share.

use planish::{Format, Goal, OptimizationResult, Score};

/// A PNG of so many bytes became one of so many, and the first would have done.
pub(super) fn result(original_size: u64, optimized_size: u64) -> OptimizationResult {
    OptimizationResult {
        input_path: String::new(),
        output_path: String::new(),
        original_size,
        optimized_size,
        compression_ratio: optimized_size as f64 / original_size as f64,
        elapsed_time: 0.0,
        input_format: Format::Png,
        format: Format::Png,
        width: 1,
        height: 1,
        frames: 1,
        goal: Goal::default(),
        quality: None,
        lossless: true,
        score: Score::IDENTICAL,
        score_sampled: false,
        engine: "test".into(),
        engine_reason: None,
        original_allowed: true,
        kept_original: None,
        candidates: Vec::new(),
        encodes: 1,
        sample_encodes: 0,
        warnings: Vec::new(),
        timings: Vec::new(),
        attempts: 1,
        peak_bytes: 0,
    }
}
