//! Stage 4: which candidates to make. A pure function of values.

use crate::analyse::{AlphaKind, ImageKind, ImageTraits};
use crate::decode::SourceTraits;
use crate::encode::{EncoderKind, WEBP_MAX_EDGE, lossless_jxl_kind, squoosh_or_built_in};
use crate::error::OptimizationError;
use crate::estimate::tries_few_colors;
use crate::format::Format;
use crate::settings::{FormatChoice, Goal, ImageSettings};
use crate::squoosh::SquooshCodec;
use crate::units::{Bytes, Effort, Quality, Score};

/// Largest width and height of a JPEG.
const JPEG_MAX_EDGE: u32 = 65_535;
/// Largest width and height of a GIF.
const GIF_MAX_EDGE: u32 = 65_535;
/// Above this chroma detail, halving the chroma resolution costs more score than it saves bytes.
const SUBSAMPLE_MAX_CHROMA_DETAIL: f32 = 8.0;
/// From this quality or score on, chroma keeps its full resolution.
const FULL_CHROMA_FROM_QUALITY: f32 = 90.0;
const FULL_CHROMA_FROM_SCORE: f64 = 88.0;
/// The same for AVIF, whose chroma is predicted from luma: at full resolution it costs next to nothing where the two have their
/// edges in common, and halving it saves only where soft colours have none
/// (docs/decisions/0056-avif-keeps-full-chroma.md).
const AVIF_SUBSAMPLE_MAX_CHROMA_DETAIL: f32 = 4.0;
const AVIF_SUBSAMPLE_MIN_CHROMA_PER_EDGES: f32 = 300.0;
const AVIF_FULL_CHROMA_FROM_QUALITY: f32 = 78.0;
const AVIF_FULL_CHROMA_FROM_SCORE: f64 = 85.0;

/// Up to this quality a JPEG is not coded again for a score of 80, and by how much the bound rises with each point
/// of the score. Measured: see docs/decisions, "JPEGs that were compressed before".
const RECODE_ABOVE_QUALITY_AT_80: f64 = 67.0;
const RECODE_BOUND_PER_POINT: f64 = 2.7;
/// Above this quality a JPEG is always coded again: there is always something to gain.
const RECODE_ALWAYS_ABOVE: f64 = 95.0;
/// An image that was compressed for delivery before is coded again for a score only where that makes it smaller by this
/// share. Measured: see docs/decisions, "Running planish on its own output".
const RECODE_MUST_SAVE: f64 = 0.3;
/// Up to this quality a JPEG of our own is not coded again for a score of 80, and how the bound moves with each point of
/// score above and below: about the highest quality that such a score was found to need.
const OWN_JPEG_KEPT_AT_80: f64 = 93.0;
const OWN_JPEG_PER_POINT_ABOVE: f64 = 0.5;
const OWN_JPEG_PER_POINT_BELOW: f64 = 1.2;
/// 16-bit samples rounded to 8 do not reach more than this.
const PALETTE_MAX_SCORE_16_BIT: f64 = 95.0;

/// What the plan is made from.
#[derive(Debug, Clone)]
pub(crate) struct PlanInput<'a> {
    /// What analysis found in the transformed image.
    pub(crate) traits: &'a ImageTraits,
    /// What the user wants.
    pub(crate) settings: &'a ImageSettings,
    /// The input's format.
    pub(crate) input_format: Format,
    /// How the input was coded.
    pub(crate) source: SourceTraits,
    /// Bits per sample: 8, or 16 where the low byte matters.
    pub(crate) bit_depth: u8,
    /// Width and height of the output.
    pub(crate) size: (u32, u32),
    /// Whether the pixels differ from the original's (resized, converted).
    pub(crate) pixels_changed: bool,
}

/// What to make.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// Made first: their sizes bound the search for lossy ones.
    pub(crate) lossless: Vec<PlannedCandidate>,
    /// Made second.
    pub(crate) lossy: Vec<PlannedCandidate>,
    /// Made last, and only if nothing else meets the goal: lossless coding in formats whose lossy coding fell short.
    pub(crate) fallback: Vec<PlannedCandidate>,
    /// Whether the input itself may be handed out.
    pub(crate) original_allowed: bool,
    /// Lossy files made for a score must be no larger than this share of the input, where it may be handed out: it
    /// was compressed before, and coding it once more takes its share of damage.
    pub(crate) recode_share: Option<f64>,
    /// Whether the input is a JPEG: its pixels without loss take several times its size, flat as they may be.
    pub(crate) from_jpeg: bool,
}

/// Files up to this size are rewritten in any case: it takes no time, and tiny ones can become half as large.
const REWRITE_WAITS_FROM: usize = 64 << 10;
/// A rewrite never came out below this share of the coded data (40 JPEGs: 0.93 to 1.0), with a margin.
const REWRITE_SHARE: f64 = 0.85;
/// Up to this effort a quality is made once: no other way to make it is tried, what is lossless is only made where the
/// lossy file is no smaller than what is there, and large images are scored by a sample.
const QUICK_UP_TO: u8 = 1;

