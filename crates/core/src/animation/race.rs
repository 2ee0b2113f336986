//! Makes the candidates for an animation, and finds the quality that meets a goal.

use super::compare::{self, Expected};
use super::prepared::Preparation;
use super::survey::Survey;
use super::webp_writer::{self, Coding};
use super::{Source, apng_writer, gif_writer};
use crate::analyse::ImageKind;
use crate::candidates::{Attempted, Made, falling_qualities, score_target, size_target, size_value};
use crate::container::{gif, webp};
use crate::context::{OptimizeContext, Stage};
use crate::encode::EncoderKind;
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::Metadata;
use crate::result::Outcome;
use crate::search::{Probe, search};
use crate::settings::{Goal, ImageSettings};
use crate::timings::Timings;
use crate::units::{Quality, Score};
use std::sync::atomic::{AtomicU32, Ordering};

/// A candidate that takes no search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    /// The GIF's frames without what changes nothing on the screen.
    GifStripped,
    /// The frames written as a GIF.
    Gif,
    /// The APNG's frames, deflated better.
    PngRecompressed,
    /// The frames written as an APNG.
    Png,
    /// The WebP's frames without metadata.
    WebpStripped,
    /// The frames written as a WebP without loss.
    WebpLossless,
}

/// The frames as one format shows them.
pub(crate) struct View<'a> {
    /// How frames are prepared.
    pub(crate) preparation: Preparation<'a>,
    /// What they have in common then.
    pub(crate) survey: Survey,
    /// How long each is shown, in the format's own units (1/100 s for GIF, 1/1000 s for WebP).
    pub(crate) units: Vec<u32>,
    /// The same in nanoseconds.
    pub(crate) nanoseconds: Vec<u64>,
    /// Whether that is not quite what the input says.
    pub(crate) rounded: bool,
}

/// What all candidates of an animation share.
pub(crate) struct Race<'a> {
    /// The input file.
    pub(crate) input: &'a [u8],
    /// The input, opened.
    pub(crate) source: &'a Source<'a>,
    /// Width and height of the output.
    pub(crate) size: (u32, u32),
    /// Profile, EXIF and XMP of the output.
    pub(crate) metadata: &'a Metadata,
    /// What the user wants.
    pub(crate) settings: &'a ImageSettings,
    /// The frames as each format shows them.
    pub(crate) gif: Option<View<'a>>,
    /// As above.
    pub(crate) png: Option<View<'a>>,
    /// As above.
    pub(crate) webp: Option<View<'a>>,
    /// The world.
    pub(crate) context: &'a OptimizeContext<'a>,
    /// Where time is booked.
    pub(crate) timings: &'a Timings<'a>,
    /// Encodes made so far.
    pub(crate) encodes: AtomicU32,
}

/// What came of a job.
pub(crate) struct Done {
    /// The candidate.
    pub(crate) attempted: Attempted,
    /// The frames of a lossless WebP, for mixing with lossy ones.
    pub(crate) webp_frames: Option<Vec<webp::Frame>>,
}

