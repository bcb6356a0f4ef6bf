//! What is known of one object whose conditions are verified: itself, its pods and replica sets, and warnings about them.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde_json::Value;

use super::{QUIET, feeds::Subject};
use crate::{
    diagnostics::{
        Snapshot, catalog, judge, list, number, pod_selector,
        states::{Rollout, current_pods, newest_replica_set, owned_pods, pod_state, pods_words, rollout},
        text, time,
    },
    domain::{
        execution::Execution,
        field::{FieldChange, FieldPath},
        finding::{Finding, Severity},
        kind::Kind,
        object::ObjectRef,
        plan::Plan,
        ports::observe::{Query, Seen},
    },
};

pub struct Sight {
    pub object: ObjectRef,
    /// The object that was changed. `None` until it is known.
    uid: Option<String>,
    /// The change is visible from these on.
    generation: u32,
    resource_version: u64,
    /// The pod template was changed: new pods are on their way.
    pub template_changed: bool,
    /// More pods of the template that was there are on their way.
    raised: bool,
    pub now: Option<Value>,
    /// Why it is gone for good.
    pub gone: Option<String>,
    /// It is on its way out, and was still seen.
    going: bool,
    sets: BTreeMap<String, Value>,
    pods: BTreeMap<String, Value>,
    events: BTreeMap<String, Value>,
    /// Replica sets may not be read.
    no_sets: bool,
}

impl Sight {
    pub fn new(object: &ObjectRef, plan: &Plan, execution: &Execution) -> Self {
        let done: Vec<_> = execution.done.iter().filter(|done| done.object.same_name(object)).collect();
        let template = FieldPath::keys(&["spec", "template"]);
        let planned = plan
            .changes
            .iter()
            .filter(|change| change.draft.object.same_name(object))
            .flat_map(|change| &change.diff);
        let changed: Vec<&FieldChange> = done.iter().flat_map(|done| &done.changed).chain(planned).collect();
        let of_object = done.iter().filter(|done| text(&done.after, "/kind") != Some("Scale"));
        Self {
            object: object.clone(),
            uid: object.uid.clone().or_else(|| done.iter().find_map(|done| done.object.uid.clone())),
            generation: of_object
                .map(|done| number(&done.after, "/metadata/generation"))
                .max()
                .unwrap_or_default(),
            resource_version: done.iter().map(|done| resource_version(&done.after)).max().unwrap_or_default(),
            // An object that is new has a new template, too.
            template_changed: changed
                .iter()
                .any(|change| change.field.within(&template) || template.within(&change.field)),
            raised: changed.iter().any(|change| raises(change)),
            now: None,
            gone: None,
            going: false,
            sets: BTreeMap::new(),
            pods: BTreeMap::new(),
            events: BTreeMap::new(),
            no_sets: false,
        }
    }

    pub fn take(&mut self, subject: Subject, seen: Seen) {
        match (subject, seen) {
            (Subject::Object, Seen::Is(object)) => self.take_object(object),
            (Subject::Object, Seen::Gone(gone)) if self.uid.is_none() || gone.uid.is_none() || gone.uid == self.uid => {
                self.going = false;
                self.gone.get_or_insert_with(|| format!("{} was deleted", self.object));
            }
            (Subject::Object, Seen::Complete) if self.now.is_none() => {
                self.gone.get_or_insert_with(|| format!("{} is not there any more", self.object));
            }
            (Subject::Object, _) | (_, Seen::Complete) => {}
            (subject, Seen::Is(object)) => {
                let key = text(&object, "/metadata/name").unwrap_or_default().to_owned();
                self.store(subject).insert(key, object);
            }
            (subject, Seen::Gone(object)) => {
                self.store(subject).remove(&object.name);
            }
        }
    }

    /// All there are of a kind now.
    pub fn replace(&mut self, subject: Subject, objects: Vec<Value>) {
        let named = |object: Value| (text(&object, "/metadata/name").unwrap_or_default().to_owned(), object);
        *self.store(subject) = objects.into_iter().map(named).collect();
    }

    pub const fn is_going(&self) -> bool {
        self.going
    }

    pub const fn has_no_sets(&mut self) {
        self.no_sets = true;
    }