impl Plan {
    /// The lossless candidates to make first, and those to make only if what else is made turns out larger than
    /// [`rewrite_could_win`](Self::rewrite_could_win) allows: a large JPEG's coefficients take as long to code anew as
    /// its pixels at low effort, and a graphic's pixels without loss several times as long as its lossy file of a given quality.
    pub(crate) fn split_lossless(&self, input_size: usize) -> (Vec<PlannedCandidate>, Vec<PlannedCandidate>) {
        let is_made = |encoder| self.lossy.iter().any(|lossy| lossy.encoder == encoder);
        let jpeg_can_wait = is_made(EncoderKind::Mozjpeg) && input_size > REWRITE_WAITS_FROM;
        let is_made_once = |encoder| {
            let is_fixed = |lossy: &PlannedCandidate| matches!(lossy.task, Task::Fixed(_));
            self.lossy.iter().any(|lossy| lossy.encoder == encoder && is_fixed(lossy))
        };
        let png_can_wait = is_made_once(EncoderKind::PngPalette);
        let webp_can_wait = is_made_once(EncoderKind::WebpLossy) && (self.from_jpeg || self.is_quick());
        self.lossless.iter().partition(|candidate| match candidate.encoder {
            EncoderKind::JpegRewrite => !jpeg_can_wait,
            EncoderKind::Oxipng => !png_can_wait,
            EncoderKind::WebpLossless => !webp_can_wait,
            _ => true,
        })
    }

    /// Whether a candidate that has waited could be smaller than a file of `size` bytes; `stripped` is the smallest file
    /// that was made without loss, or the input. PNGs vary too much to tell it from the input: their draft does.
    pub(crate) fn rewrite_could_win(&self, waiting: &PlannedCandidate, size: u64, stripped: u64) -> bool {
        let share = match waiting.encoder {
            _ if self.is_quick() => 1.0,
            EncoderKind::Oxipng => 0.0,
            _ => REWRITE_SHARE,
        };
        size as f64 > stripped as f64 * share
    }

    fn is_quick(&self) -> bool {
        !self.lossy.is_empty() && self.lossy.iter().all(PlannedCandidate::is_judged_quickly)
    }
}

/// One candidate to make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PlannedCandidate {
    /// With what.
    pub(crate) encoder: EncoderKind,
    /// What for.
    pub(crate) task: Task,
    /// Time against size.
    pub(crate) effort: Effort,
    /// Whether to start with chroma at half resolution. A search that fails that way goes on without.
    pub(crate) subsample_chroma: bool,
}

impl PlannedCandidate {
    /// Whether it is made once and scored by a sample where the image is large.
    pub(crate) fn is_judged_quickly(&self) -> bool {
        matches!(self.task, Task::Fixed(_)) && self.effort.get() <= QUICK_UP_TO
    }
}

/// What a candidate is made for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Task {
    /// One encode without a quality.
    Lossless,
    /// One encode.
    Fixed(Quality),
    /// The lowest quality with this score.
    ReachScore(Score),
    /// The highest quality that fits.
    FitBytes(Bytes),
}

/// The candidates for an image.
///
/// # Errors
/// When no format that may come out can hold this image: why the first of them cannot.
pub(crate) fn plan(input: &PlanInput<'_>) -> Result<Plan, OptimizationError> {
    let formats = input.settings.formats.candidates(input.input_format);
    let mut plan = Plan {
        lossless: Vec::new(),
        lossy: Vec::new(),
        fallback: Vec::new(),
        original_allowed: formats.contains(&input.input_format)
            && !input.pixels_changed
            && !input.source.tainted,
        recode_share: None,
        from_jpeg: input.input_format == Format::Jpeg,
    };
    if plan.original_allowed && was_made_for_delivery(input) {
        plan.recode_share = Some(1.0 - RECODE_MUST_SAVE);
    }
    let mut obstacles = Vec::new();
    let usable: Vec<Format> = formats
        .into_iter()
        .filter(|&format| match obstacle(format, input) {
            None => true,
            Some(obstacle) => {
                obstacles.push(obstacle);
                false
            }
        })
        .collect();
    let lossy_elsewhere = |format| {
        usable.iter().any(|&other| other != format && input.settings.goal_for(other) != Goal::Lossless)
    };
    for &format in &usable {
        match format {
            Format::Jpeg => plan_jpeg(input, &mut plan),
            Format::Png => plan_png(input, usable.len() == 1, lossy_elsewhere(format), &mut plan),
            Format::Webp => plan_webp(input, &mut plan),
            Format::Avif => plan_avif(input, &mut plan),
            Format::Jxl => plan_jxl(input, &mut plan),
            // One page never stands in for several, nor rounded samples for the stored ones: such a file stays as it is.
            Format::Tiff if input.source.other_pages > 0 => {}
            Format::Tiff if input.source.rounded && plan.original_allowed => {}
            Format::Tiff => plan.push(input, EncoderKind::TiffLossless, Task::Lossless),
            Format::Gif => plan_gif(input, &mut plan),
            // Never usable.
            Format::Bmp | Format::Ico => {}
        }
    }
    plan.drop_palette_png();
    match obstacles.into_iter().next() {
        Some(obstacle) if usable.is_empty() => Err(obstacle),
        _ => Ok(plan),
    }
}

