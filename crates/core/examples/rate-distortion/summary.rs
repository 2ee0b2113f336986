//! From rows to a few numbers: geometric means of ratios, and how near searches come to their goal.

use crate::inputs::Kind;
use crate::measure::{LosslessPngRow, LossyPngRow, LossyRow, Measured, SearchRow, TARGETS};
use crate::tools::{LossyFormat, PNGQUANT_SETTINGS};
use serde::Serialize;
use std::collections::BTreeMap;

/// A search is accurate when it ends at most this far above its target, and not below it.
const ACCURATE_WITHIN: f64 = 1.5;
/// Times shorter than this say nothing.
const LEAST_SECONDS: f64 = 0.001;

/// Ratios of many images in one number.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spread {
    /// Geometric mean.
    pub(crate) ratio: f64,
    /// The best image's.
    pub(crate) least: f64,
    /// The worst image's.
    pub(crate) most: f64,
    /// How many images.
    pub(crate) images: usize,
    /// Each of them.
    #[serde(skip)]
    pub(crate) each: Vec<f64>,
}

impl Spread {
    /// Of positive ratios; `None` without any.
    pub(crate) fn of(each: Vec<f64>) -> Option<Self> {
        let ratio = geometric_mean(&each)?;
        let least = each.iter().copied().fold(f64::INFINITY, f64::min);
        let most = each.iter().copied().fold(0.0, f64::max);
        Some(Self { ratio, least, most, images: each.len(), each })
    }
}

/// The number whose logarithm is the mean of the logarithms; `None` without any.
fn geometric_mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().map(|value| value.ln()).sum();
    (!values.is_empty()).then(|| (sum / values.len() as f64).exp())
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// planish against one tool at one score. Ratios are planish's bytes or seconds by the other's.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LossySummary {
    /// Which format.
    pub(crate) format: LossyFormat,
    /// Photos or graphics.
    pub(crate) kind: Kind,
    /// Tool and settings.
    pub(crate) against: String,
    /// SSIMULACRA2.
    pub(crate) target: u32,
    /// Bytes of what `--target` hands out, by the other's interpolated bytes at the target itself: whatever
    /// the search ends above the target counts against planish.
    pub(crate) delivered: Option<Spread>,
    /// Both interpolated at the target from fixed qualities: the encoders alone.
    pub(crate) encoder: Option<Spread>,
    /// Processor time of the whole search by the other's single encode, without start-up.
    pub(crate) search_cpu: Option<f64>,
    /// Processor time of a single encode by the other's, without start-up.
    pub(crate) encode_cpu: Option<f64>,
    /// Images whose target the search cannot reach.
    pub(crate) planish_out_of_reach: usize,
    /// Images whose target the other tool cannot reach.
    pub(crate) other_out_of_reach: usize,
}

/// How near planish's searches come. Of graphics, searches among palettes count too, most of whose encodes are drafts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccuracySummary {
    /// Photos or graphics.
    pub(crate) kind: Kind,
    /// Which format; all of them together where `null`.
    pub(crate) format: Option<LossyFormat>,
    /// SSIMULACRA2; all of them together where `null`.
    pub(crate) target: Option<u32>,
    /// Lossy outputs.
    pub(crate) outputs: usize,
    /// Share of them from the target to 1.5 above it.
    pub(crate) accurate: Option<f64>,
    /// Number of them below the target.
    pub(crate) below: usize,
    /// Mean points above the target.
    pub(crate) mean_excess: Option<f64>,
    /// Mean number of encodes per search.
    pub(crate) mean_encodes: Option<f64>,
}

/// planish against pngquant with one setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LossyPngSummary {
    /// pngquant's `--quality`.
    pub(crate) setting: &'static str,
    /// planish's bytes by pngquant's, at pngquant's score.
    pub(crate) delivered: Option<Spread>,
    /// Mean of pngquant's scores.
    pub(crate) mean_score: Option<f64>,
    /// Processor time of the whole search by pngquant's.
    pub(crate) search_cpu: Option<f64>,
    /// How many of planish's outputs are lossless.
    pub(crate) lossless: usize,
    /// Images whose score the search cannot reach.
    pub(crate) planish_out_of_reach: usize,
}

