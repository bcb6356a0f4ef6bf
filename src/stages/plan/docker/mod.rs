//! Plans for a Docker Engine. It has no dry-run: what would be is told from what is, and each change is approved for one
//! object by its id.

mod beside;
mod build;
mod image;
mod mounts;
mod prune;
mod pull;
mod run;
pub(super) mod undo;

use futures_util::future::try_join;
use serde_json::{Value, json};

use super::{Planner, title};
use crate::{
    domain::{
        docker::{
            DockerStep, Noun, OfContainer, Remove, Tag,
            condition::{Check, GOES, OnEngine, PAUSED},
            short, size,
        },
        failure::{Failure, FailureKind, Result},
        field::{FieldPath, difference},
        intent::Intent,
        inventory::Inventory,
        object::ObjectRef,
        place::Place,
        plan::{Change, Draft, How, Plan},
        ports::engine::Look,
        risk::Risk,
        route::Route,
        staying,
        step::Step,
        undo::{Reversal, ReversedField, Way},
        verification::PostCondition,
    },
    fallbacks::Playbook,
};

/// What a step would do: the object, the operation, and the state before and after.
struct Told {
    object: ObjectRef,
    operation: &'static str,
    before: Value,
    after: Value,
    reversal: Option<Reversal>,
    check: Check,
    /// See [`crate::domain::docker::condition::OnEngine::before`].
    mark: Option<String>,
}

impl Planner {
    pub(super) async fn plan_on_engine(
        &self,
        playbook: &Playbook,
        intent: &Intent,
        all: &[Intent],
        inventory: &Inventory,
        route: Route,
    ) -> Result<Plan> {
        let going = self.names_that_go(all);
        let steps = playbook.steps(intent)?;
        let (changes, reads): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(|step| step.risk() > Risk::Read);
        let mut notes = Vec::new();
        let mut planned = Vec::new();
        let mut verify = Vec::new();
        for step in &changes {
            let Step::Docker(docker) = step else { continue };
            for told in self.told(docker, &inventory.place, &going, &mut notes).await? {
                let change = change(step, told.object.clone(), told.operation, told.before, &told.after, told.reversal);
                if !change.diff.is_empty() {
                    verify.push(PostCondition::Docker(OnEngine {
                        check: told.check,
                        object: told.object,
                        before: told.mark,
                    }));
                }
                planned.push(change);
            }
        }
        Ok(Plan {
            intent: intent.clone(),
            title: match (changes.as_slice(), planned.as_slice()) {
                // Of one thing that goes, its name says more.
                ([Step::Docker(DockerStep::Prune(_))], [only]) => format!("remove {}", only.draft.object),
                _ => title::of(&changes, &reads),
            },
            place: inventory.place.clone(),
            route,
            risk: changes.iter().map(Step::risk).max().unwrap_or(Risk::Read),
            undoing: staying::undoing(&planned),
            reads,
            changes: planned,
            verify,
            notes,
            equivalent: playbook.equivalent(intent, None),
            open: false,
            proposed: None,
        })
    }

    async fn told(&self, step: &DockerStep, place: &Place, going: &[String], notes: &mut Vec<String>) -> Result<Vec<Told>> {
        match step {
            DockerStep::Start(of) => self.turned(of, "start", "running", Check::Running).await.map(one),
            DockerStep::Stop(of) => self.turned(of, "stop", "stopped", Check::Stopped).await.map(one),
            DockerStep::Restart(of) => self.turned(of, "restart", "running anew", Check::Restarted).await.map(one),
            DockerStep::Kill(of) => self.turned(of, "kill", "killed", Check::Stopped).await.map(one),
            DockerStep::Remove(remove) => self.removed(remove, going, notes).await.map(one),
            DockerStep::Tag(tag) => self.tagged(tag).await.map(one),
            DockerStep::Run(run) => self.ran(run, place, notes).await.map(one),
            DockerStep::Pull(pull) => self.pulled(pull).await.map(one),
            DockerStep::Build(build) => self.built(build).await.map(one),
            DockerStep::Prune(prune) => self.pruned(prune, notes).await,
            other => Err(Failure::new(
                FailureKind::Configuration,
                format!("the step \"{}\" changes nothing", other.name()),
            )),
        }
    }

