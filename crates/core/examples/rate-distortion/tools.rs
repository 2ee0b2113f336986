//! The tools that are compared: what they are, whether they are there, and how they are called.

use crate::Failure;
use crate::options::Options;
use crate::process::{self, Finished};
use serde::Serialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// What all others are measured against.
    Planish,
    /// libvips with mozjpeg, libwebp and libaom, through Node.
    Sharp,
    /// libwebp's own.
    Cwebp,
    /// rav1e.
    Cavif,
    /// libimagequant.
    Pngquant,
    /// Lossless PNG.
    Oxipng,
}

impl Program {
    const ALL: [Self; 6] =
        [Self::Planish, Self::Sharp, Self::Cwebp, Self::Cavif, Self::Pngquant, Self::Oxipng];

    /// Its command, and how reports name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Planish => "planish",
            Self::Sharp => "sharp",
            Self::Cwebp => "cwebp",
            Self::Cavif => "cavif",
            Self::Pngquant => "pngquant",
            Self::Oxipng => "oxipng",
        }
    }

    const fn install(self) -> &'static str {
        match self {
            Self::Planish => "scripts/build-native",
            Self::Sharp => "npm ci",
            Self::Cwebp => "apt-get install webp",
            Self::Cavif => "cargo install cavif --locked",
            Self::Pngquant => "apt-get install pngquant",
            Self::Oxipng => "cargo install oxipng --locked",
        }
    }
}

/// A format that is compared at equal score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LossyFormat {
    /// Opaque images only.
    Jpeg,
    /// Lossy, or lossless where planish finds that smaller.
    Webp,
    /// By libaom or rav1e.
    Avif,
}

impl LossyFormat {
    /// In the order of the report.
    pub(crate) const ALL: [Self; 3] = [Self::Jpeg, Self::Webp, Self::Avif];

    /// As flags and reports spell it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Avif => "avif",
        }
    }

    /// Of its files.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            _ => self.name(),
        }
    }
}

/// A program with settings, ready to encode at any quality.
#[derive(Debug, Clone)]
pub(crate) struct Contender {
    /// How reports name it: program and what is special about the settings.
    pub(crate) id: String,
    /// With what.
    pub(crate) program: Program,
    /// Its arguments; `{input}`, `{output}` and `{quality}` stand for what they say.
    pub(crate) arguments: Vec<String>,
    /// Qualities that give scores of about 70, 80 and 90 on photos: where sampling starts.
    pub(crate) start: [f64; 3],
    /// The ends of its quality scale.
    pub(crate) range: (f64, f64),
}

/// Arguments from one line; sharp's JSON has no spaces.
fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// planish at a quality of the encoder's own scale.
pub(crate) fn planish_at_quality(format: LossyFormat) -> Contender {
    let start = match format {
        LossyFormat::Jpeg => [62.0, 78.0, 92.0],
        LossyFormat::Webp => [64.0, 80.0, 92.0],
        LossyFormat::Avif => [51.0, 66.0, 84.0],
    };
    let line = format!("{{input}} -o {{output}} -f {} -q {{quality}} -j 1 --no-cache --json", format.name());
    Contender {
        id: "planish".into(),
        program: Program::Planish,
        arguments: words(&line),
        start,
        range: (1.0, 100.0),
    }
}

/// planish's search for a score; `{quality}` stands for the score.
pub(crate) fn planish_for_score(format: &str) -> Vec<String> {
    words(&format!("{{input}} -o {{output}} -f {format} --target ssim2={{quality}} -j 1 --no-cache --json"))
}

/// planish's lossless PNG; `{quality}` stands for the effort.
pub(crate) fn planish_lossless_png() -> Vec<String> {
    words("{input} -o {output} -f png --lossless --effort {quality} -j 1 --no-cache --json")
}

/// oxipng at its strongest, on one thread. Like planish it drops what does not change the picture.
pub(crate) fn oxipng() -> Vec<String> {
    words("-o max --strip safe -t 1 --force --quiet --out {output} {input}")
}

/// pngquant's settings that are compared: its default, and two ceilings of its quality.
pub(crate) const PNGQUANT_SETTINGS: [&str; 3] = ["default", "0-80", "0-60"];

/// pngquant with one of [`PNGQUANT_SETTINGS`].
pub(crate) fn pngquant(setting: &str) -> Vec<String> {
    let quality = if setting == "default" { String::new() } else { format!("--quality {setting} ") };
    words(&format!("{quality}--force --output {{output}} -- {{input}}"))
}