/// Whether an input looks like something an optimizer has been at: lossy WebP, AVIF and JPEG XL, which cameras do not
/// write, a PNG whose colours were reduced or a WebP that has few, or a JPEG of our own. Other JPEGs may be anything, and their tables say
/// more: see [`has_suffered_enough`].
fn was_made_for_delivery(input: &PlanInput<'_>) -> bool {
    match input.input_format {
        Format::Jpeg => input.source.own_jpeg_quality.is_some(),
        Format::Webp => !input.source.lossless || input.traits.colors.is_some(),
        // Whether they are lossless is not known for certain; where they are, there is more than that to save.
        Format::Avif | Format::Jxl => true,
        Format::Png => input.source.indexed,
        Format::Gif | Format::Tiff | Format::Bmp | Format::Ico => false,
    }
}

/// Why an image cannot be written in a format, if it cannot.
fn obstacle(format: Format, input: &PlanInput<'_>) -> Option<OptimizationError> {
    let (width, height) = input.size;
    let edge = width.max(height);
    let limit = |limit| {
        (edge > limit).then(|| {
            OptimizationError::unsupported(
                format,
                format!("a width or height over {limit} (this image: {edge})"),
            )
        })
    };
    let lossless = input.settings.goal_for(format) == Goal::Lossless;
    match format {
        Format::Jpeg => {
            if input.traits.alpha != AlphaKind::None && input.settings.background.is_none() {
                return Some(OptimizationError::InvalidSetting {
                    field: "background".into(),
                    expected: "a colour to put under the transparent pixels, as JPEG has no transparency"
                        .into(),
                    actual: "none".into(),
                });
            }
            if lossless && (input.input_format != Format::Jpeg || input.pixels_changed) {
                return Some(OptimizationError::unsupported(format.title(), "lossless coding of new pixels"));
            }
            limit(JPEG_MAX_EDGE)
        }
        Format::Webp | Format::Avif if lossless && input.bit_depth > 8 && !stays_as_it_is(format, input) => {
            Some(OptimizationError::unsupported(format.title(), "16 bits per sample without loss"))
        }
        Format::Webp => limit(WEBP_MAX_EDGE),
        Format::Png | Format::Avif | Format::Jxl => None,
        Format::Tiff => (input.source.other_pages > 0 && (input.pixels_changed || input.source.tainted))
            .then(|| OptimizationError::unsupported(format.title(), "writing several pages")),
        Format::Gif => gif_obstacle(input).or_else(|| limit(GIF_MAX_EDGE)),
        Format::Bmp | Format::Ico => {
            Some(OptimizationError::unsupported(format.title(), "writing this format"))
        }
    }
}

impl Plan {
    fn push(&mut self, input: &PlanInput<'_>, encoder: EncoderKind, task: Task) {
        let list = if encoder.is_lossless() { &mut self.lossless } else { &mut self.lossy };
        list.push(planned(input, encoder, task));
    }

    /// Leaves a palette in PNG out where the same colours are searched for in WebP: the file is a fifth smaller there (26
    /// graphics at 80: one was larger, by 3 %), and the search is most of the work.
    fn drop_palette_png(&mut self) {
        let in_webp = self
            .lossy
            .iter()
            .find(|candidate| candidate.encoder == EncoderKind::WebpPalette)
            .map(|found| found.task);
        self.lossy.retain(|candidate| {
            candidate.encoder != EncoderKind::PngPalette || Some(candidate.task) != in_webp
        });
    }

    /// A lossless encoder to fall back on when a score is out of reach of the lossy one.
    fn push_fallback(&mut self, input: &PlanInput<'_>, encoder: EncoderKind) {
        let wanted = matches!(input.settings.goal_for(encoder.format()), Goal::Score(_))
            && (input.bit_depth == 8 || encoder == EncoderKind::JxlLossless)
            && !self.lossless.iter().any(|candidate| candidate.encoder == encoder);
        if wanted {
            self.fallback.push(planned(input, encoder, Task::Lossless));
        }
    }

    fn push_lossy(&mut self, input: &PlanInput<'_>, encoder: EncoderKind) {
        let task = match input.settings.goal_for(encoder.format()) {
            Goal::Lossless => return,
            Goal::Quality(quality) => Task::Fixed(quality),
            Goal::Score(score) => Task::ReachScore(score),
            Goal::MaxBytes(bytes) => Task::FitBytes(bytes),
        };
        self.push(input, encoder, task);
    }
}

fn planned(input: &PlanInput<'_>, encoder: EncoderKind, task: Task) -> PlannedCandidate {
    PlannedCandidate {
        encoder,
        task,
        effort: input.settings.effort_for(encoder.format()),
        subsample_chroma: subsample_chroma(input, encoder.format(), task),
    }
}

