//! Writing to the terminal, or to whatever stands in its place.

use anstyle::{AnsiColor, Style};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();

/// The width that is assumed where a terminal does not tell: as narrow as one was ever built.
const UNKNOWN_WIDTH: usize = 80;

/// Standard output and error, with colours where there is somebody to see them.
#[derive(Debug)]
pub(crate) struct Terminal {
    stdout_colors: bool,
    stderr_colors: bool,
    stdout: Stdout,
}

/// What standard output is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stdout {
    /// Lines and documents.
    Text,
    /// An image: lines and documents go to standard error.
    Data,
    /// Nothing: nobody reads it any more, as after `| head`. The work goes on.
    Closed,
}

impl Terminal {
    pub(crate) fn detect() -> Self {
        Self {
            stdout_colors: wants_colors(io::stdout().is_terminal(), environment),
            stderr_colors: wants_colors(io::stderr().is_terminal(), environment),
            stdout: Stdout::Text,
        }
    }

    /// From now on, what would go to standard output goes to standard error.
    pub(crate) const fn keep_stdout_for_data(&mut self) {
        self.stdout = Stdout::Data;
        self.stdout_colors = self.stderr_colors;
    }

    /// Columns of the terminal that standard output is; `None` where it is a file or a pipe.
    #[allow(clippy::unused_self, reason = "it is this terminal's width")]
    pub(crate) fn width(&self) -> Option<usize> {
        let is_terminal = io::stdout().is_terminal();
        let told = || terminal_size::terminal_size_of(io::stdout());
        is_terminal.then(|| told().map_or(UNKNOWN_WIDTH, |(width, _)| usize::from(width.0)))
    }

    /// Columns of the terminal that standard error is.
    pub(crate) fn width_of_stderr() -> usize {
        terminal_size::terminal_size_of(io::stderr()).map_or(UNKNOWN_WIDTH, |(width, _)| usize::from(width.0))
    }

    /// Whether standard error has colours.
    pub(crate) const fn stderr_has_colors(&self) -> bool {
        self.stderr_colors
    }

    /// Whether somebody watches standard error, on a terminal that can move its cursor.
    pub(crate) fn is_watched() -> bool {
        io::stderr().is_terminal() && environment("TERM").is_none_or(|terminal| terminal != "dumb")
    }

    /// Prints a line to standard output.
    pub(crate) fn line(&mut self, text: &str) {
        match self.stdout {
            Stdout::Text => {
                if writeln!(io::stdout().lock(), "{text}").is_err() {
                    self.stdout = Stdout::Closed;
                }
            }
            Stdout::Data => {
                // Where standard error is closed there is nobody left to tell.
                let _ = writeln!(io::stderr().lock(), "{text}");
            }
            Stdout::Closed => {}
        }
    }

    /// Prints the document that a run ends with.
    ///
    /// # Errors
    /// When it could not be written for another reason than that nobody reads it.
    pub(crate) fn report(&mut self, text: &str) -> io::Result<()> {
        if self.stdout == Stdout::Data {
            self.line(text);
            return Ok(());
        }
        Self::document(text)
    }

    /// Prints a whole document to standard output.
    ///
    /// # Errors
    /// When it could not be written for another reason than that nobody reads it.
    pub(crate) fn document(text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    /// Prints `error: …` to standard error.
    pub(crate) fn error(&self, text: &str) {
        self.message(BAD, "error", text);
    }

    /// Prints `error[code]: …` to standard error.
    pub(crate) fn coded_error(&self, code: &str, text: &str) {
        self.message(BAD, &format!("error[{code}]"), text);
    }

    /// Prints `warning: …` to standard error.
    pub(crate) fn warning(&self, text: &str) {
        self.message(WARNING, "warning", text);
    }

    /// Text for standard output in a colour, where there are colours.
    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        painted(self.stdout_colors, style, text)
    }

    fn message(&self, style: Style, label: &str, text: &str) {
        let label = painted(self.stderr_colors, style, label);
        // Where standard error is closed there is nobody left to tell.
        let _ = writeln!(io::stderr().lock(), "{label}: {text}");
    }
}

