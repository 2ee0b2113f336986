//! Makes every tool encode every image, and scores what comes out.

use crate::Failure;
use crate::curve::{Curve, Sample};
use crate::inputs::{Input, Inputs, Kind};
use crate::machine::cores;
use crate::options::Options;
use crate::process::Finished;
use crate::tools::{self, Contender, Job, LossyFormat, Program, Tools};
use planish::{Comparison, OptimizeContext};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// SSIMULACRA2 scores that sizes are compared at.
pub(crate) const TARGETS: [u32; 3] = [70, 80, 90];
/// planish's efforts for lossless PNG; 8 takes about as long as `oxipng -o max`. The last one is for full runs only.
const LOSSLESS_EFFORTS: [u32; 5] = [3, 5, 7, 8, 9];

/// All figures.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// JPEG, WebP and AVIF.
    pub(crate) lossy: Vec<LossyRow>,
    /// PNG with fewer colours.
    pub(crate) lossy_png: Vec<LossyPngRow>,
    /// PNG without loss.
    pub(crate) lossless_png: Vec<LosslessPngRow>,
    /// Processor seconds each program takes for an image of 16 × 16 pixels.
    pub(crate) startup: BTreeMap<&'static str, f64>,
    /// sharp's effort for AVIF that takes as long as planish.
    pub(crate) equal_effort: Option<u32>,
    /// What did not work.
    pub(crate) failures: Vec<MeasureFailure>,
}

/// One image in one format.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LossyRow {
    /// Which image.
    pub(crate) image: String,
    /// Photo or graphic.
    pub(crate) kind: Kind,
    /// Which format.
    pub(crate) format: LossyFormat,
    /// What planish's search for each score gave.
    pub(crate) searches: Vec<SearchRow>,
    /// Encodes at fixed qualities, by each tool.
    pub(crate) curves: Vec<CurveRow>,
}

/// One search by planish.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SearchRow {
    /// The score asked for.
    pub(crate) target: f64,
    /// What came; `null` where planish says that the goal cannot be met.
    pub(crate) result: Option<Delivered>,
    /// Processor seconds, with the start of the process.
    pub(crate) cpu: f64,
}

/// A file planish made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivered {
    /// Size.
    pub(crate) bytes: u64,
    /// SSIMULACRA2, measured here.
    pub(crate) score: f64,
    /// Whether it was coded without loss.
    pub(crate) lossless: bool,
    /// The encoder's quality.
    pub(crate) quality: Option<f64>,
    /// Encodes that were made to find it.
    pub(crate) encodes: u64,
}

/// One tool's encodes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CurveRow {
    /// Tool and settings.
    pub(crate) tool: String,
    /// Whose start-up time is in the samples.
    #[serde(skip)]
    pub(crate) program: Program,
    /// By ascending quality.
    pub(crate) samples: Curve,
    /// Interpolated bytes at each target; `null` where it is out of reach.
    pub(crate) bytes_at: BTreeMap<u32, Option<f64>>,
}

/// pngquant with one setting, and planish asked for the score that came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LossyPngRow {
    /// Which image.
    pub(crate) image: String,
    /// pngquant's `--quality`.
    pub(crate) setting: &'static str,
    /// Bytes, score and time; the quality is 0.
    pub(crate) pngquant: Sample,
    /// planish's answer.
    pub(crate) planish: SearchRow,
}

/// One graphic without loss.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LosslessPngRow {
    /// Which image.
    pub(crate) image: String,
    /// Size of the original file.
    pub(crate) original_bytes: u64,
    /// oxipng -o max.
    pub(crate) oxipng: Option<LosslessSample>,
    /// planish by effort.
    pub(crate) planish: BTreeMap<u32, LosslessSample>,
}

/// One lossless encode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LosslessSample {
    /// Size.
    pub(crate) bytes: u64,
    /// Processor seconds, with the start of the process.
    pub(crate) cpu: f64,
}

