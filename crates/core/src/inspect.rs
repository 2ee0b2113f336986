//! What a file is and what would be tried on it: everything the first stages find out, without encoding.

use crate::analyse::{AlphaKind, Content, ImageTraits, analyse};
use crate::animation::{self, Source};
use crate::context::OptimizeContext;
use crate::decode::{Coding, DecodedImage, SourceTraits, coding, decode, extras};
use crate::error::OptimizationError;
use crate::format::Format;
use crate::metadata::{Metadata, exif, icc, rights::Rights};
use crate::optimize::simplified;
use crate::pixels::{Orientation, PixelBuffer};
use crate::plan::{Plan, PlanInput, PlannedCandidate, Task, plan};
use crate::result::Warning;
use crate::settings::{Goal, ImageSettings};
use crate::sniff::sniff;
use crate::transform::transform;
use serde::Serialize;

/// What a file is. JSON uses camelCase.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// Its format, by its bytes.
    pub format: Format,
    /// Its bytes.
    pub size: u64,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// Frames of an animation; 1 for a still image.
    pub frames: u32,
    /// How often an animation plays, 0 for ever; `None` for a still image.
    pub plays: Option<u32>,
    /// Pages of a TIFF; 1 for all others.
    pub pages: u32,
    /// Bits per sample (of a palette: per index) as stored; `None` where the header does not say it plainly.
    pub bit_depth: Option<u8>,
    /// What samples are: `gray`, `gray_alpha`, `rgb`, `rgba`, `palette`, `cmyk`.
    pub color_model: String,
    /// Chroma subsampling as in `4:2:0`; `None` where there is none to speak of.
    pub chroma_subsampling: Option<String>,
    /// Whether its pixels were coded without loss, as far as the file tells.
    pub lossless: bool,
    /// The quality a JPEG was made with, 1 to 100 on libjpeg's scale, where its tables tell.
    pub jpeg_quality: Option<u8>,
    /// How the stored pixels are turned to be upright: the EXIF values 1 (upright) to 8.
    pub orientation: u16,
    /// The colour profile; `None` means sRGB.
    pub profile: Option<Profile>,
    /// What else travels with the pixels.
    pub metadata: MetadataFacts,
    /// What the pixels look like; of an animation, its first frame's.
    pub traits: Traits,
    /// What would be made of it under the settings; empty for an animation and where nothing can be made.
    pub candidates: Vec<PlannedEncode>,
    /// Why nothing can be made of it under the settings.
    pub obstacle: Option<String>,
    /// What is odd about the file.
    pub warnings: Vec<Warning>,
}

/// A colour profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// What it calls itself, where it does.
    pub name: Option<String>,
    /// Its bytes.
    pub size: u64,
}

/// What travels with the pixels.
#[allow(clippy::struct_excessive_bools, reason = "facts that have nothing to do with one another")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataFacts {
    /// Bytes of EXIF; 0 where there is none.
    pub exif_size: u64,
    /// Bytes of XMP; 0 where there is none.
    pub xmp_size: u64,
    /// Whether it says where the picture was taken.
    pub gps: bool,
    /// The copyright notice.
    pub copyright: Option<String>,
    /// Who made the picture.
    pub author: Option<String>,
    /// Whether there is an HDR gain map.
    pub gain_map: bool,
    /// Whether it is a motion photo.
    pub motion_photo: bool,
    /// Whether more images stand behind the first: previews, a depth map.
    pub extra_images: bool,
}

/// What analysis finds in the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Traits {
    /// What it shows.
    pub content: Content,
    /// Transparency in use.
    pub alpha: AlphaKind,
    /// Number of distinct colours (with alpha), where there are at most 256.
    pub colors: Option<u16>,
    /// Whether red, green and blue are equal everywhere.
    pub gray: bool,
    /// Deviation of the noise in 8-bit levels: 0 for clean graphics, 1 to 3 for photos, more for grain.
    pub noise: f32,
    /// Share of neighbouring pixels with an edge between them, 0 to 1.
    pub edges: f32,
    /// Mean chroma step between neighbouring pixels, 0 to 255.
    pub chroma_detail: f32,
}

/// A candidate that would be made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedEncode {
    /// Its format.
    pub format: Format,
    /// The encoder's name, as in results.
    pub encoder: String,
    /// What it is made for.
    pub goal: Goal,
    /// Whether chroma starts at half resolution.
    pub halves_chroma: bool,
    /// Whether it is made only if nothing else meets the goal.
    pub fallback: bool,
}

