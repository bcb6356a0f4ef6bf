//! Values that stood beside a name in one text, hidden where they stand alone in another.

use std::{
    borrow::Cow,
    sync::{PoisonError, RwLock},
};

use super::{CLOSE, OPEN, has_mark, known::is_everyday};

/// Shorter values are parts of ordinary words and numbers.
const SHORTEST: usize = 4;

/// Values and their marks, the longest first.
#[derive(Debug, Default)]
pub struct Learned(RwLock<Vec<(String, String)>>);

impl Learned {
    /// `hidden` is `text` with marks in it.
    pub fn add(&self, text: &str, hidden: &str) {
        if text == hidden {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (value, mark) in hidden_in(text, hidden) {
            let is_new = known.iter().all(|(other, _)| *other != value);
            if is_new && value.chars().count() >= SHORTEST && !is_everyday(&value) && !mark.contains(&value) {
                known.push((value, mark));
            }
        }
        known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    }

    /// Each value where it stands as a word of its own.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut out = Cow::Borrowed(text);
        for (value, mark) in known.iter().filter(|(value, _)| text.contains(value.as_str())) {
            if let Some(changed) = replaced(&out, value, mark) {
                out = Cow::Owned(changed);
            }
        }
        out
    }
}

fn replaced(text: &str, value: &str, mark: &str) -> Option<String> {
    let mut out = String::new();
    let mut copied = 0;
    for (at, found) in text.match_indices(value) {
        let end = at + found.len();
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(end..).and_then(|tail| tail.chars().next());
        // Within a mark only its name stands, and that is known to be none.
        let in_mark = text.get(..at).is_some_and(|head| {
            head.rfind(OPEN)
                .is_some_and(|open| !head.get(open..).unwrap_or_default().contains(CLOSE))
        });
        if at < copied || joins(before) || joins(after) || in_mark {
            continue;
        }
        out.push_str(text.get(copied..at)?);
        out.push_str(mark);
        copied = end;
    }
    (copied > 0).then(|| out + text.get(copied..).unwrap_or_default())
}

/// What stands in `text` where a mark stands in `hidden`. The text between marks is in both.
fn hidden_in(text: &str, hidden: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut rest, mut masked) = (text, hidden);
    while let Some(open) = masked.find(OPEN) {
        let Some((head, tail)) = masked.split_at_checked(open) else { break };
        let Some(length) = tail.find(CLOSE).map(|at| at + CLOSE.len_utf8()) else {
            break;
        };
        let Some((mark, after)) = tail.split_at_checked(length) else {
            break;
        };
        let Some(stripped) = rest.strip_prefix(head) else { break };
        let next = after.get(..after.find(OPEN).unwrap_or(after.len())).unwrap_or_default();
        let end = match (next.is_empty(), after.is_empty()) {
            (true, true) => Some(stripped.len()),
            // Two marks side by side: where one ends is not known.
            (true, false) => None,
            (false, _) => stripped.find(next).filter(|end| *end > 0).or_else(|| stripped.rfind(next)),
        };
        let Some((value, after_value)) = end.and_then(|end| stripped.split_at_checked(end)) else {
            break;
        };
        if !has_mark(value) {
            found.push((value.to_owned(), mark.to_owned()));
        }
        (rest, masked) = (after_value, after);
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::redact::Redactor;

    #[test]
    fn a_secret_of_a_request_is_hidden_where_it_stands_alone() {
        let redactor = Redactor::default();
        assert_eq!(redactor.text("not understood: “abc123xyz”"), "not understood: “abc123xyz”");
        redactor.learn("set backend token to abc123xyz and restart it");
        assert_eq!(redactor.text("not understood: “abc123xyz”"), "not understood: “‹redacted:token›”");
        assert_eq!(redactor.text("abc123xyzw stays"), "abc123xyzw stays");
    }

    #[test]
    fn every_secret_of_a_text_is_learned() {
        let redactor = Redactor::default();
        redactor.learn("set A_TOKEN=one11 B_SECRET=two22, password: \"three 33\"");
        assert_eq!(
            redactor.text("one11 two22 three 33"),
            "‹redacted:A_TOKEN› ‹redacted:B_SECRET› ‹redacted:password›"
        );
    }
}