/// Something that did not work; the rest goes on.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeasureFailure {
    /// Which image.
    pub(crate) image: String,
    /// Whose doing.
    pub(crate) tool: String,
    /// In its own words.
    pub(crate) message: String,
}

/// One piece of work.
#[derive(Debug, Clone, Copy)]
enum Unit<'a> {
    Lossy(&'a Input, LossyFormat),
    LossyPng(&'a Input),
    LosslessPng(&'a Input),
}

/// Does everything, on all cores: one piece of work, and so one child process, per core.
pub(crate) fn measure(options: &Options, tools: &Tools, inputs: &Inputs) -> Result<Measured, Failure> {
    let mut measured = Measured { startup: startup(options, tools)?, ..Measured::default() };
    if tools.has(Program::Sharp)
        && let Some(image) = typical(&inputs.images)
    {
        measured.equal_effort = Some(equal_effort(options, tools, image, &measured.startup)?);
    }
    let graphics = || inputs.images.iter().filter(|image| image.kind == Kind::Graphic);
    // The longest first, so that the cores end together.
    let mut units: Vec<Unit> = Vec::new();
    for format in [LossyFormat::Avif, LossyFormat::Jpeg, LossyFormat::Webp] {
        for image in &inputs.images {
            // Quick runs look at graphics where planish's settings for them differ most from the others'.
            let wanted = image.kind == Kind::Photo || options.full || format == LossyFormat::Webp;
            if wanted && !(format == LossyFormat::Jpeg && image.transparent) {
                units.push(Unit::Lossy(image, format));
            }
        }
        if format == LossyFormat::Avif {
            units.extend(graphics().map(Unit::LosslessPng));
            if tools.has(Program::Pngquant) {
                units.extend(graphics().map(Unit::LossyPng));
            }
        }
    }
    let done = AtomicUsize::new(0);
    let results = parallel(&units, cores(), |index, unit| {
        let folder = options.work.join(format!("unit-{index}"));
        let result =
            Bench { tools, folder: &folder, full: options.full, equal_effort: measured.equal_effort }
                .measure(*unit);
        let _ = std::fs::remove_dir_all(&folder);
        let (image, what) = match unit {
            Unit::Lossy(image, format) => (image, format.name()),
            Unit::LossyPng(image) => (image, "png, lossy"),
            Unit::LosslessPng(image) => (image, "png, lossless"),
        };
        let count = done.fetch_add(1, Ordering::Relaxed) + 1;
        eprintln!("    {count}/{}  {} as {what}", units.len(), image.name);
        result
    });
    for (unit, result) in units.iter().zip(results) {
        let (Unit::Lossy(image, _) | Unit::LossyPng(image) | Unit::LosslessPng(image)) = unit;
        match result {
            Ok(part) => measured.add(part),
            Err(error) => measured.failures.push(MeasureFailure {
                image: image.name.clone(),
                tool: "planish".into(),
                message: error.to_string(),
            }),
        }
    }
    measured.lossy.sort_by(|a, b| (a.format, a.kind, &a.image).cmp(&(b.format, b.kind, &b.image)));
    measured.lossy_png.sort_by(|a, b| a.image.cmp(&b.image));
    measured.lossless_png.sort_by(|a, b| a.image.cmp(&b.image));
    Ok(measured)
}

impl Measured {
    fn add(&mut self, part: Self) {
        self.lossy.extend(part.lossy);
        self.lossy_png.extend(part.lossy_png);
        self.lossless_png.extend(part.lossless_png);
        self.failures.extend(part.failures);
    }
}

/// What one piece of work needs.
struct Bench<'a> {
    tools: &'a Tools,
    folder: &'a Path,
    full: bool,
    equal_effort: Option<u32>,
}

impl Bench<'_> {
    fn measure(&self, unit: Unit<'_>) -> Result<Measured, Failure> {
        std::fs::create_dir_all(self.folder)?;
        match unit {
            Unit::Lossy(image, format) => self.lossy(image, format),
            Unit::LossyPng(image) => self.lossy_png(image),
            Unit::LosslessPng(image) => self.lossless_png(image),
        }
    }

    fn lossy(&self, image: &Input, format: LossyFormat) -> Result<Measured, Failure> {
        let mut part = Measured::default();
        let reference = Comparison::with(&std::fs::read(&image.path)?, &OptimizeContext::default())?;
        let output = self.folder.join(format!("output.{}", format.extension()));
        let search = tools::planish_for_score(format.name());
        let searches = TARGETS
            .iter()
            .map(|&target| self.search(&search, image, &output, f64::from(target), &reference))
            .collect::<Result<Vec<_>, _>>()?;
        let mut contenders = tools::others(format, self.equal_effort);
        contenders.retain(|contender| self.tools.has(contender.program));
        // planish may answer a quality with a lossless file for a graphic: no curve.
        if image.kind == Kind::Photo {
            contenders.insert(0, tools::planish_at_quality(format));
        }
        let targets = TARGETS.map(f64::from);
        let mut curves = Vec::new();
        for contender in contenders {
            let curve = Curve::sample(&contender.start, contender.range, &targets, |quality| {
                self.encode(&contender, &Job { input: &image.path, output: &output, quality }, &reference)
            });
            match curve {
                Ok(samples) => curves.push(CurveRow {
                    bytes_at: TARGETS
                        .iter()
                        .map(|&target| (target, samples.bytes_at(f64::from(target))))
                        .collect(),
                    tool: contender.id,
                    program: contender.program,
                    samples,
                }),
                Err(error) => part.failures.push(MeasureFailure {
                    image: image.name.clone(),
                    tool: contender.id,
                    message: error.to_string(),
                }),
            }
        }
        part.lossy.push(LossyRow { image: image.name.clone(), kind: image.kind, format, searches, curves });
        Ok(part)
    }

    /// One encode by any tool, scored.
    fn encode(
        &self,
        contender: &Contender,
        job: &Job<'_>,
        reference: &Comparison,
    ) -> Result<Sample, Failure> {
        remove(job.output)?;
        let finished = self.tools.run(contender.program, &contender.arguments, job)?;
        let finished = finished.successful(&contender.id)?;
        let bytes = std::fs::read(job.output)?;
        let score = reference.score(&bytes, &OptimizeContext::default())?.get();
        Ok(Sample { quality: job.quality, bytes: bytes.len() as u64, score, cpu: finished.cpu })
    }

    /// One search by planish, scored.
    fn search(
        &self,
        arguments: &[String],
        image: &Input,
        output: &Path,
        target: f64,
        reference: &Comparison,
    ) -> Result<SearchRow, Failure> {
        remove(output)?;
        let job = Job { input: &image.path, output, quality: target };
        let finished = self.tools.run(Program::Planish, arguments, &job)?;
        let cpu = finished.cpu;
        let Some(mut delivered) = answer(finished)? else {
            return Ok(SearchRow { target, result: None, cpu });
        };
        let bytes = std::fs::read(output)?;
        delivered.bytes = bytes.len() as u64;
        delivered.score = reference.score(&bytes, &OptimizeContext::default())?.get();
        Ok(SearchRow { target, result: Some(delivered), cpu })
    }

    fn lossy_png(&self, image: &Input) -> Result<Measured, Failure> {
        let mut part = Measured::default();
        let reference = Comparison::with(&std::fs::read(&image.path)?, &OptimizeContext::default())?;
        let output = self.folder.join("output.png");
        let search = tools::planish_for_score("png");
        for setting in tools::PNGQUANT_SETTINGS {
            let contender = Contender {
                id: "pngquant".into(),
                program: Program::Pngquant,
                arguments: tools::pngquant(setting),
                start: [0.0; 3],
                range: (0.0, 0.0),
            };
            let job = Job { input: &image.path, output: &output, quality: 0.0 };
            let pngquant = match self.encode(&contender, &job, &reference) {
                Ok(sample) => sample,
                Err(error) => {
                    let (image, message) = (image.name.clone(), error.to_string());
                    part.failures.push(MeasureFailure { image, tool: contender.id, message });
                    continue;
                }
            };
            // Below 1 there is no goal to state; at 100 nothing was lost and lossless is compared elsewhere.
            if !(1.0..99.99).contains(&pngquant.score) {
                continue;
            }
            let target = (pngquant.score * 100.0).floor() / 100.0;
            let planish = self.search(&search, image, &output, target, &reference)?;
            part.lossy_png.push(LossyPngRow { image: image.name.clone(), setting, pngquant, planish });
        }
        Ok(part)
    }

    fn lossless_png(&self, image: &Input) -> Result<Measured, Failure> {
        let Some(original) = &image.original_png else { return Ok(Measured::default()) };
        let bytes = std::fs::read(original)?;
        let reference = Comparison::with(&bytes, &OptimizeContext::default())?;
        let output = self.folder.join("output.png");
        let encode = |program, arguments: &[String], effort: u32| -> Result<LosslessSample, Failure> {
            remove(&output)?;
            let job = Job { input: original, output: &output, quality: f64::from(effort) };
            let finished = self.tools.run(program, arguments, &job)?.successful("the lossless encoder")?;
            let bytes = std::fs::read(&output)?;
            let score = reference.score(&bytes, &OptimizeContext::default())?.get();
            if score < 99.999 {
                return Err(format!("expected the same pixels, got a score of {score:.3}").into());
            }
            Ok(LosslessSample { bytes: bytes.len() as u64, cpu: finished.cpu })
        };
        let mut part = Measured::default();
        let mut row = LosslessPngRow {
            image: image.name.clone(),
            original_bytes: bytes.len() as u64,
            oxipng: None,
            planish: BTreeMap::new(),
        };
        if self.tools.has(Program::Oxipng) {
            match encode(Program::Oxipng, &tools::oxipng(), 0) {
                Ok(sample) => row.oxipng = Some(sample),
                Err(error) => part.failures.push(MeasureFailure {
                    image: image.name.clone(),
                    tool: "oxipng".into(),
                    message: error.to_string(),
                }),
            }
        }
        let efforts = &LOSSLESS_EFFORTS[..if self.full { 5 } else { 4 }];
        for &effort in efforts {
            row.planish.insert(effort, encode(Program::Planish, &tools::planish_lossless_png(), effort)?);
        }
        part.lossless_png.push(row);
        Ok(part)
    }
}

