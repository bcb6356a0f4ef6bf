//! From live events to stored ones. What a secret stands under is known here and nowhere later, so values are redacted
//! by their names here; the redaction of all texts follows, before the line is written.

use serde::Serialize;
use serde_json::Value;

use super::fields::{change, reversed};
use super::{
    Answered, Artifact, Called, Changing, Decided, Did, Ended, Failed, Finding, Handed, Intent, Lost, Met, NotClear, Note, Observed,
    PassedOver, Planned, Prompted, Replied, Requested, Running, Stored, Tool, Tools, Understood, Verified, answer, of_tools,
};
use crate::{
    domain::{
        event::Event,
        execution::Done,
        finding,
        intent::{self, EnvChange, Resolution, SlotValue},
        object::ObjectRef,
        plan::{Decision, Plan},
        request::Request,
        verification::{Observation, PostCondition, Verification},
    },
    redact::{Redactor, is_secret_name, mark},
};

/// What is stored of an event; `None` for those that are only shown.
#[must_use]
pub fn stored(event: &Event, redactor: &Redactor) -> Option<Stored> {
    Some(match event {
        Event::Requested { request, version } => Stored::Requested(Requested {
            request: request.text.clone(),
            options: options(request),
            version: version.clone(),
        }),
        Event::Met { place } => Stored::Met(Met {
            locality: word(&place.locality),
            simulated: place.is_simulated(),
            context: place.context.clone(),
            server: place.server.clone(),
            namespace: place.namespace.clone(),
            uid: place.uid.clone(),
            version: place.version.clone(),
        }),
        Event::Tools { tools } => Stored::Tools(Tools {
            tools: tools
                .iter()
                .map(|tool| Tool {
                    name: tool.name.clone(),
                    version: tool.version.clone(),
                    found: tool.found,
                    usable: tool.usable,
                    reason: tool.reason.clone(),
                })
                .collect(),
        }),
        Event::Understood { intents } => Stored::Understood(Understood {
            intents: intents.iter().map(intent).collect(),
        }),
        Event::NotClear { resolution } => Stored::NotClear(not_clear(resolution)),
        Event::Planned { plan } => Stored::Planned(planned(plan, redactor)),
        Event::Decided { title, decision } => Stored::Decided(decided(title, decision)),
        Event::Changing {
            title, cluster, reversals, ..
        } => Stored::Changing(Changing {
            title: title.clone(),
            cluster: cluster.clone(),
            reversals: reversals.iter().map(|reversal| reversed(reversal, redactor)).collect(),
        }),
        Event::Called { call, risk, granted } => Stored::Called(Called {
            call: call.summary(),
            namespace: call.namespace.clone(),
            path: call.path.clone(),
            risk: word(risk),
            granted: *granted,
            dry_run: call.dry_run,
        }),
        Event::Replied { summary, status, millis } => Stored::Replied(Replied {
            call: summary.clone(),
            status: *status,
            millis: *millis,
        }),
        Event::Did { done } => Stored::Did(did(done, redactor)),
        Event::Prompted { prompt } => Stored::Prompted(Prompted {
            tool: prompt.tool.clone(),
            purpose: prompt.purpose.clone(),
            version: prompt.version,
            file: prompt.file.clone(),
            text: prompt.text.clone(),
        }),
        Event::Running { tool, command } => Stored::Running(Running {
            tool: tool.clone(),
            command: command.clone(),
        }),
        Event::Held { asks } => Stored::Held(of_tools::held(asks, redactor)),
        Event::Proposed { asks } => Stored::Proposed(of_tools::held(asks, redactor)),
        Event::Ruled { tool, what, ruling } => Stored::Ruled(of_tools::ruled(tool, what, ruling)),
        Event::Worked { work } => Stored::Worked(of_tools::worked(work)),
        Event::Handed { from, to, why } => Stored::Handed(Handed {
            from: from.clone(),
            to: to.clone(),
            why: why.clone(),
        }),
        Event::Progress { observation } => Stored::Progress(observed(observation)),
        Event::Verified { verification } => Stored::Verified(verified(verification)),
        Event::Line { .. } | Event::Rows { .. } => return None,
        Event::Forwarding { port } => Stored::Note(Note {
            text: format!("Forwarding {} to pod/{} port {}.", port.url, port.pod, port.pod_port),
        }),
        Event::Answered { answer } => {
            let (answer, summary, lines) = answer::short(answer);
            Stored::Answered(Answered {
                answer: answer.to_owned(),
                summary,
                lines,
            })
        }
        Event::Artifact {
            name,
            media_type,
            sha256,
            bytes,
        } => Stored::Artifact(Artifact {
            name: name.clone(),
            media_type: media_type.clone(),
            sha256: sha256.clone(),
            bytes: *bytes,
        }),
        Event::Note { text } => Stored::Note(Note { text: text.clone() }),
        Event::Failed { failure } => Stored::Failed(Failed {
            kind: word(&failure.kind),
            what: failure.what.clone(),
            hints: failure.hints.clone(),
            causes: failure.causes.clone(),
        }),
        Event::Ended {
            exit_code,
            changed,
            verified,
        } => Stored::Ended(Ended {
            exit_code: *exit_code,
            changed: *changed,
            verified: *verified,
        }),
    })
}

