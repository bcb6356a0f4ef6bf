//! What a change would do, as a try of it told.

use serde_json::{Value, json};

use super::{asked::Asked, change::Change, reversal};
use crate::domain::{
    field::{FieldChange, difference},
    kind::Kind,
    loss,
    object::ObjectRef,
    undo::{Lasting, Reversal},
};

/// What a change would do.
#[derive(Clone, Debug)]
pub(super) struct Effects {
    /// With uid, where it is there already.
    pub object: ObjectRef,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub diff: Vec<FieldChange>,
    pub reversals: Vec<Reversal>,
    pub lasting: Vec<Lasting>,
    /// More goes than what it names, now or later.
    pub loses: bool,
    /// Of a collection, what goes.
    pub goes: Vec<ObjectRef>,
    /// The server gives it a name when it is made.
    pub named_later: bool,
}

impl Effects {
    /// Of an object that is not there yet.
    pub(super) fn of_made(change: &Change<'_>, kind: &Kind, after: Value, named_later: bool) -> Self {
        let object = ObjectRef {
            uid: None,
            ..ObjectRef::of(kind, &after)
        };
        let loss = loss::loses_when_made(&change.asked.call, &after);
        let lasting = loss.map(|why| reversal::lasting(&format!("what goes by the making of {object}"), why));
        Self {
            reversals: vec![reversal::of_made(&object, change.body.as_ref(), &after)],
            diff: difference(&json!({}), &after),
            object,
            before: None,
            lasting: lasting.into_iter().collect(),
            loses: loss.is_some(),
            after: Some(after),
            goes: Vec::new(),
            named_later,
        }
    }

    /// It asks for a state that is there already.
    pub(super) fn are_none(&self) -> bool {
        self.before.is_some() && self.after.is_some() && self.diff.is_empty()
    }

    /// The same change as that one. What is made by the same words is the same, however the server fills in the rest.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        let makes = |effects: &Self| effects.before.is_none() && effects.after.is_some();
        let same = match (makes(self), makes(other)) {
            (true, true) => true,
            (false, false) => self.diff == other.diff && self.goes == other.goes,
            _ => false,
        };
        same && self.object == other.object
    }

    /// Nothing in the request holds the server to the state that it was tried on.
    pub(super) fn is_loose(&self, asked: &Asked) -> bool {
        let may_be_there = asked.call.verb != "create" && self.after.is_some();
        // Also where nothing was there: what has come since would go.
        let takes_whatever = asked.call.verb == "deletecollection";
        self.before.is_none() && (may_be_there || takes_whatever || !self.goes.is_empty())
    }
}
