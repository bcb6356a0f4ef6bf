//! Options that come with a write.

use super::call::Call;
use super::refusal::Refusal;
use crate::adapters::cluster::embedded::lifecycle::Cause;

/// What is done about fields that a kind does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValidation {
    Ignore,
    Warn,
    Strict,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub dry_run: bool,
    pub validation: FieldValidation,
    pub force: bool,
}

impl Options {
    /// # Errors
    /// 422 for a value that is not one.
    pub fn read(call: &Call, kind: &str) -> Result<Self, Refusal> {
        let wrong = |field: &str, message: String| {
            let cause = Cause {
                field: field.to_owned(),
                reason: "FieldValueNotSupported",
                message,
            };
            Refusal::invalid_object("meta.k8s.io", kind, "", &[cause])
        };
        let dry_run = match call.query.get("dryRun") {
            None => false,
            Some("All") => true,
            Some(other) => {
                return Err(wrong(
                    "dryRun",
                    format!("Unsupported value: [\"{other}\"]: supported values: \"All\""),
                ));
            }
        };
        let validation = match call.query.get("fieldValidation") {
            None | Some("Warn") => FieldValidation::Warn,
            Some("Strict") => FieldValidation::Strict,
            Some("Ignore") => FieldValidation::Ignore,
            Some(other) => {
                let message = format!("Unsupported value: \"{other}\": supported values: \"Ignore\", \"Strict\", \"Warn\"");
                return Err(wrong("fieldValidation", message));
            }
        };
        Ok(Self {
            dry_run,
            validation,
            force: call.query.flag("force"),
        })
    }
}
