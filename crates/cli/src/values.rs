//! Values on the command line. Each error says what was expected and what came.

use crate::engines::EngineChoice;
use crate::progress::ProgressKind;
use planish::settings::{Background, ColorPolicy, Crop, Fit, Flip, MetadataPolicy, Resize, Rotation};
use planish::{Bytes, Effort, Format, FormatChoice, OptimizationError, Pixels, Quality, Score, SquooshCodec};
use planish_batch::files::MinSavings;

const MAX_JOBS: usize = 1024;

/// The sentence clap puts behind `invalid value '…' for '--flag'`.
pub(crate) fn expected(what: &str, got: &str) -> String {
    format!("expected {what}, got {got}")
}

/// clap names the flag already; the core's own sentence would name the field again.
fn without_field(error: &OptimizationError) -> String {
    match error {
        OptimizationError::InvalidSetting { expected: what, actual, .. } => expected(what, actual),
        other => other.to_string(),
    }
}

pub(crate) fn quality(text: &str) -> Result<Quality, String> {
    text.parse::<f64>()
        .map_err(|_| expected("a number from 1 to 100", text))
        .and_then(|number| Quality::try_from(number).map_err(|error| without_field(&error)))
}

pub(crate) fn effort(text: &str) -> Result<Effort, String> {
    text.parse::<f64>()
        .map_err(|_| expected("an integer from 1 to 9", text))
        .and_then(|number| Effort::try_from(number).map_err(|error| without_field(&error)))
}

pub(crate) fn engine(text: &str) -> Result<EngineChoice, String> {
    match text {
        "auto" => Ok(EngineChoice::Auto),
        "core" => Ok(EngineChoice::Core),
        "sharp" => Ok(EngineChoice::Sharp),
        other => Err(expected("auto, core or sharp", other)),
    }
}

pub(crate) fn target(text: &str) -> Result<Score, String> {
    let wrong = || expected("ssim2=N with N from 1 to 100, as in ssim2=80", text);
    let (metric, number) = text.split_once('=').ok_or_else(wrong)?;
    if !["ssim2", "ssimulacra2"].contains(&metric.to_ascii_lowercase().as_str()) {
        return Err(wrong());
    }
    let number: f64 = number.parse().map_err(|_| wrong())?;
    Score::target(number).map_err(|error| without_field(&error))
}

pub(crate) fn score(text: &str) -> Result<Score, String> {
    let number: f64 = text.parse().map_err(|_| expected("a SSIMULACRA2 score from 1 to 100", text))?;
    Score::target(number).map_err(|error| without_field(&error))
}

/// Decimal units (`kB`, `MB`, `GB`, also without the B) and binary ones (`KiB`, `MiB`, `GiB`), in any case.
pub(crate) fn size(text: &str) -> Result<Bytes, String> {
    let wrong = || expected("a size such as 200kB, 1.5MB, 300KiB or 20000", text);
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let bytes = number * factor as f64;
    // Beyond 2^53 a float no longer counts single bytes, and no image is that large.
    if (1.0..9.0e15).contains(&bytes) { Ok(Bytes(bytes as u64)) } else { Err(wrong()) }
}

/// How much memory may be used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MemoryLimit {
    Bytes(u64),
    /// Of what there is, above 0 and up to 100.
    Percent(f64),
}

impl MemoryLimit {
    /// In bytes, on a machine that has `total` of them.
    pub(crate) fn of(self, total: u64) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Percent(percent) => (total as f64 / 100.0 * percent) as u64,
        }
    }
}

pub(crate) fn memory(text: &str) -> Result<MemoryLimit, String> {
    let wrong = || expected("a size such as 2GiB or 800MB, or a share from 1% to 100%", text);
    match text.strip_suffix('%') {
        Some(number) => match number.trim_end().parse() {
            Ok(percent) if (1.0..=100.0).contains(&percent) => Ok(MemoryLimit::Percent(percent)),
            _ => Err(wrong()),
        },
        None => size(text).map(|bytes| MemoryLimit::Bytes(bytes.0)).map_err(|_| wrong()),
    }
}

