//! What will be done, shown before it is done; and the proof that somebody said yes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    docker::condition::{GOES, PAUSED, UNNAMED},
    field::{FieldChange, FieldEdit},
    grant::Grant,
    intent::Intent,
    object::ObjectRef,
    place::Place,
    proposal::Proposal,
    risk::Risk,
    route::Route,
    step::{Delete, Step, Undoing},
    undo::Reversal,
    verification::PostCondition,
};

/// The plan of one intent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub intent: Intent,
    /// One line in words: `scale deployment/todo-backend`.
    pub title: String,
    pub place: Place,
    pub route: Route,
    pub risk: Risk,
    /// What is read; a plan has either reads or changes.
    pub reads: Vec<Step>,
    pub changes: Vec<Change>,
    pub verify: Vec<PostCondition>,
    pub undoing: Undoing,
    /// What the user should know before saying yes.
    pub notes: Vec<String>,
    /// The same in a command that the user knows (`kubectl scale …`).
    pub equivalent: Vec<String>,
    /// No playbook knows it: an AI tool is given the words, and each change that it tries is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// Its changes are an AI tool's idea.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposal>,
}

impl Plan {
    /// It asks for a state that is there already.
    #[must_use]
    pub fn changes_nothing(&self) -> bool {
        !self.open && self.reads.is_empty() && self.changes.iter().all(|change| change.diff.is_empty())
    }

    /// It opens a way into pods of the cluster, and changes nothing.
    #[must_use]
    pub fn opens_a_way(&self) -> bool {
        self.reads.iter().any(|step| matches!(step, Step::Forward(_)))
    }

    /// The differences are the answer: nothing of it is ever done.
    #[must_use]
    pub fn only_shows(&self) -> bool {
        self.risk == Risk::Read && !self.changes.is_empty()
    }

    /// An AI tool would do it, and the built-in engine can as well.
    #[must_use]
    pub fn is_replaceable(&self) -> bool {
        self.route.is_ai() && !self.open
    }

    #[must_use]
    pub fn grants(&self) -> Vec<Grant> {
        self.changes.iter().map(Change::grant).collect()
    }
}

/// A change before the server was asked about it: fields and the values they shall have, against a known state of one
/// object. The adapter makes a JSON patch (RFC 6902) of it with [`super::field::json_patch`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// `None` for an undo.
    pub step: Option<Step>,
    /// With uid: another object of the same name is not meant.
    pub object: ObjectRef,
    /// `scale` or empty.
    pub subresource: String,
    #[serde(default)]
    pub how: How,
    /// Of a patch.
    pub edits: Vec<FieldEdit>,
    /// The object (or its subresource) as it was read, with uid and resourceVersion.
    pub before: Value,
}

impl Draft {
    /// The object that is there goes, whether or not another is made in its place.
    #[must_use]
    pub const fn goes(&self) -> bool {
        matches!(self.how, How::Delete | How::Replace(_))
    }

    /// It is taken away, and says itself that its volume claims go with it (`persistentVolumeClaimRetentionPolicy`).
    #[must_use]
    pub fn takes_claims_along(&self) -> bool {
        let policy = self.before.pointer("/spec/persistentVolumeClaimRetentionPolicy/whenDeleted");
        let claims = self.before.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
        self.goes() && policy.and_then(Value::as_str) == Some("Delete") && claims.is_some_and(|claims| !claims.is_empty())
    }
}

/// What is asked of the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Fields of an object that is there.
    #[default]
    Patch,
    /// This object, which is not there.
    Create(Value),
    /// These fields of an object that may be there or not, which are ours from then on (server-side apply).
    Apply(Value),
    /// The whole object is taken away; what it owns goes after it.
    Delete,
    /// The object is taken away, and this one of the same name is made in its place.
    Replace(Value),
    /// A release becomes what this revision of it was: helm does it.
    Rollback(u64),
    /// Nothing is asked: another change of the plan brings it about.
    Follows,
}

impl How {
    /// The verb of the API.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Patch | Self::Apply(_) => "patch",
            Self::Create(_) | Self::Replace(_) => "create",
            Self::Delete => "delete",
            Self::Rollback(_) => "rollback",
            Self::Follows => "",
        }
    }
}

