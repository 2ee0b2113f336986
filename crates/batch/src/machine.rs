//! What this machine, or the container we run in, has to give.

use std::path::Path;

/// Cores this process may use, by affinity and container quota.
pub fn available_cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The share of the memory that jobs may reserve together unless something else is asked for.
pub const DEFAULT_MEMORY_PERCENT: u64 = 50;

/// How much memory there is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemMemory {
    /// The machine's; `None` where it is unknown.
    pub machine: Option<u64>,
    /// What the container we run in allows; `None` where there is no limit.
    pub container: Option<u64>,
}

/// How much memory there is.
pub fn system_memory() -> SystemMemory {
    let read = |path: &str| std::fs::read_to_string(Path::new(path)).ok();
    SystemMemory {
        machine: read("/proc/meminfo").and_then(|text| parse_meminfo(&text)),
        container: read("/proc/self/cgroup").and_then(|own| container_limit(&own, &read)),
    }
}

/// [`DEFAULT_MEMORY_PERCENT`] of the [`total_memory`].
pub fn default_memory_budget() -> u64 {
    total_memory() / 100 * DEFAULT_MEMORY_PERCENT
}

/// Bytes of memory that the machine or the container has, whichever is smaller; 4 GiB where neither is known.
pub fn total_memory() -> u64 {
    const UNKNOWN: u64 = 4 << 30;
    let SystemMemory { machine, container } = system_memory();
    machine.into_iter().chain(container).min().unwrap_or(UNKNOWN)
}

/// `MemTotal` in bytes.
fn parse_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// The tightest memory limit on the way from our control group to the root, in either version of cgroups.
fn container_limit(own: &str, read: &dyn Fn(&str) -> Option<String>) -> Option<u64> {
    let limits = own.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (id, controllers, group) = (parts.next()?, parts.next()?, parts.next()?);
        if id == "0" && controllers.is_empty() {
            tightest("/sys/fs/cgroup", group, "memory.max", read)
        } else if controllers.split(',').any(|controller| controller == "memory") {
            tightest("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes", read)
        } else {
            None
        }
    });
    limits.min()
}

/// 4 EiB.
const NO_LIMIT: u64 = 1 << 62;

fn tightest(mount: &str, group: &str, file: &str, read: &dyn Fn(&str) -> Option<String>) -> Option<u64> {
    // Inside a container the group's path may not exist below the mount, but the root then is the group.
    Path::new(group)
        .ancestors()
        .filter_map(|ancestor| {
            let relative = ancestor.to_str()?.trim_matches('/');
            let separator = if relative.is_empty() { "" } else { "/" };
            read(&format!("{mount}/{relative}{separator}{file}"))?.trim().parse().ok()
        })
        // Version 1 says that there is no limit by a number that no machine has.
        .filter(|limit| *limit < NO_LIMIT)
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_the_machine_is_read_in_bytes() {
        assert_eq!(parse_meminfo("MemTotal:       16303428 kB\nMemFree: 1 kB\n"), Some(16_303_428 * 1024));
        assert_eq!(parse_meminfo("nothing"), None);
    }

    #[test]
    fn the_tightest_limit_above_us_counts_in_both_versions_of_cgroups() {
        let second = |path: &str| match path {
            "/sys/fs/cgroup/a/b/memory.max" => Some("max\n".to_owned()),
            "/sys/fs/cgroup/a/memory.max" => Some("1000\n".to_owned()),
            _ => None,
        };
        assert_eq!(container_limit("0::/a/b\n", &second), Some(1000));
        let first =
            |path: &str| (path == "/sys/fs/cgroup/memory/memory.limit_in_bytes").then(|| "2000\n".to_owned());
        assert_eq!(container_limit("4:cpu:/x\n3:memory:/x/y\n0::/\n", &first), Some(2000));
        assert_eq!(container_limit("0::/\n", &|_| None), None);
        let unlimited = |_: &str| Some("9223372036854771712\n".to_owned());
        assert_eq!(container_limit("3:memory:/\n", &unlimited), None);
    }

    #[test]
    fn the_default_budget_is_usable() {
        assert!(default_memory_budget() >= 64 << 20);
        assert!(available_cores() >= 1);
    }
}
