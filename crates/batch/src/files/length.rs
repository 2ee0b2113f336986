//! Names that are too long for a file system.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The most bytes of a name that every common file system takes.
const LONGEST: usize = 255;

/// The name, or where it is too long its beginning, a mark that stands for all of it, and its extension:
/// `aaa…aaa~0123abcd.webp`. The same name always becomes the same, and two names never become one.
pub(super) fn shortened(name: OsString) -> OsString {
    if name.as_encoded_bytes().len() <= LONGEST {
        return name;
    }
    let hash = blake3::hash(name.as_encoded_bytes()).to_hex();
    let extension = Path::new(&name).extension().filter(|extension| extension.len() <= 16);
    let mut end = OsString::from(format!("~{}", &hash[..16]));
    if let Some(extension) = extension {
        end.push(".");
        end.push(extension);
    }
    let stem = match extension {
        Some(_) => Path::new(&name).file_stem().unwrap_or(&name),
        None => &name,
    };
    let mut short = beginning(stem, LONGEST - end.len());
    short.push(end);
    short
}

/// At most so many bytes of a name, cut between characters. What is not text becomes `U+FFFD` first: the mark
/// tells such names apart.
fn beginning(name: &OsStr, most: usize) -> OsString {
    let text = name.to_string_lossy();
    text[..text.floor_char_boundary(most)].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_fit_are_left_alone() {
        for length in [1, 254, 255] {
            let name = OsString::from("x".repeat(length));
            assert_eq!(shortened(name.clone()), name);
        }
    }

    #[test]
    fn long_names_are_cut_between_characters_and_stay_different() {
        let long = |last: &str| OsString::from(format!("{}{last}.webp", "ä".repeat(130)));
        let (one, other) = (shortened(long("1")), shortened(long("2")));
        assert_ne!(one, other);
        assert_eq!(one, shortened(long("1")));
        let text = one.to_str().unwrap();
        assert_eq!(Path::new(&one).extension(), Some(OsStr::new("webp")));
        assert!((250..=255).contains(&text.len()), "{}", text.len());
        assert!(text.starts_with("äää") && text.contains('~'), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn long_names_that_are_not_text_fit_too() {
        use std::os::unix::ffi::OsStringExt;
        for last in 0x80..0xff {
            let mut bytes = vec![0xe9; 254];
            bytes.push(last);
            bytes.extend(b".png");
            let name = shortened(OsString::from_vec(bytes));
            assert!(name.len() <= 255);
        }
    }
}
