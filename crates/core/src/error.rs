//! Everything that can go wrong, typed, with a stable code.

use crate::format::Format;

/// Why an image could not be optimized.
///
/// [`code`](Self::code) is stable across releases; the page and scripts match on it. The text says what was
/// expected, what came and, where there is something to do, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptimizationError {
    /// A file could not be read or written. Raised by the batch engine; core does no I/O.
    #[error("{operation} failed for {path}: {message}")]
    Io {
        /// What was attempted: `read`, `write`, `rename`, `create folder`.
        operation: &'static str,
        /// The path, lossily converted where it is not UTF-8.
        path: String,
        /// The operating system's message.
        message: String,
        /// Whether trying again may help (interrupted, busy, timed out).
        transient: bool,
    },
    /// The first bytes match no image format.
    #[error("not an image planish knows: {found}")]
    UnknownFormat {
        /// What the bytes look like instead (`an empty file`, `an HTML page`, `unrecognised bytes 4d 5a …`).
        found: String,
    },
    /// A known format, or a part of one, that planish does not handle.
    #[error("{format}: {feature} not supported")]
    Unsupported {
        /// The format's name, as in `GIF` or `JPEG`.
        format: String,
        /// The feature, as in `animation`.
        feature: String,
    },
    /// The file breaks its format's rules in a way that loses pixels.
    #[error("the {} file is damaged: {message}", format.title())]
    Corrupt {
        /// The format it claims to be.
        format: Format,
        /// What is wrong.
        message: String,
    },
    /// The image is larger than the limits allow.
    #[error("{actual} {limit} are too many, the limit is {allowed}")]
    LimitExceeded {
        /// Which limit: `pixels`, `width`, `height`, `input bytes`, `metadata bytes`, `frames`,
        /// `pixels in all frames`, `bytes in a strip or tile`.
        limit: &'static str,
        /// The limit.
        allowed: u64,
        /// What the image has.
        actual: u64,
    },
    /// A setting has a value it cannot have.
    #[error("expected {expected} for {field}, got {actual}")]
    InvalidSetting {
        /// The setting's name.
        field: String,
        /// What it may be.
        expected: String,
        /// What was given.
        actual: String,
    },
    /// An encoder failed on valid pixels.
    #[error("the {encoder} encoder failed: {message}")]
    Encode {
        /// The encoder's name.
        encoder: &'static str,
        /// The encoder's own message.
        message: String,
    },
    /// No candidate passed the check of what would have been handed out.
    #[error("the result failed verification: {check}")]
    Verify {
        /// Which check failed: `dimensions`, `alpha`, `profile`, `pixels`.
        check: String,
    },
    /// No candidate meets the goal (a size nothing can reach, say).
    #[error("the goal cannot be met: {message}")]
    GoalUnreachable {
        /// How close the best candidate came.
        message: String,
    },
    /// The process that works with Sharp could not do it. Raised by the batch engine.
    #[error("Sharp: {message}")]
    Sidecar {
        /// What it said, or what became of it.
        message: String,
        /// Whether trying again may help.
        transient: bool,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The deadline passed.
    #[error("timed out")]
    TimedOut,
    /// A defect in planish or a codec: the job was stopped, nothing was written.
    #[error("internal error: {message}")]
    Internal {
        /// The panic's message.
        message: String,
    },
}

impl OptimizationError {
    /// Every code there is, in the order of the variants. Later versions may know more.
    pub const CODES: [&'static str; 13] = [
        "io",
        "unknown_format",
        "unsupported",
        "corrupt",
        "limit_exceeded",
        "invalid_setting",
        "encode",
        "verify",
        "goal_unreachable",
        "sidecar",
        "cancelled",
        "timed_out",
        "internal",
    ];

    /// The stable, machine-readable name of the kind of error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::UnknownFormat { .. } => "unknown_format",
            Self::Unsupported { .. } => "unsupported",
            Self::Corrupt { .. } => "corrupt",
            Self::LimitExceeded { .. } => "limit_exceeded",
            Self::InvalidSetting { .. } => "invalid_setting",
            Self::Encode { .. } => "encode",
            Self::Verify { .. } => "verify",
            Self::GoalUnreachable { .. } => "goal_unreachable",
            Self::Sidecar { .. } => "sidecar",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::Internal { .. } => "internal",
        }
    }

    /// Whether the same input may succeed when tried again.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Io { transient, .. } | Self::Sidecar { transient, .. } => *transient,
            Self::TimedOut => true,
            _ => false,
        }
    }

    /// A damaged file.
    pub(crate) fn corrupt(format: Format, message: impl std::fmt::Display) -> Self {
        Self::Corrupt { format, message: message.to_string() }
    }

    /// A part of a known format that planish does not handle.
    pub(crate) fn unsupported(format: impl std::fmt::Display, feature: impl Into<String>) -> Self {
        Self::Unsupported { format: format.to_string(), feature: feature.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind.
    fn examples() -> Vec<OptimizationError> {
        let text = String::new;
        vec![
            OptimizationError::Io { operation: "read", path: text(), message: text(), transient: false },
            OptimizationError::UnknownFormat { found: text() },
            OptimizationError::unsupported("GIF", ""),
            OptimizationError::corrupt(Format::Png, ""),
            OptimizationError::LimitExceeded { limit: "pixels", allowed: 1, actual: 2 },
            OptimizationError::InvalidSetting { field: text(), expected: text(), actual: text() },
            OptimizationError::Encode { encoder: "png", message: text() },
            OptimizationError::Verify { check: text() },
            OptimizationError::GoalUnreachable { message: text() },
            OptimizationError::Sidecar { message: text(), transient: false },
            OptimizationError::Cancelled,
            OptimizationError::TimedOut,
            OptimizationError::Internal { message: text() },
        ]
    }

    /// Does not compile once there is a kind that it does not know: it belongs into `examples`, too.
    const fn place(error: &OptimizationError) -> usize {
        match error {
            OptimizationError::Io { .. } => 0,
            OptimizationError::UnknownFormat { .. } => 1,
            OptimizationError::Unsupported { .. } => 2,
            OptimizationError::Corrupt { .. } => 3,
            OptimizationError::LimitExceeded { .. } => 4,
            OptimizationError::InvalidSetting { .. } => 5,
            OptimizationError::Encode { .. } => 6,
            OptimizationError::Verify { .. } => 7,
            OptimizationError::GoalUnreachable { .. } => 8,
            OptimizationError::Sidecar { .. } => 9,
            OptimizationError::Cancelled => 10,
            OptimizationError::TimedOut => 11,
            OptimizationError::Internal { .. } => 12,
        }
    }

    #[test]
    fn every_kind_of_error_has_a_code_in_the_list() {
        let examples = examples();
        let places: Vec<usize> = examples.iter().map(place).collect();
        assert_eq!(places, (0..OptimizationError::CODES.len()).collect::<Vec<_>>());
        let codes: Vec<&str> = examples.iter().map(OptimizationError::code).collect();
        assert_eq!(codes, OptimizationError::CODES);
    }
}
