//! What is stored of what AI tools are told, try and do.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Change, fields::change, from_event::word};
use crate::{
    domain::errand::{self, Asks, Work},
    redact::Redactor,
};

/// What was sent to an AI tool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prompted {
    pub tool: String,
    pub purpose: String,
    /// Of the template.
    pub version: u32,
    pub file: String,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Running {
    pub tool: String,
    pub command: String,
}

/// A call of a tool that waited for a yes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Held {
    pub tool: String,
    pub call: String,
    pub namespace: Option<String>,
    pub risk: String,
    pub change: Option<Change>,
    /// `POST /api/v1/namespaces/todo/pods/web/binding` and what goes with it, where it could not be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// To be run in a container.
    pub command: Vec<String>,
    pub why: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ruled {
    pub tool: String,
    pub call: String,
    /// `allowed`, `declined`, `stopped`, `refused`.
    pub ruling: String,
    /// For `refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a tool did and said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Worked {
    pub tool: String,
    pub version: Option<String>,
    /// Why it did not come to its end.
    pub failed: Option<String>,
    pub said: String,
    pub commands: Vec<ToolCommand>,
    /// In the tokens of its model.
    pub model_read: Option<u64>,
    pub model_wrote: Option<u64>,
    pub passed: u32,
    pub refused: u32,
    pub millis: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToolCommand {
    pub command: String,
    pub exit_code: Option<i64>,
    pub out: String,
    pub err: String,
}

/// Another finished what a tool did not do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handed {
    pub from: String,
    /// Empty when nothing was left to do.
    pub to: String,
    pub why: String,
}

pub(super) fn held(asks: &Asks, redactor: &Redactor) -> Held {
    Held {
        tool: asks.tool.clone(),
        call: asks.what.clone(),
        namespace: asks.namespace.clone(),
        risk: word(&asks.risk),
        change: asks
            .change
            .as_ref()
            .map(|it| change(&it.draft.object, &it.draft.subresource, &it.diff, redactor)),
        request: asks.request.as_ref().map(|sent| format!("{} {}", sent.method, sent.path)),
        body: asks.request.as_ref().and_then(|sent| sent.body.clone()),
        command: asks.command.clone(),
        why: asks.why.clone(),
    }
}

pub(super) fn ruled(tool: &str, what: &str, ruling: &errand::Ruling) -> Ruled {
    let (ruling, reason) = match ruling {
        errand::Ruling::Allowed => ("allowed", None),
        errand::Ruling::Declined => ("declined", None),
        errand::Ruling::Stopped => ("stopped", None),
        errand::Ruling::Refused { reason } => ("refused", Some(reason.clone())),
    };
    Ruled {
        tool: tool.to_owned(),
        call: what.to_owned(),
        ruling: ruling.to_owned(),
        reason,
    }
}

pub(super) fn worked(work: &Work) -> Worked {
    Worked {
        tool: work.tool.clone(),
        version: work.version.clone(),
        failed: work.failed.clone(),
        said: work.said.clone(),
        commands: work
            .commands
            .iter()
            .map(|command| ToolCommand {
                command: command.command.clone(),
                exit_code: command.exit_code,
                out: command.out.clone(),
                err: command.err.clone(),
            })
            .collect(),
        model_read: work.usage.map(|usage| usage.sent),
        model_wrote: work.usage.map(|usage| usage.received),
        passed: work.passed,
        refused: work.refused,
        millis: work.millis,
    }
}
