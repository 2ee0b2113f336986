//! Where the cache is and how large it may become.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The most the cache takes unless told otherwise: 2 GiB.
const MOST_BYTES: u64 = 2 << 30;

/// `PLANISH_CACHE_DIR`, or `planish` in the user's cache folder; `None` where there is neither.
pub fn default_cache_folder() -> Option<PathBuf> {
    folder_from(|name| env::var_os(name).filter(|value| !value.is_empty()))
}

fn folder_from(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(folder) = variable("PLANISH_CACHE_DIR") {
        return std::path::absolute(folder).ok();
    }
    // By the XDG specification a relative path there is to be ignored.
    let xdg = variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let home = || variable("HOME").map(PathBuf::from);
    let caches = if cfg!(windows) {
        variable("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        xdg.or_else(|| Some(home()?.join("Library/Caches")))
    } else {
        xdg.or_else(|| Some(home()?.join(".cache")))
    };
    Some(caches?.join("planish"))
}

/// 2 GiB, or a tenth of what is free and in use by the cache, where that is less.
pub(super) fn default_limit(folder: &Path, in_use: u64) -> u64 {
    free_bytes(folder).map_or(MOST_BYTES, |free| MOST_BYTES.min((free + in_use) / 10))
}

/// Bytes that are free for us on the disk of a folder, or of the first one above it that exists.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let existing = folder.ancestors().find(|folder| folder.is_dir())?;
    let disk = rustix::fs::statvfs(existing).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &'static [(&str, &str)]) -> Option<PathBuf> {
        folder_from(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn our_own_variable_goes_before_the_users_cache_folder_and_that_before_home() {
        const ALL: &[(&str, &str)] =
            &[("PLANISH_CACHE_DIR", "/own"), ("XDG_CACHE_HOME", "/xdg"), ("HOME", "/home/user")];
        assert_eq!(with(ALL), Some("/own".into()));
        assert_eq!(with(&ALL[1..]), Some("/xdg/planish".into()));
        assert_eq!(with(&ALL[2..]), Some("/home/user/.cache/planish".into()));
        assert_eq!(with(&[("XDG_CACHE_HOME", "relative"), ("HOME", "/h")]), Some("/h/.cache/planish".into()));
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn a_small_disk_bounds_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let limit = default_limit(&folder.path().join("not/there/yet"), 0);
        assert!(limit > 0 && limit <= MOST_BYTES);
        let free = free_bytes(folder.path());
        assert!(free.is_none_or(|free| limit == MOST_BYTES || limit <= free));
    }
}
