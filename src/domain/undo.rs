//! What is kept to take a change back.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    added,
    docker::IDENTITY,
    field::{FieldChange, FieldPath},
    object::ObjectRef,
};

/// The reverse of one change: for each field that we set, the value before and the value we gave it. A field that no
/// longer has our value is a conflict: somebody else changed it since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reversal {
    pub object: ObjectRef,
    pub subresource: String,
    pub fields: Vec<ReversedField>,
    #[serde(default, skip_serializing_if = "Way::is_fields")]
    pub way: Way,
}

impl Reversal {
    /// Of an object that was made: it is taken away again, while these fields still have the values that it was given, and nobody
    /// added to it.
    #[must_use]
    pub fn of_made(object: &ObjectRef, fields: impl IntoIterator<Item = FieldPath>, after: &Value) -> Self {
        // What the server does not keep as it was sent tells nothing.
        let mut fields: Vec<FieldPath> = fields.into_iter().filter(|field| field.find(after).is_some()).collect();
        let known = |field: &FieldPath| fields.iter().any(|known| field.within(known) || known.within(field));
        let more: Vec<FieldPath> = added::open(after).into_iter().filter(|field| !known(field)).collect();
        fields.extend(more);
        let reversed = |field: FieldPath| ReversedField {
            ours: field.find(after).cloned(),
            before: None,
            field,
        };
        Self {
            object: object.clone(),
            subresource: String::new(),
            fields: fields.into_iter().map(reversed).collect(),
            way: Way::Delete,
        }
    }

    /// Of an object that was tried to be made, now that it was: the server names what it gives to it anew each time.
    pub fn was_made(&mut self, uid: &str, answer: &Value) {
        self.object.uid = Some(uid.to_owned());
        let fields = std::mem::take(&mut self.fields).into_iter().map(|field| field.field);
        *self = Self::of_made(&self.object, fields, answer);
    }
}

/// How a change is taken back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The fields get their old values again.
    #[default]
    Fields,
    /// We made the object: it is taken away. `fields` are those that we gave it.
    Delete,
    /// We took the object away: this one is made.
    Create(Value),
    /// The release was in this revision before: it becomes what that was. `fields` is the revision that we made.
    Rollback(u64),
}

impl Way {
    const fn is_fields(&self) -> bool {
        matches!(self, Self::Fields)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReversedField {
    pub field: FieldPath,
    /// `None`: the field was absent and will be removed again.
    pub before: Option<Value>,
    /// `None`: we removed the field.
    pub ours: Option<Value>,
}

impl From<FieldChange> for ReversedField {
    fn from(change: FieldChange) -> Self {
        Self {
            field: change.field,
            before: change.before,
            ours: change.after,
        }
    }
}

/// A part of a request that nothing takes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasting {
    /// `restart deployment/todo-backend`.
    pub what: String,
    /// One sentence.
    pub why: String,
    /// What goes for good; without a name, what is made and gets its name from the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Box<ObjectRef>>,
}

/// Which announcement of a change is meant, of all that a process makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Announcement(u64);

impl Announcement {
    #[must_use]
    pub fn make() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed))
    }
}

/// What takes a change back that was announced, and is not known to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Announced {
    pub announcement: Announcement,
    pub reversals: Vec<Reversal>,
    pub lasting: Vec<Lasting>,
}

/// The reverse of a whole request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UndoEntry {
    /// Id of the transcript of the request.
    pub id: String,
    pub request: String,
    pub at: Timestamp,
    /// Uid of kube-system of the cluster that was changed.
    pub cluster: Option<String>,
    pub context: String,
    /// In the order they were done; taken back in reverse.
    pub reversals: Vec<Reversal>,
    /// What stays. An entry with nothing else is kept so that the last change is not taken for an earlier one.
    #[serde(default)]
    pub lasting: Vec<Lasting>,
    /// What nobody told the end of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<Announced>,
    pub undone: bool,
}

