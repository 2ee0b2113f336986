//! The page's TypeScript types, generated from the Rust types. A stale copy fails this test; `PLANISH_UPDATE=1`
//! rewrites it.

use crate::{
    Candidate, ErrorReport, Format, Goal, ImageSettings, KeptReason, Limits, OptimizationResult, Outcome,
    Pixels, SettingsLayer, Stage, Timing, Warning, settings,
};
use ts_rs::{Config, TS};

/// Where the generated file lives, relative to this crate.
const TYPES: &str = "../../web/src/engine/types.ts";

fn generated() -> String {
    let config = Config::default();
    let mut text = String::from(
        "// Generated from the Rust types by `scripts/generate-types`. Do not edit: change the Rust types.\n",
    );
    macro_rules! declare {
        ($($ty:ty),+ $(,)?) => {$(
            let docs = <$ty as TS>::docs().unwrap_or_default();
            text.push('\n');
            text.push_str(&docs);
            text.push_str("export ");
            text.push_str(&<$ty as TS>::decl(&config));
            text.push('\n');
        )+};
    }
    declare!(
        Format,
        Goal,
        crate::Score,
        crate::Quality,
        crate::Effort,
        crate::Bytes,
        Pixels,
        settings::FormatChoice,
        settings::Crop,
        settings::Rotation,
        settings::Flip,
        settings::Fit,
        settings::Resize,
        settings::Background,
        settings::MetadataPolicy,
        settings::ColorPolicy,
        crate::SquooshCodec,
        settings::FormatSettings,
        settings::TiffCompression,
        settings::TiffSettings,
        settings::FormatLayer,
        settings::TiffLayer,
        ImageSettings,
        SettingsLayer,
        Limits,
        Stage,
        Timing,
        Warning,
        KeptReason,
        Outcome,
        Candidate,
        OptimizationResult,
        ErrorReport,
    );
    // u64 values here are byte and pixel counts far below 2^53; JSON numbers carry them exactly.
    text.replace("bigint", "number")
}

#[test]
fn typescript_types_are_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(TYPES);
    let expected = generated();
    if std::env::var_os("PLANISH_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &expected).unwrap();
    }
    let actual = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "web/src/engine/types.ts is stale: run scripts/generate-types");
}
