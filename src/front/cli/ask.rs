//! `todo-agent "scale backend to 3"`: one request.

use std::{
    future::Future,
    io::{IsTerminal, Read, stdin},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use super::{Bench, help, transcript};
use crate::{
    app::{guard::Ask, session::Session},
    domain::{
        failure::{Failure, FailureKind, Result},
        intent::Resolution,
        outcome::Outcome,
        request::Request,
    },
    front::screen::{Form, asking::Terminal, document::Ending},
};

/// More than anybody says; understanding has a limit of its own, and tells it.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Log lines that wait in the buffer are sent off this often.
const FLUSH_EVERY: Duration = Duration::from_millis(100);

/// Ctrl-C.
const INTERRUPTED: u8 = FailureKind::Interrupted.exit_code();

/// Walks a request, and the one that the user chooses when it was not clear.
///
/// # Errors
/// Standard input cannot be read.
pub async fn request(words: &str, bench: &Bench<'_>) -> Result<u8> {
    let mut text = if words == "-" { from_stdin()? } else { words.to_owned() };
    if help::is_asked(&text) {
        return help::tell(bench);
    }
    if transcript::is_asked(&text) {
        return transcript::tell(bench);
    }
    loop {
        let (code, outcome) = one(&text, bench).await;
        let Some(resolution) = outcome.and_then(|outcome| outcome.resolution) else {
            return Ok(code);
        };
        let asked = match (&resolution, Terminal::new(bench.screen)) {
            (Resolution::Ask(question), Some(terminal)) if !question.choices.is_empty() => {
                tokio::select! {
                    biased;
                    () = bench.stop.pressed() => {
                        bench.screen.remark(&[String::new(), "Stopped: nothing was changed.".to_owned()]);
                        return Ok(INTERRUPTED);
                    }
                    chosen = terminal.choose(question.clone()) => chosen,
                }
            }
            _ => {
                bench.screen.unclear(&resolution);
                return Ok(code);
            }
        };
        match asked {
            Ok(Some(chosen)) => text = chosen,
            Ok(None) => return Ok(code),
            Err(failure) if failure.kind == FailureKind::Interrupted => return Ok(INTERRUPTED),
            Err(failure) => return Err(failure),
        }
    }
}

/// Walks a request once. The outcome is missing when it was interrupted.
pub async fn one(text: &str, bench: &Bench<'_>) -> (u8, Option<Outcome>) {
    let request = Request {
        text: text.to_owned(),
        options: bench.options.for_request(),
    };
    let session = bench.talk.map_or_else(|| bench.app.session(text), |talk| talk.session(text));
    let somebody = somebody(bench);
    let walk = session.walk(&request, bench.screen.clone(), somebody);
    let ended = attended(bench, &session, walk).await;
    if let Some(talk) = bench.talk {
        talk.remember(session.turn());
    }
    ended
}

/// The person at the terminal, if there is one.
pub fn somebody(bench: &Bench<'_>) -> Option<Arc<dyn Ask>> {
    Terminal::new(bench.screen).map(|terminal| Arc::new(terminal) as Arc<dyn Ask>)
}

/// Drives a walk while watching for Ctrl-C and for readers that go away.
pub async fn attended(bench: &Bench<'_>, session: &Session<'_>, walk: impl Future<Output = Outcome>) -> (u8, Option<Outcome>) {
    let mut walk = pin!(walk);
    let screen = bench.screen;
    let outcome = loop {
        tokio::select! {
            // A press that came before this request began stops it before it acts.
            biased;
            () = bench.stop.pressed() => {
                if session.halts() {
                    continue;
                }
                let record = session.id().filter(|_| bench.talk.is_none());
                screen.interrupted(session.interrupted(), record);
                return (INTERRUPTED, None);
            }
            outcome = &mut walk => break outcome,
            () = screen.closed(), if screen.may_stop() => {
                session.left();
                return (0, None);
            }
            () = tokio::time::sleep(FLUSH_EVERY) => screen.flush(),
        }
    };
    screen.close(&Ending {
        exit_code: outcome.exit_code,
        changed: Some(outcome.changed),
        verified: outcome.verified,
        // A conversation has one record, told at its end.
        record: session
            .id()
            .filter(|_| bench.talk.is_none() || screen.form() != Form::Text)
            .map(str::to_owned),
    });
    let told = |trouble: &Failure| outcome.failure.as_ref().is_some_and(|failure| failure.what == trouble.what);
    if let Some(trouble) = session.trouble().filter(|trouble| !told(trouble)) {
        screen.remark(&[format!("note: {}", trouble.what)]);
    }
    (outcome.exit_code, Some(outcome))
}

fn from_stdin() -> Result<String> {
    let unreadable =
        |error: &dyn std::fmt::Display| Failure::new(FailureKind::Usage, "the request cannot be read from standard input").cause(error);
    if stdin().is_terminal() {
        return Err(Failure::new(
            FailureKind::Usage,
            "`-` reads the request from standard input, and that is a terminal",
        )
        .hint("todo-agent \"scale backend to 3\"")
        .hint("echo \"scale backend to 3\" | todo-agent -"));
    }
    let mut bytes = Vec::new();
    stdin()
        .lock()
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    String::from_utf8(bytes)
        .map(|text| text.trim_end_matches(['\n', '\r']).to_owned())
        .map_err(|error| unreadable(&error.utf8_error()))
}