/// The event that stands for those that could not be written.
#[must_use]
pub fn lost(events: u64, reason: &str) -> Stored {
    Stored::Lost(Lost {
        events,
        reason: reason.to_owned(),
    })
}

/// The name that serde gives a unit variant.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

fn options(request: &Request) -> Vec<String> {
    let o = &request.options;
    let mut words = Vec::new();
    for (set, flag) in [
        (o.yes, "--yes"),
        (o.dry_run, "--dry-run"),
        (o.no_ai, "--no-ai"),
        (o.allow_remote, "--allow-remote"),
        (o.require_real, "--require-real"),
    ] {
        if set {
            words.push(flag.to_owned());
        }
    }
    let timeout = o.timeout_seconds.map(|seconds| format!("{seconds}s"));
    for (value, flag) in [
        (&o.with_tool, "--with"),
        (&o.context, "--context"),
        (&o.docker_context, "--docker-context"),
        (&o.namespace, "--namespace"),
        (&timeout, "--timeout"),
    ] {
        if let Some(value) = value {
            words.extend([flag.to_owned(), value.clone()]);
        }
    }
    for name in &o.allow_destroy {
        words.extend(["--allow-destroy".to_owned(), name.clone()]);
    }
    words
}

fn intent(intent: &intent::Intent) -> Intent {
    Intent {
        playbook: intent.playbook.clone(),
        clause: intent.clause.clone(),
        slots: intent.slots.iter().map(|(name, value)| (name.clone(), slot(value))).collect(),
        readings: intent.readings_of_names.iter().map(|r| (r.said.clone(), r.means.clone())).collect(),
    }
}

fn slot(value: &SlotValue) -> String {
    match value {
        SlotValue::Object(object) => located(object),
        SlotValue::Kind(kind) => kind.plural.clone(),
        SlotValue::Count(intent::Amount::Exactly(count)) => count.to_string(),
        SlotValue::Count(intent::Amount::By(delta)) => format!("{delta:+}"),
        SlotValue::Count(intent::Amount::Times(up, down)) => format!("× {up}/{down}"),
        SlotValue::Text(text) => text.clone(),
        SlotValue::Number(number) => number.to_string(),
        SlotValue::Seconds(seconds) => format!("{seconds}s"),
        SlotValue::Flag(flag) => flag.to_string(),
        SlotValue::Words(words) => words.join(" "),
        SlotValue::Env(changes) => changes.iter().map(assignment).collect::<Vec<_>>().join(", "),
        SlotValue::Scope(scope) => match (&scope.namespace, &scope.selector) {
            _ if scope.all_namespaces => "all namespaces".to_owned(),
            (Some(namespace), None) => namespace.clone(),
            (namespace, Some(selector)) => format!("{selector} in {}", namespace.as_deref().unwrap_or("the current namespace")),
            (None, None) => "the current namespace".to_owned(),
        },
    }
}

fn assignment(change: &EnvChange) -> String {
    match &change.value {
        None => format!("{}-", change.name),
        Some(_) if is_secret_name(&change.name) => format!("{}={}", change.name, mark(&change.name)),
        Some(value) => format!("{}={value}", change.name),
    }
}