pub(crate) fn formats(text: &str) -> Result<FormatChoice, String> {
    match text.to_ascii_lowercase().as_str() {
        "keep" => return Ok(FormatChoice::Keep),
        "auto" => return Ok(FormatChoice::Auto),
        _ => {}
    }
    let mut list = Vec::new();
    for name in text.split(',').map(str::trim) {
        let format = Format::from_name(name).filter(|format| format.is_written()).ok_or_else(|| {
            expected(
                "keep, auto, or a list of jpeg, png, webp, avif, jxl, gif or tiff, as in webp,avif",
                &format!("'{name}'"),
            )
        })?;
        if !list.contains(&format) {
            list.push(format);
        }
    }
    Ok(FormatChoice::OneOf(list))
}

/// Which of Squoosh's codecs are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SquooshList(pub(crate) Vec<SquooshCodec>);

pub(crate) fn squoosh(text: &str) -> Result<SquooshList, String> {
    let codecs = text.to_ascii_lowercase();
    let names = codecs.split(',').map(str::trim);
    let read = names.map(|name| {
        SquooshCodec::from_name(name).ok_or_else(|| expected("avif, jxl or avif,jxl", &format!("'{name}'")))
    });
    read.collect::<Result<_, _>>().map(SquooshList)
}

pub(crate) fn resize(text: &str) -> Result<Resize, String> {
    let wrong = || expected("WxH, Wx, xH or the long edge N in pixels, as in 1600x900, 1600x or 2048", text);
    let edge = |digits: &str| match digits {
        "" => Ok(None),
        _ => match digits.parse() {
            Ok(0) | Err(_) => Err(wrong()),
            Ok(edge) => Ok(Some(edge)),
        },
    };
    let resize = match text.split_once(['x', 'X']) {
        Some((width, height)) => Resize { width: edge(width)?, height: edge(height)?, ..Resize::default() },
        None => Resize { long_edge: edge(text)?, ..Resize::default() },
    };
    resize.check().map(|()| resize).map_err(|_| wrong())
}

pub(crate) fn crop(text: &str) -> Result<Crop, String> {
    let wrong = || expected("WxH+X+Y in pixels, as in 800x600+100+50", text);
    let mut numbers = Vec::new();
    for number in text.split(['x', 'X', '+']) {
        numbers.push(number.parse().map_err(|_| wrong())?);
    }
    match numbers[..] {
        [width @ 1..=u32::MAX, height @ 1..=u32::MAX, x, y] => Ok(Crop { x, y, width, height }),
        [width @ 1..=u32::MAX, height @ 1..=u32::MAX] => Ok(Crop { x: 0, y: 0, width, height }),
        _ => Err(wrong()),
    }
}

pub(crate) fn rotation(text: &str) -> Result<Rotation, String> {
    let degrees: Option<u16> = text.parse().ok();
    degrees
        .and_then(|degrees| Rotation::try_from(degrees).ok())
        .ok_or_else(|| expected("0, 90, 180 or 270 degrees clockwise", text))
}

pub(crate) fn flip(text: &str) -> Result<Flip, String> {
    match text.to_ascii_lowercase().as_str() {
        "horizontal" => Ok(Flip::Horizontal),
        "vertical" => Ok(Flip::Vertical),
        _ => Err(expected("horizontal or vertical", text)),
    }
}

pub(crate) fn fit(text: &str) -> Result<Fit, String> {
    match text.to_ascii_lowercase().as_str() {
        "inside" => Ok(Fit::Inside),
        "cover" => Ok(Fit::Cover),
        "fill" => Ok(Fit::Fill),
        _ => Err(expected("inside, cover or fill", text)),
    }
}

pub(crate) fn background(text: &str) -> Result<Background, String> {
    text.parse().map_err(|error| without_field(&error))
}

