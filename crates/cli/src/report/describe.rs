//! Facts about a file in words.

use crate::output::{bytes, escaped};
use planish::{AlphaKind, Content, Goal, Inspection, PlannedEncode};

/// Format and how it was coded: `JPEG 4:2:0, about quality 87`.
pub(crate) fn coding(file: &Inspection) -> String {
    let format = file.format.title();
    let mut parts = vec![match &file.chroma_subsampling {
        Some(subsampling) => format!("{format} {subsampling}"),
        None => format.to_owned(),
    }];
    match (file.jpeg_quality, file.lossless) {
        (Some(quality), _) => parts.push(format!("about quality {quality}")),
        (None, true) => parts.push("lossless".to_owned()),
        (None, false) => {}
    }
    parts.join(", ")
}

/// Size and samples: `768 × 512 pixels, 8 bits, RGB`.
pub(crate) fn picture(file: &Inspection) -> String {
    let mut parts = vec![format!("{} × {} pixels", file.width, file.height)];
    match file.plays {
        Some(0) => parts.push(format!("{} frames, plays for ever", file.frames)),
        Some(1) => parts.push(format!("{} frames, plays once", file.frames)),
        Some(times) => parts.push(format!("{} frames, plays {times} times", file.frames)),
        None if file.pages > 1 => parts.push(format!("the first of {} pages", file.pages)),
        None => {}
    }
    match file.bit_depth {
        Some(1) => parts.push("1 bit".to_owned()),
        Some(bits) => parts.push(format!("{bits} bits")),
        None => {}
    }
    parts.push(
        match file.color_model.as_str() {
            "gray_alpha" => "gray with alpha",
            "rgb" => "RGB",
            "rgba" => "RGB with alpha",
            "cmyk" => "CMYK",
            other => other,
        }
        .to_owned(),
    );
    if let Some(turned) = turned(file.orientation) {
        parts.push(format!("stored {turned} (EXIF orientation {})", file.orientation));
    }
    parts.join(", ")
}

/// What the stored rows are, seen from the upright picture; `None` where they are upright.
const fn turned(orientation: u16) -> Option<&'static str> {
    match orientation {
        2 => Some("mirrored"),
        3 => Some("upside down"),
        4 => Some("upside down and mirrored"),
        5 | 7 => Some("on its side and mirrored"),
        6 | 8 => Some("on its side"),
        _ => None,
    }
}

/// The colour profile: `Display P3 (548 B)`.
pub(crate) fn profile(file: &Inspection) -> String {
    match &file.profile {
        None => "none: sRGB".to_owned(),
        Some(profile) => {
            let name = profile.name.as_deref().map_or_else(|| "without a name".to_owned(), escaped);
            format!("{name} ({})", bytes(profile.size))
        }
    }
}

/// What travels with the pixels: `EXIF 12.3 kB with the place (GPS), XMP 3.10 kB`.
pub(crate) fn metadata(file: &Inspection) -> String {
    let facts = &file.metadata;
    let mut parts = Vec::new();
    if facts.exif_size > 0 {
        parts.push(format!("EXIF {}", bytes(facts.exif_size)));
    }
    if facts.xmp_size > 0 {
        parts.push(format!("XMP {}", bytes(facts.xmp_size)));
    }
    if facts.gps {
        parts.push("the place it was taken at (GPS)".to_owned());
    }
    for (is_there, name) in [
        (facts.gain_map, "an HDR gain map"),
        (facts.motion_photo, "a video (motion photo)"),
        (facts.extra_images, "more images behind the first"),
    ] {
        if is_there {
            parts.push(name.to_owned());
        }
    }
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// Copyright notice and author: `© 2024 A. Person, by A. Person`; `None` where neither is said.
pub(crate) fn rights(file: &Inspection) -> Option<String> {
    let author = file.metadata.author.as_deref().map(|author| format!("by {}", escaped(author)));
    let parts: Vec<String> =
        file.metadata.copyright.as_deref().map(escaped).into_iter().chain(author).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What the pixels look like: `a photo, noise 1.8, edges 2 %`.
pub(crate) fn traits(file: &Inspection) -> String {
    let traits = &file.traits;
    let mut parts = vec![content(traits.content).to_owned()];
    if let Some(colors) = traits.colors {
        parts.push(format!("{colors} colour{}", if colors == 1 { "" } else { "s" }));
    }
    if traits.gray {
        parts.push("without colour".to_owned());
    }
    parts.push(match traits.alpha {
        AlphaKind::None => "opaque".to_owned(),
        AlphaKind::Binary => "transparent in places".to_owned(),
        AlphaKind::Full => "partly transparent".to_owned(),
    });
    parts.push(format!("noise {:.1}", traits.noise));
    parts.push(format!("edges {:.1} %", traits.edges * 100.0));
    parts.join(", ")
}

/// What an image shows.
pub(crate) const fn content(content: Content) -> &'static str {
    match content {
        Content::Photo => "a photo",
        Content::Graphic => "a graphic",
        Content::Screenshot => "a screenshot or text",
        Content::LineArt => "line art",
    }
}

/// A candidate: `mozjpeg for a score of 80, chroma halved`.
pub(crate) fn candidate(candidate: &PlannedEncode) -> String {
    let mut parts = vec![format!("{} {}", candidate.encoder, goal(&candidate.goal))];
    if candidate.halves_chroma {
        parts.push("chroma halved".to_owned());
    }
    if candidate.fallback {
        parts.push("if nothing else will do".to_owned());
    }
    parts.join(", ")
}

/// A goal: `for a score of 80`.
pub(crate) fn goal(goal: &Goal) -> String {
    match goal {
        Goal::Lossless => "without loss".to_owned(),
        Goal::Quality(quality) => format!("at quality {quality}"),
        Goal::Score(score) => format!("for a score of {}", score.get()),
        Goal::MaxBytes(size) => format!("for at most {}", bytes(size.0)),
    }
}

/// What a score means to the eye.
pub(crate) fn score(score: f64) -> &'static str {
    match score {
        score if score >= 100.0 => "every pixel is equal",
        score if score >= 90.0 => "no difference in a flip test",
        score if score >= 80.0 => "looks the same side by side",
        score if score >= 70.0 => "high quality, differences are hard to find",
        score if score >= 50.0 => "medium quality, differences show",
        score if score >= 30.0 => "low quality",
        _ => "another picture, or a ruined one",
    }
}
