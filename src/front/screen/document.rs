//! The answer for machines: one document, or one event a line. `docs/output-schema.md` describes both; changes are
//! additions only.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    app::veil::Veil,
    domain::{
        errand::Asks,
        event::Event,
        execution::Done,
        field::FieldChange,
        intent::Resolution,
        object::ObjectRef,
        place::Place,
        plan::{Change, Plan},
        verification::{Observation, Verification},
    },
};

/// Value of the field `schema`.
pub const SCHEMA: &str = "todo-agent/v1";

/// Collects the events of one request into one JSON document.
#[derive(Debug, Default)]
pub struct Document {
    members: Map<String, Value>,
    lines: Vec<Value>,
}

impl Document {
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Requested { request, version } => {
                self.lines.clear();
                self.members.clear();
                self.set("version", json!(version));
                self.set("request", json!(request.text));
            }
            Event::Met { place } => {
                self.set("simulated", json!(place.is_simulated()));
                self.set("place", place_value(place));
            }
            Event::NotClear { resolution } => self.not_clear(resolution),
            Event::Planned { plan } => self.push("plans", plan_value(plan)),
            Event::Decided { decision, .. } => self.set("decision", json!(decision)),
            Event::Did { done } => self.push("done", done_value(done)),
            Event::Prompted { prompt } => self.push("prompts", json!(prompt)),
            Event::Held { asks } => self.push("held", held_value(asks)),
            Event::Proposed { asks } => self.push("proposed", held_value(asks)),
            Event::Ruled { what, ruling, .. } => self.push("rulings", json!({"call": what, "ruling": ruling})),
            Event::Worked { work } => self.push("work", json!(work)),
            Event::Handed { from, to, why } => self.push("handed", json!({"from": from, "to": to, "why": why})),
            Event::Verified { verification } => self.push("verification", verification_value(verification)),
            Event::Line { line } => self.lines.push(json!(line)),
            Event::Rows { table } => self.push("watched", plain(json!(table))),
            Event::Answered { answer } => self.push("answers", plain(json!(answer))),
            Event::Note { text } => self.push("notes", json!(text)),
            Event::Failed { failure } => self.set("failure", json!(failure)),
            Event::Tools { .. }
            | Event::Understood { .. }
            | Event::Changing { .. }
            | Event::Called { .. }
            | Event::Replied { .. }
            | Event::Progress { .. }
            | Event::Running { .. }
            | Event::Forwarding { .. }
            | Event::Artifact { .. }
            | Event::Ended { .. } => {}
        }
    }

    fn not_clear(&mut self, resolution: &Resolution) {
        match resolution {
            Resolution::Ask(question) => self.set("question", json!(question)),
            Resolution::Declined(declined) => self.set("declined", json!(declined)),
            Resolution::Clear(_) => {}
        }
    }

    fn set(&mut self, key: &str, value: Value) {
        self.members.insert(key.to_owned(), value);
    }

    fn push(&mut self, key: &str, value: Value) {
        if let Value::Array(list) = self.members.entry(key).or_insert_with(|| json!([])) {
            list.push(value);
        }
    }

    /// The document, secrets hidden, and ready for the next request. `simulated` is null when no cluster was met.
    #[must_use]
    pub fn take(&mut self, ending: &Ending, veil: &Veil) -> Value {
        let mut document = json!({
            "schema": SCHEMA,
            "exit_code": ending.exit_code,
            "changed": ending.changed,
            "verified": ending.verified,
            "simulated": null,
            "record": ending.record,
        });
        if let Some(members) = document.as_object_mut() {
            members.extend(std::mem::take(&mut self.members));
            if !self.lines.is_empty() {
                members.insert("log".to_owned(), Value::Array(std::mem::take(&mut self.lines)));
            }
        }
        veil.json(&mut document);
        document
    }
}

/// How a request ended, and where its record is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    pub exit_code: u8,
    /// Nothing where it is not known.
    pub changed: Option<bool>,
    pub verified: bool,
    pub record: Option<String>,
}

/// One event as a line of `--output jsonl`: `{"schema": …, "at": …, "event": "planned", …}`.
#[must_use]
pub fn line(event: &Event, at: Timestamp, veil: &Veil) -> Value {
    let mut body = match event {
        Event::Planned { plan } => json!({"planned": plan_value(plan)}),
        // Whole objects are no news for a reader of the stream; the planned fields were told.
        Event::Changing { title, cluster, .. } => json!({"changing": {"title": title, "cluster": cluster}}),
        Event::Progress { observation } => json!({"progress": observation_value(observation)}),
        Event::Held { asks } => json!({"held": held_value(asks)}),
        Event::Proposed { asks } => json!({"proposed": held_value(asks)}),
        Event::Did { done } => json!({"did": done_value(done)}),
        Event::Verified { verification } => json!({"verified": verification_value(verification)}),
        other => plain(serde_json::to_value(other).unwrap_or(Value::Null)),
    };
    veil.json(&mut body);
    let mut line = json!({"schema": SCHEMA, "at": at});
    if let (Some(members), Value::Object(event)) = (line.as_object_mut(), body)
        && let Some((name, data)) = event.into_iter().next()
    {
        members.insert("event".to_owned(), Value::String(name));
        members.insert("data".to_owned(), data);
    }
    line
}

