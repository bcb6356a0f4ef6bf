//! A plan in the hands of an AI tool: what it is told, what of it is still to be done when the tool is through, and the built-in
//! engine that does the rest.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::Execute;
use crate::{
    domain::{
        errand::{Errand, Leave, Prompt, Ready, Work},
        event::Event,
        execution::{Done, Execution},
        failure::{Failure, FailureKind, Result},
        field::{FieldChange, FieldPath, Segment},
        plan::{Approved, Change, How, Plan},
        ports::delegate::{Delegate, Nobody},
        step::Step,
        verification::{FieldsAre, IsAvailable, IsThere, PostCondition},
    },
    prompts::Prompts,
};

/// What work is given away with.
#[derive(Clone)]
#[allow(missing_debug_implementations)]
pub struct Outfit {
    pub delegate: Arc<dyn Delegate>,
    pub prompts: Arc<Prompts>,
}

impl Default for Outfit {
    fn default() -> Self {
        Self {
            delegate: Arc::new(Nobody),
            prompts: Arc::default(),
        }
    }
}

/// What a tool that is asked to do this would be told.
///
/// # Errors
/// It is no work for a tool, or what would be said cannot be: why, in words that begin behind its name.
fn prompt(plan: &Plan, prompts: &Prompts) -> Result<Prompt> {
    let tool = plan.route.tool.as_str();
    let namespace = plan.place.namespace.as_str();
    if plan.open {
        return prompts.fill(
            tool,
            "task",
            &[("request", plan.intent.clause.as_str().into()), ("namespace", namespace.into())],
        );
    }
    if plan.changes.is_empty() {
        let lasts = |step: &Step| step.follows() || matches!(step, Step::Wait(_));
        if plan.reads.iter().any(lasts) {
            return Err(Failure::new(FailureKind::Configuration, "what lasts is not given to it"));
        }
        return prompts.fill(
            tool,
            "question",
            &[("request", plan.intent.clause.as_str().into()), ("namespace", namespace.into())],
        );
    }
    let changes: Vec<String> = plan.changes.iter().flat_map(told).collect();
    let values = [
        ("title", plan.title.as_str().into()),
        ("namespace", namespace.into()),
        ("changes", changes.into()),
        ("commands", plan.equivalent.clone().into()),
    ];
    prompts.fill(tool, "change", &values)
}

/// A change in words, a line for each field.
fn told(change: &Change) -> Vec<String> {
    let object = &change.draft.object;
    let namespace = object
        .namespace
        .as_ref()
        .map_or_else(String::new, |name| format!(" in namespace {name}"));
    let whole = |body: &Value| vec![format!("{object}{namespace} is made: {body}")];
    match &change.draft.how {
        How::Delete => vec![format!("{object}{namespace} is taken away")],
        How::Create(body) | How::Apply(body) | How::Replace(body) => whole(body),
        // What Helm does is given to Helm.
        How::Rollback(_) | How::Follows => Vec::new(),
        How::Patch => {
            let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "(not set)".to_owned(), Value::to_string);
            let field = |field: &FieldChange| {
                format!(
                    "{object}{namespace}: {} from {} to {}",
                    field.field,
                    value(&field.before),
                    value(&field.after)
                )
            };
            change.diff.iter().map(field).collect()
        }
    }
}

impl Execute {
    /// Whether the tool of this plan can do it now, and how.
    ///
    /// # Errors
    /// `Configuration`: why not, in words that begin behind its name.
    pub async fn ready(&self, plan: &Plan) -> Result<Ready> {
        self.outfit.delegate.ready(&prompt(plan, &self.outfit.prompts)?).await
    }

    /// Lets the tool work within what was approved.
    ///
    /// # Errors
    /// There is no gate; somebody who was asked broke off.
    pub async fn entrust(&self, plan: &Approved<Plan>, limit: Duration) -> Result<Work> {
        let plan = plan.get();
        let errand = Errand {
            prompt: prompt(plan, &self.outfit.prompts)?,
            place: plan.place.clone(),
            grants: plan.grants(),
            leave: if plan.changes.is_empty() && !plan.open {
                Leave::Looks
            } else {
                Leave::Works
            },
            limit,
        };
        self.worked(plan, errand).await
    }

    /// Lets the tool of an open plan say what it would do. Nothing of it is done.
    ///
    /// # Errors
    /// There is no gate.
    pub async fn propose(&self, plan: &Plan, limit: Duration) -> Result<Work> {
        let values = [
            ("request", plan.intent.clause.as_str().into()),
            ("namespace", plan.place.namespace.as_str().into()),
        ];
        let errand = Errand {
            prompt: self.outfit.prompts.fill(&plan.route.tool, "propose", &values)?,
            place: plan.place.clone(),
            grants: Vec::new(),
            leave: Leave::Proposes,
            limit,
        };
        self.worked(plan, errand).await
    }

