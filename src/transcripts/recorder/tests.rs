use super::*;
use crate::{
    domain::plan::Decision,
    transcripts::{Store, lines::EVENTS},
};

fn note(text: &str) -> Event {
    Event::Note { text: text.to_owned() }
}

fn decided() -> Event {
    Event::Decided {
        title: "x".to_owned(),
        decision: Decision::Declined,
    }
}

/// A handle that reads only stands for a disk that takes nothing more.
#[test]
fn a_disk_that_fills_up_stops_changes_and_leaves_a_gap_that_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = Store::at(dir.path()).begin("x", || Timestamp::UNIX_EPOCH, Redactor::new([]));
    recorder.record(note("one")).unwrap();
    let good = recorder.lock().lines.file.take();
    recorder.lock().lines.file = std::fs::File::open(recorder.dir().join(EVENTS)).ok();
    recorder.record(note("two")).unwrap();
    recorder.record(note("three")).unwrap();
    assert!(recorder.record(decided()).is_err());
    assert!(recorder.trouble().is_some());
    recorder.lock().lines.file = good;
    recorder.record(decided()).unwrap();

    let transcript = Store::at(dir.path()).find("latest").unwrap();
    let names: Vec<String> = transcript
        .lines
        .iter()
        .map(|line| serde_json::to_value(&line.event).unwrap()["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["note", "lost", "decided"]);
    let told: Vec<(Option<usize>, &str)> = transcript
        .damage
        .iter()
        .map(|d| (d.line, d.what.split(':').next().unwrap()))
        .collect();
    assert_eq!(told, [(Some(2), "3 events could not be written then")]);
}

#[test]
fn what_no_change_is_made_without_is_brought_to_disk_once() {
    use crate::domain::risk::Call;
    let changing = Event::Changing {
        title: "x".to_owned(),
        cluster: None,
        reversals: Vec::new(),
        lasting: Vec::new(),
        announced: None,
    };
    let sent = Event::Called {
        call: Call::parse("DELETE", "/api/v1/namespaces/default/pods/x", ""),
        risk: Risk::Destroy,
        granted: true,
    };
    let ended = Event::Ended {
        exit_code: 0,
        changed: true,
        verified: true,
    };
    let mut state = State::default();
    let events = [sent.clone(), changing, sent.clone(), note("done"), sent, ended];
    assert_eq!(events.map(|event| state.is_synced(&event)), [true, true, false, false, true, true]);
}

#[test]
fn a_change_that_was_announced_and_not_made_is_not_the_last_one() {
    let dir = tempfile::tempdir().unwrap();
    let undo = UndoStore::at(dir.path().join("undo"));
    let after = |ended: Event| {
        let recorder = Store::at(dir.path().join("transcripts"))
            .begin("x", || Timestamp::UNIX_EPOCH, Redactor::new([]))
            .keeping_undo(undo.clone());
        let changing = Event::Changing {
            title: "restart deployment/x".to_owned(),
            cluster: None,
            reversals: Vec::new(),
            lasting: vec![crate::domain::undo::Lasting {
                what: "restart deployment/x".to_owned(),
                why: String::new(),
                object: None,
            }],
            announced: None,
        };
        recorder.record(changing).unwrap();
        recorder.record(ended).unwrap();
        undo.list().unwrap().len()
    };
    let ended = |exit_code, changed| Event::Ended {
        exit_code,
        changed,
        verified: false,
    };
    assert_eq!([ended(1, false), ended(130, false), ended(1, true)].map(after), [0, 1, 2]);
}
