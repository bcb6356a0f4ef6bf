//! A record whose end is missing is told from one that is whole, and from one that is being written.

use std::fs;

use todo_agent::{
    domain::ports::record::Record,
    redact::Redactor,
    transcripts::{Soundness, Store},
};

use super::{
    events_file, recorded,
    story::{Story, clock},
};
use crate::run::{Home, seen};

#[test]
fn a_record_is_being_written_as_long_as_its_writer_lives_and_stopped_after() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path());
    let recorder = store.begin("scale backend to 3", clock(), Redactor::new([]));
    for event in Story::begun() {
        recorder.record(event).unwrap();
    }
    let open = store.find("latest").unwrap();
    assert_eq!(
        (open.soundness(), open.why_unfinished()),
        (Soundness::BeingWritten, Some("the program is still writing it"))
    );
    // Half a line is a line on its way.
    let path = events_file(dir.path(), recorder.id());
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [&whole[..], b"{\"v\":1,\"se"].concat()).unwrap();
    assert_eq!(store.find("latest").unwrap().soundness(), Soundness::BeingWritten);
    fs::write(&path, whole).unwrap();
    drop(recorder);
    let stopped = store.find("latest").unwrap();
    assert_eq!(
        (stopped.soundness(), stopped.why_unfinished()),
        (
            Soundness::Unfinished,
            Some("the program was stopped before the request came to its end")
        )
    );
}

#[test]
fn a_second_request_that_was_cut_off_whole_shows() {
    let dir = tempfile::tempdir().unwrap();
    let story: Vec<_> = Story::scaled().into_iter().chain(Story::scaled()).collect();
    let id = recorded(dir.path(), &story);
    let path = events_file(dir.path(), &id);
    let text = fs::read_to_string(&path).unwrap();
    let half: String = text.split_inclusive('\n').take(Story::scaled().len()).collect();
    fs::write(&path, half).unwrap();
    let transcript = Store::at(dir.path()).find("latest").unwrap();
    assert!(transcript.is_finished());
    assert_eq!(transcript.soundness(), Soundness::Truncated);
}

#[test]
fn a_record_without_a_known_end_is_taken_as_it_was_before() {
    let dir = tempfile::tempdir().unwrap();
    let id = recorded(dir.path(), &Story::scaled());
    fs::remove_file(dir.path().join(&id).join("end")).unwrap();
    assert_eq!(Store::at(dir.path()).find("latest").unwrap().soundness(), Soundness::Intact);
    let path = events_file(dir.path(), &id);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    fs::write(&path, lines[..lines.len() - 1].concat()).unwrap();
    let cut = Store::at(dir.path()).find("latest").unwrap();
    assert_eq!(
        (cut.soundness(), cut.why_unfinished()),
        (
            Soundness::Unfinished,
            Some("its end is missing: the program was stopped before it, or lines were cut off since")
        )
    );
}

#[test]
fn check_tells_a_cut_record_and_the_next_command_works() {
    let home = Home::new();
    assert_eq!(home.run(&["scale backend to 3", "--yes"]).code, 0);
    let records = home.state().join("transcripts");
    let id = fs::read_dir(&records).unwrap().next().unwrap().unwrap().file_name();
    let path = records.join(&id).join("events.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let count = lines.len();
    assert_eq!(
        home.run(&["transcript", "check"]),
        seen(0, &format!("✓ DATE-scale-backend-to-3  intact, {count} events\n"), "")
    );
    let cut = |text: &str| {
        fs::write(&path, text).unwrap();
        home.run(&["transcript", "check"])
    };
    let told = format!(
        "✗ DATE-scale-backend-to-3  truncated, {} events\n    line {}: the last 2 lines are missing or break off: the record was whole once, and was cut off since\n",
        count - 2,
        count - 1
    );
    assert_eq!(cut(&lines[..count - 2].concat()), seen(1, &told, ""));
    let torn = lines[..count - 2].concat() + &lines[count - 2][..20];
    assert_eq!(cut(&torn), seen(1, &told, ""));
    for command in [
        &["transcript", "list"][..],
        &["transcript", "show", "latest"],
        &["transcript", "export"],
    ] {
        let seen = home.run(command);
        assert_eq!(seen.code, 0, "{command:?} {seen:?}");
    }
    assert_eq!(home.run(&["scale backend to 2", "--yes"]).code, 0);
    assert_eq!(home.run(&["undo", "--yes"]).code, 0);
    let seen = home.run(&["transcript", "check"]);
    assert_eq!((seen.code, seen.out.matches("intact").count()), (1, 2), "{seen:?}");
}
