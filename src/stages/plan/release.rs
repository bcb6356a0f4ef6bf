//! A release of Helm becomes what an earlier revision of it was. What that does is told from Helm's own records of both
//! revisions and from what is on the cluster: like helm itself, which sets again whatever the chart sets.

mod seen;

use jiff::Timestamp;
use serde_json::{Value, json};

use seen::seen;

use super::{Planner, delete};
use crate::{
    diagnostics::{releases_of, text, words},
    domain::{
        failure::{Failure, FailureKind, Result},
        field::{FieldPath, difference},
        object::ObjectRef,
        plan::{Change, Draft, How},
        release::Release,
        route::Route,
        step::{HelmRollback, Step},
        undo::{Reversal, ReversedField, Way},
        verification::{IsAvailable, IsReleased, PostCondition},
    },
};

/// Objects of this annotation stay when their release forgets them.
const POLICY: &str = "/metadata/annotations/helm.sh~1resource-policy";

/// An object of a record.
type Held = (ObjectRef, Value);

impl Planner {
    pub(super) async fn release_rolled_back(
        &self,
        step: &Step,
        rollback: &HelmRollback,
        home: &str,
        now: Timestamp,
        verify: &mut Vec<PostCondition>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Change>> {
        let namespace = rollback.namespace.as_deref().unwrap_or(home);
        let kept = releases_of(self.observe.as_ref(), &rollback.name, namespace).await?;
        let (newest, target) = chosen(&kept, rollback.revision.filter(|number| *number > 0), home)?;
        notes.push(format!(
            "revision {} becomes what revision {} was ({}{})",
            newest.revision + 1,
            target.revision,
            target.chart,
            target
                .updated
                .map_or_else(String::new, |then| format!(", {} ago", words::ago(now, then)))
        ));
        notes.extend(state_of(newest, now));
        let passed_over = kept
            .iter()
            .filter(|one| rollback.revision.is_none() && is_passed_over(one, newest, target));
        notes.extend(passed_over.map(|one| format!("revision {} is {} and is passed over", one.revision, one.status)));
        if !target.was_deployed() {
            notes.push(format!(
                "revision {} is {}: it may never have been on the cluster as its record says",
                target.revision, target.status
            ));
        }
        let changes = self.between(Some(step), newest, target, verify, notes).await?;
        Ok(changes)
    }

    /// Takes a rollback back: to the revision that was there before it, if nothing came after it.
    ///
    /// # Errors
    /// The release is gone or went on since; Helm keeps that revision no longer.
    pub(super) async fn release_put_back(
        &self,
        reversal: &Reversal,
        revision: u64,
        home: &str,
        verify: &mut Vec<PostCondition>,
    ) -> Result<Vec<Change>> {
        let object = &reversal.object;
        let namespace = object.namespace.as_deref().unwrap_or_default();
        let kept = releases_of(self.observe.as_ref(), &object.name, namespace).await?;
        let ours = reversal
            .fields
            .first()
            .and_then(|field| field.ours.as_ref())
            .and_then(Value::as_u64);
        let Some(newest) = kept.last() else { return Ok(Vec::new()) };
        // Never made, or taken away with its record.
        if newest.revision == revision {
            return Ok(Vec::new());
        }
        if Some(newest.revision) != ours {
            let what = format!(
                "{object} was changed since: our revision is {}, the newest is {} ({})",
                ours.unwrap_or_default(),
                newest.revision,
                newest.description
            );
            return Err(Failure::new(FailureKind::Conflict, what)
                .hint(format!("Look at it: {}", history(newest, home)))
                .hint(format!(
                    "Or ask for the revision that you want; before our change it was {revision}."
                )));
        }
        let target = kept
            .iter()
            .find(|one| one.revision == revision)
            .ok_or_else(|| forgotten(&kept, revision, home))?;
        self.between(None, newest, target, verify, &mut Vec::new()).await
    }

    /// Whoever is chosen for releases: helm alone changes them.
    ///
    /// # Errors
    /// There is none that could.
    pub(super) async fn by_helm(&self, route: Route) -> Result<Route> {
        let helm = self.observe.helm().await?;
        Ok(Route {
            tool: "helm".to_owned(),
            version: helm.version,
            why: None,
            passed_over: route.passed_over,
        })
    }

    /// The release first, which is what is sent; then each object that follows it.
    async fn between(
        &self,
        step: Option<&Step>,
        newest: &Release,
        target: &Release,
        verify: &mut Vec<PostCondition>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Change>> {
        let (now, then) = (self.held(newest).await?, self.held(target).await?);
        let mut changes = Vec::new();
        for (object, body) in &then {
            let known = now.iter().find(|(other, _)| other.same_name(object)).map(|(_, body)| body);
            let live = self.live(object, known).await?;
            let before = live.as_ref().map_or_else(|| json!({}), |live| seen(known.unwrap_or(body), live));
            let diff = difference(&before, body);
            if !diff.is_empty() {
                changes.push(follows(step, object, live.as_ref(), before, body.clone(), diff));
            }
            if object.kind.is_workload() {
                verify.push(PostCondition::Available(IsAvailable { workload: object.clone() }));
            }
        }
        for (object, body) in now
            .iter()
            .filter(|(object, _)| !then.iter().any(|(other, _)| other.same_name(object)))
        {
            if text(body, POLICY).is_some_and(|policy| policy.eq_ignore_ascii_case("keep")) {
                notes.push(format!(
                    "{object} is no part of it and stays: its chart says so (helm.sh/resource-policy)"
                ));
            } else if let Some(live) = self.live(object, Some(body)).await? {
                let mut change = follows(step, object, Some(&live), body.clone(), Value::Null, Vec::new());
                change.diff = delete::difference(&change.draft);
                changes.push(change);
            }
        }
        for (object, events) in &target.hooks {
            let own: Vec<&str> = events
                .iter()
                .map(String::as_str)
                .filter(|event| event.ends_with("-rollback"))
                .collect();
            if !own.is_empty() {
                notes.push(format!("helm runs {object} with it ({})", own.join(", ")));
            }
        }
        let is_there = changes.is_empty() && newest.status == "deployed" && is_like(newest, target);
        changes.insert(0, of_release(step, newest, target, is_there));
        Ok(changes)
    }

    /// Who may not look at an object sees what Helm knows of it.
    async fn live(&self, object: &ObjectRef, known: Option<&Value>) -> Result<Option<Value>> {
        match self.observe.get(object).await {
            Err(failure) if failure.kind == FailureKind::Forbidden => Ok(known.cloned()),
            live => live,
        }
    }

    /// The objects that a revision put on the cluster.
    async fn held(&self, release: &Release) -> Result<Vec<Held>> {
        let whose = format!("revision {} of release {}", release.revision, release.name);
        let documents: Vec<Value> = serde_saphyr::from_multiple(&release.manifest).map_err(|error| {
            let first = error.to_string().lines().next().unwrap_or_default().to_owned();
            Failure::new(FailureKind::Failed, format!("the manifest of {whose} cannot be read as YAML")).cause(first)
        })?;
        let mut held = Vec::new();
        for body in documents.into_iter().filter(|document| !document.is_null()) {
            let (kind, name) = self.identity(&body, &whose).await?;
            let named = text(&body, "/metadata/namespace").filter(|named| !named.is_empty());
            let object = ObjectRef {
                namespace: kind.namespaced.then(|| named.unwrap_or(&release.namespace).to_owned()),
                kind,
                name,
                uid: None,
            };
            held.push((object, body));
        }
        Ok(held)
    }
}

/// The newest revision, and the one to go back to.
fn chosen<'a>(kept: &'a [Release], wanted: Option<u64>, home: &str) -> Result<(&'a Release, &'a Release)> {
    let nothing = || Failure::new(FailureKind::NotFound, "there is no such release");
    let newest = kept.last().ok_or_else(nothing)?;
    let target = match wanted {
        Some(number) => kept
            .iter()
            .find(|one| one.revision == number)
            .ok_or_else(|| forgotten(kept, number, home))?,
        None => {
            let before = kept.iter().rev().skip(1).find(|one| one.was_deployed());
            before.ok_or_else(|| {
                let what = format!(
                    "release/{} has no earlier revision that was deployed: there is nothing to go back to",
                    newest.name
                );
                Failure::new(FailureKind::NotFound, what).hint(history(newest, home))
            })?
        }
    };
    Ok((newest, target))
}

fn forgotten(kept: &[Release], number: u64, home: &str) -> Failure {
    let numbers: Vec<String> = kept.iter().map(|one| one.revision.to_string()).collect();
    let name = kept.last().map(|one| one.name.as_str()).unwrap_or_default();
    let failure = Failure::new(FailureKind::NotFound, format!("release/{name} has no revision {number}"));
    let failure = failure.hint(format!("kept are: {}", numbers.join(", ")));
    kept.last().map(|one| history(one, home)).into_iter().fold(failure, Failure::hint)
}

/// The command that shows what there is to go back to.
fn history(release: &Release, home: &str) -> String {
    let place = if release.namespace == home {
        String::new()
    } else {
        format!("-n {} ", release.namespace)
    };
    format!("`todo-agent {place}\"helm history {}\"`", release.name)
}

/// Between the two, and not taken because it failed.
fn is_passed_over(one: &Release, newest: &Release, target: &Release) -> bool {
    (target.revision + 1..newest.revision).contains(&one.revision) && !one.was_deployed()
}

/// What is not as it should be with the newest revision.
fn state_of(newest: &Release, now: Timestamp) -> Option<String> {
    let number = newest.revision;
    let since = newest
        .updated
        .map_or_else(String::new, |then| format!(", begun {} ago", words::ago(now, then)));
    Some(match newest.status.as_str() {
        "deployed" => return None,
        "failed" if newest.description.is_empty() => format!("revision {number} is failed"),
        "failed" => format!("revision {number} is failed: {}", words::clean(&newest.description)),
        "uninstalled" => "the release is uninstalled and its records are kept: its objects are made again".to_owned(),
        pending if pending.starts_with("pending-") => format!(
            "revision {number} is {pending}{since}: see that nobody is at work on it any more; a rollback is the way out of one that was broken off"
        ),
        other => format!("revision {number} is {}{since}", words::clean(other)),
    })
}

fn is_like(newest: &Release, target: &Release) -> bool {
    newest.digest == target.digest && newest.chart == target.chart && newest.values == target.values
}

/// The change that is sent.
fn of_release(step: Option<&Step>, newest: &Release, target: &Release, is_there: bool) -> Change {
    let facts = |release: &Release, revision: u64| {
        json!({
            "revision": revision,
            "status": release.status,
            "chart": release.chart,
            "appVersion": release.app_version,
        })
    };
    let before = facts(newest, newest.revision);
    let mut after = if is_there {
        before.clone()
    } else {
        facts(target, newest.revision + 1)
    };
    after["status"] = json!("deployed");
    let object = Release::named(&newest.name, &newest.namespace);
    let reversal = Reversal {
        object: object.clone(),
        subresource: String::new(),
        fields: vec![ReversedField {
            field: FieldPath::keys(&["revision"]),
            before: Some(json!(newest.revision)),
            ours: Some(json!(newest.revision + 1)),
        }],
        way: Way::Rollback(newest.revision),
    };
    let diff = difference(&before, &after);
    // What is to be true of the record, for whoever looks at it afterwards.
    after["digest"] = json!(target.digest);
    Change {
        diff,
        after,
        reversal: step.map(|_| reversal),
        draft: Draft {
            step: step.cloned(),
            object,
            subresource: String::new(),
            how: How::Rollback(target.revision),
            edits: Vec::new(),
            before,
        },
    }
}

/// The record that a rollback is to leave behind.
pub(super) fn record_of(change: &Change, like: u64) -> PostCondition {
    let revision = change.after.get("revision").and_then(Value::as_u64).unwrap_or_default();
    PostCondition::Released(IsReleased {
        release: change.draft.object.clone(),
        revision,
        like,
        digest: text(&change.after, "/digest").unwrap_or_default().to_owned(),
    })
}

fn follows(
    step: Option<&Step>,
    object: &ObjectRef,
    live: Option<&Value>,
    before: Value,
    after: Value,
    diff: Vec<crate::domain::field::FieldChange>,
) -> Change {
    let uid = live.and_then(|live| text(live, "/metadata/uid")).map(str::to_owned);
    Change {
        diff,
        after,
        reversal: None,
        draft: Draft {
            step: step.cloned(),
            object: ObjectRef { uid, ..object.clone() },
            subresource: String::new(),
            how: How::Follows,
            edits: Vec::new(),
            before,
        },
    }
}