fn subsample_chroma(input: &PlanInput<'_>, format: Format, task: Task) -> bool {
    let traits = input.traits;
    let avif = format == Format::Avif;
    let has_detail = if avif {
        traits.chroma_detail > AVIF_SUBSAMPLE_MAX_CHROMA_DETAIL
            || traits.chroma_detail < traits.edges * AVIF_SUBSAMPLE_MIN_CHROMA_PER_EDGES
    } else {
        traits.chroma_detail > SUBSAMPLE_MAX_CHROMA_DETAIL
    };
    let detailed = traits.kind == ImageKind::Graphic || has_detail || traits.gray;
    let (from_quality, from_score) = if avif {
        (AVIF_FULL_CHROMA_FROM_QUALITY, AVIF_FULL_CHROMA_FROM_SCORE)
    } else {
        (FULL_CHROMA_FROM_QUALITY, FULL_CHROMA_FROM_SCORE)
    };
    let fine = match task {
        Task::Fixed(quality) => quality.get() >= from_quality,
        Task::ReachScore(score) => score.get() >= from_score,
        Task::Lossless => true,
        Task::FitBytes(_) => false,
    };
    // A JPEG that was subsampled has nothing to lose.
    let subsampled_already = input.source.chroma_subsampling == Some((2, 2)) && !input.pixels_changed;
    subsampled_already && task != Task::Lossless || !detailed && !fine
}

fn plan_jpeg(input: &PlanInput<'_>, plan: &mut Plan) {
    if stays_as_it_is(Format::Jpeg, input) {
        plan.push(input, EncoderKind::JpegRewrite, Task::Lossless);
        plan.push(input, EncoderKind::JpegStrip, Task::Lossless);
        if has_suffered_enough(input) || is_as_asked_already(input) || would_lose_depth(input) {
            return;
        }
    }
    plan.push_lossy(input, EncoderKind::Mozjpeg);
}

/// Whether a JPEG was coded so coarsely that coding it once more, to look like what it is now, would add damage and
/// save next to nothing: see docs/decisions, "JPEGs that were compressed before". Only under a score, where
/// size is what is left to win; who names a quality, a size or JPEG itself gets what was asked for.
fn has_suffered_enough(input: &PlanInput<'_>) -> bool {
    let Some(score) = unforced_score(input) else { return false };
    let bound = RECODE_ABOVE_QUALITY_AT_80 + RECODE_BOUND_PER_POINT * (score.get() - 80.0);
    let bound = bound.min(RECODE_ALWAYS_ABOVE);
    input.source.jpeg_quality.is_some_and(|quality| f64::from(quality) <= bound)
}

/// Whether a JPEG is our own, of the quality that is asked for or a lower one, or of one that the score may have needed.
fn is_as_asked_already(input: &PlanInput<'_>) -> bool {
    let Some(own) = input.source.own_jpeg_quality else { return false };
    match input.settings.goal_for(Format::Jpeg) {
        Goal::Quality(asked) => own.get() <= asked.get(),
        Goal::Score(score) => {
            let above = score.get() - 80.0;
            let slope = if above > 0.0 { OWN_JPEG_PER_POINT_ABOVE } else { OWN_JPEG_PER_POINT_BELOW };
            f64::from(own.get()) <= OWN_JPEG_KEPT_AT_80 + slope * above
        }
        Goal::Lossless | Goal::MaxBytes(_) => false,
    }
}

/// Whether a JPEG has more than the 8 bits per sample that it would be coded in again: such files are kept for what
/// they measure, not only for how they look.
fn would_lose_depth(input: &PlanInput<'_>) -> bool {
    unforced_score(input).is_some() && input.bit_depth > 8
}

/// The score that JPEG output is made for, unless JPEG was asked for by name.
fn unforced_score(input: &PlanInput<'_>) -> Option<Score> {
    match (input.settings.goal_for(Format::Jpeg), &input.settings.formats) {
        (Goal::Score(score), FormatChoice::Keep | FormatChoice::Auto) => Some(score),
        _ => None,
    }
}

fn plan_png(input: &PlanInput<'_>, alone: bool, lossy_elsewhere: bool, plan: &mut Plan) {
    // A lossless photo never wins against lossy ones, and takes the longest.
    let photo = input.traits.kind == ImageKind::Photo;
    let hopeless = photo && input.settings.formats == FormatChoice::Auto && lossy_elsewhere;
    if !hopeless {
        plan.push(input, EncoderKind::Oxipng, Task::Lossless);
    }
    // 256 colours rarely do for a photo: only where PNG it must be, and a quality or a size was named.
    let asked_for =
        alone && matches!(input.settings.goal_for(Format::Png), Goal::Quality(_) | Goal::MaxBytes(_));
    if (!photo || asked_for) && !is_beyond_a_palette(input, Format::Png) {
        plan.push_lossy(input, EncoderKind::PngPalette);
    }
}

fn is_beyond_a_palette(input: &PlanInput<'_>, format: Format) -> bool {
    matches!(input.settings.goal_for(format), Goal::Score(score)
        if input.bit_depth > 8 && score.get() > PALETTE_MAX_SCORE_16_BIT)
}

