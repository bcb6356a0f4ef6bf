//! One line of `events.jsonl`: the envelope around a stored event, and the hashes that chain the lines.
//!
//! `{"v":1,"seq":3,"at":"…","prev":"<sum of the line before>","type":"called","data":{…},"sum":"<sha256>"}`
//!
//! `sum` is the SHA-256 of the bytes of its line up to the comma before `"sum"`; it covers `prev` and with it every line
//! before. So an edit anywhere, a line taken away, added or moved shows; a torn last line has no sum at all.

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::stored::{Stored, VERSION};

/// `prev` of the first line.
pub const START: &str = "";

/// A line that was read and whose own sum is right.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub seq: u64,
    pub at: Timestamp,
    pub event: Stored,
    /// Sum of the line before.
    pub prev: String,
    /// Sum of this line.
    pub sum: String,
}

/// Why a line cannot be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// No line of a record: cut off, overwritten, or not JSON.
    Unreadable,
    /// Its bytes are not those that were written.
    Altered,
}

/// The bytes of a line, without line break, and its sum.
#[must_use]
pub fn write(seq: u64, at: Timestamp, prev: &str, event: Value) -> (String, String) {
    let (name, data) = match event {
        Value::Object(mut map) => (
            map.shift_remove("type").unwrap_or_default(),
            map.shift_remove("data").unwrap_or_else(|| Value::Object(serde_json::Map::new())),
        ),
        other => (Value::Null, other),
    };
    let line = serde_json::json!({"v": VERSION, "seq": seq, "at": at.to_string(), "prev": prev, "type": name, "data": data}).to_string();
    let body = line.strip_suffix('}').unwrap_or(&line);
    let sum = sha256(body.as_bytes());
    (format!("{body},\"sum\":\"{sum}\"}}"), sum)
}

/// Reads a line (without line break).
///
/// # Errors
/// When it is no line of a record, or not the one that was written.
pub fn read(line: &[u8]) -> Result<Line, LineError> {
    let text = std::str::from_utf8(line).map_err(|_| LineError::Unreadable)?;
    let mut parsed: Value = serde_json::from_str(text).map_err(|_| LineError::Unreadable)?;
    let word = |key: &str| {
        parsed
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or(LineError::Unreadable)
    };
    let (sum, prev, name, at) = (word("sum")?, word("prev")?, word("type")?, word("at")?);
    let number = |key: &str| parsed.get(key).and_then(Value::as_u64).ok_or(LineError::Unreadable);
    let (seq, version) = (number("seq")?, number("v")?);
    let at: Timestamp = at.parse().map_err(|_| LineError::Unreadable)?;
    let body = text.strip_suffix(&format!(",\"sum\":\"{sum}\"}}")).ok_or(LineError::Altered)?;
    if sha256(body.as_bytes()) != sum {
        return Err(LineError::Altered);
    }
    let data = parsed.get_mut("data").map(Value::take).unwrap_or_default();
    let event = Stored::read(version, &name, data);
    Ok(Line { seq, at, event, prev, sum })
}

/// Lower-case hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        hex.push_str(&format!("{byte:02x}"));
        hex
    })
}