impl<'a> Race<'a> {
    /// The frames as a format shows them.
    pub(crate) fn view(&self, format: Format) -> Option<&View<'a>> {
        match format {
            Format::Gif => self.gif.as_ref(),
            Format::Png => self.png.as_ref(),
            Format::Webp => self.webp.as_ref(),
            Format::Jpeg | Format::Avif | Format::Jxl | Format::Tiff | Format::Bmp | Format::Ico => None,
        }
    }

    /// What a file that was written anew must show.
    pub(crate) fn expected(&self, view: &View<'a>, lossless: bool) -> Expected<'_> {
        Expected {
            source: self.source,
            preparation: view.preparation,
            size: self.size,
            delays: view.nanoseconds.clone(),
            plays: self.source.plays,
            icc: self.metadata.icc.as_deref(),
            lossless,
        }
    }

    /// Makes one candidate.
    ///
    /// # Errors
    /// [`OptimizationError::Cancelled`] and [`OptimizationError::Internal`]; an encoder's failure costs only its
    /// own candidate.
    pub(crate) fn run(&self, job: Job) -> Result<Done, OptimizationError> {
        let mut webp_frames = None;
        let made = match job {
            Job::GifStripped => {
                let (icc, xmp) = (self.metadata.icc.is_some(), self.metadata.xmp.is_some());
                self.encode(|| gif::stripped(self.input, icc, xmp))
                    .map(|bytes| lossless(EncoderKind::GifRewrite, bytes))
            }
            Job::WebpStripped => self
                .encode(|| webp::stripped(self.input, self.extras()))
                .map(|bytes| lossless(EncoderKind::WebpRewrite, bytes)),
            Job::PngRecompressed => self
                .encode(|| apng_writer::recompressed(self.input, self.metadata, self.effort(Format::Png)))
                .map(|bytes| lossless(EncoderKind::Oxipng, bytes)),
            Job::Png => self.write_png(),
            Job::Gif => return Ok(Done { attempted: self.gif()?, webp_frames }),
            Job::WebpLossless => self.code_webp(None, None).map(|frames| {
                let made = lossless(EncoderKind::WebpLossless, self.assemble(&frames));
                webp_frames = Some(frames);
                made
            }),
        };
        Ok(Done { attempted: attempted(made)?, webp_frames })
    }

    fn effort(&self, format: Format) -> u8 {
        self.settings.effort_for(format).get()
    }

    fn extras(&self) -> webp::Extras<'_> {
        webp::Extras {
            icc: self.metadata.icc.as_deref(),
            exif: self.metadata.exif.as_deref(),
            xmp: self.metadata.xmp.as_deref(),
        }
    }

    /// Books an encode.
    fn encode<T>(&self, work: impl FnOnce() -> Result<T, OptimizationError>) -> Result<T, OptimizationError> {
        self.context.check_cancelled()?;
        let result = self.timings.time(Stage::Encode, work);
        let encodes = self.encodes.fetch_add(1, Ordering::Relaxed) + 1;
        // The number of encodes is not known beforehand; this approaches the end without reaching it.
        self.context.progress.progress(Stage::Encode, 0.9 - 0.7 / (1.0 + encodes as f32 * 0.35));
        result
    }

    fn view_or_error(&self, format: Format) -> Result<&View<'a>, OptimizationError> {
        self.view(format).ok_or_else(|| OptimizationError::Internal {
            message: format!("a {format} candidate without its frames"),
        })
    }

    fn write_png(&self) -> Result<Made, OptimizationError> {
        let view = self.view_or_error(Format::Png)?;
        let parts = apng_writer::Parts {
            size: self.size,
            survey: &view.survey,
            plays: self.source.plays,
            metadata: self.metadata,
            effort: self.effort(Format::Png),
        };
        let bytes =
            self.encode(|| apng_writer::write(self.source, view.preparation, &parts, self.context))?;
        Ok(lossless(EncoderKind::Oxipng, bytes))
    }

    /// A GIF: without loss where no frame has too many colours, else measured against the goal.
    fn gif(&self) -> Result<Attempted, OptimizationError> {
        let view = self.view_or_error(Format::Gif)?;
        let goal = self.settings.goal_for(Format::Gif);
        let quality = match goal {
            Goal::Quality(quality) => Some(quality),
            Goal::Lossless | Goal::Score(_) | Goal::MaxBytes(_) => None,
        };
        let parts = gif_writer::Parts {
            size: (self.size.0 as u16, self.size.1 as u16),
            delays: &view.units,
            plays: self.source.plays,
            colors: view.survey.colors.as_deref(),
            max_colors: crate::encode::gif_colors(quality),
            metadata: self.metadata,
        };
        let written = self.encode(|| gif_writer::write(self.source, view.preparation, &parts, self.context));
        let written = match written {
            Ok(written) => written,
            Err(error) => return attempted(Err(error)),
        };
        if written.lossless && !self.source.deep {
            return attempted(Ok(lossless(EncoderKind::Gif, written.bytes)));
        }
        if goal == Goal::Lossless {
            return attempted(Err(OptimizationError::unsupported(
                "GIF",
                "a frame with more than 256 colours without loss",
            )));
        }
        let expected = self.expected(view, false);
        let score = self.timings.time(Stage::Measure, || {
            compare::score(&written.bytes, Format::Gif, &expected, view.survey.alpha, self.context)
        });
        let made = match score {
            Ok(score) => Made {
                encoder: EncoderKind::GifLossy,
                quality,
                bytes: written.bytes,
                score,
                score_sampled: false,
                verified: false,
            },
            Err(error) => return attempted(Err(error)),
        };
        let misses = matches!(goal, Goal::Score(target) if made.score < target);
        if misses {
            let others = vec![made.report(Outcome::MissesGoal)];
            return Ok(Attempted { best: None, others, error: None });
        }
        attempted(Ok(made))
    }

    fn code_webp(
        &self,
        quality: Option<Quality>,
        without_loss: Option<&[webp::Frame]>,
    ) -> Result<Vec<webp::Frame>, OptimizationError> {
        let view = self.view_or_error(Format::Webp)?;
        let coding = Coding {
            quality,
            effort: self.settings.effort_for(Format::Webp),
            kind: view.survey.kind,
            without_loss,
        };
        let Self { source, size, context, .. } = self;
        self.encode(|| webp_writer::frames(source, view.preparation, size.0, &view.units, coding, context))
    }

    fn assemble(&self, frames: &[webp::Frame]) -> Vec<u8> {
        let plays = u16::try_from(self.source.plays).unwrap_or(u16::MAX);
        webp::assemble(self.size.0, self.size.1, plays, frames, self.extras())
    }

    /// One lossy WebP, measured.
    fn make_webp(
        &self,
        quality: Quality,
        without_loss: Option<&[webp::Frame]>,
    ) -> Result<Made, OptimizationError> {
        let view = self.view_or_error(Format::Webp)?;
        let frames = self.code_webp(Some(quality), without_loss)?;
        let bytes = self.assemble(&frames);
        drop(frames);
        let expected = self.expected(view, false);
        let score = self.timings.time(Stage::Measure, || {
            compare::score(&bytes, Format::Webp, &expected, view.survey.alpha, self.context)
        })?;
        Ok(Made {
            encoder: EncoderKind::WebpLossy,
            quality: Some(quality),
            bytes,
            score,
            score_sampled: false,
            verified: false,
        })
    }

    /// The lossy WebP that meets the goal. `bound` is a size that is met already.
    ///
    /// # Errors
    /// As [`Race::run`].
    pub(crate) fn lossy_webp(
        &self,
        without_loss: Option<&[webp::Frame]>,
        bound: Option<u64>,
    ) -> Result<Attempted, OptimizationError> {
        let encoder = EncoderKind::WebpLossy;
        let mut made: Vec<Made> = Vec::new();
        let goal = self.settings.goal_for(Format::Webp);
        let (qualities, target) = match goal {
            Goal::Lossless => return Ok(Attempted { best: None, others: Vec::new(), error: None }),
            Goal::Quality(quality) => return attempted(self.make_webp(quality, without_loss)),
            Goal::Score(score) => {
                let qualities = encoder.qualities();
                // Frames are not analysed; graphics' curve was not measured on animations.
                let target = score_target((encoder, ImageKind::Photo), &qualities, score, bound);
                (qualities, target)
            }
            Goal::MaxBytes(bytes) => {
                let qualities = falling_qualities(encoder);
                let target = size_target(bytes.0, qualities.len());
                (qualities, target)
            }
        };
        let mut steps = Vec::new();
        let found = search(&target, None, |step| {
            let Some(&quality) = qualities.get(step) else { return Ok(None) };
            let file = self.make_webp(quality, without_loss)?;
            let size = file.bytes.len() as u64;
            let value = match goal {
                Goal::MaxBytes(_) => size_value(size),
                _ => file.score.get(),
            };
            made.push(file);
            steps.push(step);
            Ok(Some(Probe { size, value }))
        });
        let found = match found {
            Ok(found) => found.and_then(|found| steps.iter().position(|&step| step == found)),
            Err(error) => return attempted(Err(error)),
        };
        let passes = |file: &Made| match goal {
            Goal::Score(score) => file.score >= score,
            Goal::MaxBytes(bytes) => file.bytes.len() as u64 <= bytes.0,
            Goal::Lossless | Goal::Quality(_) => true,
        };
        let others = made
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != found)
            .map(|(_, file)| file.report(if passes(file) { Outcome::Larger } else { Outcome::MissesGoal }))
            .collect();
        Ok(Attempted { best: found.map(|index| made.swap_remove(index)), others, error: None })
    }
}

fn lossless(encoder: EncoderKind, bytes: Vec<u8>) -> Made {
    Made { encoder, quality: None, bytes, score: Score::IDENTICAL, score_sampled: false, verified: false }
}

fn attempted(made: Result<Made, OptimizationError>) -> Result<Attempted, OptimizationError> {
    match made {
        Ok(made) => Ok(Attempted { best: Some(made), others: Vec::new(), error: None }),
        Err(error @ (OptimizationError::Cancelled | OptimizationError::Internal { .. })) => Err(error),
        Err(error) => Ok(Attempted { best: None, others: Vec::new(), error: Some(error) }),
    }
}