pub(crate) fn metadata(text: &str) -> Result<MetadataPolicy, String> {
    match text.to_ascii_lowercase().as_str() {
        "safe" => Ok(MetadataPolicy::Safe),
        "strip" => Ok(MetadataPolicy::Strip),
        "keep" => Ok(MetadataPolicy::Keep),
        _ => Err(expected("safe, strip or keep", text)),
    }
}

pub(crate) fn color(text: &str) -> Result<ColorPolicy, String> {
    match text.to_ascii_lowercase().as_str() {
        "keep" => Ok(ColorPolicy::Keep),
        "srgb" => Ok(ColorPolicy::Srgb),
        _ => Err(expected("keep or srgb", text)),
    }
}

/// A share of a file, or bytes.
pub(crate) fn savings(text: &str) -> Result<MinSavings, String> {
    let wrong = || expected("a share such as 5% or a size such as 10kB", text);
    match text.strip_suffix('%') {
        Some(number) => {
            let percent: f64 = number.trim_end().parse().map_err(|_| wrong())?;
            if (0.0..=100.0).contains(&percent) { Ok(MinSavings::Percent(percent)) } else { Err(wrong()) }
        }
        None if text == "0" => Ok(MinSavings::Bytes(0)),
        None => size(text).map(|size| MinSavings::Bytes(size.0)).map_err(|_| wrong()),
    }
}

pub(crate) fn progress(text: &str) -> Result<ProgressKind, String> {
    match text.to_ascii_lowercase().as_str() {
        "auto" => Ok(ProgressKind::Auto),
        "json" => Ok(ProgressKind::Json),
        "none" => Ok(ProgressKind::None),
        _ => Err(expected("auto, json or none", text)),
    }
}

pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    let wrong = || expected(&format!("a whole number from 1 to {MAX_JOBS}"), text);
    text.parse().ok().filter(|jobs| (1..=MAX_JOBS).contains(jobs)).ok_or_else(wrong)
}

