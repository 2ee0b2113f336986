//! What is to be made of each image.

use crate::recipe::Preset;
use crate::values::{self, SquooshList};
use clap::{ArgGroup, Args};
use planish::settings::{Background, Crop, Fit, Flip, Resize, Rotation};
use planish::{Effort, FormatChoice, Goal, Quality, Score, SettingsLayer};
use std::path::PathBuf;

/// The flags that become a [`SettingsLayer`].
#[derive(Debug, Clone, Args)]
#[command(group(ArgGroup::new("goal").args(["quality", "target", "max_size", "lossless"])))]
pub(crate) struct SettingsArgs {
    /// Aim for a quality on each encoder's own scale, 1 to 100
    #[arg(short, long, value_name = "N", value_parser = values::quality, help_heading = "Goal (at most one)")]
    pub(crate) quality: Option<Quality>,

    /// Aim for a SSIMULACRA2 score: `ssim2=N`, N from 1 to 100 [default: ssim2=80]
    ///
    /// 90: no difference in a flip test. 80: looks the same side by side. 70: high quality. 50: medium.
    #[arg(long, value_name = "ssim2=N", value_parser = values::target, help_heading = "Goal (at most one)")]
    pub(crate) target: Option<Score>,

    /// The best-looking file of at most this size: `200kB`, `1.5MB`, `300KiB` or plain bytes
    #[arg(long, value_name = "SIZE", value_parser = values::size, help_heading = "Goal (at most one)")]
    pub(crate) max_size: Option<planish::Bytes>,

    /// Change no pixel
    #[arg(long, help_heading = "Goal (at most one)")]
    pub(crate) lossless: bool,

    /// Formats that may come out: `keep`, `auto`, or a list of `jpeg`, `png`, `webp`, `avif`, `jxl`, `gif`, `tiff`
    /// [default: keep]
    ///
    /// Of several formats the smallest result wins. `auto` means those that every browser shows. Transparent images become JPEG only with --background.
    #[arg(short, long, alias = "formats", value_name = "FORMATS", value_parser = values::formats, help_heading = "Output")]
    pub(crate) format: Option<FormatChoice>,

    /// Fit into a box of `WxH`, `Wx` or `xH` pixels, or to a long edge of `N`; see --fit and --enlarge
    #[arg(long, value_name = "WxH", value_parser = values::resize, help_heading = "Picture")]
    pub(crate) resize: Option<Resize>,

    /// How the image meets the box of --resize: `inside`, `cover` or `fill` [default: inside]
    ///
    /// inside: all of it, proportions kept. cover: the box is filled and what hangs over is cut off. fill: stretched.
    #[arg(long, value_name = "FIT", value_parser = values::fit, requires = "resize", help_heading = "Picture")]
    pub(crate) fit: Option<Fit>,

    /// Let --resize make small images larger
    #[arg(long, requires = "resize", help_heading = "Picture")]
    pub(crate) enlarge: bool,

    /// Use a part of the image only: `WxH+X+Y` in pixels of the upright image
    #[arg(long, value_name = "WxH+X+Y", value_parser = values::crop, help_heading = "Picture")]
    pub(crate) crop: Option<Crop>,

    /// Turn clockwise by `90`, `180` or `270` degrees, after cropping
    #[arg(long, value_name = "DEGREES", value_parser = values::rotation, help_heading = "Picture")]
    pub(crate) rotate: Option<Rotation>,

    /// Mirror: `horizontal` or `vertical`, after turning
    #[arg(long, value_name = "AXIS", value_parser = values::flip, help_heading = "Picture")]
    pub(crate) flip: Option<Flip>,

    /// Colour under transparent pixels where the format has no transparency, as `#rrggbb`
    #[arg(long, value_name = "COLOR", value_parser = values::background, help_heading = "Output")]
    pub(crate) background: Option<Background>,

    /// EXIF, XMP and comments: `safe` keeps copyright and author, `strip` nothing, `keep` all [default: safe]
    #[arg(long, value_name = "POLICY", value_parser = values::metadata, help_heading = "Output")]
    pub(crate) metadata: Option<planish::settings::MetadataPolicy>,

    /// Colour profile: `keep` it, or convert to `srgb` [default: keep]
    #[arg(long, value_name = "POLICY", value_parser = values::color, help_heading = "Output")]
    pub(crate) color: Option<planish::settings::ColorPolicy>,

    /// Time against size, 1 (fast) to 9 (smallest) [default: 5]
    #[arg(long, value_name = "N", value_parser = values::effort, help_heading = "Output")]
    pub(crate) effort: Option<Effort>,

    /// Formats that Squoosh's codecs encode instead of the built-in encoders: `avif`, `jxl` or both [default: none]
    ///
    /// libaom and libjxl as WebAssembly in a Node process, the same as in the page. Lossless JPEG XL becomes 5 to 80 %
    /// smaller and takes seconds for each megapixel. Needs Node and the sidecar, as --engine sharp does.
    #[arg(long, value_name = "FORMATS", value_parser = values::squoosh, help_heading = "Output")]
    pub(crate) squoosh: Option<SquooshList>,

    /// Start from settings with a name: `web`, `photo`, `archive`, `share` or `thumbnail` [default: none]
    ///
    /// web: what browsers show, 2560 pixels, score 75, no metadata. photo: score 85, all metadata. archive: lossless,
    /// all metadata, effort 9. share: JPEG, 2048 pixels, at most 1 MB, no metadata. thumbnail: WebP, 400 pixels. The
    /// recipe and flags overrule it. docs/presets.md has them in full.
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Preset>, help_heading = "Settings")]
    pub(crate) preset: Option<Preset>,

    /// Read settings from a TOML or JSON recipe; flags overrule it
    /// [default: the nearest planish.toml in the inputs' folder or above]
    ///
    /// The fields are preset, goal, formats, crop, rotate, flip, resize, background, metadata, color, effort,
    /// squoosh, and jpeg, png, webp, avif, jxl, gif, tiff with quality and effort of their own. For example:
    /// goal = { score = 75 }.
    /// Without this flag planish.toml is looked for, no higher than the root of a repository or your home folder.
    #[arg(long, alias = "recipe", value_name = "FILE", help_heading = "Settings")]
    pub(crate) config: Option<PathBuf>,

    /// Look for no planish.toml
    #[arg(long, conflicts_with = "config", help_heading = "Settings")]
    pub(crate) no_config: bool,
}

impl SettingsArgs {
    /// What the flags say, and nothing else.
    pub(crate) fn layer(&self) -> SettingsLayer {
        let goal = self
            .quality
            .map(Goal::Quality)
            .or(self.target.map(Goal::Score))
            .or(self.max_size.map(Goal::MaxBytes))
            .or(self.lossless.then_some(Goal::Lossless));
        SettingsLayer {
            goal,
            formats: self.format.clone(),
            crop: self.crop,
            rotate: self.rotate,
            flip: self.flip,
            resize: self.resize.map(|resize| Resize {
                fit: self.fit.unwrap_or(resize.fit),
                enlarge: self.enlarge || resize.enlarge,
                ..resize
            }),
            background: self.background,
            metadata: self.metadata,
            color: self.color,
            effort: self.effort,
            squoosh: self.squoosh.as_ref().map(|SquooshList(codecs)| codecs.clone()),
            ..SettingsLayer::default()
        }
    }
}
