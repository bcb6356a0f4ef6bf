//! Where nothing can be written, a change is refused before anything is sent, and a read is answered. A file in the place of
//! a folder stands for a full disk or one that may only be read: it stops root as well.

use crate::run::{Home, seen};

const SIMULATED: &str = "Embedded cluster, simulated: nothing real is touched.\n";

fn blocked(folder: &str) -> Home {
    let home = Home::new();
    assert_eq!(home.run(&["list pods"]).code, 0);
    let path = home.state().join(folder);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::write(path, "").unwrap();
    home
}

/// One line for what the system says, whose words are its own.
fn reasonless(text: &str) -> String {
    regex::Regex::new(r": [^:()]* \(os error \d+\)\)")
        .unwrap()
        .replace_all(text, ": REASON)")
        .into_owned()
}

fn replicas(home: &Home) -> String {
    home.run(&["list deployments"])
        .out
        .lines()
        .find_map(|line| line.strip_prefix("todo-backend"))
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn without_a_record_a_change_is_refused_and_a_read_is_answered() {
    let home = blocked("transcripts");
    let read = home.run(&["list deployments"]);
    let record = |slug: &str| format!("the record cannot be written (HOME/state/todo-agent/transcripts/DATE-{slug}: REASON)\n");
    assert_eq!(read.code, 0);
    assert_eq!(reasonless(&read.err), format!("{SIMULATED}note: {}", record("list-deployments")));

    let change = home.run(&["scale backend to 3", "-y"]);
    let why = "  Look at that place, or choose another one with `--state-dir DIR`.\n  Nothing was changed: a change is not made when its record cannot be written.\n";
    let preview =
        "\n  scale deployment/todo-backend (“backend”)           embedded · default\n    replicas  2 → 3\n    can be taken back\n";
    assert_eq!(
        seen(change.code, &change.out, &reasonless(&change.err)),
        seen(2, preview, &format!("{SIMULATED}error: {}{why}", record("scale-backend-to-3")))
    );
    assert_eq!(replicas(&home), "2/2");
}

#[test]
fn without_the_way_back_a_change_is_refused() {
    let home = blocked("undo");
    let change = home.run(&["scale backend to 3", "-y"]);
    assert_eq!(
        (change.code, reasonless(&change.err)),
        (
            2,
            format!(
                "{SIMULATED}error: cannot write what takes changes back (HOME/state/todo-agent/undo: REASON)\n  Look at that place, or choose another one with `--state-dir DIR`.\n  Nothing was changed: a change is not made when what takes it back cannot be kept.\n"
            )
        )
    );
    assert_eq!(replicas(&home), "2/2");
}