/// What the file is, and what [`optimize`](crate::optimize()) would try under these settings.
///
/// # Errors
/// What [`optimize`](crate::optimize()) gives for a file it cannot read.
///
/// # Examples
/// ```
/// use planish::{Format, ImageSettings, OptimizeContext, inspect};
///
/// # let mut input = Vec::new();
/// # let mut encoder = png::Encoder::new(&mut input, 64, 48);
/// # encoder.set_color(png::ColorType::Rgb);
/// # let pixels: Vec<u8> = (0..64 * 48 * 3).map(|at| (at % 192 + at / 192) as u8).collect();
/// # encoder.write_header()?.write_image_data(&pixels)?;
/// let file = inspect(&input, &ImageSettings::default(), &OptimizeContext::default())?;
/// assert_eq!((file.format, file.width, file.height), (Format::Png, 64, 48));
/// for planned in &file.candidates {
///     println!("would try {}", planned.format);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn inspect(
    bytes: &[u8],
    settings: &ImageSettings,
    context: &OptimizeContext<'_>,
) -> Result<Inspection, OptimizationError> {
    context.limits.check_input(bytes.len())?;
    let format = sniff(bytes)?;
    if animation::announced(bytes, format).is_some() {
        return inspect_animation(bytes, format, context);
    }
    let decoded = decode(bytes, format, context)?;
    let DecodedImage { pixels, metadata, orientation, source, warnings } = decoded;
    let traits = analyse(&pixels);
    let stored = coding(bytes, format);
    let color_model = match () {
        () if source.cmyk => "cmyk",
        () if stored.palette => "palette",
        () => pixels.channels().name(),
    };
    let mut inspection = Inspection {
        format,
        size: bytes.len() as u64,
        width: pixels.width(),
        height: pixels.height(),
        frames: 1,
        plays: None,
        pages: source.other_pages as u32 + 1,
        bit_depth: stored.bit_depth,
        color_model: color_model.into(),
        chroma_subsampling: subsampling(stored, &source, format).map(str::to_owned),
        lossless: source.lossless,
        jpeg_quality: source.jpeg_quality,
        orientation: orientation.to_exif(),
        profile: profile(&metadata),
        metadata: metadata_facts(&metadata, bytes, format),
        traits: (&traits).into(),
        candidates: Vec::new(),
        obstacle: None,
        warnings,
    };
    match planned(pixels, &metadata, source, format, settings, context) {
        Ok(plan) => inspection.candidates = listed(&plan),
        Err(error) => inspection.obstacle = Some(error.to_string()),
    }
    Ok(inspection)
}

fn inspect_animation(
    bytes: &[u8],
    format: Format,
    context: &OptimizeContext<'_>,
) -> Result<Inspection, OptimizationError> {
    let source = Source::open(bytes, format, &context.limits)?;
    let (first, _) = animation::first_frame(bytes, format, &context.limits)?;
    let stored = coding(bytes, format);
    Ok(Inspection {
        format,
        size: bytes.len() as u64,
        width: source.width,
        height: source.height,
        frames: source.frames,
        plays: Some(source.plays),
        pages: 1,
        bit_depth: stored.bit_depth,
        color_model: if stored.palette { "palette" } else { first.channels().name() }.into(),
        chroma_subsampling: None,
        lossless: source.lossless,
        jpeg_quality: None,
        orientation: Orientation::Upright.to_exif(),
        profile: profile(&source.metadata),
        metadata: metadata_facts(&source.metadata, bytes, format),
        traits: (&analyse(&first)).into(),
        candidates: Vec::new(),
        obstacle: None,
        warnings: source.warnings,
    })
}

/// As [`optimize`](crate::optimize()) comes to its plan.
fn planned(
    pixels: PixelBuffer,
    metadata: &Metadata,
    source: SourceTraits,
    input_format: Format,
    settings: &ImageSettings,
    context: &OptimizeContext<'_>,
) -> Result<Plan, OptimizationError> {
    let mut metadata = metadata.clone().for_output(settings.metadata);
    let (pixels, pixels_changed) = transform(pixels, &mut metadata.icc, settings, &context.limits)?;
    let traits = analyse(&pixels);
    let pixels = simplified(pixels, &traits, &metadata);
    plan(&PlanInput {
        traits: &traits,
        settings,
        input_format,
        source,
        bit_depth: pixels.bit_depth(),
        size: (pixels.width(), pixels.height()),
        pixels_changed,
    })
}

fn listed(plan: &Plan) -> Vec<PlannedEncode> {
    let entry = |candidate: &PlannedCandidate, fallback| PlannedEncode {
        format: candidate.encoder.format(),
        encoder: candidate.encoder.name().into(),
        goal: match candidate.task {
            Task::Lossless => Goal::Lossless,
            Task::Fixed(quality) => Goal::Quality(quality),
            Task::ReachScore(score) => Goal::Score(score),
            Task::FitBytes(bytes) => Goal::MaxBytes(bytes),
        },
        halves_chroma: candidate.subsample_chroma && candidate.encoder.subsamples_chroma(),
        fallback,
    };
    let first = plan.lossless.iter().chain(&plan.lossy).map(|candidate| entry(candidate, false));
    first.chain(plan.fallback.iter().map(|candidate| entry(candidate, true))).collect()
}