/// A variable that is set, and to something.
fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// `NO_COLOR` forbids colours, `CLICOLOR_FORCE` wants them in files too; else a terminal has them unless it is dumb.
fn wants_colors(is_terminal: bool, environment: impl Fn(&str) -> Option<OsString>) -> bool {
    if environment("NO_COLOR").is_some() {
        false
    } else if environment("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        true
    } else {
        is_terminal && environment("TERM").is_none_or(|terminal| terminal != "dumb")
    }
}

fn painted(colors: bool, style: Style, text: &str) -> String {
    if colors { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// A path as one line of text. Control characters are escaped: a file's name must not move the cursor.
pub(crate) fn display(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}

/// A text from a file as one line. Control characters are escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if character.is_control() {
            let _ = write!(shown, "{}", character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// How many columns a text takes on a terminal.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// A text of at most so many columns: what is too much is cut out of the middle, where names say least.
pub(crate) fn shortened(text: &str, columns: usize) -> String {
    let width = |character: char| character.width().unwrap_or(0);
    if text.width() <= columns {
        return text.to_owned();
    }
    // The end has the file's own name: it gets the larger part.
    let for_start = columns.saturating_sub(1) / 3;
    let for_end = columns.saturating_sub(1) - for_start;
    let within = |room: usize| {
        let mut used = 0;
        move |character: &char| {
            used += width(*character);
            used <= room
        }
    };
    let start: String = text.chars().take_while(within(for_start)).collect();
    let end: Vec<char> = text.chars().rev().take_while(within(for_end)).collect();
    format!("{start}…{}", end.into_iter().rev().collect::<String>())
}

/// A number of bytes in three digits and a unit.
pub(crate) fn bytes(count: u64) -> String {
    let mut value = count as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB"] {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    match value {
        _ if unit == "B" => format!("{count} B"),
        _ if value < 9.995 => format!("{value:.2} {unit}"),
        _ if value < 99.95 => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0 B")]
    #[case(999, "999 B")]
    #[case(1_000, "1.00 kB")]
    #[case(9_994, "9.99 kB")]
    #[case(12_345, "12.3 kB")]
    #[case(999_499, "999 kB")]
    #[case(999_500, "1.00 MB")]
    #[case(1_234_567_890, "1.23 GB")]
    fn sizes_have_three_digits(#[case] count: u64, #[case] text: &str) {
        assert_eq!(bytes(count), text);
    }

    #[test]
    fn file_names_cannot_control_the_terminal() {
        assert_eq!(display(Path::new("a\n\u{1b}[2Jb é")), "a\\n\\u{1b}[2Jb é");
    }

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(shortened("short.png", 9), "short.png");
        assert_eq!(shortened("holidays/2024/sea/IMG_0001.jpg", 20), "holida…/IMG_0001.jpg");
        // Each of these takes two columns.
        let wide = shortened("写真写真写真写真/写真.png", 14);
        assert!(wide.width() <= 14 && wide.starts_with("写真…") && wide.ends_with("真.png"), "{wide}");
    }

    #[rstest]
    #[case::nothing_said(&[], true, false)]
    #[case::no_color(&[("NO_COLOR", "1")], false, false)]
    #[case::dumb(&[("TERM", "dumb")], false, false)]
    #[case::xterm(&[("TERM", "xterm-256color")], true, false)]
    #[case::forced(&[("CLICOLOR_FORCE", "1")], true, true)]
    #[case::not_forced(&[("CLICOLOR_FORCE", "0")], true, false)]
    #[case::no_color_wins(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false, false)]
    #[case::forced_on_dumb(&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], true, true)]
    fn the_environment_decides_about_colours(
        #[case] variables: &[(&str, &str)],
        #[case] in_terminal: bool,
        #[case] in_file: bool,
    ) {
        let environment = |name: &str| {
            variables.iter().find(|(set, _)| *set == name).map(|(_, value)| OsString::from(value))
        };
        assert_eq!(
            (wants_colors(true, environment), wants_colors(false, environment)),
            (in_terminal, in_file)
        );
    }

    #[test]
    fn colours_are_off_where_nobody_sees_them() {
        assert_eq!(painted(false, GOOD, "x"), "x");
        assert_ne!(painted(true, GOOD, "x"), "x");
    }
}