/// planish's lossless PNG against `oxipng -o max`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LosslessPngSummary {
    /// planish's effort.
    pub(crate) effort: u32,
    /// Bytes by oxipng's.
    pub(crate) bytes: Option<Spread>,
    /// Processor time by oxipng's.
    pub(crate) cpu: Option<f64>,
    /// Processor seconds of planish, all images together.
    pub(crate) planish_seconds: f64,
    /// Processor seconds of oxipng, all images together.
    pub(crate) oxipng_seconds: f64,
}

/// Everything in a few numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// Where planish needs more bytes than another tool, and by how much; worst first.
    pub(crate) behind: Vec<String>,
    /// JPEG, WebP, AVIF.
    pub(crate) lossy: Vec<LossySummary>,
    /// The search.
    pub(crate) accuracy: Vec<AccuracySummary>,
    /// PNG with fewer colours.
    pub(crate) lossy_png: Vec<LossyPngSummary>,
    /// PNG without loss.
    pub(crate) lossless_png: Vec<LosslessPngSummary>,
}

impl Summary {
    /// Of everything that was measured.
    pub(crate) fn of(measured: &Measured) -> Self {
        let lossy = lossy(&measured.lossy, &measured.startup);
        let lossy_png = lossy_png(&measured.lossy_png, &measured.startup);
        let lossless_png = lossless_png(&measured.lossless_png);
        let behind = behind(&lossy, &lossy_png, &lossless_png);
        Self { behind, lossy, accuracy: accuracy(&measured.lossy), lossy_png, lossless_png }
    }
}

/// Seconds without the start of the process.
fn net(cpu: f64, startup: Option<&f64>) -> f64 {
    (cpu - startup.unwrap_or(&0.0)).max(LEAST_SECONDS)
}

fn lossy(rows: &[LossyRow], startup: &BTreeMap<&str, f64>) -> Vec<LossySummary> {
    let mut summaries = Vec::new();
    for format in LossyFormat::ALL {
        for kind in [Kind::Photo, Kind::Graphic] {
            let rows: Vec<_> = rows.iter().filter(|row| row.format == format && row.kind == kind).collect();
            let mut others: Vec<&str> = Vec::new();
            for curve in rows.iter().flat_map(|row| &row.curves) {
                if curve.tool != "planish" && !others.contains(&curve.tool.as_str()) {
                    others.push(&curve.tool);
                }
            }
            for against in others {
                summaries.extend(TARGETS.iter().map(|&target| pair(&rows, against, target, startup)));
            }
        }
    }
    summaries
}

/// One tool, one target.
fn pair(rows: &[&LossyRow], against: &str, target: u32, startup: &BTreeMap<&str, f64>) -> LossySummary {
    let score = f64::from(target);
    let (mut delivered, mut encoder, mut search_cpu, mut encode_cpu) = (vec![], vec![], vec![], vec![]);
    let (mut planish_out_of_reach, mut other_out_of_reach) = (0, 0);
    for row in rows {
        let Some(other) = row.curves.iter().find(|curve| curve.tool == against) else { continue };
        let own = row.curves.iter().find(|curve| curve.tool == "planish");
        let search = row.searches.iter().find(|search| (search.target - score).abs() < 1e-9);
        let found = search.and_then(|search| search.result.as_ref());
        planish_out_of_reach += usize::from(search.is_some() && found.is_none());
        let Some(other_bytes) = other.samples.bytes_at(score) else {
            other_out_of_reach += 1;
            continue;
        };
        let other_cpu = other.samples.cpu_near(score).map(|cpu| net(cpu, startup.get(other.program.name())));
        let own_startup = startup.get("planish");
        if let Some(found) = found {
            delivered.push(found.bytes as f64 / other_bytes);
            if let (Some(search), Some(other_cpu)) = (search, other_cpu) {
                search_cpu.push(net(search.cpu, own_startup) / other_cpu);
            }
        }
        if let Some(own) = own {
            encoder.extend(own.samples.bytes_at(score).map(|bytes| bytes / other_bytes));
            if let (Some(cpu), Some(other_cpu)) = (own.samples.cpu_near(score), other_cpu) {
                encode_cpu.push(net(cpu, own_startup) / other_cpu);
            }
        }
    }
    let first = rows.first();
    LossySummary {
        format: first.map_or(LossyFormat::Jpeg, |row| row.format),
        kind: first.map_or(Kind::Photo, |row| row.kind),
        against: against.into(),
        target,
        delivered: Spread::of(delivered),
        encoder: Spread::of(encoder),
        search_cpu: geometric_mean(&search_cpu),
        encode_cpu: geometric_mean(&encode_cpu),
        planish_out_of_reach,
        other_out_of_reach,
    }
}