    fn store(&mut self, subject: Subject) -> &mut BTreeMap<String, Value> {
        match subject {
            Subject::Pods => &mut self.pods,
            Subject::ReplicaSets => &mut self.sets,
            Subject::Object | Subject::Events => &mut self.events,
        }
    }

    fn take_object(&mut self, object: Value) {
        let uid = text(&object, "/metadata/uid").map(str::to_owned);
        if self.uid.is_some() && uid.is_some() && uid != self.uid {
            self.going = false;
            self.gone = Some(format!("{} is another object of the same name now", self.object));
            return;
        }
        if self.uid.is_none() {
            self.uid = uid;
        }
        self.going = text(&object, "/metadata/deletionTimestamp").is_some();
        if self.going {
            self.gone = Some(format!("{} is being deleted", self.object));
        }
        self.now = Some(object);
    }

    /// The object as it is after the change; what a watch shows first may be older.
    pub fn after_change(&self) -> Option<&Value> {
        let stale = |object: &&Value| {
            let version = resource_version(object);
            number(object, "/metadata/generation") < self.generation || version != 0 && version < self.resource_version
        };
        self.now.as_ref().filter(|object| !stale(object))
    }

    /// New pods come by themselves because of the change, and that they are ready does not show that they live on: their
    /// template is new, or it asks nothing of them and no older pod shows that it works.
    pub fn expects_unproven_pods(&self) -> bool {
        let Some(object) = &self.now else { return true };
        if self.template_changed {
            return text(object, "/spec/updateStrategy/type") != Some("OnDelete");
        }
        let containers = list(object, "/spec/template/spec/containers");
        let is_probed = !containers.is_empty() && containers.iter().all(|container| container.get("readinessProbe").is_some());
        self.raised && !is_probed && !self.has_lived()
    }

    /// One of its pods served five seconds before the youngest was made. All by the cluster's clock.
    fn has_lived(&self) -> bool {
        let current = self.current();
        let youngest = current.iter().filter_map(|pod| time(pod, "/metadata/creationTimestamp")).max();
        let lives_since = |pod: &Value| {
            let containers = list(pod, "/status/containerStatuses").iter();
            containers
                .map(|container| time(container, "/state/running/startedAt"))
                .max()
                .flatten()
        };
        let served = |pod: &&Value| pod_state(pod).ready;
        let oldest = current.iter().filter(served).filter_map(lives_since).min();
        let lived = oldest
            .zip(youngest)
            .map(|(oldest, youngest)| youngest.duration_since(oldest).as_secs());
        lived.is_some_and(|seconds| seconds >= QUIET.as_secs().cast_signed())
    }

    pub fn rollout(&self) -> Option<Rollout> {
        self.after_change().map(|object| rollout(&self.object.kind, object))
    }

    /// Queries for its pods and replica sets.
    pub fn belongings(&self) -> Option<[(Subject, Query); 2]> {
        let labels = pod_selector(&self.object, self.now.as_ref()?)?;
        let query = |kind: &str| {
            Kind::well_known().into_iter().find(|known| known.kind == kind).map(|kind| Query {
                labels: Some(labels.clone()),
                ..Query::all(kind, self.object.namespace.clone())
            })
        };
        Some([(Subject::Pods, query("Pod")?), (Subject::ReplicaSets, query("ReplicaSet")?)])
    }

    pub fn warnings(&self) -> Option<Query> {
        let kind = Kind::well_known().into_iter().find(|known| known.kind == "Event")?;
        Some(Query::all(kind, self.object.namespace.clone()))
    }

    /// Its pods with the newest template that are not being stopped.
    fn current(&self) -> Vec<Value> {
        let Some(object) = &self.now else { return Vec::new() };
        let (sets, mut pods) = (values(&self.sets), values(&self.pods));
        if self.no_sets {
            pods.retain(|pod| text(pod, "/metadata/deletionTimestamp").is_none());
            return pods;
        }
        current_pods(&self.object.kind, object, &sets, &pods).into_iter().cloned().collect()
    }

