//! The formats that may come out, and for each the settings that reach the goal on the sample.

use super::{Job, SLACK, Subject};
use crate::sidecar::estimate;
use crate::sidecar::messages::{Chroma, Encode, Metadata, Place, Request, Size, Transform};
use crate::sidecar::quality::{self, Aim, Probe};
use planish::settings::{TiffCompression, TiffSettings};
use planish::{Format, FormatChoice, Goal, OptimizationError, Quality, Stage};
use std::collections::BTreeMap;

/// 4:4:4 has to bring this much score at a fixed quality to be worth its bytes (red text on black, say).
const CHROMA_GAIN: f64 = 4.0;

/// A score that only equal pixels have.
pub(super) const EXACT: f64 = 99.99;

/// What the sample promises may be wrong by so much before a format is given up for a size.
const PROMISE: f64 = 1.5;

/// Whether a file that has but one size may keep to a goal.
fn may_fit(goal: Goal, probe: &Probe) -> bool {
    !matches!(goal, Goal::MaxBytes(bytes) if probe.size > bytes.0 as f64 * PROMISE)
}

/// The largest edge that a format can say.
const fn largest_edge(format: Format) -> u32 {
    match format {
        Format::Webp => 16_383,
        Format::Avif => 16_384,
        Format::Jpeg | Format::Gif => 65_535,
        _ => 10_000_000,
    }
}

/// An output format with the settings that reach the goal on the sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    pub(super) format: Format,
    pub(super) encode: Encode,
    /// Whether every pixel stays.
    pub(super) lossless: bool,
    /// What the sample promises for the whole.
    pub(super) probe: Probe,
    pub(super) probes: u32,
}

impl Choice {
    /// The quality that the file was encoded at, where its encoder has one that decides.
    pub(super) fn quality(&self) -> Option<Quality> {
        let decides = !self.lossless
            && matches!(self.format, Format::Jpeg | Format::Webp | Format::Avif | Format::Tiff);
        decides.then(|| Quality::new(self.probe.quality).ok()).flatten()
    }
}