/// What planish's report says about the one file; `None` where it says that the goal cannot be met.
fn answer(finished: Finished) -> Result<Option<Delivered>, Failure> {
    let report: serde_json::Value = serde_json::from_slice(&finished.stdout).unwrap_or_default();
    if report["errors"][0]["code"] == "goal_unreachable" {
        return Ok(None);
    }
    finished.successful("planish")?;
    let result = &report["results"][0];
    Ok(Some(Delivered {
        bytes: 0,
        score: 0.0,
        lossless: result["lossless"].as_bool().ok_or("planish's report has no `lossless`")?,
        quality: result["quality"].as_f64(),
        encodes: result["encodes"].as_u64().ok_or("planish's report has no `encodes`")?,
    }))
}

fn remove(path: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Processor seconds each program takes for next to nothing: the least of three runs.
fn startup(options: &Options, tools: &Tools) -> Result<BTreeMap<&'static str, f64>, Failure> {
    let input = options.work.join("tiny.png");
    let mut info = png::Info::with_size(16, 16);
    info.color_type = png::ColorType::Rgb;
    info.bit_depth = png::BitDepth::Eight;
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::with_info(&mut bytes, info)?.write_header()?;
    writer.write_image_data(&(0..16 * 16 * 3).map(|v| (v % 251) as u8).collect::<Vec<_>>())?;
    writer.finish()?;
    std::fs::write(&input, bytes)?;
    let output = |extension: &str| options.work.join(format!("tiny-out.{extension}"));
    let mut commands: Vec<(Program, Vec<String>, &str)> = vec![
        (Program::Planish, tools::planish_at_quality(LossyFormat::Webp).arguments, "webp"),
        (Program::Pngquant, tools::pngquant("default"), "png"),
        (Program::Oxipng, tools::oxipng(), "png"),
    ];
    for format in LossyFormat::ALL {
        for contender in tools::others(format, None) {
            if commands.iter().all(|(program, _, _)| *program != contender.program) {
                commands.push((contender.program, contender.arguments, format.extension()));
            }
        }
    }
    let mut startup = BTreeMap::new();
    for (program, arguments, extension) in commands {
        if !tools.has(program) {
            continue;
        }
        let mut least = f64::INFINITY;
        for _ in 0..3 {
            let output = output(extension);
            remove(&output)?;
            let job = Job { input: &input, output: &output, quality: 75.0 };
            least = least.min(tools.run(program, &arguments, &job)?.cpu);
        }
        startup.insert(program.name(), least);
    }
    Ok(startup)
}

