use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    analyzers::crash::FailedContainer,
    fields::{controller, name, namespace, terminating, text, uid},
    words::is_pasteable,
};
use crate::domain::{answer::Unseen, kind::Kind, object::ObjectRef, place::Locality};

/// What was seen of the cluster at one moment. Analyzers look at nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub now: Timestamp,
    /// By kind, CamelCase singular.
    #[serde(default)]
    pub objects: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    pub logs: Vec<LogTail>,
    /// What was looked at, in words: `todo-backend`, `4 pods in default`.
    #[serde(default)]
    pub subject: String,
    /// What could not be seen, and why.
    #[serde(default)]
    pub unseen: Vec<Unseen>,
    /// What kind of cluster it is, for hints that fit.
    #[serde(default)]
    pub locality: Option<Locality>,
    /// The namespace that requests mean when they name none.
    #[serde(default)]
    pub home: Option<String>,
}

/// The last lines that a container wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogTail {
    pub namespace: String,
    pub pod: String,
    pub container: String,
    /// Of the run before the present one.
    pub previous: bool,
    pub lines: Vec<String>,
}

impl Snapshot {
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            objects: BTreeMap::new(),
            logs: Vec::new(),
            subject: String::new(),
            unseen: Vec::new(),
            locality: None,
            home: None,
        }
    }

    /// The objects of this kind (`Pod`).
    #[must_use]
    pub fn all(&self, kind: &str) -> &[Value] {
        self.objects.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Objects of this kind were looked at, even if there are none.
    #[must_use]
    pub fn saw(&self, kind: &str) -> bool {
        self.objects.contains_key(kind)
    }

    /// The object of this kind with this uid.
    #[must_use]
    pub fn by_uid(&self, kind: &str, wanted: &str) -> Option<&Value> {
        self.all(kind).iter().find(|object| uid(object) == Some(wanted))
    }

    /// Warnings about this object.
    pub fn warnings<'a>(&'a self, object: &'a Value) -> impl Iterator<Item = &'a Value> {
        self.all("Event").iter().filter(move |event| {
            text(event, "/type") == Some("Warning") && uid(object).is_some() && text(event, "/involvedObject/uid") == uid(object)
        })
    }

    /// The last lines of a container's failed run, oldest first, blank ones left out.
    #[must_use]
    pub fn last_lines(&self, failed: &FailedContainer<'_>) -> Vec<&str> {
        let of_run = |tail: &&LogTail| {
            tail.pod == name(failed.pod)
                && tail.namespace == namespace(failed.pod)
                && tail.container == failed.container
                && tail.previous == failed.log_is_previous
        };
        let lines = self.logs.iter().find(of_run).map_or(&[][..], |tail| &tail.lines);
        lines.iter().map(String::as_str).filter(|line| !line.trim().is_empty()).collect()
    }

    /// Pods that are not being stopped.
    pub fn live_pods(&self) -> impl Iterator<Item = &Value> {
        self.all("Pod").iter().filter(|pod| !terminating(pod))
    }

    /// A request about an object in plain words, as a command that works when pasted: `todo-agent "show the logs of api"`.
    /// `None` when the object's name is no plain word.
    #[must_use]
    pub fn request(&self, words: &str, object: &ObjectRef) -> Option<String> {
        let namespace = object
            .namespace
            .as_deref()
            .filter(|namespace| self.home.as_deref() != Some(namespace));
        if !is_pasteable(&object.name) || !namespace.is_none_or(is_pasteable) {
            return None;
        }
        let option = namespace.map_or_else(String::new, |namespace| format!("-n {namespace} "));
        Some(format!("`todo-agent {option}\"{words} {}\"`", object.name))
    }

    /// The topmost known controller of an object: a pod's replica set's deployment; a job's cron job. Owners that were not
    /// looked at are named as the reference names them.
    #[must_use]
    pub fn workload_of(&self, object: &Value) -> Option<ObjectRef> {
        let reference = controller(object)?;
        let kind = text(reference, "/kind")?;
        let owner = text(reference, "/uid").and_then(|wanted| self.by_uid(kind, wanted));
        if let Some(above) = owner.and_then(|owner| self.workload_of(owner)) {
            return Some(above);
        }
        Some(ObjectRef {
            kind: kind_of_reference(reference)?,
            namespace: Some(namespace(object).to_owned()),
            name: text(reference, "/name")?.to_owned(),
            uid: text(reference, "/uid").map(str::to_owned),
        })
    }
}

/// The kind that an owner reference names. Kinds of other groups get the plural of the usual rule; it only names.
fn kind_of_reference(reference: &Value) -> Option<Kind> {
    let kind = text(reference, "/kind")?;
    let api_version = text(reference, "/apiVersion")?;
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let known = well_known(kind).filter(|known| known.group == group);
    Some(known.unwrap_or_else(|| Kind {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        plural: format!("{}s", kind.to_lowercase()),
        namespaced: true,
        short_names: Vec::new(),
    }))
}

/// A kind that every cluster serves, by its CamelCase name.
pub fn well_known(kind: &str) -> Option<Kind> {
    Kind::well_known().into_iter().find(|known| known.kind == kind)
}

/// The reference of an object of a well-known kind.
pub fn reference(kind: &str, object: &Value) -> ObjectRef {
    ObjectRef::of(&well_known(kind).unwrap_or_else(Kind::pod), object)
}
