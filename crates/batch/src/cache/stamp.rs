//! What tells a file that was changed from one that was not, without reading it.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time stamps are at most this coarse (FAT's are).
const COARSEST: Duration = Duration::from_secs(2);

/// A file's size, times and place: equal stamps mean that the file was not changed in between, as far as can be known
/// without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp {
    pub(super) size: u64,
    /// Nanoseconds since 1970.
    pub(super) modified: i64,
    /// When its content, name or permissions changed last, where the system knows; cannot be set by hand.
    pub(super) changed: i64,
    pub(super) device: u64,
    pub(super) inode: u64,
}

impl FileStamp {
    /// What the system says about a file.
    pub fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().map_or(0, nanoseconds);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let changed =
                metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec());
            let (device, inode) = (metadata.dev(), metadata.ino());
            Self { size: metadata.len(), modified, changed, device, inode }
        }
        #[cfg(not(unix))]
        {
            let changed = metadata.created().map_or(0, nanoseconds);
            Self { size: metadata.len(), modified, changed, device: 0, inode: 0 }
        }
    }

    /// Bytes of the file.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Whether an edit after `seen`, when the file was looked at, is sure to show in its times: not when they are so
    /// young that the edit may fall into the same tick of the clock. Git calls such files racily clean.
    pub(super) fn is_settled(&self, seen: SystemTime) -> bool {
        let seen = nanoseconds(seen);
        let coarsest = i64::try_from(COARSEST.as_nanos()).unwrap_or(i64::MAX);
        self.modified.max(self.changed).saturating_add(coarsest) < seen
    }
}

fn nanoseconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn young_files_and_those_from_the_future_are_not_settled() {
        let now = SystemTime::now();
        let at = |time: SystemTime| FileStamp {
            size: 1,
            modified: nanoseconds(time),
            changed: nanoseconds(time),
            device: 0,
            inode: 0,
        };
        assert!(!at(now).is_settled(now));
        assert!(!at(now - Duration::from_secs(1)).is_settled(now));
        assert!(!at(now + Duration::from_hours(1)).is_settled(now));
        assert!(at(now - Duration::from_secs(3)).is_settled(now));
    }
}