fn accuracy(rows: &[LossyRow]) -> Vec<AccuracySummary> {
    let mut summaries = Vec::new();
    for kind in [Kind::Photo, Kind::Graphic] {
        for format in LossyFormat::ALL.into_iter().map(Some).chain([None]) {
            for target in TARGETS.into_iter().map(Some).chain([None]) {
                let searches = rows
                    .iter()
                    .filter(|row| row.kind == kind && format.is_none_or(|format| row.format == format))
                    .flat_map(|row| &row.searches)
                    .filter(|search| target.is_none_or(|t| (search.target - f64::from(t)).abs() < 1e-9));
                let summary = accuracy_of(searches, kind, format, target);
                if summary.outputs > 0 {
                    summaries.push(summary);
                }
            }
        }
    }
    summaries
}

fn accuracy_of<'a>(
    searches: impl Iterator<Item = &'a SearchRow>,
    kind: Kind,
    format: Option<LossyFormat>,
    target: Option<u32>,
) -> AccuracySummary {
    let (mut excess, mut encodes) = (Vec::new(), Vec::new());
    for search in searches {
        if let Some(found) = search.result.as_ref().filter(|found| !found.lossless) {
            excess.push(found.score - search.target);
            encodes.push(found.encodes as f64);
        }
    }
    let accurate = excess.iter().filter(|excess| (0.0..=ACCURATE_WITHIN).contains(*excess)).count();
    AccuracySummary {
        kind,
        format,
        target,
        outputs: excess.len(),
        accurate: (!excess.is_empty()).then(|| accurate as f64 / excess.len() as f64),
        below: excess.iter().filter(|excess| **excess < 0.0).count(),
        mean_excess: mean(&excess),
        mean_encodes: mean(&encodes),
    }
}

fn lossy_png(rows: &[LossyPngRow], startup: &BTreeMap<&str, f64>) -> Vec<LossyPngSummary> {
    let mut summaries = Vec::new();
    for setting in PNGQUANT_SETTINGS {
        let rows: Vec<_> = rows.iter().filter(|row| row.setting == setting).collect();
        if rows.is_empty() {
            continue;
        }
        let found = || rows.iter().filter_map(|row| Some((row, row.planish.result.as_ref()?)));
        let cpu: Vec<f64> = found()
            .map(|(row, _)| {
                net(row.planish.cpu, startup.get("planish")) / net(row.pngquant.cpu, startup.get("pngquant"))
            })
            .collect();
        summaries.push(LossyPngSummary {
            setting,
            delivered: Spread::of(
                found().map(|(row, found)| found.bytes as f64 / row.pngquant.bytes as f64).collect(),
            ),
            mean_score: mean(&rows.iter().map(|row| row.pngquant.score).collect::<Vec<_>>()),
            search_cpu: geometric_mean(&cpu),
            lossless: found().filter(|(_, found)| found.lossless).count(),
            planish_out_of_reach: rows.iter().filter(|row| row.planish.result.is_none()).count(),
        });
    }
    summaries
}

fn lossless_png(rows: &[LosslessPngRow]) -> Vec<LosslessPngSummary> {
    let mut efforts: Vec<u32> = rows.iter().flat_map(|row| row.planish.keys().copied()).collect();
    efforts.sort_unstable();
    efforts.dedup();
    let pairs = |effort: u32| {
        rows.iter().filter_map(move |row| Some((*row.planish.get(&effort)?, row.oxipng?))).collect::<Vec<_>>()
    };
    efforts
        .into_iter()
        .filter(|&effort| !pairs(effort).is_empty())
        .map(|effort| {
            let pairs = pairs(effort);
            let ratio = |a: f64, b: f64| a.max(LEAST_SECONDS) / b.max(LEAST_SECONDS);
            let cpu: Vec<f64> = pairs.iter().map(|(own, other)| ratio(own.cpu, other.cpu)).collect();
            LosslessPngSummary {
                effort,
                bytes: Spread::of(
                    pairs.iter().map(|(own, other)| own.bytes as f64 / other.bytes as f64).collect(),
                ),
                cpu: geometric_mean(&cpu),
                planish_seconds: pairs.iter().map(|(own, _)| own.cpu).sum(),
                oxipng_seconds: pairs.iter().map(|(_, other)| other.cpu).sum(),
            }
        })
        .collect()
}