pub(crate) fn pixels(text: &str) -> Result<Pixels, String> {
    let wrong = || expected("a number of pixels such as 25000000 or 25MP", text);
    let lower = text.to_ascii_lowercase();
    let (number, factor) = match lower.strip_suffix("mp") {
        Some(number) => (number, 1_000_000),
        None => (lower.as_str(), 1),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(factor).filter(|pixels| *pixels > 0).map(Pixels).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("5%", MinSavings::Percent(5.0))]
    #[case("0.5 %", MinSavings::Percent(0.5))]
    #[case("100%", MinSavings::Percent(100.0))]
    #[case("0", MinSavings::Bytes(0))]
    #[case("10kB", MinSavings::Bytes(10_000))]
    #[case("7", MinSavings::Bytes(7))]
    fn savings_are_shares_or_sizes(#[case] text: &str, #[case] least: MinSavings) {
        assert_eq!(savings(text), Ok(least));
    }

    #[rstest]
    fn other_savings_are_refused_with_an_example(
        #[values("", "%", "-1%", "101%", "nan%", "many", "-5")] wrong: &str,
    ) {
        let error = savings(wrong).unwrap_err();
        assert!(error.contains("5%") && error.contains(wrong), "{error}");
    }

    #[rstest]
    #[case("200kB", 200_000)]
    #[case("1.5MB", 1_500_000)]
    #[case("300KiB", 307_200)]
    #[case("2 MiB", 2 << 20)]
    #[case("20000", 20_000)]
    #[case("7b", 7)]
    #[case("1G", 1_000_000_000)]
    fn sizes_come_in_decimal_and_binary_units(#[case] text: &str, #[case] bytes: u64) {
        assert_eq!(size(text), Ok(Bytes(bytes)));
    }

    #[rstest]
    fn other_sizes_are_refused(
        #[values("", "kB", "-1", "0", "0.1", "1e99", "12 parsecs", "1.2.3", "inf", "99999999999GB")]
        wrong: &str,
    ) {
        assert!(size(wrong).unwrap_err().ends_with(wrong));
    }

    #[rstest]
    #[case("1GiB", 1 << 30)]
    #[case("25%", 2 << 30)]
    #[case("100 %", 8 << 30)]
    fn memory_is_a_size_or_a_share(#[case] text: &str, #[case] of_8_gib: u64) {
        assert_eq!(memory(text).map(|limit| limit.of(8 << 30)), Ok(of_8_gib));
    }

    #[rstest]
    fn other_memory_is_refused_with_an_example(
        #[values("", "%", "0%", "0.5%", "101%", "lots", "-1GB", "nan%")] wrong: &str,
    ) {
        let error = memory(wrong).unwrap_err();
        assert!(error.contains("2GiB") && error.ends_with(wrong), "{error}");
    }

    #[rstest]
    #[case("auto", FormatChoice::Auto)]
    #[case("KEEP", FormatChoice::Keep)]
    #[case("jpg, webp,jpeg", FormatChoice::OneOf(vec![Format::Jpeg, Format::Webp]))]
    fn formats_come_by_name_and_alias(#[case] text: &str, #[case] choice: FormatChoice) {
        assert_eq!(formats(text), Ok(choice));
    }

    #[rstest]
    fn other_formats_are_refused(#[values("", "webp,", "auto,webp", "bmp")] wrong: &str) {
        assert!(formats(wrong).is_err());
    }

    #[rstest]
    #[case("jxl", vec![SquooshCodec::Jxl])]
    #[case("AVIF, jxl", vec![SquooshCodec::Avif, SquooshCodec::Jxl])]
    fn squooshs_codecs_come_by_format(#[case] text: &str, #[case] codecs: Vec<SquooshCodec>) {
        assert_eq!(squoosh(text), Ok(SquooshList(codecs)));
    }

    #[rstest]
    fn other_codecs_are_refused(#[values("", "avif,", "webp", "all")] wrong: &str) {
        assert!(squoosh(wrong).is_err());
    }

    #[rstest]
    #[case("1600x900", Resize { width: Some(1600), height: Some(900), ..Resize::default() })]
    #[case("1600x", Resize { width: Some(1600), ..Resize::default() })]
    #[case("x900", Resize { height: Some(900), ..Resize::default() })]
    #[case("2048", Resize { long_edge: Some(2048), ..Resize::default() })]
    fn boxes_may_leave_one_edge_open(#[case] text: &str, #[case] expected: Resize) {
        assert_eq!(resize(text), Ok(expected));
    }

    #[rstest]
    fn other_boxes_are_refused(
        #[values("", "x", "0x10", "0", "10x-1", "axb", "10x10x10", "99999999999x")] wrong: &str,
    ) {
        assert!(resize(wrong).unwrap_err().ends_with(wrong));
    }

    #[rstest]
    #[case("800x600+100+50", Crop { x: 100, y: 50, width: 800, height: 600 })]
    #[case("800x600", Crop { x: 0, y: 0, width: 800, height: 600 })]
    fn rectangles_are_written_as_size_and_offset(#[case] text: &str, #[case] expected: Crop) {
        assert_eq!(crop(text), Ok(expected));
    }

    #[rstest]
    fn other_rectangles_are_refused(
        #[values("", "800", "0x5", "5x5+1", "5x5+-1+0", "5x5+1+1+1")] wrong: &str,
    ) {
        assert!(crop(wrong).unwrap_err().ends_with(wrong));
    }

    #[test]
    fn scores_and_pixels_are_read() {
        assert_eq!(target("ssim2=72.5").map(Score::get), Ok(72.5));
        assert_eq!(target("SSIMULACRA2=90").map(Score::get), Ok(90.0));
        assert_eq!(pixels("25MP"), Ok(Pixels(25_000_000)));
        assert_eq!(pixels("123"), Ok(Pixels(123)));
        assert!(target("80").is_err() && target("ssim2=nan").is_err());
        assert!(pixels("99999999999999MP").is_err());
    }
}