fn subsampling(stored: Coding, source: &SourceTraits, format: Format) -> Option<&'static str> {
    let factors = match format {
        // The one kind of lossy WebP there is.
        Format::Webp if !source.lossless => Some((2, 2)),
        Format::Jpeg => source.chroma_subsampling,
        _ => stored.chroma_subsampling,
    }?;
    match factors {
        (1, 1) => Some("4:4:4"),
        (2, 1) => Some("4:2:2"),
        (2, 2) => Some("4:2:0"),
        (1, 2) => Some("4:4:0"),
        (4, 1) => Some("4:1:1"),
        (4, 2) => Some("4:1:0"),
        _ => None,
    }
}

fn profile(metadata: &Metadata) -> Option<Profile> {
    let block = metadata.icc.as_deref()?;
    Some(Profile { name: icc::name(block), size: block.len() as u64 })
}

fn metadata_facts(metadata: &Metadata, bytes: &[u8], format: Format) -> MetadataFacts {
    let Metadata { exif, xmp, iptc, .. } = metadata;
    let length = |block: &Option<Vec<u8>>| block.as_ref().map_or(0, |block| block.len() as u64);
    let text = |text: Option<Vec<u8>>| text.map(|text| String::from_utf8_lossy(&text).replace('\0', "; "));
    let rights = Rights::find(exif.as_deref(), xmp.as_deref(), iptc.as_deref());
    let place_in_xmp = |xmp: &[u8]| xmp.windows(b"GPSLatitude".len()).any(|part| part == b"GPSLatitude");
    let extras = extras(bytes, format);
    MetadataFacts {
        exif_size: length(exif),
        xmp_size: length(xmp),
        gps: exif.as_deref().is_some_and(exif::has_gps) || xmp.as_deref().is_some_and(place_in_xmp),
        copyright: text(rights.copyright),
        author: text(rights.artist),
        gain_map: extras.gain_map,
        motion_photo: extras.motion_photo,
        extra_images: extras.images,
    }
}

impl From<&ImageTraits> for Traits {
    fn from(traits: &ImageTraits) -> Self {
        Self {
            content: traits.content,
            alpha: traits.alpha,
            colors: traits.colors,
            gray: traits.gray,
            noise: traits.noise,
            edges: traits.edges,
            chroma_detail: traits.chroma_detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(color: png::ColorType, depth: png::BitDepth, width: u32, height: u32, samples: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.write_header().unwrap().write_image_data(samples).unwrap();
        bytes
    }

    fn look(bytes: &[u8], settings: &ImageSettings) -> Inspection {
        inspect(bytes, settings, &OptimizeContext::default()).unwrap()
    }

    #[test]
    fn what_a_file_says_and_what_its_pixels_look_like_are_both_told() {
        let samples: Vec<u8> =
            (0..32 * 16u32).flat_map(|at| [40, 40, 40, if at < 99 { 0 } else { 255 }]).collect();
        let file = png(png::ColorType::Rgba, png::BitDepth::Eight, 32, 16, &samples);
        let seen = look(&file, &ImageSettings::default());
        assert_eq!((seen.format, seen.size), (Format::Png, file.len() as u64));
        assert_eq!((seen.width, seen.height, seen.frames, seen.pages), (32, 16, 1, 1));
        assert_eq!((seen.bit_depth, seen.color_model.as_str(), seen.lossless), (Some(8), "rgba", true));
        assert_eq!(
            (seen.traits.alpha, seen.traits.colors, seen.traits.gray),
            (AlphaKind::Binary, Some(2), true)
        );
        assert_eq!((seen.orientation, seen.profile, seen.jpeg_quality), (1, None, None));
        assert_eq!(seen.candidates[0].encoder, "oxipng");
        assert_eq!(seen.candidates[0].goal, Goal::Lossless);
    }

    #[test]
    fn the_plan_is_the_one_of_the_settings_or_the_reason_why_there_is_none() {
        let samples: Vec<u8> = (0..64u32).flat_map(|at| [at as u8, 9, 200, 128]).collect();
        let file = png(png::ColorType::Rgba, png::BitDepth::Eight, 8, 8, &samples);
        let formats = |format| crate::FormatChoice::OneOf(vec![format]);
        let settings = |format| ImageSettings { formats: formats(format), ..ImageSettings::default() };
        let webp = look(&file, &settings(Format::Webp)).candidates;
        assert!(
            !webp.is_empty() && webp.iter().all(|candidate| candidate.format == Format::Webp),
            "{webp:?}"
        );
        let jpeg = look(&file, &settings(Format::Jpeg));
        assert!(jpeg.candidates.is_empty() && jpeg.obstacle.unwrap().contains("background"));
    }

    #[test]
    fn bits_are_those_of_the_file_not_of_the_decoder() {
        let gray = png(png::ColorType::Grayscale, png::BitDepth::Two, 4, 2, &[0b0001_1011, 0b1110_0100]);
        assert_eq!(look(&gray, &ImageSettings::default()).bit_depth, Some(2));
        let deep = png(png::ColorType::Grayscale, png::BitDepth::Sixteen, 1, 1, &[1, 2]);
        assert_eq!(look(&deep, &ImageSettings::default()).bit_depth, Some(16));
    }
}
