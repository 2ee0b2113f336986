//! What the figures were measured on.

use serde::Serialize;

/// The processor.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Machine {
    /// Its name, as it gives it.
    pub(crate) cpu: String,
    /// Cores that may be used.
    pub(crate) cores: usize,
    /// Kind of operating system and processor.
    system: String,
}

impl Machine {
    /// This one.
    pub(crate) fn this() -> Self {
        let cpu = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|info| model(&info));
        Self {
            cpu: cpu.unwrap_or_else(|| "unknown".into()),
            cores: cores(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}

/// Cores that may be used.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn model(cpuinfo: &str) -> Option<String> {
    let field = |name: &str| {
        let (_, value) = cpuinfo.lines().find(|line| line.starts_with(name))?.split_once(':')?;
        Some(value.trim().to_owned())
    };
    let name = field("model name")?;
    // Virtual machines often hide the exact name: the numbers behind it say which generation it is.
    Some(match (field("cpu family"), field("model\t")) {
        (Some(family), Some(model)) => format!("{name} (family {family}, model {model})"),
        _ => name,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_name_and_the_numbers_are_found() {
        let info = "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: A CPU @ 2 GHz\n";
        assert_eq!(super::model(info).unwrap(), "A CPU @ 2 GHz (family 25, model 17)");
        assert_eq!(super::model("Features\t: fp\n"), None);
    }
}
