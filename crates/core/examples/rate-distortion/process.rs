//! Runs a command and says how much processor time it took.

use crate::Failure;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

/// Seconds after which a command is given up.
const TIME_LIMIT: u32 = 3600;

/// What bash runs: the command and all its children are timed, to the millisecond (`getrusage`, as bash reports
/// it). The command's own messages go to the file named first, so that bash's are alone on its standard error.
const TIMED: &str = r#"log="$1"; shift; TIMEFORMAT='%U %S'; time "$@" 2>"$log""#;

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// User and system time in seconds, of the command and of what it started.
    pub(crate) cpu: f64,
    /// What it printed.
    pub(crate) stdout: Vec<u8>,
    /// The exit code; `None` after a signal.
    pub(crate) code: Option<i32>,
    /// The end of what it printed to its standard error.
    pub(crate) complaint: String,
}

impl Finished {
    /// The command's outcome as a result: an error with its own words unless it succeeded.
    pub(crate) fn successful(self, name: &str) -> Result<Self, Failure> {
        if self.code == Some(0) {
            return Ok(self);
        }
        let code = self.code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
        Err(format!("{name} ended with {code}: {}", self.complaint).into())
    }
}

/// Runs a command to its end. `log` is a file for its messages, overwritten.
pub(crate) fn run(command: &[OsString], log: &Path) -> Result<Finished, Failure> {
    let output = Command::new("bash")
        .args(["-c", TIMED, "bash"])
        .arg(log)
        .args(["timeout", "--kill-after=10", &TIME_LIMIT.to_string()])
        .args(command)
        // A decimal point, whatever the language.
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("bash could not be started: {error}"))?;
    let times = String::from_utf8_lossy(&output.stderr);
    let cpu = cpu_seconds(&times).ok_or_else(|| format!("expected two times from bash, got `{times}`"))?;
    let complaint = std::fs::read_to_string(log).unwrap_or_default();
    let complaint = complaint.lines().rev().take(3).collect::<Vec<_>>();
    let complaint = complaint.into_iter().rev().collect::<Vec<_>>().join(" ");
    Ok(Finished { cpu, stdout: output.stdout, code: output.status.code(), complaint })
}

/// The sum of the two numbers on the last line.
fn cpu_seconds(times: &str) -> Option<f64> {
    let line = times.lines().rfind(|line| !line.trim().is_empty())?;
    let mut numbers = line.split_whitespace().map(str::parse::<f64>);
    let sum = numbers.next()?.ok()? + numbers.next()?.ok()?;
    numbers.next().is_none().then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_added_and_anything_else_is_no_time() {
        assert_eq!(cpu_seconds("0.250 0.125\n"), Some(0.375));
        assert_eq!(cpu_seconds("bash: warning\n1.500 0.500\n"), Some(2.0));
        for wrong in ["", "0.1", "0.1 x", "0.1 0.2 0.3", "bash: no such file"] {
            assert_eq!(cpu_seconds(wrong), None, "{wrong}");
        }
    }
}
