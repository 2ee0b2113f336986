/// Why a C codec could not do its work.
#[derive(thiserror::Error, Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FfiError {
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// What was handed in does not fit together.
    #[error("expected {expected}, got {actual}")]
    InvalidInput {
        /// What was expected.
        expected: String,
        /// What came.
        actual: String,
    },
    /// An allocation failed.
    #[error("out of memory")]
    OutOfMemory,
    /// The codec refused or failed.
    #[error("{codec}: {message}")]
    Codec {
        /// The codec's name: `libwebp`, `libaom` or `mozjpeg`.
        codec: &'static str,
        /// Its own message.
        message: String,
    },
}

impl FfiError {
    pub(crate) fn invalid(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self::InvalidInput { expected: expected.into(), actual: actual.into() }
    }
}