    async fn turned(&self, of: &OfContainer, operation: &'static str, to: &str, check: Check) -> Result<Told> {
        turned(&self.there(&of.container).await?, of, operation, to, check)
    }

    async fn removed(&self, remove: &Remove, going: &[String], notes: &mut Vec<String>) -> Result<Told> {
        let found = self.there(&remove.object).await?;
        let object = identified(&remove.object, &found);
        let kind = Noun::of(&object);
        if kind == Some(Noun::Image) {
            let containers = self.engine.look(&Look::Containers { all: true }).await?.unwrap_or_default();
            return image::removed(object, &found, &containers, remove.force, going, notes);
        }
        let now = match kind {
            Some(Noun::Container) => {
                let now = state(&found);
                if now != "stopped" && !remove.force {
                    let does = if now == PAUSED { "is paused" } else { "runs" };
                    return Err(Failure::new(
                        FailureKind::Failed,
                        format!("{object} {does}: it is not removed as long as it does"),
                    )
                    .hint(format!("stop it first: `todo-agent \"docker stop {}\"`", object.name))
                    .hint(format!("or both at once: `todo-agent \"docker rm -f {}\"`", object.name)));
                }
                format!("{now}, from {}", text(&found, "/Config/Image").unwrap_or_default())
            }
            _ => text(&found, "/Driver").unwrap_or_else(|| "there".to_owned()),
        };
        Ok(Told {
            before: json!({"state": now}),
            after: json!({"state": "removed"}),
            object,
            operation: if remove.force { "remove by force" } else { "remove" },
            reversal: None,
            check: Check::Gone,
            mark: None,
        })
    }

    async fn tagged(&self, tag: &Tag) -> Result<Told> {
        let target = Noun::Image.named(full_name(&tag.tag), None);
        let look = Look::Object(target.clone());
        let (found, known) = try_join(self.there(&tag.image), self.engine.look(&look)).await?;
        let id = text(&found, "/Id").unwrap_or_default();
        let before = known.as_ref().and_then(|known| text(known, "/Id"));
        let told = |id: &Option<String>| id.as_ref().map_or_else(|| json!({}), |id| json!({"image": short(id)}));
        Ok(Told {
            operation: "tag",
            before: told(&before),
            after: told(&Some(id.clone())),
            reversal: Some(Reversal {
                object: target.clone(),
                subresource: if before.is_some() { "tag" } else { "untag" }.to_owned(),
                way: Way::Fields,
                fields: vec![ReversedField {
                    field: FieldPath::keys(&["image"]),
                    before: before.map(Value::from),
                    ours: Some(json!(id)),
                }],
            }),
            object: target,
            check: Check::Tagged,
            mark: Some(id),
        })
    }

    /// The object as the engine tells it now.
    async fn there(&self, object: &ObjectRef) -> Result<Value> {
        let found = self.engine.look(&Look::Object(object.clone())).await?;
        found.ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                format!("{object} is not there any more; nothing was changed"),
            )
        })
    }
}

fn one(told: Told) -> Vec<Told> {
    vec![told]
}

fn change(step: &Step, object: ObjectRef, operation: &str, before: Value, after: &Value, reversal: Option<Reversal>) -> Change {
    let diff = difference(&before, after);
    Change {
        reversal: reversal.filter(|_| !diff.is_empty()),
        after: after.clone(),
        diff,
        draft: Draft {
            step: Some(step.clone()),
            object,
            subresource: operation.to_owned(),
            how: How::Patch,
            edits: Vec::new(),
            before,
        },
    }
}