impl UndoEntry {
    /// It was a Docker Engine that was changed.
    #[must_use]
    pub fn is_on_engine(&self) -> bool {
        self.cluster.as_ref().is_some_and(|id| id.starts_with(IDENTITY))
    }

    /// Also of what nobody told the end of.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Reversal> {
        let open = self.open.iter_mut().flat_map(|open| &mut open.reversals);
        self.reversals.iter_mut().chain(open)
    }

    /// What had the name of an object that was made, and was taken away for it. To make that again brings both back.
    #[must_use]
    pub fn replaced_by(&self, made: &Reversal) -> Option<&Value> {
        let of_it = |known: &&Reversal| made.way == Way::Delete && known.object.same_name(&made.object);
        self.reversals.iter().filter(of_it).find_map(|known| match &known.way {
            Way::Create(body) => Some(body),
            _ => None,
        })
    }

    /// The object of it is made again, as it was before this.
    #[must_use]
    pub fn brings_back(&self, changed: &Reversal) -> bool {
        let makes = |known: &Reversal| matches!(known.way, Way::Create(_)) && known.object.same_name(&changed.object);
        changed.way == Way::Fields && self.reversals.iter().any(makes)
    }

    /// Another of its name was made in its place.
    #[must_use]
    pub fn is_replaced(&self, gone: &Reversal) -> bool {
        let in_its_place = |known: &Reversal| known.way == Way::Delete && known.object.same_name(&gone.object);
        matches!(gone.way, Way::Create(_)) && self.reversals.iter().any(in_its_place)
    }

    /// Another of its name was made after this: by then the object of this had gone, whoever took it away.
    #[must_use]
    pub fn had_gone(&self, earlier: &Reversal) -> bool {
        let is_another = |later: &Reversal| {
            let known = earlier.object.uid.is_some() && later.object.uid.is_some();
            later.way == Way::Delete && later.object.same_name(&earlier.object) && known && later.object.uid != earlier.object.uid
        };
        let later = self.reversals.iter().skip_while(|known| !std::ptr::eq(*known, earlier)).skip(1);
        !matches!(earlier.way, Way::Create(_)) && later.into_iter().any(is_another)
    }

    /// The option that names the place again.
    #[must_use]
    pub fn option(&self) -> String {
        let option = if self.is_on_engine() { "--docker-context" } else { "--context" };
        format!("{option} {}", self.context)
    }
}

/// The same with the address that it had: to be looked at when it is made again, for it may be somebody else's by then.
#[must_use]
pub fn made_as_it_was(object: &Value) -> Value {
    let mut made = made_again(object);
    let address = |key: &str| object.pointer(&format!("/spec/{key}")).cloned();
    if let Some(spec) = made.get_mut("spec").and_then(Value::as_object_mut).filter(|_| is_service(object)) {
        for key in ADDRESS {
            if let Some(address) = address(key) {
                spec.insert(key.to_owned(), address);
            }
        }
    }
    made
}

/// Where a Service keeps its address.
const ADDRESS: [&str; 2] = ["clusterIP", "clusterIPs"];

fn is_service(object: &Value) -> bool {
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    (text("apiVersion"), text("kind")) == (Some("v1"), Some("Service"))
}

/// The object without what the server and its controllers wrote, so that it can be sent again.
#[must_use]
pub fn made_again(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.shift_remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in [
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "managedFields",
            "selfLink",
        ] {
            metadata.shift_remove(key);
        }
        if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
            annotations.shift_remove("deployment.kubernetes.io/revision");
            if annotations.is_empty() {
                metadata.shift_remove("annotations");
            }
        }
    }
    let service = is_service(&object);
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut).filter(|_| service) {
        // "None" is a wish; an address was given and may belong to somebody else by now.
        if spec.get("clusterIP").and_then(Value::as_str) != Some("None") {
            for key in ADDRESS {
                spec.shift_remove(key);
            }
        }
    }
    object
}
