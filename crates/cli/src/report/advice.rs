//! What to do about errors, by their stable codes.

/// One sentence for a person who has this error.
pub(crate) fn advice(code: &str) -> &'static str {
    match code {
        "io" => "See the message: permissions, free space, or a file that has gone. Then run it again.",
        "unknown_format" => {
            "It is no image, whatever its name says: leave it out, or look where it came from."
        }
        "unsupported" => {
            "Convert it to a plain form of its format first; the message names what is in the way."
        }
        "corrupt" => "The file is damaged: get a whole copy of it.",
        "limit_exceeded" => "If you trust the file, raise the limit that is named, as with --max-pixels.",
        "invalid_setting" => "These settings do not go with this image: the message says what would.",
        "goal_unreachable" => {
            "Ask for less: a lower goal, another format, or a smaller picture with --resize."
        }
        "timed_out" => "Run it again when the machine is less busy.",
        _ => {
            "This is a defect in planish or in a codec. Nothing was written. Please report it, with the file."
        }
    }
}