/// The photo of middling size: what the equal effort is found on.
fn typical(images: &[Input]) -> Option<&Input> {
    let mut photos: Vec<&Input> = images.iter().filter(|image| image.kind == Kind::Photo).collect();
    photos.sort_by_key(|image| u64::from(image.width) * u64::from(image.height));
    photos.get(photos.len() / 2).copied()
}

/// sharp's effort for AVIF whose time for one encode is nearest, as a ratio, to planish's.
fn equal_effort(
    options: &Options,
    tools: &Tools,
    image: &Input,
    startup: &BTreeMap<&'static str, f64>,
) -> Result<u32, Failure> {
    let output = options.work.join("equal.avif");
    let time = |contender: &Contender| -> Result<f64, Failure> {
        remove(&output)?;
        let job = Job { input: &image.path, output: &output, quality: contender.start[1] };
        let finished = tools.run(contender.program, &contender.arguments, &job)?.successful(&contender.id)?;
        Ok((finished.cpu - startup.get(contender.program.name()).unwrap_or(&0.0)).max(0.001))
    };
    let wanted = time(&tools::planish_at_quality(LossyFormat::Avif))?;
    let mut best = (f64::INFINITY, 0);
    for effort in 0..=9 {
        let taken = time(&tools::sharp_avif(effort))?;
        let distance = (taken / wanted).ln().abs();
        if distance < best.0 {
            best = (distance, effort);
        }
        if taken > wanted * 2.0 {
            break;
        }
    }
    Ok(best.1)
}

