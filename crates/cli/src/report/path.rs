//! Paths in JSON, without loss.

use super::base64::base64;
use serde::Serialize;
use std::path::Path;

/// The exact bytes of a path that is not Unicode, for a field beside its text; `None` where the text is exact.
///
/// On Unix the bytes the system knows the file by; on Windows its 16-bit units, little end first.
pub(crate) fn exact_bytes(path: &Path) -> Option<String> {
    if path.to_str().is_some() {
        return None;
    }
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(windows)]
    let bytes: Vec<u8> =
        std::os::windows::ffi::OsStrExt::encode_wide(path.as_os_str()).flat_map(u16::to_le_bytes).collect();
    #[cfg(not(any(unix, windows)))]
    let bytes = path.as_os_str().as_encoded_bytes().to_vec();
    Some(base64(&bytes))
}

/// A file as it stands in JSON: `inputPath`, and `inputPathBase64` where the text is not exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InputName {
    /// The path as text; what is not Unicode is replaced by U+FFFD.
    pub(crate) input_path: String,
    /// The path's exact bytes, where the text is not exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_path_base64: Option<String>,
}

impl From<&Path> for InputName {
    fn from(path: &Path) -> Self {
        Self { input_path: path.to_string_lossy().into_owned(), input_path_base64: exact_bytes(path) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unicode_paths_need_no_bytes() {
        assert_eq!(exact_bytes(Path::new("é/日本.png")), None);
    }

    #[cfg(unix)]
    #[test]
    fn other_paths_come_with_their_bytes() {
        use std::os::unix::ffi::OsStrExt;
        let name = InputName::from(Path::new(std::ffi::OsStr::from_bytes(b"a\xff.png")));
        assert_eq!(name.input_path, "a\u{fffd}.png");
        assert_eq!(name.input_path_base64.as_deref(), Some("Yf8ucG5n"));
    }
}
