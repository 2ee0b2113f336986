//! Text in HTML. Names of files and what metadata says come from anywhere.

/// Text that is safe between tags and in quoted attributes. Control characters are shown, not obeyed; so are the
/// ones that turn the direction of writing, with which a name can pretend to end otherwise.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => safe.extend(character.escape_unicode()),
            control if control.is_control() => safe.extend(control.escape_default()),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_of_a_hostile_name_is_markup() {
        let name = "\"><script>alert('1')</script>&amp;\n\u{1b}\u{202e}gpj.exe";
        let safe = escape(name);
        assert!(!safe.contains(['<', '>', '"', '\'', '\n', '\u{1b}', '\u{202e}']), "{safe}");
        assert!(safe.contains("&lt;script&gt;") && safe.contains("&amp;amp;") && safe.contains("\\u{202e}"));
    }
}
