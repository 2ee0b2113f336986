//! Against sidecars with a fault each (`native/test/faulty.js`). They need Node, which the project's set-up brings.

use super::connection::{Connection, RequestError, StartError};
use super::find::Launch;
use super::messages::{Hello, PROTOCOL};
use super::supervisor::{SidecarError, Supervisor};
use planish::CancelFlag;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

pub(super) const LONG: Duration = Duration::from_mins(5);
pub(super) const HELLO: Hello = Hello { protocol: PROTOCOL, cache_megabytes: 0, concurrency: 1 };

pub(super) fn launch(mode: &str) -> Launch {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../native/test/faulty.js");
    // Node's own options stand before the script; the mode has to stand behind it.
    let wrapper = format!(
        "process.argv[2] = {mode:?}; import({:?})",
        format!("file://{}", script.canonicalize().unwrap().display())
    );
    Launch {
        node: "node".into(),
        arguments: vec!["--input-type=module".into(), "--eval".into(), wrapper.into()],
        script: "faulty".into(),
        requests_at_once: 4,
        // Long enough for a busy machine to answer a ping; the tests of what hangs wait for it.
        silence: Duration::from_secs(5),
    }
}

fn supervisor(mode: &str) -> Supervisor {
    Supervisor::new(launch(mode), 1, 0)
}

fn ask(supervisor: &Supervisor, header: &Value) -> Result<Value, SidecarError> {
    let answer = supervisor.request(header, &[], LONG, &CancelFlag::default())?;
    Ok(Value::Object(answer.header))
}

/// Whether a process of this number runs.
#[cfg(target_os = "linux")]
fn runs(pid: &Value) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[test]
fn requests_are_answered_side_by_side() {
    let supervisor = Arc::new(supervisor("slow"));
    let asked: Vec<_> = (0..4_u64)
        .map(|index| {
            let supervisor = Arc::clone(&supervisor);
            // The first is the slowest: answers come in the order in which work ends.
            let header = json!({"operation": "wait", "index": index, "milliseconds": 300 - index * 100});
            thread::spawn(move || ask(&supervisor, &header).unwrap())
        })
        .collect();
    let answers: Vec<Value> = asked.into_iter().map(|thread| thread.join().unwrap()).collect();
    for (index, answer) in answers.iter().enumerate() {
        assert_eq!(answer["index"], index);
        assert_eq!(answer["pid"], answers[0]["pid"], "one process serves all");
    }
}

#[test]
fn bodies_come_back_as_they_went() {
    let supervisor = supervisor("well");
    let body: Vec<u8> = (0..5_000_000_u32).map(|index| (index * 7) as u8).collect();
    let answer =
        supervisor.request(&json!({"operation": "echo"}), &body, LONG, &CancelFlag::default()).unwrap();
    assert_eq!(answer.body, body);
}

#[test]
fn what_crashes_it_twice_is_named_and_others_are_served() {
    let supervisor = supervisor("crash");
    assert!(ask(&supervisor, &json!({"operation": "a"})).is_ok());
    let error = ask(&supervisor, &json!({"operation": "poison"})).unwrap_err();
    let SidecarError::CrashedTwice { reason } = &error else { panic!("{error:?}") };
    assert!(reason.contains("exit status: 3") && reason.contains("something terrible"), "{reason}");
    assert!(ask(&supervisor, &json!({"operation": "b"})).is_ok());
}

#[test]
fn after_too_many_crashes_it_is_not_started_any_more() {
    let supervisor = supervisor("crash");
    let poison = json!({"operation": "poison"});
    let errors: Vec<_> = (0..4).map(|_| ask(&supervisor, &poison).unwrap_err()).collect();
    assert!(matches!(errors[0], SidecarError::CrashedTwice { .. }), "{errors:?}");
    assert!(matches!(errors[3], SidecarError::GivenUp { .. }), "{errors:?}");
    // Harmless ones neither: the breaker is open.
    assert!(matches!(ask(&supervisor, &json!({"operation": "a"})), Err(SidecarError::GivenUp { .. })));
}

