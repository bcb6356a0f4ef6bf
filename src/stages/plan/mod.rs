//! What would be done: typed steps, the server's own preview of each change, what must be true afterwards, and whether
//! it can be taken back. Nothing is changed here.

mod address;
mod again;
mod apply;
mod data;
mod delete;
mod docker;
mod draft;
mod environment;
mod forward;
mod kept;
mod made;
mod meant;
mod metadata;
mod network;
mod promises;
mod proposed;
pub mod quarrel;
mod release;
mod resources;
mod scaling;
mod title;
mod undo;
mod waited;
mod way_back;

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    domain::{
        failure::{Failure, FailureKind, Result},
        field::{FieldChange, FieldEdit, difference, in_place},
        intent::Intent,
        inventory::Inventory,
        object::ObjectRef,
        place::Place,
        plan::{Change, Draft, How, Plan},
        ports::{drive::Drive, engine::Engine, observe::Observe},
        risk::Risk,
        route::Route,
        staying,
        step::{Step, Undoing, Until},
        undo::{Reversal, ReversedField, Way, made_again},
        verification::PostCondition,
    },
    fallbacks::Playbooks,
};

/// How often a preview is made again because the object changed while it was being looked at.
const PREVIEW_TRIES: u32 = 5;

/// The tool that can be asked for whatever a cluster shows.
const KUBECTL_AI: &str = "kubectl-ai";
const BUILTIN: &str = "builtin";

/// The domain of playbooks whose steps are done on a Docker Engine.
const DOCKER: &str = "docker";

#[allow(missing_debug_implementations)]
pub struct Planner {
    playbooks: Arc<Playbooks>,
    observe: Arc<dyn Observe>,
    drive: Arc<dyn Drive>,
    engine: Arc<dyn Engine>,
}

impl Planner {
    #[must_use]
    pub fn new(playbooks: Arc<Playbooks>, observe: Arc<dyn Observe>, drive: Arc<dyn Drive>, engine: Arc<dyn Engine>) -> Self {
        Self {
            playbooks,
            observe,
            drive,
            engine,
        }
    }

    /// The AI tools and engines that the intent's playbook prefers, in order.
    #[must_use]
    pub fn prefers(&self, intent: &Intent) -> Vec<String> {
        let Some(playbook) = self.playbooks.get(&intent.playbook) else {
            return Vec::new();
        };
        let mut prefer = playbook.prefer.clone();
        // Who looks at a cluster can be asked to; it is not preferred for it.
        let can_look = !playbook.changes() && playbook.domain != DOCKER;
        if can_look && !prefer.iter().any(|tool| tool == KUBECTL_AI) {
            prefer.extend([BUILTIN, KUBECTL_AI].map(str::to_owned));
        }
        prefer
    }

    /// The plan of a request that no playbook knows, given to an AI tool as it was said.
    #[must_use]
    pub fn open(said: &str, place: &Place, route: Route) -> Plan {
        Plan {
            intent: Intent {
                playbook: String::new(),
                clause: said.to_owned(),
                slots: BTreeMap::new(),
                readings_of_names: Vec::new(),
                keeps: false,
            },
            title: format!("let {} do it: “{said}”", route.tool),
            place: place.clone(),
            route,
            risk: Risk::Change,
            reads: Vec::new(),
            changes: Vec::new(),
            verify: Vec::new(),
            undoing: Undoing::NothingToUndo,
            notes: vec!["no playbook knows this: each change that it tries is shown, and made when you say yes".to_owned()],
            equivalent: Vec::new(),
            open: true,
            proposed: None,
        }
    }

