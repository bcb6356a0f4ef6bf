//! A file of sessions: what a user types, and all that comes back. `README.md` beside it says how to write one.

use std::fmt::Write;

/// Where a session is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Embedded,
    Real,
}

/// What came back on one stream, a line each.
pub type Lines = Vec<String>;

/// What a command gave at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub out: Lines,
    pub err: Lines,
    pub code: i32,
}

/// A line of the file that is not an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A comment or an empty line.
    Remark(String),
    /// Must succeed; what it prints does not matter.
    Prepare(String),
    /// Is compared whole: the answers by place.
    Ask { command: String, replies: Replies },
}

/// The expected answers, `[embedded, real]`.
pub type Replies = [Reply; 2];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub title: String,
    pub words: Vec<String>,
    pub steps: Vec<Step>,
}

impl Session {
    /// Where it is played: both, unless it names one.
    pub fn places(&self) -> Vec<Place> {
        let named = |word: &str| self.has(word);
        match (named("embedded"), named("real")) {
            (true, false) => vec![Place::Embedded],
            (false, true) => vec![Place::Real],
            _ => vec![Place::Embedded, Place::Real],
        }
    }

    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }
}

/// Remarks above the first session, then the sessions.
pub fn read(text: &str) -> (Lines, Vec<Session>) {
    let mut head = Vec::new();
    let mut sessions: Vec<Session> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(title) = line.strip_prefix("== ") {
            sessions.push(begin(title));
            continue;
        }
        let Some(session) = sessions.last_mut() else {
            head.push(line.to_owned());
            continue;
        };
        take(line, &mut session.steps).unwrap_or_else(|why| panic!("line {}: {why}: {line}", number + 1));
    }
    (head, sessions)
}

fn begin(title: &str) -> Session {
    let (title, words) = match title.split_once(" (") {
        Some((title, words)) => (title, words.trim_end_matches(')')),
        None => (title, ""),
    };
    Session {
        title: title.to_owned(),
        words: words.split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        steps: Vec::new(),
    }
}

fn take(line: &str, steps: &mut Vec<Step>) -> Result<(), &'static str> {
    if line.is_empty() || line.starts_with('#') {
        steps.push(Step::Remark(line.to_owned()));
        return Ok(());
    }
    if let Some(command) = line.strip_prefix("% ") {
        steps.push(Step::Prepare(command.to_owned()));
        return Ok(());
    }
    if let Some(command) = line.strip_prefix("$ ") {
        steps.push(Step::Ask {
            command: command.to_owned(),
            replies: Replies::default(),
        });
        return Ok(());
    }
    match (line.strip_prefix("> "), steps.last_mut()) {
        (Some(more), Some(Step::Prepare(command) | Step::Ask { command, .. })) => {
            command.push('\n');
            command.push_str(more);
            Ok(())
        }
        (None, Some(Step::Ask { replies, .. })) => answer(line, replies),
        _ => Err("belongs to no command"),
    }
}

/// `|` standard output, `!` standard error, `?` exit code; with `e` or `r` at one place only.
fn answer(line: &str, replies: &mut Replies) -> Result<(), &'static str> {
    let (sign, text) = line.split_once(' ').unwrap_or((line, ""));
    let mut signs = sign.chars();
    let stream = signs.next();
    let at: &[usize] = match signs.next() {
        None => &[0, 1],
        Some('e') => &[0],
        Some('r') => &[1],
        Some(_) => return Err("no such place"),
    };
    for at in at {
        let reply = &mut replies[*at];
        match stream {
            Some('|') => reply.out.push(text.to_owned()),
            Some('!') => reply.err.push(text.to_owned()),
            Some('?') => reply.code = text.parse().map_err(|_| "no exit code")?,
            _ => return Err("not a line of a session"),
        }
    }
    Ok(())
}

/// The file again, with these answers.
pub fn write(head: &[String], sessions: &[Session]) -> String {
    let mut text = String::new();
    for line in head {
        text.push_str(line);
        text.push('\n');
    }
    for session in sessions {
        let words = if session.words.is_empty() {
            String::new()
        } else {
            format!(" ({})", session.words.join(", "))
        };
        let _ = writeln!(text, "== {}{words}", session.title);
        for step in &session.steps {
            match step {
                Step::Remark(line) => text.push_str(line),
                Step::Prepare(command) => text.push_str(&format!("% {}", command.replace('\n', "\n> "))),
                Step::Ask { command, replies } => {
                    let _ = write!(text, "$ {}", command.replace('\n', "\n> "));
                    text.push_str(&answers(replies, &session.places()));
                }
            }
            text.push('\n');
        }
    }
    text
}

fn answers(replies: &Replies, places: &[Place]) -> String {
    let (embedded, real) = match places {
        [Place::Embedded] => (&replies[0], &replies[0]),
        [Place::Real] => (&replies[1], &replies[1]),
        _ => (&replies[0], &replies[1]),
    };
    let mut text = merged('|', &embedded.out, &real.out) + &merged('!', &embedded.err, &real.err);
    let codes = if embedded.code == real.code {
        format!("\n? {}", embedded.code)
    } else {
        format!("\n?e {}\n?r {}", embedded.code, real.code)
    };
    text.push_str(&codes);
    text
}

fn merged(sign: char, embedded: &[String], real: &[String]) -> String {
    let mut text = String::new();
    let embedded: Vec<&str> = embedded.iter().map(String::as_str).collect();
    let real: Vec<&str> = real.iter().map(String::as_str).collect();
    for change in similar::TextDiff::from_slices(&embedded, &real).iter_all_changes() {
        let at = match change.tag() {
            similar::ChangeTag::Equal => "",
            similar::ChangeTag::Delete => "e",
            similar::ChangeTag::Insert => "r",
        };
        let line = format!("{sign}{at} {}", change.value());
        text.push('\n');
        text.push_str(line.trim_end());
    }
    text
}