#[test]
fn garbage_costs_the_process_only() {
    let error = ask(&supervisor("garbage"), &json!({"operation": "a"})).unwrap_err();
    let SidecarError::CrashedTwice { reason } = &error else { panic!("{error:?}") };
    assert!(reason.contains("could not be understood"), "{reason}");
}

#[test]
fn one_that_does_not_start_is_given_up() {
    let error = ask(&supervisor("stillborn"), &json!({"operation": "a"})).unwrap_err();
    assert!(matches!(error, SidecarError::GivenUp { .. }), "{error:?}");
}

#[test]
fn a_missing_sharp_says_how_to_install_it() {
    let error = ask(&supervisor("missing"), &json!({"operation": "a"})).unwrap_err().to_string();
    assert!(error.contains("Cannot find package 'sharp'") && error.contains("npm install"), "{error}");
    let no_node = Launch { node: "/nowhere/node".into(), ..launch("well") };
    let error = ask(&Supervisor::new(no_node, 1, 0), &json!({"operation": "a"})).unwrap_err();
    assert!(matches!(error, SidecarError::NotInstalled { .. }), "{error:?}");
}

#[test]
fn another_version_is_refused() {
    let error = ask(&supervisor("stranger"), &json!({"operation": "a"})).unwrap_err();
    let SidecarError::WrongVersion { reason } = &error else { panic!("{error:?}") };
    assert!(reason.contains("expected protocol 1, got 99"), "{reason}");
}

#[test]
fn a_passed_deadline_ends_the_process() {
    let connection = Connection::start(&launch("slow"), &HELLO).unwrap();
    let header = json!({"operation": "wait", "milliseconds": 600_000});
    let outcome = connection.request(&header, &[], Duration::from_millis(200), &CancelFlag::default());
    assert_eq!(outcome, Err(RequestError::TimedOut));
    assert!(!connection.is_alive());
}

#[test]
fn cancelling_ends_what_is_in_flight() {
    let connection = Connection::start(&launch("silent"), &HELLO).unwrap();
    let cancel = CancelFlag::default();
    let outcome = thread::scope(|scope| {
        let asked = scope.spawn(|| connection.request(&json!({"operation": "a"}), &[], LONG, &cancel));
        thread::sleep(Duration::from_millis(100));
        cancel.cancel();
        asked.join().unwrap()
    });
    assert_eq!(outcome, Err(RequestError::Cancelled));
}

#[test]
fn one_that_falls_silent_is_ended() {
    let connection = Connection::start(&launch("silent"), &HELLO).unwrap();
    let outcome = connection.request(&json!({"operation": "a"}), &[], LONG, &CancelFlag::default());
    let Err(RequestError::Crashed(reason)) = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("silent"), "{reason}");
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_behind() {
    for mode in ["well", "silent"] {
        let connection = Connection::start(&launch(mode), &HELLO).unwrap();
        let pid = if mode == "well" {
            let answer =
                connection.request(&json!({"operation": "a"}), &[], LONG, &CancelFlag::default()).unwrap();
            answer.header["pid"].clone()
        } else {
            json!(connection.process_id())
        };
        assert!(runs(&pid));
        let began = Instant::now();
        drop(connection);
        assert!(!runs(&pid), "{mode}");
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn a_start_that_fails_leaves_no_process() {
    for (mode, expected) in [("stillborn", "crashed"), ("stranger", "version"), ("missing", "installed")] {
        let error = Connection::start(&launch(mode), &HELLO).unwrap_err();
        let kind = match error {
            StartError::Crashed(_) => "crashed",
            StartError::WrongVersion(_) => "version",
            StartError::NotInstalled(_) => "installed",
        };
        assert_eq!(kind, expected);
    }
}
