//! Secrets in JSON anywhere in a text: found token by token, so that layout, text around it and a document that breaks
//! off do not matter, and a long text costs one pass. JSON inside strings (`last-applied-configuration`) is looked into.

use std::ops::Range;

use crate::redact::{is_mark, mark};

/// JSON in JSON in JSON: deeper is nobody's manifest.
const LEVELS: u32 = 3;

/// The text with the values of Secrets hidden; `None` when there are none.
/// `patched`: the text patches a Secret, and its JSON need not say so.
pub fn hide(text: &str, patched: bool) -> Option<String> {
    let mut found = Vec::new();
    scan(text, 0..text.len(), 0, patched, &mut found);
    found.sort_by_key(|(span, _)| span.start);
    let mut out = String::new();
    let mut copied = 0;
    for (span, key) in found {
        let value = text.get(span.clone()).unwrap_or_default();
        if span.start < copied || value.is_empty() || is_mark(value) {
            continue;
        }
        out.push_str(text.get(copied..span.start).unwrap_or_default());
        out.push_str(&mark(&key));
        copied = span.end;
    }
    (copied > 0).then(|| out + text.get(copied..).unwrap_or_default())
}

/// A value and the key it stands under.
type Found = (Range<usize>, String);

/// An object or list that is open.
#[derive(Default)]
struct Frame {
    /// `"kind": "Secret"` stands in it, or the path of an operation on the data of one.
    secret: bool,
    /// It is the `data` or `stringData` of something.
    data: bool,
    /// Values of its data.
    values: Vec<Found>,
    key: Option<String>,
    /// A colon came after the key.
    colon: bool,
}

/// One pass over a part of the text whose quotes stand behind `2^level - 1` backslashes.
fn scan(text: &str, part: Range<usize>, level: u32, patched: bool, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let is_data = |key: Option<&str>| matches!(key, Some("data" | "stringData")) || (patched && key == Some("value"));
    let mut open = vec![Frame::default()];
    let mut at = part.start;
    while at < part.end {
        match bytes.get(at) {
            Some(b'{' | b'[') => {
                let data = open.last().is_some_and(|frame| frame.colon && is_data(frame.key.as_deref()));
                open.push(Frame { data, ..Frame::default() });
            }
            Some(b'}' | b']') => close(&mut open, patched, found),
            Some(b':') => open.last_mut().into_iter().for_each(|frame| frame.colon = frame.key.is_some()),
            Some(b',') => open
                .last_mut()
                .into_iter()
                .for_each(|frame| (frame.key, frame.colon) = (None, false)),
            Some(b'"' | b'\\') => {
                if let Some(string) = string_at(bytes, at, part.end, level) {
                    at = string.end + quote_length(level);
                    take(text, string, level, patched, &mut open, found);
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    while open.len() > 1 {
        close(&mut open, patched, found);
    }
    open.into_iter().for_each(|frame| settle(frame, found));
}

/// A string: a key, or the value of one.
fn take(text: &str, string: Range<usize>, level: u32, patched: bool, open: &mut [Frame], found: &mut Vec<Found>) {
    let Some(frame) = open.last_mut() else { return };
    let content = text.get(string.clone()).unwrap_or_default();
    match (&frame.key, frame.colon) {
        (Some(key), true) if frame.data => frame.values.push((string, key.clone())),
        (Some(key), true) if key == "kind" && content == "Secret" => frame.secret = true,
        (Some(key), true) if patched && key == "path" => frame.secret |= is_path_of_data(content),
        (Some(key), true) if patched && key == "value" => frame.values.push((string, "secret".to_owned())),
        (_, true) if level < LEVELS && content.contains("Secret") => scan(text, string, level + 1, patched, found),
        (_, true) => {}
        (_, false) => frame.key = Some(content.to_owned()),
    }
}

/// Of an operation of a JSON patch: `/data/password`.
fn is_path_of_data(path: &str) -> bool {
    matches!(path.split('/').nth(1), Some("data" | "stringData"))
}

fn close(open: &mut Vec<Frame>, patched: bool, found: &mut Vec<Found>) {
    let Some(mut closed) = open.pop() else { return };
    if let Some(parent) = open.last_mut() {
        if closed.data {
            // Only Secrets have `stringData`.
            let certain = match parent.key.as_deref() {
                Some("stringData") => true,
                Some("data") => patched,
                _ => false,
            };
            let values = std::mem::take(&mut closed.values);
            if certain {
                found.extend(values)
            } else {
                parent.values.extend(values)
            }
        }
        (parent.key, parent.colon) = (None, false);
        settle(closed, found);
    } else {
        settle(closed, found);
        open.push(Frame::default());
    }
}

fn settle(frame: Frame, found: &mut Vec<Found>) {
    if frame.secret {
        found.extend(frame.values);
    }
}

const fn quote_length(level: u32) -> usize {
    2_usize.pow(level)
}

/// What stands between the quotes, when a string of this level begins here and ends before the line does.
fn string_at(bytes: &[u8], at: usize, end: usize, level: u32) -> Option<Range<usize>> {
    let slashes = |from: usize| bytes.get(from..end).unwrap_or_default().iter().take_while(|b| **b == b'\\').count();
    let own = quote_length(level) - 1;
    let before = slashes(at);
    if before != own || bytes.get(at + before) != Some(&b'"') {
        return None;
    }
    let start = at + own + 1;
    let mut here = start;
    while here < end {
        match bytes.get(here)? {
            b'\n' | b'\r' => return None,
            b'\\' | b'"' => {
                let run = slashes(here);
                // A quote with more backslashes belongs to the content.
                if bytes.get(here + run) == Some(&b'"') && here + run < end && run % (2 * quote_length(level)) == own {
                    return Some(start..here + run - own);
                }
                here += run + 1;
            }
            _ => here += 1,
        }
    }
    // The text breaks off inside of it.
    (end == bytes.len()).then_some(start..end)
}