/// Applies `work` to all items on `workers` threads; items are begun in order, results are in order.
pub(crate) fn parallel<T: Sync, R: Send>(
    items: &[T],
    workers: usize,
    work: impl Fn(usize, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = work(index, item);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..50).collect();
        assert_eq!(
            parallel(&items, 4, |index, item| index as u32 + item),
            (0..100).step_by(2).collect::<Vec<_>>()
        );
        assert!(parallel(&[] as &[u32], 4, |_, item| *item).is_empty());
    }

    fn finished(code: i32, stdout: &str) -> Finished {
        Finished { cpu: 1.0, stdout: stdout.into(), code: Some(code), complaint: "no".into() }
    }

    #[test]
    fn planish_s_report_is_read_and_an_unreachable_goal_is_no_failure() {
        let report = r#"{"results": [{"lossless": false, "quality": 83, "encodes": 4}], "errors": []}"#;
        let delivered = answer(finished(0, report)).unwrap().unwrap();
        assert_eq!((delivered.quality, delivered.encodes, delivered.lossless), (Some(83.0), 4, false));
        let unreachable = r#"{"results": [], "errors": [{"code": "goal_unreachable"}]}"#;
        assert_eq!(answer(finished(1, unreachable)).unwrap(), None);
        let corrupt = r#"{"results": [], "errors": [{"code": "corrupt"}]}"#;
        assert!(answer(finished(1, corrupt)).is_err());
        assert!(answer(finished(2, "")).is_err());
    }
}
