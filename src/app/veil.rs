//! Hides secrets from the screen and from machine-readable output, with the same rules as the record.

use std::{borrow::Cow, sync::Arc};

use serde_json::Value;

use crate::redact::{Redactor, has_mark};

/// What stands on the screen for a secret.
pub const HIDDEN: &str = "•••";

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

    /// The value that stands under this name, or `•••` when it is secret or contains something secret.
    #[must_use]
    pub fn under(&self, name: &str, value: &Value) -> Value {
        let shown = self.redactor.under(name, value);
        match &shown {
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
        let mut shown = self.redactor.text(line).into_owned();
        while let Some(start) = shown.find(MARK_BEGINS)
            && let Some(length) = shown.get(start..).and_then(|rest| rest.find(MARK_ENDS))
        {
            shown.replace_range(start..start + length + MARK_ENDS.len_utf8(), HIDDEN);
        }
        shown
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

fn hide_marks(value: &mut Value) {
    match value {
        Value::String(text) if has_mark(text) => HIDDEN.clone_into(text),
        Value::Array(list) => list.iter_mut().for_each(hide_marks),
        Value::Object(map) => map.values_mut().for_each(hide_marks),
        _ => {}
    }
}
