//! A terminal for the command to run in.

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};
use std::thread;

/// Which of the command's streams are the terminal.
#[derive(Clone, Copy)]
pub(crate) struct Streams {
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
}

/// Runs the command in a terminal of 80 columns and 24 rows. Returns its exit code and everything the terminal was
/// sent, control sequences included.
pub(crate) fn run(mut command: Command, streams: Streams) -> (Option<i32>, String) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    tcsetwinsize(&controller, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let path = std::ffi::OsStr::from_bytes(name.as_bytes());
    let terminal = || Stdio::from(OpenOptions::new().read(true).write(true).open(path).unwrap());
    command.stdin(terminal()).env("TERM", "xterm-256color").env_remove("CLICOLOR_FORCE");
    command.stdout(if streams.stdout { terminal() } else { Stdio::null() });
    command.stderr(if streams.stderr { terminal() } else { Stdio::null() });
    let mut child = command.spawn().unwrap();
    // Its own ends of the terminal would keep it open.
    drop(command);
    let reader = thread::spawn(move || {
        let mut sent = Vec::new();
        // Linux ends a terminal that nobody holds any more with an error.
        let _ = File::from(controller).read_to_end(&mut sent);
        String::from_utf8(sent).unwrap()
    });
    let code = child.wait().unwrap().code();
    (code, reader.join().unwrap())
}

/// What is left on the screen when control sequences that only colour are taken out.
pub(crate) fn without_colors(sent: &str) -> String {
    let mut text = String::new();
    let mut rest = sent;
    while let Some(start) = rest.find("\u{1b}[") {
        text.push_str(&rest[..start]);
        let sequence = &rest[start + 2..];
        let end = sequence.find(|character: char| character.is_ascii_alphabetic()).unwrap();
        if &sequence[end..=end] != "m" {
            text.push_str(&rest[start..=start + 2 + end]);
        }
        rest = &sequence[end + 1..];
    }
    text + rest
}
