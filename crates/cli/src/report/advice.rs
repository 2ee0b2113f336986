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
        "sidecar" => {
            "See the message, and planish doctor. The work can be done without Sharp: --engine core."
        }
        "cancelled" => "Run it again: what was done is known.",
        "timed_out" => "Run it again when the machine is less busy.",
        _ => {
            "This is a defect in planish or in a codec. Nothing was written. Please report it, with the file."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use planish::OptimizationError;

    const PAGE: &str = include_str!("../../../../docs/troubleshooting.md");
    const JSON_PAGE: &str = include_str!("../../../../docs/json-report.md");

    /// What the page says about a code, as one line.
    fn section(code: &str) -> String {
        let heading = format!("### `{code}`\n");
        let start = PAGE.find(&heading).unwrap_or_else(|| panic!("{code} has no heading")) + heading.len();
        let text = &PAGE[start..];
        text[..text.find("\n#").unwrap_or(text.len())].split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn troubleshooting_has_every_code_with_its_advice_word_for_word() {
        for code in OptimizationError::CODES {
            let section = section(code);
            assert!(section.contains(advice(code)), "{code}: expected {:?} in {section:?}", advice(code));
            assert!(JSON_PAGE.contains(&format!("`{code}`")), "{code} is missing in docs/json-report.md");
        }
        assert_eq!(PAGE.matches("\n### `").count(), OptimizationError::CODES.len());
    }
}
