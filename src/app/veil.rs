//! Hides secrets from the screen and from machine-readable output, with the same rules as the record.

use std::sync::Arc;

use serde_json::Value;

use crate::redact::{Redactor, has_mark};

/// What stands on the screen for a secret.
pub const HIDDEN: &str = "•••";

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

    /// A whole JSON value with every secret in it replaced by the record's mark.
    pub fn json(&self, value: &mut Value) {
        self.redactor.value(value);
    }
}
