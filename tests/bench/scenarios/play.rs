//! Plays the sessions of a file, several at once, and compares or writes down what came back.

use std::{
    fmt::Write,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{Condvar, Mutex},
    thread,
};

use super::{
    session::{self, Place, Replies, Reply, Session, Step},
    stage::Stage,
};

/// So many sessions at once, over all tests: they mostly wait for the cluster, and a machine of two cores keeps up.
static ROOM: (Mutex<usize>, Condvar) = (Mutex::new(5), Condvar::new());

/// Says which sessions are played, by a part of their heading: `on the embedded cluster`, `Somebody else`.
const ONLY: &str = "TODO_AGENT_BENCH_ONLY";
/// Writes what came back into the file, for a person to read.
const WRITE: &str = "TODO_AGENT_BENCH_WRITE";

/// The answers to all commands of a session at one place, or what went wrong.
type Played = Result<Vec<Reply>, String>;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/bench/scenarios/sessions")
}

pub fn file(name: &str) {
    let path = folder().join(format!("{name}.session"));
    let (head, mut sessions) = session::read(&fs::read_to_string(&path).unwrap());
    let only = std::env::var(ONLY).unwrap_or_default();
    let jobs: Vec<(usize, Place)> = (0..sessions.len())
        .flat_map(|index| sessions[index].places().into_iter().map(move |place| (index, place)))
        .filter(|(index, place)| heading(&sessions[*index], *place).contains(&only))
        .collect();
    let played: Vec<Played> = thread::scope(|scope| {
        let running: Vec<_> = jobs
            .iter()
            .map(|(index, place)| (&sessions[*index], *place))
            .map(|(session, place)| scope.spawn(move || with_room(|| play(session, place))))
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut wrong = String::new();
    for ((index, place), played) in jobs.into_iter().zip(played) {
        match played {
            Err(why) => drop(writeln!(wrong, "{}\n{why}\n", heading(&sessions[index], place))),
            Ok(replies) if std::env::var_os(WRITE).is_some() => put(&mut sessions[index], place, replies),
            Ok(replies) => wrong += &differences(&sessions[index], place, &replies),
        }
    }
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, session::write(&head, &sessions)).unwrap();
    }
    assert!(wrong.is_empty(), "\n- expected, + came back\n\n{wrong}");
}

pub fn no_file_is_left_out(known: &[&str]) {
    let mut there: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    there.sort();
    assert_eq!(there, known);
}

fn with_room<T>(work: impl FnOnce() -> T) -> T {
    let (count, freed) = &ROOM;
    *freed.wait_while(count.lock().unwrap(), |left| *left == 0).unwrap() -= 1;
    let done = work();
    *count.lock().unwrap() += 1;
    freed.notify_one();
    done
}

fn play(session: &Session, place: Place) -> Played {
    let played = catch_unwind(AssertUnwindSafe(|| {
        let stage = Stage::set(place, session);
        let mut replies = Vec::new();
        for step in &session.steps {
            match step {
                Step::Remark(_) => {}
                Step::Prepare(command) => drop(stage.prepare(command)),
                Step::Ask { command, .. } => replies.push(stage.ask(command)),
            }
        }
        replies
    }));
    played.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.unwrap_or_else(|| "it panicked".to_owned())
    })
}

fn asked(session: &Session) -> impl Iterator<Item = (&str, &Replies)> {
    session.steps.iter().filter_map(|step| match step {
        Step::Ask { command, replies } => Some((command.as_str(), replies)),
        _ => None,
    })
}

fn put(session: &mut Session, place: Place, mut given: Vec<Reply>) {
    given.reverse();
    for step in &mut session.steps {
        if let Step::Ask { replies, .. } = step {
            replies[place as usize] = given.pop().unwrap();
        }
    }
}

/// All of them, told as a person reads them.
fn differences(session: &Session, place: Place, given: &[Reply]) -> String {
    let mut text = String::new();
    for ((command, replies), given) in asked(session).zip(given) {
        let expected = &replies[place as usize];
        if expected == given {
            continue;
        }
        let _ = writeln!(text, "{}\n$ {command}", heading(session, place));
        let (before, after) = (shown(expected), shown(given));
        for change in similar::TextDiff::from_lines(&before, &after).iter_all_changes() {
            let _ = write!(text, "{}{}", change.tag(), change.value());
        }
        text.push('\n');
    }
    text
}

fn heading(session: &Session, place: Place) -> String {
    let place = match place {
        Place::Embedded => "embedded",
        Place::Real => "real",
    };
    format!("== {} (on the {place} cluster)", session.title)
}

fn shown(reply: &Reply) -> String {
    let mut text = String::new();
    for (sign, lines) in [('|', &reply.out), ('!', &reply.err)] {
        for line in lines {
            let _ = writeln!(text, "{sign} {line}");
        }
    }
    let _ = writeln!(text, "? {}", reply.code);
    text
}
