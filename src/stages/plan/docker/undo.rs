//! Taking a change of an engine back: by another operation, and only while things are as we left them.

use serde_json::{Value, json};

use super::{state, text};
use crate::{
    domain::{
        docker::{
            Noun, RUN_LABEL,
            condition::{Check, OnEngine},
            listed::container_name,
            short,
        },
        failure::{Failure, FailureKind, Result},
        field::{FieldPath, difference},
        object::ObjectRef,
        plan::{Change, Draft, How},
        ports::engine::Look,
        undo::Reversal,
        verification::PostCondition,
    },
    stages::plan::Planner,
};

impl Planner {
    /// # Errors
    /// The object is gone, is another one, or is not as we left it.
    pub(in crate::stages::plan) async fn reverse_on_engine(&self, reversal: &Reversal) -> Result<Change> {
        let object = &reversal.object;
        let found = self.engine.look(&Look::Object(object.clone())).await?;
        let field = reversal.fields.first().ok_or_else(|| nothing(object))?;
        let ours = field.ours.as_ref().and_then(Value::as_str).map(str::to_owned);
        let then = field.before.as_ref().and_then(Value::as_str).map(str::to_owned);
        // A container of the same name without our label is another one, and not ours that was taken back already.
        let now = found.as_ref().and_then(|found| now(found, &field.field));
        if reversal.subresource == "remove" && (now.is_none() || now != ours) {
            return Err(self.is_another(object, ours.as_deref(), found.is_some()).await);
        }
        let found = match (found, &then) {
            (Some(found), _) => found,
            // Only its name was taken away.
            (None, Some(id)) if reversal.subresource == "tag" && ours.is_none() => {
                let image = Noun::Image.named(id.clone(), None);
                self.engine.look(&Look::Object(image)).await?.ok_or_else(|| {
                    let what = format!(
                        "the image {} has gone since: nothing can be called {} again",
                        short(id),
                        object.name
                    );
                    Failure::new(FailureKind::NotFound, what)
                })?
            }
            _ => return Err(gone(object)),
        };
        if now != then && now != ours {
            return Err(changed_since(object, &field.field, ours.as_deref(), now.as_deref()));
        }
        let (shown, back) = match reversal.subresource.as_str() {
            "remove" => (state(&found).to_owned(), "removed".to_owned()),
            "untag" => (shorten(now.as_deref()), "no name".to_owned()),
            _ if ours.is_none() && now.is_none() => ("no name".to_owned(), shorten(then.as_deref())),
            _ => (shorten(now.as_deref()), shorten(then.as_deref())),
        };
        let name = field.field.to_string();
        let name = if name == "label" { "state" } else { &name };
        let before = json!({name: shown, "id": then});
        let after = json!({name: if now == then { &shown } else { &back }, "id": then});
        Ok(Change {
            diff: difference(&before, &after),
            after,
            reversal: None,
            draft: Draft {
                step: None,
                object: ObjectRef {
                    uid: match Noun::of(object) {
                        Some(Noun::Image) => None,
                        _ => text(&found, "/Id"),
                    },
                    ..object.clone()
                },
                subresource: reversal.subresource.clone(),
                how: How::Patch,
                edits: Vec::new(),
                before,
            },
        })
    }
}

impl Planner {
    /// What was run goes by another name, or is gone: by its label it is known wherever it is.
    async fn is_another(&self, object: &ObjectRef, token: Option<&str>, there: bool) -> Failure {
        let listed = self.engine.look(&Look::Containers { all: true }).await;
        let containers = listed.ok().flatten().unwrap_or_default();
        match (renamed(&containers, token), there) {
            (Some(name), _) => Failure::new(
                FailureKind::Conflict,
                format!("what was run as {object} is called {name} now: nothing was changed"),
            )
            .hint(format!("to take it away under that name: `todo-agent \"docker rm -f {name}\"`")),
            (None, true) => Failure::new(
                FailureKind::Conflict,
                format!("what was run as {object} is not there any more; another container has its name now"),
            )
            .hint(format!("look at it: `todo-agent \"docker inspect {}\"`", object.name)),
            (None, false) => gone(object),
        }
    }
}

/// The name of the container that has this label.
fn renamed(containers: &Value, token: Option<&str>) -> Option<String> {
    let token = token?;
    let label = |container: &&Value| {
        let labels = container.get("Labels");
        labels.and_then(|labels| labels.get(RUN_LABEL)).and_then(Value::as_str) == Some(token)
    };
    let found = containers.as_array()?.iter().find(label)?;
    Some(container_name(found).to_owned()).filter(|name| !name.is_empty())
}

fn gone(object: &ObjectRef) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("{object} is not there any more: there is nothing to take back"),
    )
}

/// What must be true after a change was taken back.
pub(in crate::stages::plan) fn condition(change: &Change) -> PostCondition {
    let check = match change.draft.subresource.as_str() {
        "start" => Check::Running,
        "stop" => Check::Stopped,
        "tag" => Check::Tagged,
        _ => Check::Gone,
    };
    PostCondition::Docker(OnEngine {
        check,
        object: change.draft.object.clone(),
        before: text(&change.draft.before, "/id"),
    })
}

fn now(found: &Value, field: &FieldPath) -> Option<String> {
    match field.to_string().as_str() {
        "state" => Some(state(found).to_owned()),
        "image" => text(found, "/Id"),
        // A dot is part of the label's name.
        "label" => found
            .pointer("/Config/Labels")
            .and_then(|labels| labels.get(RUN_LABEL))
            .and_then(Value::as_str)
            .map(str::to_owned),
        _ => None,
    }
}

fn shorten(value: Option<&str>) -> String {
    value.map_or_else(|| "not there".to_owned(), |value| short(value).to_owned())
}

fn nothing(object: &ObjectRef) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("nothing is kept that would take the change of {object} back"),
    )
}

fn changed_since(object: &ObjectRef, field: &FieldPath, ours: Option<&str>, now: Option<&str>) -> Failure {
    let what = format!(
        "the {field} of {object} was changed since: we left it at {}, it is {} now",
        shorten(ours),
        shorten(now)
    );
    Failure::new(FailureKind::Conflict, what).hint(format!("look at it: `todo-agent \"docker inspect {}\"`", object.name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_run_is_known_by_its_label_under_any_name() {
        let containers = json!([
            {"Names": ["/web"], "Labels": {"todo-agent.run": "web-2"}},
            {"Names": ["/old-web"], "Labels": {"todo-agent.run": "web-1"}},
            {"Names": ["/x"], "Labels": {}},
        ]);
        assert_eq!(renamed(&containers, Some("web-1")).as_deref(), Some("old-web"));
        assert_eq!(renamed(&containers, Some("web-3")), None);
        assert_eq!(renamed(&containers, None), None);
    }
}