/// A change with the server's own preview of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub draft: Draft,
    /// What the server answered to the dry-run.
    pub after: Value,
    /// Differences of `before` and `after`: what was asked for and what admission added.
    pub diff: Vec<FieldChange>,
    pub reversal: Option<Reversal>,
}

impl Change {
    /// The object is not there afterwards.
    #[must_use]
    pub fn takes_away(&self) -> bool {
        self.draft.how == How::Delete || self.draft.how == How::Follows && self.after.is_null()
    }

    /// All objects of a kind that a selector fits; each is in the difference.
    #[must_use]
    pub fn takes_collection(&self) -> bool {
        self.draft.how == How::Delete && self.draft.object.name == "*"
    }

    /// Something is sent for it: it differs, and is no consequence of another change.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        !self.diff.is_empty() && self.draft.how != How::Follows
    }

    /// Why nothing takes it back, in one sentence.
    #[must_use]
    pub fn lasts(&self) -> Option<&'static str> {
        if self.draft.takes_claims_along() {
            return Some("The volume claims go with it, and what is stored in them is not kept.");
        }
        if self.after.get("state").and_then(Value::as_str) == Some(GOES) {
            return Some("The container was run with --rm: when it was stopped it was removed, with its volumes that have no name.");
        }
        if self.after.get("state").and_then(Value::as_str) == Some(UNNAMED) {
            return None;
        }
        let was_paused = self.draft.before.get("state").and_then(Value::as_str) == Some(PAUSED);
        if was_paused && self.draft.step.is_some() && !self.diff.is_empty() {
            return Some("The container was paused, and to start it does not pause it again.");
        }
        if self.draft.how == How::Follows && self.takes_away() {
            let object = self.draft.object.clone();
            return Delete { object }.lasts().filter(|_| !self.diff.is_empty());
        }
        self.draft.step.as_ref()?.lasts()
    }

    /// What it asks for, as far as values go.
    #[must_use]
    pub fn sent(&self) -> Value {
        match &self.draft.how {
            How::Create(body) | How::Apply(body) | How::Replace(body) => body.clone(),
            _ => self.draft.edits.iter().filter_map(|edit| edit.to.clone()).collect(),
        }
    }

    #[must_use]
    pub fn grant(&self) -> Grant {
        Grant {
            object: self.draft.object.clone(),
            subresource: self.draft.subresource.clone(),
            verb: self.draft.how.verb().to_owned(),
            fields: self.diff.clone(),
            body: match &self.draft.how {
                How::Create(body) | How::Apply(body) | How::Replace(body) => Some(body.clone()),
                How::Patch | How::Delete | How::Rollback(_) | How::Follows => None,
            },
        }
    }
}

/// How a yes came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approver {
    /// Somebody at the terminal.
    Person,
    /// `--yes`, within the context guard.
    Policy,
    /// Nothing is changed.
    NotNeeded,
}

/// The answer to a plan. Never a bool: a no has a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approved {
        by: Approver,
        /// AI tools that were to do it. Somebody chose the built-in engine instead.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<String>,
    },
    /// Somebody said no.
    Declined,
    /// A rule said no, for this reason; with what would allow it.
    Refused { reason: String, hints: Vec<String> },
}

/// A value that was approved. Made in `flow` alone (`tests/architecture.rs` checks it); only this can be executed.
#[derive(Clone, Debug, PartialEq)]
pub struct Approved<T> {
    value: T,
    by: Approver,
}

impl Decision {
    #[must_use]
    pub const fn approved(by: Approver) -> Self {
        Self::Approved { by, without: Vec::new() }
    }
}

impl<T> Approved<T> {
    /// To be called where the decision was taken, and nowhere else.
    #[must_use]
    pub const fn by(approver: Approver, value: T) -> Self {
        Self { value, by: approver }
    }

    pub const fn get(&self) -> &T {
        &self.value
    }

    pub const fn approver(&self) -> &Approver {
        &self.by
    }
}
