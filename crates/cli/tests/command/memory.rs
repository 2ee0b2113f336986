//! `--max-memory`, and whether the estimates behind it are worth anything. Read from the process itself, on Linux.

use crate::support::Workspace;
use crate::support::files::{jpeg, png, with_segment};
use crate::support::pictures::{graphic, photo, translucent};
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

/// What a run said and the most memory it held, in bytes.
struct Watched {
    stdout: String,
    peak: u64,
}

fn watched(workspace: &Workspace, arguments: &str) -> Watched {
    let mut command = workspace.command(arguments.split_whitespace());
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        // The high-water mark never falls, so it does not matter when it is read, as long as the process is there.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB"));
        peak = mark.map_or(peak, |kib| kib.trim().parse::<u64>().unwrap() * 1024);
        if let Some(code) = child.try_wait().unwrap() {
            break code;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(code.success(), "{arguments}: {stderr}");
    Watched { stdout, peak }
}

#[test]
#[cfg(target_os = "linux")]
fn estimates_are_no_less_than_what_jobs_take_and_at_most_four_times_as_much() {
    let workspace = Workspace::new();
    let (width, height) = (2000, 1500);
    let picture = photo(width, height, 3);
    workspace.put("tiny.jpg", &jpeg(&photo(16, 16, 1), 90));
    workspace.put("photo.jpg", &jpeg(&picture, 92));
    workspace.put("photo.png", &png(&picture));
    workspace.put("graphic.png", &png(&graphic(width, height)));
    workspace.put("translucent.png", &png(&translucent(width, height)));
    // What a process takes before it has seen a pixel.
    let idle = watched(&workspace, "tiny.jpg -o out -q 75 -j 1").peak;
    let mut wrong = Vec::new();
    for arguments in [
        "photo.jpg -q 75",
        "photo.jpg -q 75 --effort 1",
        "photo.jpg",
        "photo.jpg --lossless",
        "photo.jpg -f webp",
        "photo.jpg -f webp -q 75",
        "photo.jpg -f avif -q 60 --effort 3",
        "photo.jpg -f jxl -q 80 --effort 3",
        "photo.png -f webp --lossless --effort 2",
        "photo.png -f jxl --lossless",
        "graphic.png --effort 2",
        "graphic.png -f webp",
        "graphic.png --lossless --effort 2",
        "translucent.png -f webp -q 75",
    ] {
        let run = watched(&workspace, &format!("{arguments} -o out -j 1 --json"));
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let estimate = report["results"][0]["peakBytes"].as_u64().unwrap();
        let taken = run.peak - idle;
        let honest = taken as f64 <= estimate as f64 * 1.1 && estimate <= taken * 4;
        let shown =
            format!("{arguments}: estimated {} MB, taken {} MB", estimate / 1_000_000, taken / 1_000_000);
        println!("{shown}");
        if !honest {
            wrong.push(shown);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_batch_stays_within_its_memory() {
    let workspace = Workspace::new();
    let picture = jpeg(&photo(3000, 2000, 1), 85);
    let count = 8_u8;
    for number in 0..count {
        // A comment makes each of them another file.
        workspace.put(format!("in/{number}.jpg"), &with_segment(&picture, 0xfe, &[number]));
    }
    // Room for one of them by its estimate, and for two; without a bound there would be four at once.
    for limit in [152_u64 << 20, 304 << 20] {
        let arguments = format!("in -o out{limit} -q 75 --effort 1 -j 4 --max-memory {limit} --json");
        let run = watched(&workspace, &arguments);
        assert!(run.peak <= limit + limit / 5, "{} of {limit}", run.peak);
        assert_eq!(workspace.tree(&format!("out{limit}")).len(), usize::from(count));
    }
    let unbounded = watched(&workspace, "in -o free -q 75 --effort 1 -j 4 --max-memory 4GiB --json");
    assert!(unbounded.peak > (152 << 20) / 5 * 6, "{}", unbounded.peak);
}

#[test]
fn wrong_amounts_of_memory_are_refused_in_words() {
    let workspace = Workspace::new();
    workspace.put("a.jpg", &jpeg(&photo(16, 16, 1), 90));
    let run = workspace.planish("a.jpg -o out --max-memory lots").expect(2);
    assert!(run.stderr.contains("2GiB") && run.stderr.contains("got lots"), "{}", run.stderr);
}
