//! The record as others see it: what is on disk, what survives, what shows damage, what an export tells.

mod crash;
mod end;
mod export;
mod golden;
mod script;
mod secrets;
mod story;

use std::{fs, path::Path};

use todo_agent::{
    domain::{event::Event, ports::record::Record},
    redact::Redactor,
    transcripts::{DamageKind, Outcome, Soundness, Store, Transcript},
};

use story::{Story, clock};

fn recorded(dir: &Path, story: &[Event]) -> String {
    let recorder = Store::at(dir).begin("scale backend to 3", clock(), Redactor::new([]));
    for event in story {
        recorder.record(event.clone()).unwrap();
    }
    recorder.id().to_owned()
}

fn events_file(dir: &Path, id: &str) -> std::path::PathBuf {
    dir.join(id).join("events.jsonl")
}

/// Damage as lines: where, what kind.
fn damage(transcript: &Transcript) -> Vec<(Option<usize>, DamageKind)> {
    transcript.damage.iter().map(|damage| (damage.line, damage.kind)).collect()
}

#[test]
fn a_request_is_listed_found_and_intact() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path());
    assert_eq!(store.list().unwrap(), []);
    let id = recorded(dir.path(), &Story::scaled());
    assert_eq!(id, "20261123-184502-scale-backend-to-3");
    let list = store.list().unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(
        (
            list[0].request.as_str(),
            list[0].outcome,
            list[0].verified,
            list[0].changed,
            list[0].simulated,
            list[0].soundness
        ),
        ("scale backend to 3", Outcome::Verified, true, true, true, Soundness::Intact)
    );
    for name in ["latest", "20261123-184502-scale-backend-to-3", "2026", "20261123-184502-scale"] {
        assert_eq!(store.find(name).unwrap().id, id, "{name}");
    }
    for name in ["", "nothing", "..", "../x"] {
        assert!(store.find(name).is_err(), "{name}");
    }
}

#[test]
fn two_at_once_never_share_a_directory_and_the_order_is_that_of_time() {
    let dir = tempfile::tempdir().unwrap();
    let ids: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..5).map(|_| recorded(dir.path(), &Story::scaled())).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), 40);
    let list = Store::at(dir.path()).list().unwrap();
    assert_eq!(list.len(), 40);
    assert!(list.iter().all(|summary| summary.soundness == Soundness::Intact));
    let ambiguous = Store::at(dir.path()).find("20261123").unwrap_err();
    assert_eq!(ambiguous.what, "`20261123` fits 40 transcripts");
}

#[test]
fn requests_of_one_second_are_ordered_by_their_first_event() {
    let dir = tempfile::tempdir().unwrap();
    for (millis, request) in [(1, "zebra"), (3, "apple"), (2, "middle")] {
        let at = story::start() + jiff::SignedDuration::from_millis(millis);
        let recorder = Store::at(dir.path()).begin(request, move || at, Redactor::new([]));
        recorder.record(Story::requested(request)).unwrap();
    }
    let order: Vec<String> = Store::at(dir.path())
        .list()
        .unwrap()
        .into_iter()
        .map(|summary| summary.request)
        .collect();
    assert_eq!(order, ["apple", "middle", "zebra"]);
}