/// sharp's AVIF at an effort, 0 (fast) to 9.
pub(crate) fn sharp_avif(effort: u32) -> Contender {
    Contender {
        id: format!("sharp effort {effort}"),
        program: Program::Sharp,
        arguments: words(&format!(r#"{{input}} {{output}} {{"quality":{{quality}},"effort":{effort}}}"#)),
        start: [44.0, 58.0, 76.0],
        range: (1.0, 100.0),
    }
}

/// sharp's effort for AVIF unless told otherwise.
pub(crate) const SHARP_AVIF_DEFAULT_EFFORT: u32 = 4;

/// Everyone else who writes a format. `equal_effort` is sharp's effort for AVIF that takes as long as planish.
pub(crate) fn others(format: LossyFormat, equal_effort: Option<u32>) -> Vec<Contender> {
    let sharp_jpeg = |id: &str, more: &str| Contender {
        id: id.into(),
        program: Program::Sharp,
        arguments: words(&format!(r#"{{input}} {{output}} {{"quality":{{quality}},"mozjpeg":true{more}}}"#)),
        start: [62.0, 78.0, 92.0],
        range: (1.0, 100.0),
    };
    match format {
        LossyFormat::Jpeg => vec![
            sharp_jpeg("sharp mozjpeg", ""),
            sharp_jpeg("sharp mozjpeg 4:4:4", r#","chromaSubsampling":"4:4:4""#),
        ],
        LossyFormat::Webp => vec![Contender {
            id: "cwebp -m 6".into(),
            program: Program::Cwebp,
            arguments: words("-quiet -m 6 -q {quality} {input} -o {output}"),
            start: [64.0, 80.0, 92.0],
            range: (0.0, 100.0),
        }],
        LossyFormat::Avif => {
            let mut all = vec![sharp_avif(SHARP_AVIF_DEFAULT_EFFORT)];
            all.extend(equal_effort.filter(|&effort| effort != SHARP_AVIF_DEFAULT_EFFORT).map(sharp_avif));
            all.push(Contender {
                id: "cavif".into(),
                program: Program::Cavif,
                // One thread: more of them make more tiles and larger files.
                arguments: words("--quiet --overwrite --threads=1 --quality={quality} -o {output} {input}"),
                start: [56.0, 70.0, 86.0],
                range: (1.0, 100.0),
            });
            all
        }
    }
}

/// A program's presence, for the report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tool {
    /// The program.
    pub(crate) name: &'static str,
    /// What it says about its version; `null` where it is not there and was left out.
    pub(crate) version: Option<String>,
    /// How to install it.
    pub(crate) install: &'static str,
}

/// The programs, found.
#[derive(Debug)]
pub(crate) struct Tools {
    programs: Vec<Tool>,
    planish: PathBuf,
    sharp: PathBuf,
    log: PathBuf,
}

impl Tools {
    /// Asks each program for its version.
    ///
    /// # Errors
    /// When planish itself is not there.
    pub(crate) fn find(options: &Options) -> Result<Self, Failure> {
        let mut tools = Self {
            programs: Vec::new(),
            planish: options.planish.clone(),
            sharp: options.sharp.clone(),
            log: options.work.join("version.log"),
        };
        for program in Program::ALL {
            let flag = if program == Program::Cwebp { "-version" } else { "--version" };
            let answer = tools.run_raw(program, &[flag.into()], &tools.log);
            let version = answer.and_then(|answer| answer.successful(program.name())).map(|answer| {
                let text = String::from_utf8_lossy(&answer.stdout).into_owned();
                let line = text.lines().next().unwrap_or_default().trim().to_owned();
                line.trim_start_matches(program.name()).trim_start_matches("-rs").trim().to_owned()
            });
            if program == Program::Planish
                && let Err(error) = version
            {
                return Err(format!("the planish command does not run: {error}").into());
            }
            tools.programs.push(Tool {
                name: program.name(),
                version: version.ok().filter(|version| !version.is_empty()),
                install: program.install(),
            });
        }
        Ok(tools)
    }

    /// All of them.
    pub(crate) fn list(&self) -> &[Tool] {
        &self.programs
    }

    /// Those that are not there.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &Tool> {
        self.programs.iter().filter(|tool| tool.version.is_none())
    }

    /// Whether a program is there.
    pub(crate) fn has(&self, program: Program) -> bool {
        self.programs.iter().any(|tool| tool.name == program.name() && tool.version.is_some())
    }

    /// Runs a program with arguments in which `{input}`, `{output}` and `{quality}` are replaced. Any exit code is
    /// a result.
    pub(crate) fn run(
        &self,
        program: Program,
        arguments: &[String],
        job: &Job<'_>,
    ) -> Result<Finished, Failure> {
        let filled: Vec<OsString> = arguments
            .iter()
            .map(|argument| match argument.as_str() {
                "{input}" => job.input.into(),
                "{output}" => job.output.into(),
                other => other.replace("{quality}", &job.quality.to_string()).into(),
            })
            .collect();
        self.run_raw(program, &filled, &job.output.with_extension("log"))
    }

    fn run_raw(&self, program: Program, arguments: &[OsString], log: &Path) -> Result<Finished, Failure> {
        let mut command: Vec<OsString> = match program {
            Program::Planish => vec![self.planish.clone().into()],
            Program::Sharp => vec!["node".into(), self.sharp.clone().into()],
            _ => vec![program.name().into()],
        };
        command.extend_from_slice(arguments);
        process::run(&command, log)
    }
}

/// A command line as reports show it.
pub(crate) fn shown(program: Program, arguments: &[String]) -> String {
    let name = if program == Program::Sharp { "node scripts/lib/sharp.mjs" } else { program.name() };
    format!("{name} {}", arguments.join(" "))
}

/// One encode to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    /// The image.
    pub(crate) input: &'a Path,
    /// The file to make.
    pub(crate) output: &'a Path,
    /// What `{quality}` stands for.
    pub(crate) quality: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_without_this_machine_s_paths() {
        let shown = shown(Program::Sharp, &sharp_avif(2).arguments);
        assert_eq!(shown, r#"node scripts/lib/sharp.mjs {input} {output} {"quality":{quality},"effort":2}"#);
    }

    #[test]
    fn an_equal_effort_that_is_the_default_is_compared_once() {
        let ids = |effort| others(LossyFormat::Avif, effort).into_iter().map(|c| c.id).collect::<Vec<_>>();
        assert_eq!(ids(Some(2)), ["sharp effort 4", "sharp effort 2", "cavif"]);
        assert_eq!(ids(Some(4)), ["sharp effort 4", "cavif"]);
        assert_eq!(ids(None), ["sharp effort 4", "cavif"]);
    }
}
