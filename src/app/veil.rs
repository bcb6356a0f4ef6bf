//! Hides secrets from the screen and from machine-readable output, with the same rules as the record.

use std::{borrow::Cow, sync::Arc};

use serde_json::Value;

use crate::{
    domain::mask::HIDDEN,
    redact::{Redactor, has_mark},
};

/// How the redactor's marks begin and end (`‹redacted:NAME›`).
const MARK_BEGINS: &str = "‹redacted:";
const MARK_ENDS: char = '›';

/// The redactor as `front` sees it.
#[derive(Clone, Debug, Default)]
pub struct Veil {
    redactor: Arc<Redactor>,
}

impl Veil {
    #[must_use]
    pub const fn new(redactor: Arc<Redactor>) -> Self {
        Self { redactor }
    }

    /// The value that stands under this name, or `•••` when it is secret or contains something secret; of several words those
    /// that are not stay.
    #[must_use]
    pub fn under(&self, name: &str, value: &Value) -> Value {
        let shown = self.redactor.under(name, value);
        match &shown {
            Value::String(text) if has_mark(text) && text.trim().contains(char::is_whitespace) => Value::from(without_marks(text.clone())),
            Value::String(text) if has_mark(text) => Value::from(HIDDEN),
            _ => shown,
        }
    }

    /// Text with every secret in it replaced.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.redactor.text(text).into_owned()
    }

    /// Text with the values that are known to be secret on this machine replaced, and nothing else: what a pod prints is read
    /// to find out what it says.
    #[must_use]
    pub fn known<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.redactor.known(text)
    }

    /// One line for the screen with `•••` for every secret in it.
    #[must_use]
    pub fn line(&self, line: &str) -> String {
        without_marks(self.redactor.text(line).into_owned())
    }

    /// A whole JSON value with `•••` for every text that is secret or contains something secret.
    pub fn hidden(&self, value: &mut Value) {
        self.redactor.value(value);
        hide_marks(value);
    }

    /// A whole JSON value with every secret in it replaced by the record's mark.
    pub fn json(&self, value: &mut Value) {
        self.redactor.value(value);
    }
}

fn without_marks(mut text: String) -> String {
    while let Some(start) = text.find(MARK_BEGINS)
        && let Some(length) = text.get(start..).and_then(|rest| rest.find(MARK_ENDS))
    {
        text.replace_range(start..start + length + MARK_ENDS.len_utf8(), HIDDEN);
    }
    text
}

fn hide_marks(value: &mut Value) {
    match value {
        Value::String(text) if has_mark(text) => HIDDEN.clone_into(text),
        Value::Array(list) => list.iter_mut().for_each(hide_marks),
        Value::Object(map) => map.values_mut().for_each(hide_marks),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_words_only_the_secret_one_is_hidden() {
        let veil = Veil::default();
        let under = |name: &str, text: &str| veil.under(name, &Value::from(text));
        assert_eq!(
            under(
                "command",
                "sh -c 'curl -H \"Authorization: Bearer abcdefghij123456789\" x; exec sleep 500'"
            ),
            "sh -c 'curl -H \"Authorization: •••\" x; exec sleep 500'"
        );
        assert_eq!(under("url", "postgres://todo:hunter2abc@db/todo"), HIDDEN);
        assert_eq!(under("DB_PASSWORD", "two words"), HIDDEN);
    }
}
