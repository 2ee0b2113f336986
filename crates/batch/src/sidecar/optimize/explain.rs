//! What Sharp's errors and a subject's peculiarities are called.

use super::{Job, Subject};
use crate::sidecar::messages::Failure;
use crate::sidecar::supervisor::SidecarError;
use planish::{Candidate, OptimizationError, Warning, sniff};
use std::fs::File;
use std::io::Read;

/// So many bytes of a file say its format.
const HEAD: u64 = 256;

impl Job<'_> {
    /// An error of Sharp in the words of the core, where it has some.
    pub(super) fn error_of(&self, error: SidecarError) -> OptimizationError {
        let text = error.to_string();
        match error {
            SidecarError::Cancelled => OptimizationError::Cancelled,
            SidecarError::TimedOut => OptimizationError::TimedOut,
            SidecarError::Failed(Failure { code, message, transient }) => {
                let message = plain(&message);
                match code.as_str() {
                    "cancelled" => OptimizationError::Cancelled,
                    "timed_out" => OptimizationError::TimedOut,
                    "io" => OptimizationError::Io {
                        operation: "sharp",
                        path: self.source.to_owned(),
                        message,
                        transient,
                    },
                    "unsupported" => {
                        let feature = format!("this image ({message}) is");
                        OptimizationError::Unsupported { format: "Sharp".into(), feature }
                    }
                    "limit_exceeded" => OptimizationError::Sidecar {
                        message: format!("the image has more than {} pixels", self.max_pixels),
                        transient: false,
                    },
                    _ => OptimizationError::Sidecar { message, transient },
                }
            }
            _ => OptimizationError::Sidecar { message: text, transient: false },
        }
    }
}

impl Subject {
    /// What the user should know before anything is made.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.has_pages() {
            let pages = self.inspected.frames;
            let message = format!("the file has {pages} pages; the output has the first only");
            warnings.push(Warning::new("pages_dropped", message));
        }
        if self.is_heic {
            let message = "the input is HEIC, of the family that AVIF is of: inputFormat names that";
            warnings.push(Warning::new("heic_input", message));
        }
        if self.looks.len() > 1 {
            let (looked, frames) = (self.looks.len(), self.inspected.frames);
            let message = format!("the score was measured on {looked} of {frames} frames");
            warnings.push(Warning::new("sampled_score", message));
        }
        warnings
    }
}

/// What Sharp made of an image, where none of it meets the goal.
pub(super) fn unmet(candidates: &[Candidate]) -> String {
    let made: Vec<String> = candidates
        .iter()
        .map(|file| {
            let Candidate { format, size, .. } = file;
            let quality = file.quality.map_or_else(String::new, |quality| format!(" at quality {quality}"));
            let score = file.score.map_or_else(String::new, |score| format!(", score {score}"));
            format!("{format}{quality} ({size} bytes{score})")
        })
        .collect();
    match made.as_slice() {
        [] => "Sharp has nothing that could meet it".into(),
        made => format!("Sharp made {}", made.join(", ")),
    }
}

/// What a HEIC needs whose pixels Sharp cannot decode.
pub(super) fn without_hevc(error: OptimizationError) -> OptimizationError {
    if !error.to_string().contains("HEVC") {
        return error;
    }
    let feature = "HEVC, for which Sharp's own libvips has no decoder (a libvips with libheif and libde265, and Sharp \
                   built against it by `npm rebuild sharp --build-from-source`, has one), is";
    OptimizationError::Unsupported { format: "HEIC".into(), feature: feature.into() }
}

/// A HEIC that Sharp cannot even open, called so, with what would be needed; any other error as it is.
pub(super) fn unopened_heic(source: &str, error: OptimizationError) -> OptimizationError {
    let OptimizationError::Unsupported { feature, .. } = &error else { return error };
    let mut head = Vec::new();
    // A file that cannot be read by now keeps the error that it has.
    let read = File::open(source).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    let is_heic =
        matches!(sniff(&head), Err(OptimizationError::Unsupported { format, .. }) if format == "HEIC");
    if read.is_err() || !is_heic {
        return error;
    }
    let feature = format!(
        "{}, by Sharp's own libvips (one with libheif and libde265, and Sharp built against it by `npm rebuild sharp \
         --build-from-source`, may read it) is",
        feature.trim_end_matches(" is")
    );
    OptimizationError::Unsupported { format: "HEIC".into(), feature }
}

/// The message without the lines in which libvips says where it looked for the end of a file.
fn plain(message: &str) -> String {
    let lines = message.split("; ").filter(|line| !line.contains("bad seek"));
    let plain = lines.collect::<Vec<_>>().join("; ");
    if plain.is_empty() { message.to_owned() } else { plain }
}