/// One sentence per comparison in which planish's files are larger, worst first.
fn behind(
    lossy: &[LossySummary],
    lossy_png: &[LossyPngSummary],
    lossless_png: &[LosslessPngSummary],
) -> Vec<String> {
    let mut found: Vec<(f64, String)> = Vec::new();
    let mut note = |spread: Option<&Spread>, what: String| {
        if let Some(spread) = spread.filter(|spread| spread.ratio > 1.0) {
            let percent = (spread.ratio - 1.0) * 100.0;
            let images =
                if spread.images == 1 { "1 image".into() } else { format!("{} images", spread.images) };
            found.push((spread.ratio, format!("{what}: {percent:.1} % larger ({images})")));
        }
    };
    for summary in lossy {
        let LossySummary { format, kind, against, target, .. } = summary;
        let what = format!("{}, {}s, score {target}, against {against}", format.name(), kind.name());
        note(summary.delivered.as_ref(), format!("{what}, as delivered by --target"));
        note(summary.encoder.as_ref(), format!("{what}, encoders alone"));
    }
    for summary in lossy_png {
        note(summary.delivered.as_ref(), format!("png, lossy, against pngquant {}", summary.setting));
    }
    for summary in lossless_png {
        note(
            summary.bytes.as_ref(),
            format!("png, lossless, effort {}, against oxipng -o max", summary.effort),
        );
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, sentence)| sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Curve, Sample};
    use crate::measure::{CurveRow, Delivered, LosslessSample};
    use crate::tools::Program;

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-9)
    }

    fn curve(tool: &str, program: Program, samples: &[(f64, u64, f64)], cpu: f64) -> CurveRow {
        let mut rest = samples.iter();
        let start: Vec<f64> = samples.iter().map(|sample| sample.0).collect();
        let samples = Curve::sample(&start, (0.0, 100.0), &[], |quality| {
            let &(_, bytes, score) = rest.next().unwrap();
            Ok(Sample { quality, bytes, score, cpu })
        })
        .unwrap();
        CurveRow { tool: tool.into(), program, samples, bytes_at: BTreeMap::new() }
    }

    fn search(target: f64, bytes: u64, score: f64, encodes: u64) -> SearchRow {
        let result = Delivered { bytes, score, lossless: false, quality: None, encodes };
        SearchRow { target, result: Some(result), cpu: 1.25 }
    }

    /// planish 1000 bytes at 80 (1100 delivered), the other 1000 × `factor`.
    fn row(image: &str, factor: u64) -> LossyRow {
        LossyRow {
            image: image.into(),
            kind: Kind::Photo,
            format: LossyFormat::Webp,
            searches: vec![
                search(80.0, 1100, 81.0, 4),
                SearchRow { target: 90.0, result: None, cpu: 1.0 },
                search(70.0, 500, 72.0, 2),
            ],
            curves: vec![
                curve("planish", Program::Planish, &[(1.0, 500, 79.0), (2.0, 2000, 81.0)], 0.75),
                curve(
                    "cwebp -m 6",
                    Program::Cwebp,
                    &[(1.0, 500 * factor, 79.0), (2.0, 2000 * factor, 81.0)],
                    0.5,
                ),
            ],
        }
    }

    #[test]
    fn means_are_geometric() {
        let spread = Spread::of(vec![0.5, 2.0, 1.0]).unwrap();
        assert!(close(Some(spread.ratio), 1.0));
        assert_eq!((spread.least, spread.most, spread.images), (0.5, 2.0, 3));
        assert_eq!(Spread::of(vec![]), None);
    }

    #[test]
    fn ratios_are_planish_by_the_other_and_times_are_without_start_up() {
        let startup = BTreeMap::from([("planish", 0.25), ("cwebp", 0.25)]);
        let summaries = lossy(&[row("a", 1), row("b", 4)], &startup);
        assert_eq!(summaries.len(), 3);
        let at_80 = &summaries[1];
        assert_eq!((at_80.target, at_80.against.as_str()), (80, "cwebp -m 6"));
        // Images: 1 and 1/4, so a half; delivered is a tenth more.
        assert!(close(at_80.encoder.as_ref().map(|s| s.ratio), 0.5));
        assert!(close(at_80.delivered.as_ref().map(|s| s.ratio), 0.55));
        // A search of one second, an encode of a half, by a quarter.
        assert!(close(at_80.search_cpu, 4.0) && close(at_80.encode_cpu, 2.0));
    }

    #[test]
    fn what_is_out_of_reach_is_counted_and_not_averaged() {
        let summaries = lossy(&[row("a", 1)], &BTreeMap::new());
        let (at_70, at_90) = (&summaries[0], &summaries[2]);
        assert_eq!((at_70.other_out_of_reach, at_70.planish_out_of_reach), (1, 0));
        assert_eq!(at_70.delivered, None);
        assert_eq!((at_90.other_out_of_reach, at_90.planish_out_of_reach), (1, 1));
    }

    #[test]
    fn accuracy_counts_lossy_outputs_from_the_target_to_a_point_and_a_half_above() {
        let mut lossless = search(80.0, 10, 100.0, 1);
        lossless.result.as_mut().unwrap().lossless = true;
        let searches = [
            search(80.0, 10, 80.0, 2),
            search(80.0, 10, 81.5, 4),
            search(80.0, 10, 81.6, 4),
            search(80.0, 10, 79.9, 6),
            lossless,
        ];
        let summary = accuracy_of(searches.iter(), Kind::Photo, None, Some(80));
        assert_eq!((summary.outputs, summary.below), (4, 1));
        assert!(close(summary.accurate, 0.5) && close(summary.mean_encodes, 4.0));
        assert!(close(summary.mean_excess, 0.75));
        assert_eq!(accuracy_of([].iter(), Kind::Photo, None, None).accurate, None);
    }

    #[test]
    fn accuracy_of_photos_and_of_graphics_are_told_apart() {
        let graphic = |name| LossyRow { kind: Kind::Graphic, ..row(name, 1) };
        let summaries = accuracy(&[row("a", 1), graphic("b"), graphic("c")]);
        let outputs = |kind, format| {
            let found = summaries
                .iter()
                .find(|found| (found.kind, found.format, found.target) == (kind, format, None));
            found.map(|found| found.outputs)
        };
        assert_eq!(outputs(Kind::Photo, None), Some(2));
        assert_eq!(outputs(Kind::Graphic, Some(LossyFormat::Webp)), Some(4));
        assert_eq!(outputs(Kind::Graphic, Some(LossyFormat::Jpeg)), None);
    }

    #[test]
    fn png_rows_are_compared_by_setting_and_by_effort() {
        let pngquant = Sample { quality: 0.0, bytes: 200, score: 85.0, cpu: 0.5 };
        let rows = [LossyPngRow {
            image: "a".into(),
            setting: "default",
            pngquant,
            planish: search(85.0, 100, 85.5, 3),
        }];
        let summary = lossy_png(&rows, &BTreeMap::new());
        assert_eq!(summary.len(), 1);
        assert!(
            close(summary[0].delivered.as_ref().map(|s| s.ratio), 0.5) && close(summary[0].search_cpu, 2.5)
        );
        let sample = |bytes, cpu| LosslessSample { bytes, cpu };
        let row = |oxipng| LosslessPngRow {
            image: "a".into(),
            original_bytes: 500,
            oxipng,
            planish: BTreeMap::from([(5, sample(300, 1.0)), (9, sample(150, 8.0))]),
        };
        let summary = lossless_png(&[row(Some(sample(200, 4.0))), row(None)]);
        assert_eq!(summary.iter().map(|summary| summary.effort).collect::<Vec<_>>(), [5, 9]);
        assert!(close(summary[0].bytes.as_ref().map(|s| s.ratio), 1.5) && close(summary[0].cpu, 0.25));
        assert!(close(summary[1].cpu, 2.0) && close(Some(summary[1].planish_seconds), 8.0));
    }

    #[test]
    fn shortfalls_are_told_worst_first() {
        let mut measured = Measured::default();
        measured.lossy.push(row("a", 1));
        measured.lossless_png.push(LosslessPngRow {
            image: "b".into(),
            original_bytes: 500,
            oxipng: Some(LosslessSample { bytes: 100, cpu: 1.0 }),
            planish: BTreeMap::from([(5, LosslessSample { bytes: 125, cpu: 1.0 })]),
        });
        let behind = Summary::of(&measured).behind;
        assert_eq!(behind.len(), 2, "{behind:?}");
        assert_eq!(behind[0], "png, lossless, effort 5, against oxipng -o max: 25.0 % larger (1 image)");
        assert!(
            behind[1].starts_with("webp, photos, score 80, against cwebp -m 6, as delivered")
                && behind[1].contains("10.0 %")
        );
    }
}