impl Job<'_> {
    /// The formats that may come out of Sharp.
    pub(super) fn formats(&self, subject: &Subject) -> Result<Vec<Format>, OptimizationError> {
        if subject.is_heic && self.settings.formats == FormatChoice::Keep {
            return Err(OptimizationError::InvalidSetting {
                field: "formats".into(),
                expected:
                    "a format to make of HEIC, which is read and not written (--format jpeg, avif, auto …)"
                        .into(),
                actual: "keep".into(),
            });
        }
        let asked = self.settings.formats.candidates(subject.input);
        let alpha = subject.inspected.has_alpha && self.settings.background.is_none();
        let longest = subject.size.width.max(subject.size.height);
        let possible: Vec<Format> = asked
            .iter()
            .copied()
            .filter(|format| *format != Format::Jxl)
            .filter(|format| {
                format.supports_alpha() && !(*format == Format::Tiff && self.is_lossy_tiff()) || !alpha
            })
            .filter(|format| !subject.animated || matches!(format, Format::Gif | Format::Webp))
            .filter(|format| *format != Format::Tiff || !subject.has_pages())
            .filter(|format| longest <= largest_edge(*format))
            .filter(|format| {
                let always_lossy = *format == Format::Jpeg || *format == Format::Tiff && self.is_lossy_tiff();
                !always_lossy || !matches!(self.settings.goal_for(*format), Goal::Lossless)
            })
            .collect();
        if possible.is_empty() {
            let names: Vec<&str> = asked.iter().map(|format| format.title()).collect();
            let Size { width, height } = subject.size;
            let kind = match (subject.animated, subject.has_pages()) {
                (true, _) => "an animation of ",
                (false, true) => "several pages of ",
                (false, false) => "",
            };
            return Err(OptimizationError::Unsupported {
                format: names.join(", "),
                feature: format!("{kind}{width} × {height} pixels from Sharp for this goal"),
            });
        }
        let pixels = u64::from(subject.size.width) * u64::from(subject.size.height);
        Ok(estimate::fitting(possible, pixels, self.memory))
    }

    /// Finds the settings that reach the goal on the sample; `None` where the format cannot.
    pub(super) fn choose(
        &self,
        subject: &Subject,
        format: Format,
    ) -> Result<Option<Choice>, OptimizationError> {
        match format {
            Format::Png => self.choose_png(subject),
            Format::Gif => self.choose_gif(subject),
            _ => self.choose_by_quality(subject, format),
        }
    }

    /// Whether TIFFs are to be coded as JPEG.
    fn is_lossy_tiff(&self) -> bool {
        self.settings.tiff.compression == TiffCompression::Jpeg
    }

    fn choose_by_quality(
        &self,
        subject: &Subject,
        format: Format,
    ) -> Result<Option<Choice>, OptimizationError> {
        let goal = self.settings.goal_for(format);
        let lossless = matches!(goal, Goal::Lossless) || format == Format::Tiff && !self.is_lossy_tiff();
        let mut probes = 0;
        let mut probe = |quality: u8, chroma: Chroma| {
            probes += 1;
            let encode = self.encode(subject, format, f64::from(quality), chroma, lossless);
            self.probe(subject, encode, quality)
        };
        let (chroma, probe) = match goal {
            _ if lossless => (Chroma::Full, probe(100, Chroma::Full)?),
            Goal::Lossless => return Ok(None),
            Goal::Quality(quality) if format == Format::Tiff => {
                (Chroma::Half, probe(quality.get().round() as u8, Chroma::Half)?)
            }
            Goal::Quality(quality) => {
                let quality = quality.get().round() as u8;
                let half = probe(quality, Chroma::Half)?;
                let full = probe(quality, Chroma::Full)?;
                if full.score - half.score >= CHROMA_GAIN {
                    (Chroma::Full, full)
                } else {
                    (Chroma::Half, half)
                }
            }
            Goal::Score(score) => {
                let aim = Aim::Score(score.get());
                let found = Self::better_chroma(aim, format, &mut probe)?;
                if found.1.score < score.get() - SLACK {
                    return self.exact_instead(subject, format, probes);
                }
                found
            }
            Goal::MaxBytes(bytes) => {
                // A little less than allowed: the whole has headers too, and the sample is a sample.
                let aim = Aim::Bytes(bytes.0 as f64 * 0.97);
                Self::better_chroma(aim, format, &mut probe)?
            }
        };
        if lossless && !may_fit(goal, &probe) {
            return Ok(None);
        }
        let encode = self.encode(subject, format, f64::from(probe.quality), chroma, lossless);
        Ok(Some(Choice { format, encode, lossless, probe, probes }))
    }

    /// Every pixel, or a palette of 256 colours where the content allows it: where a score is met and the file is smaller so,
    /// or where nothing else keeps to a size.
    fn choose_png(&self, subject: &Subject) -> Result<Option<Choice>, OptimizationError> {
        let goal = self.settings.goal_for(Format::Png);
        let exact = self.exact_png(subject, 0)?;
        let with_palette = match goal {
            Goal::Score(_) => true,
            Goal::MaxBytes(bytes) => exact.probe.size > bytes.0 as f64,
            Goal::Quality(_) | Goal::Lossless => false,
        };
        let pixels = u64::from(subject.size.width) * u64::from(subject.size.height);
        if with_palette && estimate::palette_fits(pixels, self.memory) {
            let effort = self.settings.effort_for(Format::Png).get();
            let encode = Encode::Png { effort, palette: true, quality: 100.0 };
            let probe = self.probe(subject, encode, 100)?;
            let meets = match goal {
                Goal::Score(score) => probe.score >= score.get() && probe.size < exact.probe.size,
                _ => may_fit(goal, &probe),
            };
            if meets {
                return Ok(Some(Choice { format: Format::Png, encode, lossless: false, probe, probes: 2 }));
            }
        }
        Ok(may_fit(goal, &exact.probe).then_some(exact))
    }

    fn exact_png(&self, subject: &Subject, probes: u32) -> Result<Choice, OptimizationError> {
        let encode = self.encode(subject, Format::Png, 100.0, Chroma::Full, true);
        let probe = self.probe(subject, encode, 100)?;
        Ok(Choice { format: Format::Png, encode, lossless: true, probe, probes: probes + 1 })
    }

    /// GIF has 256 colours and no quality: what comes out is measured like anything that loses.
    fn choose_gif(&self, subject: &Subject) -> Result<Option<Choice>, OptimizationError> {
        let encode = self.encode(subject, Format::Gif, 100.0, Chroma::Full, true);
        let probe = self.probe(subject, encode, 100)?;
        let goal = self.settings.goal_for(Format::Gif);
        let meets = match goal {
            Goal::Score(score) => probe.score >= score.get() - SLACK,
            // Three frames of many prove nothing about the others.
            Goal::Lossless => !subject.animated && subject.plan.is_whole() && probe.score >= EXACT,
            Goal::MaxBytes(_) => may_fit(goal, &probe),
            Goal::Quality(_) => true,
        };
        Ok(meets.then_some(Choice { format: Format::Gif, encode, lossless: false, probe, probes: 1 }))
    }

    /// What takes the place of lossy coding that does not reach a score, as in the core: lossless coding, where Sharp
    /// has it in this format. `None` where not, and for other goals.
    pub(super) fn exact_instead(
        &self,
        subject: &Subject,
        format: Format,
        probes: u32,
    ) -> Result<Option<Choice>, OptimizationError> {
        if !matches!(self.settings.goal_for(format), Goal::Score(_)) {
            return Ok(None);
        }
        if format == Format::Png {
            return self.exact_png(subject, probes).map(Some);
        }
        // Its lossless AVIF is not: it goes through another colour space.
        if format != Format::Webp {
            return Ok(None);
        }
        let encode = self.encode(subject, format, 100.0, Chroma::Full, true);
        let probe = self.probe(subject, encode, 100)?;
        Ok(Some(Choice { format, encode, lossless: true, probe, probes: probes + 1 }))
    }

    /// The search with 4:2:0 and with 4:4:4, where the format knows both: the smaller file wins, or the better one
    /// where the size is given.
    fn better_chroma(
        aim: Aim,
        format: Format,
        probe: &mut impl FnMut(u8, Chroma) -> Result<Probe, OptimizationError>,
    ) -> Result<(Chroma, Probe), OptimizationError> {
        let start = if format == Format::Avif { 60 } else { 80 };
        let half = quality::search(aim, start, |quality| probe(quality, Chroma::Half))?;
        // TIFF leaves it to the quality.
        if matches!(format, Format::Webp | Format::Tiff) {
            return Ok((Chroma::Half, half));
        }
        let full = quality::search(aim, half.quality, |quality| probe(quality, Chroma::Full))?;
        let full_is_better = match aim {
            Aim::Score(score) => {
                let (meets, half_meets) = (full.score >= score, half.score >= score);
                meets && (!half_meets || full.size < half.size)
            }
            Aim::Bytes(bytes) => full.size <= bytes && (full.score > half.score || half.size > bytes),
        };
        Ok(if full_is_better { (Chroma::Full, full) } else { (Chroma::Half, half) })
    }

    /// Encodes the sample, measures it, and says what that means for the whole.
    fn probe(&self, subject: &Subject, encode: Encode, quality: u8) -> Result<Probe, OptimizationError> {
        self.context.check_cancelled()?;
        self.context.progress.progress(Stage::Encode, 0.1);
        let request = Request::Encode {
            opening: self.opening(Place::Bytes, false),
            target: Place::Bytes,
            transform: Transform::default(),
            encode,
            metadata: Metadata::Only { profile: false, exif: BTreeMap::new() },
        };
        let answer =
            self.ask(Stage::Encode, "probe", Some(encode.format()), &request, &subject.looks[0].sample)?;
        let exact =
            matches!(encode, Encode::Png { palette: false, .. } | Encode::Tiff { lossless: true, .. });
        let score = if exact { 100.0 } else { self.measure(&subject.looks[0], &answer.body)? };
        let frames = if subject.animated { f64::from(subject.inspected.frames) } else { 1.0 };
        Ok(Probe { quality, score, size: answer.body.len() as f64 * subject.plan.scale() * frames })
    }

    fn encode(
        &self,
        subject: &Subject,
        format: Format,
        quality: f64,
        chroma: Chroma,
        lossless: bool,
    ) -> Encode {
        let effort = self.settings.effort_for(format).get();
        let pixels = u64::from(subject.size.width) * u64::from(subject.size.height);
        match format {
            Format::Jpeg => {
                let streaming = estimate::jpeg_streams(pixels, chroma == Chroma::Full, self.memory);
                Encode::Jpeg { quality, chroma, streaming }
            }
            Format::Webp => Encode::Webp { lossless, quality, effort },
            Format::Avif => Encode::Avif { lossless, quality, effort, chroma },
            Format::Gif => Encode::Gif { lossless: true, effort },
            Format::Tiff => {
                // Offsets of 32 bits end at 4 GiB; what is compressed is rarely larger than what is not.
                let big_tiff = pixels.saturating_mul(8) > u64::from(u32::MAX);
                let TiffSettings { compression, tiles, pyramid, .. } = self.settings.tiff;
                Encode::Tiff { lossless, quality, big_tiff, compression, tiles, pyramid }
            }
            _ => Encode::Png { effort, palette: false, quality: 100.0 },
        }
    }
}

/// The same settings at another quality.
pub(super) const fn with_quality(encode: Encode, quality: f64) -> Encode {
    match encode {
        Encode::Jpeg { chroma, streaming, .. } => Encode::Jpeg { quality, chroma, streaming },
        Encode::Tiff { lossless, big_tiff, compression, tiles, pyramid, .. } => {
            Encode::Tiff { lossless, quality, big_tiff, compression, tiles, pyramid }
        }
        Encode::Webp { lossless, effort, .. } => Encode::Webp { lossless, quality, effort },
        Encode::Avif { lossless, effort, chroma, .. } => Encode::Avif { lossless, quality, effort, chroma },
        other => other,
    }
}
