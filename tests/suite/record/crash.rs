//! What a record is after `kill -9`, and after being cut anywhere.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::Duration,
};

use todo_agent::{
    domain::ports::record::Record,
    redact::Redactor,
    transcripts::{DamageKind, Soundness, Store, UndoStore},
};

use super::{
    damage, events_file, recorded,
    story::{Story, clock},
};

const DIR: &str = "TODO_AGENT_TEST_CRASH_DIR";

/// The child: writes changes until it is killed, and says after each what must be on disk now.
#[test]
#[ignore = "the child process of the test below"]
fn writes_until_killed() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let dir = std::path::PathBuf::from(dir);
    let recorder = Store::at(dir.join("transcripts"))
        .begin("scale backend to 3", clock(), Redactor::new([]))
        .keeping_undo(UndoStore::at(dir.join("undo")));
    loop {
        for event in Story::begun() {
            recorder.record(event).unwrap();
            writeln!(std::io::stdout(), "written {}", recorder.events()).unwrap();
        }
    }
}

#[test]
fn a_killed_writer_leaves_what_it_had_promised_and_no_damage() {
    for round in 0..6_u64 {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "record::crash::writes_until_killed",
                "--exact",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reader = std::thread::spawn(move || {
            lines
                .map_while(std::result::Result::ok)
                .filter_map(|line| line.split("written ").nth(1).and_then(|n| n.trim().parse::<usize>().ok()))
                .last()
        });
        std::thread::sleep(Duration::from_millis(150 + 37 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let Some(promised) = reader.join().unwrap() else { continue };

        let transcript = Store::at(dir.path().join("transcripts")).find("latest").unwrap();
        assert!(
            transcript.lines.len() >= promised,
            "{} lines, {promised} promised",
            transcript.lines.len()
        );
        assert!(
            transcript.damage.iter().all(|damage| damage.kind == DamageKind::Truncated),
            "{:?}",
            transcript.damage
        );
        assert!(matches!(transcript.soundness(), Soundness::Unfinished | Soundness::Truncated));
        // Whatever was sent can be taken back.
        let undo = UndoStore::at(dir.path().join("undo")).by_id(&transcript.id).unwrap();
        assert!(promised < 8 || undo.is_some(), "{promised} promised");
    }
}

#[test]
fn a_record_cut_anywhere_reads_and_is_not_called_tampered_with() {
    let dir = tempfile::tempdir().unwrap();
    let id = recorded(dir.path(), &Story::scaled());
    let path = events_file(dir.path(), &id);
    let whole = fs::read(&path).unwrap();
    let starts: Vec<usize> = std::iter::once(0)
        .chain(whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1))
        .collect();
    for length in (0..whole.len()).step_by(7) {
        fs::write(&path, &whole[..length]).unwrap();
        let transcript = Store::at(dir.path()).find("latest").unwrap();
        let complete = starts.iter().filter(|start| **start <= length).count() - 1;
        if starts.contains(&length) {
            // Cut between two lines it reads well, but it was whole once.
            let expected = (vec![(Some(complete + 1), DamageKind::Truncated)], Soundness::Truncated);
            assert_eq!((damage(&transcript), transcript.soundness()), expected, "{length}");
        } else if !starts.contains(&(length + 1)) {
            let expected = (vec![(Some(complete + 1), DamageKind::Truncated)], Soundness::Truncated);
            assert_eq!((damage(&transcript), transcript.soundness()), expected, "{length}");
        }
        assert!(transcript.lines.len() >= complete);
    }
}
