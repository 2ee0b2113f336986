//! Against peers that send anything: bytes that are no frames, frames with something wrong in them, and well-formed answers that
//! are lies. They may cost their process and the image, and nothing else.

use super::connection::{Connection, RequestError};
use super::find::Launch;
use super::frame::tests::{bytes_of, recorded};
use super::frame::{Kind, write_frame};
use super::optimize::Job;
use super::supervisor::Supervisor;
use super::tests::{HELLO, LONG, launch};
use planish::settings::{Crop, MetadataPolicy, Resize};
use planish::{
    Bytes, CancelFlag, Format, FormatChoice, Goal, ImageSettings, OptimizeContext, Quality, Score,
};
use proptest::prelude::*;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::Duration;

const REQUEST: &str = "anything";

/// The bytes of one frame.
fn frame(id: u32, kind: Kind, header: &impl serde::Serialize, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_frame(&mut bytes, id, kind, header, body).unwrap();
    bytes
}

/// A peer that greets, waits for one request, sends these bytes and ends.
#[cfg(unix)]
fn sending(folder: &Path, bytes: &[u8]) -> Launch {
    let welcome = json!({"protocol": 1, "node": "0", "sharp": "0", "vips": "0"});
    fs::write(folder.join("welcome"), frame(0, Kind::Welcome, &welcome, &[])).unwrap();
    fs::write(folder.join("bytes"), bytes).unwrap();
    let asked = frame(0, Kind::Hello, &HELLO, &[]).len() + frame(1, Kind::Request, &REQUEST, &[]).len();
    let script = format!("cd \"$0\"; cat welcome; head -c {asked} > /dev/null; cat bytes");
    Launch {
        node: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        script: folder.into(),
        requests_at_once: 1,
        silence: Duration::from_mins(1),
    }
}

/// Recorded frames, those of the request with its id, each with a byte changed or cut short, one behind the other.
fn distorted() -> impl Strategy<Value = Vec<u8>> {
    let change = (0_usize..12, any::<prop::sample::Index>(), any::<u8>(), any::<bool>(), any::<bool>());
    prop::collection::vec(change, 1..4).prop_map(|changes| {
        let frames: Vec<_> = ["valid", "broken"].into_iter().flat_map(recorded).collect();
        let mut sent = Vec::new();
        for (which, at, byte, is_ours, is_cut) in changes {
            let mut bytes = bytes_of(&frames[which % frames.len()]["bytes"]);
            if is_ours && bytes.len() >= 8 {
                bytes[4..8].copy_from_slice(&1_u32.to_le_bytes());
            }
            if !bytes.is_empty() {
                let place = at.index(bytes.len());
                bytes[place] = byte;
                if is_cut {
                    bytes.truncate(place);
                }
            }
            sent.extend(bytes);
        }
        sent
    })
}

#[cfg(unix)]
fn costs_its_process_only(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::start(&sending(folder.path(), bytes), &HELLO).unwrap();
    let outcome = connection.request(&REQUEST, &[], LONG, &CancelFlag::default());
    let is_told = matches!(outcome, Ok(_) | Err(RequestError::Failed(_) | RequestError::Crashed(_)));
    assert!(is_told, "{outcome:?}");
    let process = Path::new("/proc").join(connection.process_id().to_string());
    drop(connection);
    assert!(!process.exists());
}

#[cfg(unix)]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_cost_their_process_only(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        costs_its_process_only(&bytes);
    }

    #[test]
    fn frames_with_something_wrong_cost_their_process_only(bytes in distorted()) {
        costs_its_process_only(&bytes);
    }
}

/// Requests of many kinds.
fn settings(index: usize) -> ImageSettings {
    let goals = [
        Goal::default(),
        Goal::Score(Score::target(95.0).unwrap()),
        Goal::Quality(Quality::new(50).unwrap()),
        Goal::Lossless,
        Goal::MaxBytes(Bytes(2000)),
    ];
    let formats = [
        FormatChoice::Keep,
        FormatChoice::Auto,
        FormatChoice::OneOf(vec![Format::Gif]),
        FormatChoice::OneOf(vec![Format::Tiff, Format::Png]),
        FormatChoice::OneOf(vec![Format::Webp]),
        FormatChoice::OneOf(vec![Format::Avif, Format::Jpeg]),
    ];
    let part = Crop { x: 10, y: 20, width: 100, height: 50 };
    ImageSettings {
        goal: goals[index % goals.len()],
        formats: formats[index % formats.len()].clone(),
        crop: index.is_multiple_of(7).then_some(part),
        resize: index.is_multiple_of(5).then(|| Resize::to_width(80)),
        background: index.is_multiple_of(3).then(|| "#fff".parse().unwrap()),
        metadata: if index.is_multiple_of(2) { MetadataPolicy::Keep } else { MetadataPolicy::Safe },
        ..ImageSettings::default()
    }
}

#[test]
fn answers_that_are_lies_give_an_error_or_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (source, target) = (folder.path().join("source"), folder.path().join("target"));
    fs::write(&source, [7; 1000]).unwrap();
    let context = OptimizeContext::default();
    let mut served = 0;
    for seed in 0..3 {
        let supervisor = Supervisor::new(launch(&format!("liar:{seed}")), 1, 0);
        for index in 0..120 {
            fs::write(&target, []).unwrap();
            let (source, target) = (source.to_str().unwrap(), target.to_str().unwrap());
            let settings = settings(index);
            let job = Job::new(&supervisor, (source, 1000), target, &settings, 1 << 30, &context);
            match job.run() {
                Ok(result) if result.kept_original.is_some() => assert_eq!(result.optimized_size, 1000),
                Ok(result) => {
                    served += 1;
                    assert_eq!(result.optimized_size, fs::metadata(target).unwrap().len());
                }
                Err(error) => assert_ne!(error.code(), "cancelled", "{error}"),
            }
        }
        // Nothing that was said ended the process: it is well-formed.
        assert_eq!(supervisor.usage().processes, 1);
    }
    assert!(served > 0, "some lies are not found out: that the picture is another one is the score's matter");
}