/// What an operation would make of a container as it is now.
fn turned(found: &Value, of: &OfContainer, operation: &'static str, to: &str, check: Check) -> Result<Told> {
    let object = identified(&of.container, found);
    let now = state(found);
    let runs = now != "stopped";
    let goes = runs && matches!(operation, "stop" | "kill") && found.pointer("/HostConfig/AutoRemove") == Some(&json!(true));
    let after = match operation {
        _ if goes => GOES,
        "start" if now == PAUSED => {
            return Err(Failure::new(
                FailureKind::Failed,
                format!("{object} is paused, which is not the same as stopped: nothing was changed"),
            )
            .hint(format!("`docker unpause {}` lets it go on", object.name)));
        }
        "start" if runs => now,
        "stop" if !runs => now,
        "kill" if !runs => {
            return Err(
                Failure::new(FailureKind::Failed, format!("{object} does not run: there is nothing to kill"))
                    .hint("`todo-agent \"docker ps\"` shows what runs"),
            );
        }
        _ => to,
    };
    let back = match operation {
        // A start does not make it paused again.
        _ if goes || now == PAUSED => None,
        "start" => Some("stop"),
        "stop" => Some("start"),
        _ => None,
    };
    let reversal = back.map(|back| Reversal {
        object: object.clone(),
        subresource: back.to_owned(),
        way: Way::Fields,
        fields: vec![ReversedField {
            field: FieldPath::keys(&["state"]),
            before: Some(json!(now)),
            ours: Some(json!(to)),
        }],
    });
    Ok(Told {
        object,
        operation,
        before: json!({"state": now}),
        after: json!({"state": after}),
        reversal,
        check: if goes { Check::Gone } else { check },
        mark: text(found, "/State/StartedAt"),
    })
}

/// With the id of what was found: another of the same name is not meant.
fn identified(object: &ObjectRef, found: &Value) -> ObjectRef {
    ObjectRef {
        uid: text(found, "/Id")
            .or_else(|| text(found, "/CreatedAt"))
            .or_else(|| object.uid.clone()),
        ..object.clone()
    }
}

fn state(container: &Value) -> &'static str {
    let is = |pointer: &str| container.pointer(pointer).and_then(Value::as_bool) == Some(true);
    match (is("/State/Paused"), is("/State/Running")) {
        (true, _) => PAUSED,
        (_, true) => "running",
        _ => "stopped",
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// `todo-backend` is `todo-backend:latest`.
fn full_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    if last.contains(':') || image.contains('@') {
        image.to_owned()
    } else {
        format!("{image}:latest")
    }
}

fn size_of(image: &Value) -> String {
    let bytes = image.get("Size").and_then(Value::as_u64).unwrap_or_default();
    size(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paused_container_is_neither_started_nor_promised_to_be_paused_again() {
        let paused = json!({"Id": "1f", "State": {"Running": true, "Paused": true, "StartedAt": "t"}});
        let of = OfContainer {
            container: Noun::Container.named("web", None),
        };
        let told = |operation, to, check| {
            turned(&paused, &of, operation, to, check)
                .map(|told| (told.before, told.after, told.reversal.is_some()))
                .map_err(|failure| (failure.what, failure.hints))
        };
        assert_eq!(
            told("start", "running", Check::Running),
            Err((
                "container/web is paused, which is not the same as stopped: nothing was changed".to_owned(),
                vec!["`docker unpause web` lets it go on".to_owned()]
            ))
        );
        for (operation, to) in [("stop", "stopped"), ("kill", "killed"), ("restart", "running anew")] {
            assert_eq!(
                told(operation, to, Check::Stopped),
                Ok((json!({"state": "paused"}), json!({"state": to}), false))
            );
        }
        let running = json!({"Id": "1f", "State": {"Running": true, "Paused": false}});
        let stop = turned(&running, &of, "stop", "stopped", Check::Stopped).unwrap();
        assert!(stop.reversal.is_some());
    }
}