    async fn worked(&self, plan: &Plan, errand: Errand) -> Result<Work> {
        let work = match self.outfit.delegate.work(&errand).await {
            // It was there when it was asked for its version.
            Err(failure) if failure.kind == FailureKind::Configuration => Work {
                tool: plan.route.tool.clone(),
                version: plan.route.version.clone(),
                failed: Some(failure.what),
                ..Work::default()
            },
            worked => worked?,
        };
        self.record.record(Event::Worked {
            work: Box::new(work.clone()),
        })?;
        Ok(work)
    }

    /// The changes of a plan that are not so on the cluster, with what is so instead.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub async fn left(&self, plan: &Plan) -> Result<Vec<(usize, String)>> {
        let mut left = Vec::new();
        for (index, change) in plan.changes.iter().enumerate() {
            if change.diff.is_empty() {
                continue;
            }
            let draft = &change.draft;
            let now = if draft.subresource == "scale" {
                self.observe.get_scale(&draft.object).await?
            } else {
                self.observe.get(&draft.object).await?
            };
            if let Some(instead) = instead(change, now.as_ref()) {
                left.push((index, instead));
            }
        }
        Ok(left)
    }

    /// The built-in engine does what is left of an approved plan. The grant is the same: nobody is asked again.
    pub async fn finish(&self, plan: &Approved<Plan>, left: &[usize]) -> Execution {
        let mut execution = Execution {
            done: Vec::new(),
            answers: Vec::new(),
            failure: None,
        };
        if let Err(failure) = self.change(plan, left, &mut execution).await {
            execution.failure = Some(failure);
        }
        execution
    }
}

/// What is so where the change is not; nothing when it is.
fn instead(change: &Change, now: Option<&Value>) -> Option<String> {
    let object = &change.draft.object;
    let uid = now.and_then(|now| now.pointer("/metadata/uid")).and_then(Value::as_str);
    let same = object.uid.as_deref().is_none_or(|known| uid == Some(known));
    match (&change.draft.how, now) {
        (How::Delete, Some(now)) if same && now.pointer("/metadata/deletionTimestamp").is_none() => {
            Some(format!("{object} is still there"))
        }
        (How::Delete | How::Rollback(_) | How::Follows, _) | (How::Create(_), Some(_)) => None,
        (How::Create(_), None) => Some(format!("there is no {object}")),
        (How::Apply(_) | How::Replace(_) | How::Patch, None) => Some(format!("there is no {object}")),
        (How::Apply(_) | How::Replace(_) | How::Patch, Some(now)) => {
            let leaves: Vec<FieldChange> = change.diff.iter().flat_map(FieldChange::leaves).collect();
            let other = leaves.iter().find(|field| !is_so(field, now))?;
            let value = other.field.find(now).map_or_else(|| "not set".to_owned(), plain);
            Some(format!("{} of {object} is {value}", short(&other.field)))
        }
    }
}

fn is_so(field: &FieldChange, now: &Value) -> bool {
    let value = field.field.find(now);
    // Any other moment is a restart as well.
    if field.is_restart() {
        return value.is_some() && value != field.before.as_ref();
    }
    // The server leaves empty values out.
    let empty = |value: Option<&Value>| value.is_none_or(|value| value.as_u64() == Some(0) || value.is_null());
    value == field.after.as_ref() || (empty(value) && empty(field.after.as_ref()))
}

fn short(field: &FieldPath) -> String {
    let path = field.to_string();
    path.strip_prefix("spec.").map(str::to_owned).unwrap_or(path)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{text}\""),
        Value::Array(_) | Value::Object(_) => "something else".to_owned(),
        other => other.to_string(),
    }
}

/// What must be true of what a tool did on its own account: it is so on the cluster, and what runs is available.
#[must_use]
pub fn conditions(done: &[Done]) -> Vec<PostCondition> {
    let mut conditions: Vec<PostCondition> = Vec::new();
    for done in done {
        let object = || done.object.clone();
        let of_it = |condition: &PostCondition| condition.object().same_name(&done.object);
        if done.what == "taken away" {
            conditions.retain(|condition| !of_it(condition));
            conditions.push(PostCondition::Gone(IsThere {
                object: object(),
                fields: Vec::new(),
            }));
            continue;
        }
        let fields: Vec<(FieldPath, Option<Value>)> = done
            .changed
            .iter()
            .filter(|_| done.what != "made")
            .filter(|field| field.field.0.first() != Some(&Segment::Key("status".to_owned())))
            .map(|field| (field.field.clone(), field.after.clone()))
            .collect();
        for condition in conditions.iter_mut().filter(|condition| of_it(condition)) {
            if let PostCondition::Fields(earlier) = condition {
                earlier
                    .fields
                    .retain(|(known, _)| !fields.iter().any(|(field, _)| known.within(field) || field.within(known)));
            }
        }
        if fields.is_empty() {
            conditions.push(PostCondition::Exists(IsThere {
                object: object(),
                fields: Vec::new(),
            }));
        } else {
            conditions.push(PostCondition::Fields(FieldsAre { object: object(), fields }));
        }
        let available = PostCondition::Available(IsAvailable { workload: object() });
        if done.object.kind.is_workload() && !conditions.contains(&available) {
            conditions.push(available);
        }
    }
    conditions
}