    /// The plan of one intent of `all` that the request has. `asked` is the namespace that stands beside the request; `now` becomes the restart mark of a
    /// restart.
    ///
    /// # Errors
    /// The object is gone or of a kind that cannot do this; the server refuses the change; the cluster cannot be reached.
    pub async fn plan(
        &self,
        intent: &Intent,
        all: &[Intent],
        inventory: &Inventory,
        route: Route,
        asked: Option<&str>,
        now: Timestamp,
    ) -> Result<Plan> {
        let playbook = self
            .playbooks
            .get(&intent.playbook)
            .ok_or_else(|| Failure::new(FailureKind::Configuration, format!("there is no playbook \"{}\"", intent.playbook)))?;
        if playbook.domain == DOCKER {
            return self.plan_on_engine(playbook, intent, all, inventory, route).await;
        }
        let (mut changes, mut reads): (Vec<Step>, Vec<Step>) = playbook
            .steps(intent)?
            .into_iter()
            .partition(|step| !matches!(step, Step::Forward(_)) && (step.risk() > Risk::Read || matches!(step, Step::Apply(_))));
        if changes.is_empty() && reads.is_empty() {
            return Err(Failure::new(
                FailureKind::NotUnderstood,
                format!(
                    "nothing in \"{}\" says what is to be done, or to what; nothing was done",
                    intent.clause
                ),
            ));
        }
        for step in &mut changes {
            if let (Step::Label(marks) | Step::Annotate(marks), true) = (step, intent.keeps) {
                marks.overwrite = Some(false);
            }
        }
        for step in &mut reads {
            match step {
                Step::Wait(wait) => Until::parse(wait.until.as_deref(), wait.gone).map(drop)?,
                Step::Forward(forward) => forward.lanes = Some(self.lanes(forward, &inventory.place).await?),
                _ => {}
            }
        }
        let mut notes = Vec::new();
        let mut route = route;
        let mut verify = playbook.conditions(intent)?;
        let mut planned = Vec::new();
        for step in &changes {
            if let Step::Apply(apply) = step {
                planned.extend(self.applied(step, apply, &inventory.place.namespace, asked, &mut notes).await?);
                continue;
            }
            if let Step::HelmRollback(rollback) = step {
                let home = &inventory.place.namespace;
                let rolled = self.release_rolled_back(step, rollback, home, now, &mut verify, &mut notes).await;
                let typed = intent.clause.trim_start().starts_with("helm");
                planned.extend(rolled.map_err(|failure| match failure.kind {
                    FailureKind::NotFound if !typed => failure.hint(format!(
                        "If no release is meant but a workload: `todo-agent \"roll back {}\"`.",
                        rollback.name
                    )),
                    _ => failure,
                })?);
                route = self.by_helm(route).await?;
                continue;
            }
            match step {
                Step::SetResources(step) => notes.extend(resources::remark(step)),
                Step::SetData(step) => notes.extend(self.read_by(&step.object).await),
                _ => {}
            }
            planned.extend(self.change(step, now, &inventory.place.namespace, &mut verify, &mut notes).await?);
        }
        if playbook.as_planned {
            promises::state(&planned, &mut verify);
        }
        self.read_readiness(&mut verify).await;
        let typed = waited::command(&verify);
        notes.extend(planned.iter().filter_map(Change::in_one_way).map(|part| part.why));
        let undoing = self.promised(staying::undoing(&planned), &planned, &mut notes).await;
        Ok(Plan {
            intent: intent.clone(),
            title: title::of(&changes, &reads),
            place: inventory.place.clone(),
            route,
            risk: risk(&changes, &reads, &planned),
            reads,
            undoing,
            changes: planned,
            verify,
            notes,
            equivalent: typed.unwrap_or_else(|| playbook.equivalent(intent, said_home(&inventory.place, asked))),
            open: false,
            proposed: None,
        })
    }

    async fn change(
        &self,
        step: &Step,
        now: Timestamp,
        home: &str,
        verify: &mut [PostCondition],
        notes: &mut Vec<String>,
    ) -> Result<Option<Change>> {
        let noted = notes.len();
        for _ in 0..PREVIEW_TRIES {
            let Some(draft) = self.draft(step, now, home, notes).await? else {
                return Ok(None);
            };
            if let Step::Scale(scale) = step {
                self.note_scaling(scale, &draft, verify, notes).await;
            }
            match self.preview(draft).await {
                Err(failure) if failure.kind == FailureKind::Conflict => notes.truncate(noted),
                Err(failure) => return Err(failure),
                Ok(change) => {
                    resources::spell(&change, verify);
                    return Ok(Some(change));
                }
            }
        }
        Err(restless(step.target()))
    }