fn located(object: &ObjectRef) -> String {
    match &object.namespace {
        Some(namespace) => format!("{object} in {namespace}"),
        None => object.to_string(),
    }
}

fn not_clear(resolution: &Resolution) -> NotClear {
    match resolution {
        Resolution::Clear(_) => NotClear::default(),
        Resolution::Ask(question) => NotClear {
            reason: question.text.clone(),
            unexplained: Vec::new(),
            offered: question.choices.iter().map(|choice| choice.request.clone()).collect(),
        },
        Resolution::Declined(declined) => NotClear {
            reason: match declined.why.as_deref().or(declined.understood.as_deref()) {
                Some(said) => format!("{}: {said}", word(&declined.reason)),
                None => word(&declined.reason),
            },
            unexplained: declined.unexplained.clone(),
            offered: declined.suggestions.clone(),
        },
    }
}

fn planned(plan: &Plan, redactor: &Redactor) -> Planned {
    Planned {
        title: plan.title.clone(),
        playbook: plan.intent.playbook.clone(),
        context: plan.place.context.clone(),
        namespace: plan.place.namespace.clone(),
        tool: plan.route.tool.clone(),
        tool_version: plan.route.version.clone(),
        passed_over: plan
            .route
            .passed_over
            .iter()
            .map(|passed| PassedOver {
                tool: passed.tool.clone(),
                reason: passed.reason.clone(),
                found: passed.found,
            })
            .collect(),
        risk: word(&plan.risk),
        reads: plan.reads.iter().map(|step| step.name().to_owned()).collect(),
        changes: plan
            .changes
            .iter()
            .map(|c| change(&c.draft.object, &c.draft.subresource, &c.diff, redactor))
            .collect(),
        undoing: word(&plan.undoing),
        notes: plan.notes.clone(),
        proposed_by: plan.proposed.as_ref().map(|proposal| proposal.by.clone()),
        equivalent: plan.equivalent.clone(),
    }
}

fn decided(title: &str, of: &Decision) -> Decided {
    let (decision, by, reason) = match of {
        Decision::Approved { by, .. } => ("approved", Some(word(by)), None),
        Decision::Declined => ("declined", None, None),
        Decision::Refused { reason, .. } => ("refused", None, Some(reason.clone())),
    };
    let without = match of {
        Decision::Approved { without, .. } => without.clone(),
        _ => Vec::new(),
    };
    Decided {
        title: title.to_owned(),
        decision: decision.to_owned(),
        by,
        without,
        reason,
    }
}

fn did(done: &Done, redactor: &Redactor) -> Did {
    Did {
        what: done.what.clone(),
        change: change(&done.object, "", &done.changed, redactor),
        millis: done.millis,
    }
}

fn observed(observation: &Observation) -> Observed {
    Observed {
        object: observation.condition.object().to_string(),
        condition: match observation.condition {
            PostCondition::Replicas(_) => "replicas",
            PostCondition::Available(_) => "available",
            PostCondition::Image(_) => "image",
            PostCondition::Env(_) => "env",
            PostCondition::Fields(_) => "fields",
            PostCondition::Paused(_) => "paused",
            PostCondition::Labels(_) => "labels",
            PostCondition::Annotations(_) => "annotations",
            PostCondition::Resources(_) => "resources",
            PostCondition::Exists(_) => "exists",
            PostCondition::Gone(_) => "gone",
            PostCondition::Released(_) => "released",
            PostCondition::Reaches(_) => "reaches",
            PostCondition::Docker(_) => "docker",
        }
        .to_owned(),
        verdict: word(&observation.verdict),
        saw: observation.saw.clone(),
        millis: observation.millis,
    }
}

fn verified(verification: &Verification) -> Verified {
    Verified {
        holds: verification.holds(),
        observations: verification.observations.iter().map(observed).collect(),
        findings: verification.findings.iter().map(found).collect(),
        left: verification.left.clone(),
    }
}

fn found(finding: &finding::Finding) -> Finding {
    Finding {
        code: finding.code.clone(),
        object: finding.object.to_string(),
        what: finding.what.clone(),
        evidence: finding.evidence.clone(),
    }
}
