//! The command's arguments, as they were typed.

use crate::values;
use clap::{ArgGroup, Parser};
use planish::settings::{Background, Crop, Fit, Flip, Resize, Rotation};
use planish::{Effort, FormatChoice, Quality, Score};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  Every image below photos/, as small as it gets while it looks the same:
    planish photos/ -o out/
  The same, in whichever format is smallest:
    planish photos/ -o out/ -f auto
  One file, at AVIF quality 60:
    planish hero.png -o hero.avif -q 60
  At most 1600 pixels wide and 200 kB each:
    planish *.jpg -o web/ --resize 1600x --max-size 200kB
  Not one pixel changed:
    planish icons/ -o out/ --lossless
  A full account for scripts:
    planish photos/ -o out/ --json > report.json

Exit codes:
  0    all done (an image that cannot be made smaller is done)
  1    some file failed; the others are done
  2    wrong arguments, or nothing to do
  130  interrupted by Ctrl-C

Inputs are never changed. Every output is written beside its target, synced
and renamed, and replaces a file of that name; no output is written for a
file that failed.";

/// Makes images as small as they can be while they still look the same.
#[derive(Debug, Clone, Parser)]
#[command(name = "planish", version, after_help = EXAMPLES, max_term_width = 110)]
#[command(group(ArgGroup::new("goal").args(["quality", "target", "max_size", "lossless"])))]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// Images, and folders to look for images in
    ///
    /// In folders, files named like images are taken, hidden ones are left out and links are not followed. Files
    /// named here are taken whatever they are called.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// Folder for the results, or a file such as `small.webp` for a single image
    ///
    /// Below the folder, the tree of each input folder is mirrored. A file's extension chooses the format.
    #[arg(short, long, value_name = "OUT", required = true)]
    pub(crate) output: PathBuf,

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
    #[arg(short, long, value_name = "FORMATS", value_parser = values::formats, help_heading = "Output")]
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

    /// Read settings from a TOML or JSON file; flags overrule it
    ///
    /// The fields are goal, formats, crop, rotate, flip, resize, background, metadata, color, effort, and jpeg, png,
    /// webp, avif, jxl, gif, tiff with quality and effort of their own. For example: goal = { score = 75 }
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) recipe: Option<PathBuf>,

    /// Images worked on at once, and threads in all [default: the number of cores]
    #[arg(short, long, value_name = "N", value_parser = values::jobs, help_heading = "Work")]
    pub(crate) jobs: Option<usize>,

    /// Refuse images of more pixels than this: `100000000` or `100MP` [default: 100MP]
    #[arg(long, value_name = "N", value_parser = values::pixels, help_heading = "Work")]
    pub(crate) max_pixels: Option<planish::Pixels>,

    /// Print one JSON document instead of lines
    #[arg(long, help_heading = "Report")]
    pub(crate) json: bool,

    /// Print errors only
    #[arg(long, conflicts_with = "json", help_heading = "Report")]
    pub(crate) quiet: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(arguments: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(format!("planish {arguments}").split_whitespace())
    }

    #[test]
    fn the_definitions_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn goals_exclude_each_other() {
        for goals in ["-q 80 --lossless", "--target ssim2=80 -q 80", "--max-size 1kB --lossless"] {
            let error = parse(&format!("a.png -o out {goals}")).unwrap_err();
            assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict);
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[test]
    fn wrong_values_say_what_was_expected_and_what_came() {
        for (arguments, expected) in [
            ("-q 101", "a number from 1 to 100"),
            ("-q high", "a number from 1 to 100"),
            ("--effort 0", "an integer from 1 to 9"),
            ("--target psnr=40", "ssim2=N"),
            ("--target ssim2=101", "a number from 1 to 100"),
            ("--max-size big", "200kB"),
            ("-f bmp", "jpeg, png, webp, avif, jxl, gif or tiff"),
            ("--resize 10by20", "WxH"),
            ("--background red", "#rrggbb"),
            ("--metadata all", "safe, strip or keep"),
            ("--color p3", "keep or srgb"),
            ("-j 0", "a whole number from 1"),
            ("--max-pixels 0", "MP"),
        ] {
            let error = parse(&format!("a.png -o out {arguments}")).unwrap_err().to_string();
            assert!(error.contains(expected), "{arguments}: {error}");
            let value = arguments.split_once(' ').unwrap().1;
            assert!(error.contains(value), "{arguments}: {error}");
        }
    }

    #[test]
    fn the_help_shows_every_default() {
        let help = Args::command().render_long_help().to_string();
        for default in ["ssim2=80", "keep", "safe", "5", "the number of cores", "100MP"] {
            assert!(help.contains(&format!("[default: {default}]")), "{default}");
        }
    }
}
