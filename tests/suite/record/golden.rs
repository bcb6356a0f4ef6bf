//! Records of every version that was ever written must read, with the same meaning, for ever.
//!
//! `tests/golden/v1` was written by the first version. To make goldens of a new version, write them with
//! `TODO_AGENT_WRITE_GOLDEN=v2 cargo test --test suite record::golden -- --ignored`. Lines that exist are never written
//! again; the same command for an old version renews its exports alone, for when their wording was changed on purpose.

use std::{
    fs,
    path::{Path, PathBuf},
};

use todo_agent::{
    domain::ports::record::Record,
    redact::Redactor,
    transcripts::{
        Soundness, Store,
        export::{Which, json, markdown},
        stored::Stored,
    },
};

use super::story::{Story, clock};

fn golden(version: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(version)
}

#[test]
#[ignore = "writes the golden files of a new version"]
fn write() {
    let Ok(version) = std::env::var("TODO_AGENT_WRITE_GOLDEN") else {
        return;
    };
    let dir = golden(&version);
    if !dir.exists() {
        write_lines(&dir);
    }
    let transcripts = Store::at(&dir).check_all().unwrap();
    fs::write(dir.join("export.md"), markdown(&transcripts, Which::All)).unwrap();
    fs::write(
        dir.join("export.json"),
        serde_json::to_string_pretty(&json(&transcripts, Which::All)).unwrap() + "\n",
    )
    .unwrap();
}

fn write_lines(dir: &Path) {
    for (request, story) in [
        ("scale backend to 3", Story::scaled()),
        ("scale backend to 3 and fail", Story::failed()),
        ("list pods", Story::listed()),
        ("scale it", Story::not_clear()),
    ] {
        let recorder = Store::at(dir).begin(request, clock(), Redactor::new([]));
        let (last, rest) = story.split_last().unwrap();
        rest.iter().for_each(|event| recorder.record(event.clone()).unwrap());
        recorder.artifact("preview.yaml", "application/yaml", b"replicas: 3\n").unwrap();
        recorder.record(last.clone()).unwrap();
    }
}

#[test]
fn version_1_reads_as_it_was_meant() {
    let dir = golden("v1");
    let transcripts = Store::at(&dir).check_all().unwrap();
    assert_eq!(transcripts.len(), 4);
    for transcript in &transcripts {
        assert_eq!(
            (transcript.soundness(), transcript.damage.as_slice()),
            (Soundness::Intact, &[][..]),
            "{}",
            transcript.id
        );
        assert!(
            !transcript.lines.iter().any(|line| matches!(line.event, Stored::Unknown { .. })),
            "{}",
            transcript.id
        );
    }
    let exported = serde_json::to_string_pretty(&json(&transcripts, Which::All)).unwrap() + "\n";
    assert_eq!(exported, fs::read_to_string(dir.join("export.json")).unwrap());
    assert_eq!(
        markdown(&transcripts, Which::All),
        fs::read_to_string(dir.join("export.md")).unwrap()
    );
}

#[test]
fn what_is_written_now_is_what_the_golden_files_hold() {
    let now = tempfile::tempdir().unwrap();
    let recorder = Store::at(now.path()).begin("list pods", clock(), Redactor::new([]));
    let story = Story::listed();
    let (last, rest) = story.split_last().unwrap();
    rest.iter().for_each(|event| recorder.record(event.clone()).unwrap());
    recorder.artifact("preview.yaml", "application/yaml", b"replicas: 3\n").unwrap();
    recorder.record(last.clone()).unwrap();
    let written = fs::read_to_string(recorder.dir().join("events.jsonl")).unwrap();
    let kept = golden("v1").join(recorder.id()).join("events.jsonl");
    assert_eq!(written, fs::read_to_string(kept).unwrap());
}

#[test]
fn an_event_of_a_later_version_is_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    let id = "20270101-000000-later";
    fs::create_dir(dir.path().join(id)).unwrap();
    let body = r#"{"v":7,"seq":1,"at":"2027-01-01T00:00:00Z","prev":"","type":"dreamt","data":{"of":"sheep"}"#;
    let sum: String = <sha2::Sha256 as sha2::Digest>::digest(body.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    fs::write(dir.path().join(id).join("events.jsonl"), format!("{body},\"sum\":\"{sum}\"}}\n")).unwrap();
    let transcript = Store::at(dir.path()).find("latest").unwrap();
    assert_eq!(transcript.damage, []);
    assert_eq!(transcript.lines[0].event, Stored::Unknown { name: "dreamt".to_owned() });
}
