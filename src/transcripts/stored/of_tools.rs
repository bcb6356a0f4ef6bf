//! From what AI tools try and do to what is stored of it.

use super::{
    Held, Ruled, ToolCommand, Worked,
    from_event::{change, word},
};
use crate::{
    domain::errand::{self, Asks, Work},
    redact::Redactor,
};

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