fn plan_webp(input: &PlanInput<'_>, plan: &mut Plan) {
    let goal = input.settings.goal_for(Format::Webp);
    let holds_all_bits = input.bit_depth == 8;
    let unchanged = input.input_format == Format::Webp && !input.pixels_changed && !input.source.tainted;
    if unchanged {
        plan.push(input, EncoderKind::WebpRewrite, Task::Lossless);
    }
    // Without loss where it is asked for, or where it may well win: flat areas and few colours, or a lossless
    // original. A photo from a JPEG never becomes smaller that way.
    let promising = input.traits.kind == ImageKind::Graphic || unchanged && input.source.lossless;
    let hopeless = goal == Goal::Lossless
        && input.settings.formats == FormatChoice::Auto
        && matches!(input.input_format, Format::Jpeg | Format::Avif);
    if holds_all_bits && (promising || goal == Goal::Lossless) && !hopeless {
        plan.push(input, EncoderKind::WebpLossless, Task::Lossless);
    }
    // A quality in WebP is libwebp's; who names one means that.
    let searched = matches!(goal, Goal::Score(_) | Goal::MaxBytes(_));
    let pixels = u64::from(input.size.0) * u64::from(input.size.1);
    let may_be_tried = searched && tries_few_colors(input.input_format, pixels);
    if may_be_tried && input.traits.kind == ImageKind::Graphic && !is_beyond_a_palette(input, Format::Webp) {
        plan.push_lossy(input, EncoderKind::WebpPalette);
    }
    plan.push_lossy(input, EncoderKind::WebpLossy);
    plan.push_fallback(input, EncoderKind::WebpLossless);
}

/// Whether the coded image can be handed on as it is.
fn stays_as_it_is(format: Format, input: &PlanInput<'_>) -> bool {
    input.input_format == format && !input.pixels_changed && !input.source.tainted
}

fn plan_avif(input: &PlanInput<'_>, plan: &mut Plan) {
    let goal = input.settings.goal_for(Format::Avif);
    // Lossless AVIF loses to lossless WebP and PNG nearly always: made when somebody asks for it by name.
    let asked_for = matches!(&input.settings.formats, FormatChoice::OneOf(_))
        || input.settings.formats == FormatChoice::Keep && input.pixels_changed;
    if goal == Goal::Lossless && asked_for && input.bit_depth == 8 {
        plan.push(input, EncoderKind::AomLossless, Task::Lossless);
    }
    if stays_as_it_is(Format::Avif, input) {
        plan.push(input, EncoderKind::AvifRewrite, Task::Lossless);
    }
    plan.push_lossy(input, squoosh_or_built_in(SquooshCodec::Avif, input.settings));
    plan.push_fallback(input, EncoderKind::AomLossless);
}

/// Whether a GIF holds all colours: at most 256, transparency being one of them.
fn fits_gif(input: &PlanInput<'_>) -> bool {
    input.traits.colors.is_some() && input.bit_depth == 8 && input.traits.alpha != AlphaKind::Full
}

fn gif_obstacle(input: &PlanInput<'_>) -> Option<OptimizationError> {
    if input.traits.alpha == AlphaKind::Full && input.settings.background.is_none() {
        return Some(OptimizationError::unsupported(
            Format::Gif.title(),
            "partial transparency without a background colour to put under it",
        ));
    }
    let lossless = input.settings.goal_for(Format::Gif) == Goal::Lossless;
    (lossless && !fits_gif(input))
        .then(|| OptimizationError::unsupported(Format::Gif.title(), "more than 256 colours without loss"))
}

fn plan_gif(input: &PlanInput<'_>, plan: &mut Plan) {
    if input.input_format == Format::Gif && !input.pixels_changed && !input.source.tainted {
        plan.push(input, EncoderKind::GifRewrite, Task::Lossless);
    }
    if fits_gif(input) {
        plan.push(input, EncoderKind::Gif, Task::Lossless);
    } else {
        plan.push_lossy(input, EncoderKind::GifLossy);
    }
}

