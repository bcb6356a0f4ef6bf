//! Transcripts as one JSON document.
//!
//! ```text
//! { "schema": "todo-agent/transcripts/1",
//!   "transcripts": [ { "id", "at", "soundness": intact|being-written|unfinished|truncated|damaged,
//!                      "damage": [ { "line": number|null, "kind", "what" } ],
//!                      "last_hash", "simulated",
//!                      "requests": [ { "request", "at", "outcome", "changed", "verified", "simulated", "first_seq", "last_seq" } ],
//!                      "events": [ { "seq", "at", "type", "data" } ] } ] }
//! ```
//!
//! `outcome` is one of verified, completed, failed, not-done, refused, lost-sight, interrupted, unfinished. `type` and
//! `data` are those of the stored lines. Fields are only ever added within one schema number.

use serde_json::{Value, json};

use super::Which;
use crate::transcripts::{transcript::Transcript, walk::Walk};

/// Value of the field `schema`.
pub const SCHEMA: &str = "todo-agent/transcripts/1";

/// The document for these transcripts, in the order given.
#[must_use]
pub fn json(transcripts: &[Transcript], which: Which) -> Value {
    let told = |one: &&Transcript| which == Which::All || one.walks().into_iter().any(|walk| which.takes(walk));
    let transcripts: Vec<Value> = transcripts.iter().filter(told).map(|one| transcript(one, which)).collect();
    json!({ "schema": SCHEMA, "transcripts": transcripts })
}

fn transcript(transcript: &Transcript, which: Which) -> Value {
    let walks = transcript.walks();
    json!({
        "id": transcript.id,
        "at": transcript.lines.first().map(|line| line.at.to_string()),
        "soundness": transcript.soundness(),
        "damage": transcript.damage,
        "last_hash": transcript.last_hash(),
        "simulated": walks.iter().any(|walk| walk.is_simulated()),
        "requests": walks.iter().filter(|walk| which.takes(**walk)).map(|walk| request(*walk)).collect::<Vec<_>>(),
        "events": transcript.lines.iter().map(event).collect::<Vec<_>>(),
    })
}

fn request(walk: Walk<'_>) -> Value {
    let outcome = walk.outcome();
    json!({
        "request": walk.request(),
        "at": walk.at().map(|at| at.to_string()),
        "outcome": outcome,
        "changed": walk.changed(),
        "verified": walk.ended().is_some_and(|ended| ended.verified),
        "simulated": walk.is_simulated(),
        "first_seq": walk.lines.first().map(|line| line.seq),
        "last_seq": walk.lines.last().map(|line| line.seq),
    })
}

fn event(line: &crate::transcripts::line::Line) -> Value {
    let mut event = json!({ "seq": line.seq, "at": line.at.to_string() });
    // A type of a later version keeps its name and loses its data: nothing here knows what may be in it.
    let stored = match &line.event {
        crate::transcripts::stored::Stored::Unknown { name } => json!({ "type": name, "data": null }),
        known => serde_json::to_value(known).unwrap_or_default(),
    };
    if let (Value::Object(to), Value::Object(from)) = (&mut event, stored) {
        to.extend(from);
    }
    event
}