    /// `2 of 3 available, 1 starting: pulling image`.
    pub fn words(&self, rollout: &Rollout) -> String {
        let current = self.current();
        let pulling = self.pulling();
        let is_pulling = |pod: &Value| text(pod, "/metadata/uid").is_some_and(|uid| pulling.contains(uid));
        let pods = pods_words(current.iter().map(|pod| (pod, is_pulling(pod))));
        if pods.is_empty() || rollout.complete {
            return rollout.words.clone();
        }
        format!("{}, {pods}", rollout.words)
    }

    /// Pods (by uid) whose node has begun to fetch an image and has not said that it is there.
    fn pulling(&self) -> HashSet<&str> {
        let mut last: HashMap<&str, (Option<&str>, Option<&str>)> = HashMap::new();
        for event in self.events.values() {
            let Some(uid) = text(event, "/involvedObject/uid") else { continue };
            let at = text(event, "/lastTimestamp").or_else(|| text(event, "/eventTime"));
            match text(event, "/reason") {
                Some("Pulling") => {
                    let (begun, _) = last.entry(uid).or_default();
                    *begun = (*begun).max(at);
                }
                Some("Pulled" | "Failed") => {
                    let (_, ended) = last.entry(uid).or_default();
                    *ended = (*ended).max(at);
                }
                _ => {}
            }
        }
        // `None` is before every time.
        last.into_iter()
            .filter(|(_, (begun, ended))| begun > ended)
            .map(|(uid, _)| uid)
            .collect()
    }

    /// Restarts of its new pods, all together.
    pub fn restarts(&self) -> u32 {
        self.current().iter().map(|pod| pod_state(pod).restarts).sum()
    }

    /// How far its new pods have come, all together: grows from scheduled to ready.
    pub fn stage(&self) -> u32 {
        self.current().iter().map(stage).sum()
    }

    /// Findings that waiting will not mend, on pods with the newest template.
    pub fn lasting(&self) -> Vec<Finding> {
        let Some(object) = &self.now else { return Vec::new() };
        let mut snapshot = Snapshot::new(Timestamp::now());
        let sets = values(&self.sets);
        let newest = newest_replica_set(object, &sets).cloned();
        snapshot.objects.insert("Pod".to_owned(), self.current());
        snapshot.objects.insert("ReplicaSet".to_owned(), newest.into_iter().collect());
        snapshot.objects.insert("Event".to_owned(), values(&self.events));
        snapshot.objects.insert(self.object.kind.kind.clone(), vec![object.clone()]);
        let mut findings = judge(&snapshot);
        findings.retain(|finding| finding.lasting && finding.severity == Severity::Error && finding.code != catalog::ROLLOUT);
        findings
    }

    /// Pods that serve with the newest template.
    pub fn new_serving(&self) -> usize {
        self.current().iter().filter(|pod| pod_state(pod).ready).count()
    }

    /// Pods that serve, of any template.
    pub fn serving(&self) -> usize {
        let Some(object) = &self.now else { return 0 };
        let (sets, pods) = (values(&self.sets), values(&self.pods));
        owned_pods(object, &sets, &pods).filter(|pod| pod_state(pod).ready).count()
    }
}

fn values(map: &BTreeMap<String, Value>) -> Vec<Value> {
    map.values().cloned().collect()
}

/// Versions of one object are compared as numbers; a server whose versions are none is taken at its word.
fn resource_version(object: &Value) -> u64 {
    text(object, "/metadata/resourceVersion")
        .and_then(|version| version.parse().ok())
        .unwrap_or_default()
}

fn raises(change: &FieldChange) -> bool {
    let count = |value: &Option<Value>| value.as_ref().and_then(Value::as_u64).unwrap_or_default();
    change.field == FieldPath::keys(&["spec", "replicas"]) && count(&change.after) > count(&change.before)
}

fn stage(pod: &Value) -> u32 {
    let is = |condition: &str| {
        let of_type = list(pod, "/status/conditions").iter().find(|c| text(c, "/type") == Some(condition));
        u32::from(of_type.and_then(|c| text(c, "/status")) == Some("True"))
    };
    let running = list(pod, "/status/containerStatuses")
        .iter()
        .filter(|c| c.pointer("/state/running").is_some())
        .count();
    is("PodScheduled") + is("PodReadyToStartContainers") + is("Initialized") + is("Ready") + u32::try_from(running).unwrap_or_default()
}