#[test]
fn every_edit_shows_where_it_was_made() {
    let dir = tempfile::tempdir().unwrap();
    let id = recorded(dir.path(), &Story::scaled());
    let path = events_file(dir.path(), &id);
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let last = lines.len();
    let check = |lines: &[&str]| {
        fs::write(&path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        let transcript = Store::at(dir.path()).find("latest").unwrap();
        (damage(&transcript), transcript.soundness())
    };
    let without = |at: usize| {
        lines
            .iter()
            .enumerate()
            .filter(|(n, _)| *n != at)
            .map(|(_, line)| *line)
            .collect::<Vec<_>>()
    };

    assert_eq!(check(&lines), (vec![], Soundness::Intact));
    for at in 0..last {
        let mut edited = lines.clone();
        let changed = lines[at].replacen("\"v\":1", "\"v\": 1", 1);
        edited[at] = &changed;
        assert_eq!(
            check(&edited),
            (vec![(Some(at + 1), DamageKind::Altered)], Soundness::Damaged),
            "line {at}"
        );
        let mut garbled = lines.clone();
        garbled[at] = "\u{0}\u{0}";
        assert_eq!(check(&garbled).0, [(Some(at + 1), DamageKind::Unreadable)], "line {at}");
        if at + 1 < last {
            assert_eq!(
                check(&without(at)),
                (vec![(Some(at + 1), DamageKind::Broken)], Soundness::Damaged),
                "line {at}"
            );
        }
    }
    // Without its last line it was whole once.
    assert_eq!(
        check(&without(last - 1)),
        (vec![(Some(last), DamageKind::Truncated)], Soundness::Truncated)
    );
    let mut swapped = lines.clone();
    swapped.swap(3, 4);
    assert_eq!(check(&swapped).1, Soundness::Damaged);
    let twice: Vec<&str> = lines.iter().copied().chain([lines[2]]).collect();
    assert_eq!(check(&twice).0, [(Some(last + 1), DamageKind::Broken)]);
}

#[test]
fn a_line_made_up_with_a_right_sum_breaks_the_chain() {
    let dir = tempfile::tempdir().unwrap();
    let id = recorded(dir.path(), &Story::scaled());
    let path = events_file(dir.path(), &id);
    let whole = fs::read_to_string(&path).unwrap();
    let forged: Vec<String> = whole
        .lines()
        .map(|line| {
            let (body, _) = line.rsplit_once(",\"sum\":").unwrap();
            let body = body.replace("replicas set to 3", "replicas set to 9");
            let sum: String = <sha2::Sha256 as sha2::Digest>::digest(body.as_bytes())
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect();
            format!("{body},\"sum\":\"{sum}\"}}\n")
        })
        .collect();
    fs::write(&path, forged.concat()).unwrap();
    let transcript = Store::at(dir.path()).find("latest").unwrap();
    let at = whole.lines().position(|line| line.contains("replicas set to 3")).unwrap();
    assert_eq!(damage(&transcript), [(Some(at + 2), DamageKind::Broken)]);
}

#[test]
fn a_damaged_transcript_does_not_break_the_list() {
    let dir = tempfile::tempdir().unwrap();
    recorded(dir.path(), &Story::scaled());
    for (name, content) in [
        ("20260101-000000-empty", Some("")),
        ("20260102-000000-garbage", Some("{\u{1}\n{}\n[]\nnull\n")),
        ("20260103-000000-gone", None),
        ("not-a-transcript", Some("x")),
    ] {
        fs::create_dir(dir.path().join(name)).unwrap();
        if let Some(content) = content {
            fs::write(dir.path().join(name).join("events.jsonl"), content).unwrap();
        }
    }
    fs::write(dir.path().join("README.md"), "a file").unwrap();
    let list = Store::at(dir.path()).list().unwrap();
    let told: Vec<(&str, Soundness, Outcome)> = list.iter().map(|s| (s.id.as_str(), s.soundness, s.outcome)).collect();
    assert_eq!(
        told,
        [
            ("20261123-184502-scale-backend-to-3", Soundness::Intact, Outcome::Verified),
            ("20260103-000000-gone", Soundness::Damaged, Outcome::Unfinished),
            ("20260102-000000-garbage", Soundness::Damaged, Outcome::Unfinished),
            ("20260101-000000-empty", Soundness::Unfinished, Outcome::Unfinished),
        ]
    );
    assert_eq!(Store::at(dir.path()).check_all().unwrap().len(), 4);
}

#[test]
fn kept_files_are_compared() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = Store::at(dir.path()).begin("x", clock(), Redactor::new([]));
    recorder.record(Story::requested("x")).unwrap();
    let one = recorder.artifact("a.yaml", "application/yaml", b"password: hunter2\n").unwrap();
    let two = recorder.artifact("b.bin", "application/octet-stream", &[0xff, 0, 1]).unwrap();
    let artifacts = recorder.dir().join("artifacts");
    assert_eq!(fs::read_to_string(artifacts.join(&one)).unwrap(), "password: ‹redacted:password›\n");
    assert_eq!(Store::at(dir.path()).find("latest").unwrap().damage, []);
    fs::write(artifacts.join(&one), "other").unwrap();
    fs::remove_file(artifacts.join(&two)).unwrap();
    let told: Vec<String> = Store::at(dir.path())
        .find("latest")
        .unwrap()
        .damage
        .into_iter()
        .map(|d| d.what)
        .collect();
    assert_eq!(told, ["the file a.yaml was changed after it was kept", "the file b.bin is missing"]);
}

#[test]
fn where_nothing_can_be_written_reads_go_on_and_changes_do_not() {
    let dir = tempfile::tempdir().unwrap();
    // A file where the directory should be: not even root can write there.
    let blocked = dir.path().join("file");
    fs::write(&blocked, "").unwrap();
    let recorder = Store::at(blocked.join("transcripts")).begin("how is my app", clock(), Redactor::new([]));
    assert!(recorder.trouble().is_some());
    let mut refused = Vec::new();
    for event in Story::scaled() {
        let name = serde_json::to_value(&event)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .next()
            .unwrap()
            .clone();
        if recorder.record(event).is_err() {
            refused.push(name);
        }
    }
    assert_eq!(refused, ["decided", "changing", "called"]);
}

#[cfg(unix)]
#[test]
fn records_and_undo_data_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let (transcripts, undo) = (dir.path().join("state/transcripts"), dir.path().join("state/undo"));
    let recorder = Store::at(&transcripts)
        .begin("scale backend to 3", clock(), Redactor::new([]))
        .keeping_undo(todo_agent::transcripts::UndoStore::at(&undo));
    for event in Story::scaled() {
        recorder.record(event).unwrap();
    }
    recorder.artifact("a", "text/plain", b"a").unwrap();
    let mut seen = 0;
    let mut todo = vec![dir.path().join("state")];
    while let Some(path) = todo.pop() {
        let meta = fs::metadata(&path).unwrap();
        let expected = if meta.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(meta.permissions().mode() & 0o777, expected, "{}", path.display());
        seen += 1;
        if meta.is_dir() {
            todo.extend(fs::read_dir(&path).unwrap().map(|item| item.unwrap().path()));
        }
    }
    assert_eq!(seen, 9);
}

#[test]
fn what_was_done_is_believed_before_what_the_last_line_says_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let begun = Story::begun();
    let mut done = Story::scaled();
    done.pop();
    let story = |mut story: Vec<Event>| {
        story.push(Story::ended(130, false, false));
        let transcript = Store::at(dir.path()).find(&recorded(dir.path(), &story)).unwrap();
        let walk = transcript.walks()[0];
        (walk.changed(), walk.may_have_changed())
    };
    assert_eq!(story(done), (true, false));
    assert_eq!(story(begun), (false, true));
}