fn plan_jxl(input: &PlanInput<'_>, plan: &mut Plan) {
    let goal = input.settings.goal_for(Format::Jxl);
    let lossless = lossless_jxl_kind(input.settings);
    let unchanged = !input.pixels_changed && !input.source.tainted;
    let from_jpeg = unchanged && input.input_format == Format::Jpeg;
    if unchanged && input.input_format == Format::Jxl {
        plan.push(input, EncoderKind::JxlRewrite, Task::Lossless);
    }
    if from_jpeg {
        plan.push(input, EncoderKind::JxlTranscode, Task::Lossless);
        if goal == Goal::Lossless {
            // A JPEG that cannot be taken over as it is still has pixels.
            plan.fallback.push(planned(input, lossless, Task::Lossless));
        }
    }
    // A JPEG's pixels without loss are several times the size of its coefficients.
    let promising = input.traits.kind == ImageKind::Graphic || unchanged && input.source.lossless;
    if !from_jpeg && (promising || goal == Goal::Lossless) {
        plan.push(input, lossless, Task::Lossless);
    }
    plan.push_lossy(input, squoosh_or_built_in(SquooshCodec::Jxl, input.settings));
    if !from_jpeg {
        plan.push_fallback(input, lossless);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::Content;
    use crate::settings::SettingsLayer;

    const PHOTO: ImageTraits = ImageTraits {
        kind: ImageKind::Photo,
        content: Content::Photo,
        colors: None,
        alpha: AlphaKind::None,
        gray: false,
        chroma_detail: 1.0,
        noise: 1.5,
        edges: 0.02,
    };

    fn plan_for(traits: &ImageTraits, format: Format, settings: &str) -> Result<Plan, OptimizationError> {
        let layer: SettingsLayer = serde_json::from_str(settings).unwrap();
        plan(&PlanInput {
            traits,
            settings: &ImageSettings::resolve([&layer]),
            input_format: format,
            source: SourceTraits::default(),
            bit_depth: 8,
            size: (100, 100),
            pixels_changed: false,
        })
    }

    fn encoders(plan: &Plan) -> Vec<EncoderKind> {
        plan.lossless.iter().chain(&plan.lossy).map(|candidate| candidate.encoder).collect()
    }

    #[test]
    fn a_jpeg_is_rewritten_and_reencoded_and_may_stay() {
        let plan = plan_for(&PHOTO, Format::Jpeg, "{}").unwrap();
        assert_eq!(encoders(&plan), [EncoderKind::JpegRewrite, EncoderKind::JpegStrip, EncoderKind::Mozjpeg]);
        assert_eq!(plan.lossy[0].task, Task::ReachScore(Score::default()));
        assert!(plan.original_allowed);
    }

    #[test]
    fn the_rewrite_of_a_large_jpeg_waits_for_what_is_lossy() {
        let plan = plan_for(&PHOTO, Format::Jpeg, "{}").unwrap();
        let names = |list: Vec<PlannedCandidate>| list.iter().map(|one| one.encoder).collect::<Vec<_>>();
        let (first, later) = plan.split_lossless(1 << 20);
        assert_eq!(
            (names(first), names(later)),
            (vec![EncoderKind::JpegStrip], vec![EncoderKind::JpegRewrite])
        );
        assert!(plan.split_lossless(1 << 10).1.is_empty());
        let lossless = plan_for(&PHOTO, Format::Jpeg, r#"{"goal": "lossless"}"#).unwrap();
        assert!(lossless.split_lossless(1 << 20).1.is_empty());
        let rewrite = plan.lossless[0];
        assert!(plan.rewrite_could_win(&rewrite, 90, 100) && !plan.rewrite_could_win(&rewrite, 80, 100));
    }

    #[test]
    fn a_quality_at_effort_1_is_made_before_anything_that_may_not_be_needed() {
        let names = |list: Vec<PlannedCandidate>| list.iter().map(|one| one.encoder).collect::<Vec<_>>();
        let graphic = ImageTraits { kind: ImageKind::Graphic, ..PHOTO };
        let plan = |settings| plan_for(&graphic, Format::Png, settings).unwrap();
        let quick = plan(r#"{"goal": {"quality": 75}, "effort": 1}"#);
        assert_eq!(names(quick.split_lossless(1 << 20).1), [EncoderKind::Oxipng]);
        let waiting = quick.lossless[0];
        assert!(quick.rewrite_could_win(&waiting, 101, 100) && !quick.rewrite_could_win(&waiting, 99, 100));
        assert!(quick.lossy[0].is_judged_quickly());
        for thorough in [r#"{"goal": {"quality": 75}, "effort": 2}"#, r#"{"effort": 1}"#] {
            assert!(!plan(thorough).lossy[0].is_judged_quickly());
        }
        assert_eq!(names(plan(r#"{"effort": 1}"#).split_lossless(1 << 20).0), [EncoderKind::Oxipng]);
    }

    #[test]
    fn a_jpeg_with_flat_areas_is_not_made_a_lossless_webp_before_it_may_be_needed() {
        let graphic = ImageTraits { kind: ImageKind::Graphic, ..PHOTO };
        let webp = r#"{"formats": ["webp"], "goal": {"quality": 75}}"#;
        let later = |format| plan_for(&graphic, format, webp).unwrap().split_lossless(1 << 20).1.len();
        assert_eq!((later(Format::Jpeg), later(Format::Png)), (1, 0));
    }

    #[test]
    fn lossless_jpeg_is_a_rewrite_and_nothing_else() {
        let plan = plan_for(&PHOTO, Format::Jpeg, r#"{"goal": "lossless"}"#).unwrap();
        assert_eq!(encoders(&plan), [EncoderKind::JpegRewrite, EncoderKind::JpegStrip]);
    }

    #[test]
    fn a_jpeg_that_was_compressed_hard_is_not_coded_again_for_a_score() {
        let recodes = |quality: u8, settings: &str| {
            let layer: SettingsLayer = serde_json::from_str(settings).unwrap();
            let plan = plan(&PlanInput {
                traits: &PHOTO,
                settings: &ImageSettings::resolve([&layer]),
                input_format: Format::Jpeg,
                source: SourceTraits { jpeg_quality: Some(quality), ..SourceTraits::default() },
                bit_depth: 8,
                size: (100, 100),
                pixels_changed: settings.contains("resize"),
            });
            encoders(&plan.unwrap()).contains(&EncoderKind::Mozjpeg)
        };
        assert!(!recodes(67, "{}") && recodes(68, "{}"));
        assert!(!recodes(40, r#"{"goal": {"score": 70}}"#) && recodes(41, r#"{"goal": {"score": 70}}"#));
        assert!(!recodes(94, r#"{"goal": {"score": 90}}"#) && recodes(96, r#"{"goal": {"score": 99}}"#));
        assert!(recodes(30, r#"{"formats": ["jpeg"]}"#) && recodes(30, r#"{"goal": {"quality": 60}}"#));
        assert!(recodes(30, r#"{"goal": {"maxBytes": 900}}"#) && recodes(30, r#"{"resize": {"width": 9}}"#));
    }

    #[test]
    fn what_was_made_for_delivery_must_become_much_smaller_and_own_jpegs_have_their_quality() {
        let planned = |format, source, settings: &str| {
            let layer: SettingsLayer = serde_json::from_str(settings).unwrap();
            let settings = ImageSettings::resolve([&layer]);
            let pixels_changed = settings.resize.is_some();
            plan(&PlanInput {
                traits: &PHOTO,
                settings: &settings,
                input_format: format,
                source,
                bit_depth: 8,
                size: (100, 100),
                pixels_changed,
            })
            .unwrap()
        };
        let lossy = SourceTraits::default();
        let own = SourceTraits { own_jpeg_quality: Quality::new(80).ok(), ..lossy };
        let lossless = SourceTraits { lossless: true, ..lossy };
        assert_eq!(planned(Format::Webp, lossy, "{}").recode_share, Some(0.7));
        assert_eq!(planned(Format::Avif, lossy, r#"{"formats": "auto"}"#).recode_share, Some(0.7));
        assert_eq!(planned(Format::Jpeg, own, "{}").recode_share, Some(0.7));
        assert_eq!(planned(Format::Jpeg, lossy, "{}").recode_share, None);
        assert_eq!(planned(Format::Webp, lossless, "{}").recode_share, None);
        assert_eq!(planned(Format::Webp, lossy, r#"{"formats": ["avif"]}"#).recode_share, None);
        assert_eq!(planned(Format::Webp, lossy, r#"{"resize": {"width": 9}}"#).recode_share, None);
        let recodes = |source, settings| !planned(Format::Jpeg, source, settings).lossy.is_empty();
        assert!(
            !recodes(own, r#"{"goal": {"quality": 80}}"#) && !recodes(own, r#"{"goal": {"quality": 90}}"#)
        );
        assert!(!recodes(own, "{}") && !recodes(own, r#"{"goal": {"score": 70}}"#));
        assert!(recodes(own, r#"{"goal": {"score": 69}}"#) && recodes(own, r#"{"goal": {"maxBytes": 9}}"#));
        assert!(
            recodes(own, r#"{"goal": {"quality": 79}}"#) && recodes(lossy, r#"{"goal": {"quality": 80}}"#)
        );
        assert!(recodes(own, r#"{"goal": {"quality": 80}, "resize": {"width": 9}}"#));
    }

    #[test]
    fn auto_does_not_waste_time_on_a_photo_as_png() {
        let plan = plan_for(&PHOTO, Format::Png, r#"{"formats": "auto"}"#).unwrap();
        assert_eq!(encoders(&plan), [EncoderKind::Mozjpeg, EncoderKind::WebpLossy, EncoderKind::Aom]);
    }

    #[test]
    fn transparency_rules_jpeg_out_unless_there_is_a_matte() {
        let transparent = ImageTraits { alpha: AlphaKind::Full, ..PHOTO };
        let auto = plan_for(&transparent, Format::Png, r#"{"formats": "auto"}"#).unwrap();
        assert!(!encoders(&auto).contains(&EncoderKind::Mozjpeg));
        let error = plan_for(&transparent, Format::Png, r#"{"formats": ["jpeg"]}"#).unwrap_err();
        assert_eq!(error.code(), "invalid_setting");
        assert!(error.to_string().contains("background"));
        let matte = plan_for(&transparent, Format::Png, r##"{"formats": ["jpeg"], "background": "#fff"}"##);
        assert_eq!(encoders(&matte.unwrap()), [EncoderKind::Mozjpeg]);
    }

    #[test]
    fn a_conversion_never_hands_out_the_original() {
        let plan = plan_for(&PHOTO, Format::Jpeg, r#"{"formats": ["avif"]}"#).unwrap();
        assert_eq!(encoders(&plan), [EncoderKind::Aom]);
        assert!(!plan.original_allowed);
    }

    #[test]
    fn jpeg_xl_takes_a_jpeg_over_and_tries_lossless_coding_where_it_may_win() {
        let jxl = r#"{"formats": ["jxl"]}"#;
        let from_jpeg = plan_for(&PHOTO, Format::Jpeg, jxl).unwrap();
        assert_eq!(encoders(&from_jpeg), [EncoderKind::JxlTranscode, EncoderKind::Jxl]);
        let graphic = ImageTraits { kind: ImageKind::Graphic, ..PHOTO };
        let from_png = plan_for(&graphic, Format::Png, jxl).unwrap();
        assert_eq!(encoders(&from_png), [EncoderKind::JxlLossless, EncoderKind::Jxl]);
        let kept = plan_for(&PHOTO, Format::Jxl, "{}").unwrap();
        assert_eq!(encoders(&kept), [EncoderKind::JxlRewrite, EncoderKind::Jxl]);
        assert!(kept.original_allowed);
    }

    #[test]
    fn squooshs_codecs_take_the_place_of_the_encoders_that_make_pixels_anew() {
        let graphic = ImageTraits { kind: ImageKind::Graphic, ..PHOTO };
        let jxl = r#"{"formats": ["jxl"], "squoosh": ["jxl"]}"#;
        let from_png = plan_for(&graphic, Format::Png, jxl).unwrap();
        assert_eq!(encoders(&from_png), [EncoderKind::SquooshJxlLossless, EncoderKind::SquooshJxl]);
        // What takes coded data over stays: the codecs know pixels only.
        let from_jpeg = plan_for(&PHOTO, Format::Jpeg, jxl).unwrap();
        assert_eq!(encoders(&from_jpeg), [EncoderKind::JxlTranscode, EncoderKind::SquooshJxl]);
        let auto = plan_for(&PHOTO, Format::Png, r#"{"formats": "auto", "squoosh": ["avif"]}"#).unwrap();
        assert_eq!(encoders(&auto), [EncoderKind::Mozjpeg, EncoderKind::WebpLossy, EncoderKind::SquooshAvif]);
        let other = plan_for(&PHOTO, Format::Png, r#"{"formats": ["avif"], "squoosh": ["jxl"]}"#).unwrap();
        assert_eq!(encoders(&other), [EncoderKind::Aom]);
    }

    #[test]
    fn tiff_is_lossless_whatever_the_goal() {
        for goal in [r#""lossless""#, r#"{"score": 70}"#, r#"{"quality": 50}"#, r#"{"maxBytes": 9}"#] {
            let settings = format!(r#"{{"formats": ["tiff"], "goal": {goal}}}"#);
            let plan = plan_for(&PHOTO, Format::Png, &settings).unwrap();
            assert_eq!(encoders(&plan), [EncoderKind::TiffLossless], "{goal}");
        }
    }

    #[test]
    fn chroma_is_halved_for_photos_and_kept_for_graphics_and_fine_targets() {
        let subsampled = |traits: &ImageTraits, settings: &str| {
            plan_for(traits, Format::Png, settings).unwrap().lossy[0].subsample_chroma
        };
        let graphic = ImageTraits { kind: ImageKind::Graphic, ..PHOTO };
        assert!(subsampled(&PHOTO, r#"{"formats": ["jpeg"]}"#));
        assert!(!subsampled(&graphic, r#"{"formats": ["jpeg"]}"#));
        assert!(!subsampled(&PHOTO, r#"{"formats": ["jpeg"], "goal": {"quality": 95}}"#));
        // AVIF predicts chroma from luma: only soft colours are halved.
        assert!(!subsampled(&PHOTO, r#"{"formats": ["avif"]}"#));
        let soft = ImageTraits { chroma_detail: 2.0, edges: 0.002, ..PHOTO };
        assert!(subsampled(&soft, r#"{"formats": ["avif"], "goal": {"score": 80}}"#));
        assert!(!subsampled(&soft, r#"{"formats": ["avif"], "goal": {"score": 90}}"#));
        assert!(!subsampled(&soft, r#"{"formats": ["avif"], "goal": {"quality": 80}}"#));
    }

    #[test]
    fn palettes_are_for_graphics_and_for_photos_that_must_be_small_pngs() {
        let graphic = ImageTraits { kind: ImageKind::Graphic, content: Content::Screenshot, ..PHOTO };
        let has = |encoder, traits: &ImageTraits, settings: &str| {
            encoders(&plan_for(traits, Format::Png, settings).unwrap()).contains(&encoder)
        };
        let has_palette =
            |traits: &ImageTraits, settings: &str| has(EncoderKind::PngPalette, traits, settings);
        assert!(has_palette(&graphic, "{}"));
        assert!(has_palette(&graphic, r#"{"formats": "auto", "goal": {"quality": 80}}"#));
        assert!(!has_palette(&graphic, r#"{"goal": "lossless"}"#));
        assert!(!has_palette(&PHOTO, "{}"));
        assert!(has_palette(&PHOTO, r#"{"goal": {"quality": 80}}"#));
        assert!(has_palette(&PHOTO, r#"{"goal": {"maxBytes": 9000}}"#));
        assert!(!has_palette(&PHOTO, r#"{"formats": ["png", "webp"], "goal": {"maxBytes": 9000}}"#));
        // Where WebP may come out and is made for the same goal, its palette takes PNG's place.
        for settings in
            [r#"{"formats": "auto"}"#, r#"{"formats": ["png", "webp"], "goal": {"maxBytes": 9000}}"#]
        {
            assert!(!has_palette(&graphic, settings) && has(EncoderKind::WebpPalette, &graphic, settings));
        }
        assert!(!has(EncoderKind::WebpPalette, &PHOTO, r#"{"formats": "auto"}"#));
        assert!(!has(
            EncoderKind::WebpPalette,
            &graphic,
            r#"{"formats": ["webp"], "goal": {"quality": 80}}"#
        ));
    }
}