    async fn draft(&self, step: &Step, now: Timestamp, home: &str, notes: &mut Vec<String>) -> Result<Option<Draft>> {
        match step {
            Step::CreateNamespace(_) | Step::CreateDeployment(_) | Step::CreateConfigMap(_) | Step::CreateSecret(_) => {
                let draft = self.made(step, home).await?;
                notes.extend(made::in_the_open(&draft));
                Ok(Some(draft))
            }
            Step::Expose(expose) => self.exposed(step, expose, notes).await.map(Some),
            Step::Autoscale(autoscale) => self.autoscaled(step, autoscale, notes).await.map(Some),
            Step::Delete(delete) => self.taken_away(step, delete, notes).await.map(Some),
            Step::RolloutUndo(undo) => self.rolled_back(step, undo, notes).await.map(Some),
            _ => {
                let before = self.read(step).await?;
                notes.extend(draft::hand_replaced(step, &before));
                if let Step::SetEnv(set) = step {
                    notes.extend(environment::absent(set, &before));
                    notes.extend(self.inherited(set, &before).await?);
                }
                draft::of(step, before, now)
            }
        }
    }

    /// The object (or its scale) as it is now.
    async fn read(&self, step: &Step) -> Result<Value> {
        let Some(target) = step.target() else {
            return Err(Failure::new(
                FailureKind::Configuration,
                format!("the step \"{}\" has nothing to act on", step.name()),
            ));
        };
        let read = if matches!(step, Step::Scale(_)) {
            self.scale_of(target).await?
        } else {
            self.observe.get(target).await?
        };
        read.ok_or_else(|| draft::missing(step, target))
    }

    async fn preview(&self, draft: Draft) -> Result<Change> {
        let after = if draft.how == How::Patch && draft.edits.is_empty() {
            draft.before.clone()
        } else {
            self.drive.preview(&draft).await?
        };
        let diff = match draft.how {
            How::Patch | How::Create(_) | How::Apply(_) => difference(&draft.before, &after),
            How::Replace(_) => difference(&made_again(&draft.before), &after),
            How::Delete => delete::difference(&draft),
            How::Rollback(_) | How::Follows => Vec::new(),
        };
        let reversal = draft
            .step
            .as_ref()
            .filter(|step| step.undoing() == Undoing::Restore && !draft.takes_claims_along())
            .and_then(|_| match &draft.how {
                How::Patch => Some(reversal(&draft, &after)),
                How::Create(_) => Some(made::reversal(&draft, &after)),
                How::Apply(_) => Some(apply::reversal(&draft, &after, &diff)),
                How::Delete => Some(delete::reversal(&draft)),
                How::Replace(_) | How::Rollback(_) | How::Follows => None,
            });
        Ok(Change {
            diff,
            after,
            reversal,
            draft,
        })
    }
}

/// The old values of the fields that we set, and our values as the server keeps them: it drops empty ones.
fn reversal(draft: &Draft, after: &Value) -> Reversal {
    let edited = |edit: &FieldEdit| FieldChange {
        field: edit.field.clone(),
        before: edit.field.find(&draft.before).cloned(),
        after: edit.field.find(after).cloned(),
    };
    let edited = in_place(draft.edits.iter().map(edited).collect(), &draft.before, after);
    Reversal {
        object: draft.object.clone(),
        subresource: draft.subresource.clone(),
        fields: edited.into_iter().map(ReversedField::from).collect(),
        way: Way::Fields,
    }
}

/// What goes with a change that is none by its step is as grave as if it were asked for.
fn risk(changes: &[Step], reads: &[Step], planned: &[Change]) -> Risk {
    let takes_away = planned.iter().any(Change::takes_away).then_some(Risk::Destroy);
    let steps = changes.iter().chain(reads).map(Step::risk);
    steps.chain(takes_away).max().unwrap_or(Risk::Read)
}

/// The namespace that a command must name: kubectl means "default" by itself, unless a kubeconfig says otherwise.
fn said_home<'a>(place: &'a Place, asked: Option<&str>) -> Option<&'a str> {
    let home = place.namespace.as_str();
    (asked.is_some() || home != "default").then_some(home)
}

fn restless(target: Option<&ObjectRef>) -> Failure {
    let name = target.map_or_else(|| "the object".to_owned(), ToString::to_string);
    Failure::new(
        FailureKind::Conflict,
        format!("{name} keeps changing while it is being looked at; nothing was changed"),
    )
    .hint("something else is working on it just now: wait until it is done, then ask again")
}