fn place_value(place: &Place) -> Value {
    json!({
        "cluster": place.name(),
        "context": place.context,
        "locality": place.locality,
        "server": place.server,
        "namespace": place.namespace,
        "uid": place.uid,
        "version": place.version,
    })
}

fn plan_value(plan: &Plan) -> Value {
    json!({
        "title": plan.title,
        "playbook": plan.intent.playbook,
        "clause": plan.intent.clause,
        "names": plan.intent.readings_of_names,
        "tool": plan.route.tool,
        "passed_over": plan.route.passed_over,
        "risk": plan.risk,
        "undo": plan.undoing,
        "reads": plan.reads.iter().map(|step| step.name()).collect::<Vec<_>>(),
        "changes": plan.changes.iter().map(change_value).collect::<Vec<_>>(),
        "notes": plan.notes,
        "equivalent": plan.equivalent,
        "proposed_by": plan.proposed.as_ref().map(|proposal| &proposal.by),
    })
}

fn change_value(change: &Change) -> Value {
    let object = &change.draft.object;
    json!({
        "object": object_value(object),
        "subresource": change.draft.subresource,
        "fields": change.diff.iter().map(|field| field_value(object, field)).collect::<Vec<_>>(),
    })
}

/// A call of an AI tool that waited for a yes.
fn held_value(asks: &Asks) -> Value {
    json!({
        "tool": asks.tool,
        "call": asks.what,
        "namespace": asks.namespace,
        "risk": asks.risk,
        "change": asks.change.as_ref().map(|change| change_value(change)),
        "request": asks.request,
        "command": asks.command,
        "why": asks.why,
    })
}

fn done_value(done: &Done) -> Value {
    json!({
        "object": object_value(&done.object),
        "what": done.what,
        "changed": done.changed.iter().map(|change| field_value(&done.object, change)).collect::<Vec<_>>(),
        "millis": done.millis,
    })
}

fn verification_value(verification: &Verification) -> Value {
    json!({
        "holds": verification.holds(),
        "observations": verification.observations.iter().map(observation_value).collect::<Vec<_>>(),
        "findings": plain(json!(verification.findings)),
        "left": verification.left,
    })
}

fn observation_value(observation: &Observation) -> Value {
    json!({
        "object": object_value(observation.condition.object()),
        "verdict": observation.verdict,
        "saw": observation.saw,
        "millis": observation.millis,
    })
}

/// `{"field": "spec.replicas", "before": 2, "after": 3}`. The value of a variable or of a Secret's key stands under its
/// name (`name`), by which it is known to be secret.
fn field_value(object: &ObjectRef, change: &FieldChange) -> Value {
    let name = super::fields::secret_name(object, &change.field);
    let mut value = json!({"field": change.field.to_string()});
    if let Some(members) = value.as_object_mut() {
        for (side, at) in [("before", &change.before), ("after", &change.after)] {
            let under = |at: &Value| Veil::default().under(&name, at);
            let shown = match at {
                // All keys of a Secret at once.
                Some(Value::Object(keys)) if name == "secret" && object.kind.kind == "Secret" => {
                    keys.iter().map(|(key, at)| (key.clone(), under(at))).collect()
                }
                Some(at) => under(at),
                None => Value::Null,
            };
            members.insert(side.to_owned(), shown);
        }
    }
    value
}

/// The value with every object in it as [`object_value`] writes it: an object is the same wherever it stands.
fn plain(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = plain(item.take())),
        Value::Object(map) => {
            let like_one = map.contains_key("name") && map.get("kind").is_some_and(Value::is_object);
            if like_one && let Ok(object) = serde_json::from_value::<ObjectRef>(Value::Object(map.clone())) {
                return object_value(&object);
            }
            map.values_mut().for_each(|member| *member = plain(member.take()));
        }
        _ => {}
    }
    value
}

fn object_value(object: &ObjectRef) -> Value {
    json!({
        "kind": object.kind.kind,
        "api_version": object.kind.api_version(),
        "namespace": object.namespace,
        "name": object.name,
        "uid": object.uid,
    })
}
