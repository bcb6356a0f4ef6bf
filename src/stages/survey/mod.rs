//! What is there: just as much of the cluster and of the tools as the request at hand needs.
//!
//! Two depths, because a quick request must never wait for a slow look: [`Survey::near`] lists the workloads of the
//! namespace that is meant; [`Survey::wide`] adds pods and all other namespaces and is asked for only when a name was not
//! found near by.

pub mod engine;
mod kinds;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use futures_util::future::{join, join_all};
use serde_json::Value;

use crate::domain::{
    event::Event,
    failure::{Failure, FailureKind, Result},
    inventory::{Inventory, Item},
    kind::Kind,
    object::{ObjectRef, is_label},
    place::Place,
    ports::{
        observe::{Observe, Query},
        record::Record,
    },
    reading::{Needs, Reading, SlotMention},
};

#[allow(missing_debug_implementations)]
pub struct Survey {
    observe: Arc<dyn Observe>,
    record: Arc<dyn Record>,
}

impl Survey {
    #[must_use]
    pub fn new(observe: Arc<dyn Observe>, record: Arc<dyn Record>) -> Self {
        Self { observe, record }
    }

    /// The namespaces that the request names, else the place's own; with the kinds and tools it speaks of.
    ///
    /// # Errors
    /// The cluster cannot be reached, or the user may not list what the request is about.
    pub async fn near(&self, readings: &[Reading], needs: &Needs) -> Result<Inventory> {
        let (place, tools) = join(self.observe.place(), self.observe.tools(&needs.tools)).await;
        let (place, tools) = (place?, tools?);
        self.record.record(Event::Met { place: place.clone() })?;
        self.record.record(Event::Tools { tools: tools.clone() })?;

        let kinds = self.kinds(&place, needs).await?;
        let mut listed = listed_kinds(readings, needs, &kinds);
        if needs.workloads {
            listed.extend(Kind::well_known().into_iter().filter(Kind::is_workload));
        }
        let mut inventory = Inventory {
            namespaces: Vec::new(),
            items: Vec::new(),
            kinds,
            tools,
            recent: Vec::new(),
            listed: Vec::new(),
            blind_spots: Vec::new(),
            place,
        };
        let namespaces = namespaces_meant(readings, &inventory.place);
        let queries = namespaces
            .iter()
            .flat_map(|namespace| listed.iter().map(move |kind| query(kind, Some(namespace))));
        let listed = self.list_into(&mut inventory, queries.collect()).await;
        if needs.namespaces {
            self.list_namespaces(&mut inventory, readings).await;
        }
        match listed {
            // The request may be about another namespace, whose name stands in it: what may be seen there is seen there.
            Err(failure) if failure.kind == FailureKind::Forbidden && needs.namespaces && !words(readings).is_empty() => Ok(inventory),
            Err(failure) => Err(failure),
            Ok(()) => Ok(inventory),
        }
    }

    /// For what the kubeconfig alone answers.
    ///
    /// # Errors
    /// The kubeconfig cannot be found.
    pub async fn nowhere(&self) -> Result<Inventory> {
        let place = self.observe.named().await?;
        // A cluster that was not asked was not met.
        if place.is_simulated() {
            self.record.record(Event::Met { place: place.clone() })?;
        }
        Ok(Inventory {
            namespaces: Vec::new(),
            items: Vec::new(),
            kinds: Vec::new(),
            tools: Vec::new(),
            recent: Vec::new(),
            listed: Vec::new(),
            blind_spots: Vec::new(),
            place,
        })
    }

    /// Adds the pods of the namespaces that are meant, and the workloads and kinds in question of all namespaces.
    /// What may not be seen becomes a blind spot, not an error.
    ///
    /// # Errors
    /// The cluster cannot be reached any more.
    pub async fn wide(&self, mut inventory: Inventory, readings: &[Reading], needs: &Needs) -> Result<Inventory> {
        let mut listed = listed_kinds(readings, needs, &inventory.kinds);
        listed.extend(Kind::well_known().into_iter().filter(Kind::is_workload));
        let mut queries: Vec<Query> = listed.iter().map(|kind| query(kind, None)).collect();
        for namespace in namespaces_meant(readings, &inventory.place) {
            let wider = needs.wider.iter().filter_map(|word| kinds::find(word, &inventory.kinds));
            queries.extend(
                wider
                    .filter(|kind| !listed.contains(kind))
                    .map(|kind| query(kind, Some(&namespace))),
            );
            queries.push(query(&Kind::pod(), Some(&namespace)));
        }
        let near = std::mem::take(&mut inventory.items);
        self.list_into(&mut inventory, queries).await?;
        inventory.items.extend(near);
        once_each(&mut inventory.items);
        self.list_namespaces(&mut inventory, readings).await;
        Ok(inventory)
    }

    async fn kinds(&self, place: &Place, needs: &Needs) -> Result<Vec<Kind>> {
        let known = Kind::well_known();
        let unknown = needs.kinds.iter().any(|word| !kinds::names_kind(word, &known));
        if unknown {
            tracing::debug!(place = place.name(), words = ?needs.kinds, "looking kinds up by discovery");
            let mut served = self.observe.kinds().await?;
            served.retain(|kind| !known.iter().any(|k| k.group == kind.group && k.kind == kind.kind));
            return Ok(known.into_iter().chain(served).collect());
        }
        Ok(known)
    }

    async fn list_into(&self, inventory: &mut Inventory, queries: Vec<Query>) -> Result<()> {
        let lists = join_all(queries.iter().map(|query| self.observe.list(query))).await;
        let mut refused: Option<Failure> = None;
        let mut seen = false;
        for (query, list) in queries.iter().zip(lists) {
            match list {
                Ok(objects) => {
                    seen = true;
                    inventory.items.extend(objects.iter().map(|object| item(&query.kind, object)));
                }
                Err(failure) if matches!(failure.kind, FailureKind::Forbidden | FailureKind::NotFound) => {
                    inventory.blind_spots.push(failure.what.clone());
                    refused.get_or_insert(failure);
                }
                Err(failure) => return Err(failure),
            }
        }
        match refused {
            // Nothing at all may be seen: the reason is the answer.
            Some(failure) if !seen && inventory.items.is_empty() => Err(failure),
            _ => Ok(()),
        }
    }

    /// Who may not list namespaces may all the same be at home in one: those that the request speaks of are asked for one
    /// by one. One that is said to be a namespace counts unless the server says that it is not there; any other word only
    /// where something may be looked at in a namespace of that name, for it may as well be nobody's.
    async fn list_namespaces(&self, inventory: &mut Inventory, readings: &[Reading]) {
        let Some(kind) = Kind::well_known().into_iter().find(|kind| kind.kind == "Namespace") else {
            return;
        };
        match self.observe.list(&Query::all(kind, None)).await {
            Ok(objects) => {
                inventory.namespaces = objects
                    .iter()
                    .filter_map(|o| o.pointer("/metadata/name").and_then(Value::as_str))
                    .map(str::to_owned)
                    .collect();
            }
            Err(failure) => {
                inventory.blind_spots.push(failure.what);
                let mut named = words(readings);
                named.push(inventory.place.namespace.clone());
                named.sort();
                named.dedup();
                let said: Vec<&str> = readings.iter().filter_map(|reading| reading.namespace.as_deref()).collect();
                let home = inventory.place.namespace.as_str();
                let is_place = |name: &str| name == home || said.contains(&name) || INITIAL.contains(&name);
                let found = join_all(named.iter().map(|name| self.may_be_there(name, is_place(name)))).await;
                let there = named.iter().zip(found).filter(|(_, there)| *there).map(|(name, _)| name.clone());
                inventory.namespaces = there.collect();
            }
        }
    }

    async fn may_be_there(&self, name: &str, is_place: bool) -> bool {
        let Some(kind) = Kind::well_known().into_iter().find(|kind| kind.kind == "Namespace") else {
            return false;
        };
        let object = ObjectRef {
            kind,
            namespace: None,
            name: name.to_owned(),
            uid: None,
        };
        match self.observe.get(&object).await {
            Ok(object) => object.is_some(),
            Err(failure) if failure.kind != FailureKind::Forbidden => false,
            Err(_) if is_place => true,
            Err(_) => {
                let pods = Query::all(Kind::pod(), Some(name.to_owned()));
                self.observe.list(&pods).await.is_ok()
            }
        }
    }
}

/// The namespaces that every cluster has
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces>).
const INITIAL: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// What was listed in one namespace and in all of them is there once.
fn once_each(items: &mut Vec<Item>) {
    let mut known = HashSet::new();
    items.retain(|item| known.insert(item.object.clone()));
}

/// Kinds other than workloads whose objects a clause names, so that the names must be listed.
fn listed_kinds(readings: &[Reading], needs: &Needs, kinds: &[Kind]) -> Vec<Kind> {
    let named = readings
        .iter()
        .flat_map(|reading| &reading.slots)
        .filter_map(|(slot, mention)| match mention {
            SlotMention::Name { kind: Some(kind), .. } => Some(kind.as_str()),
            SlotMention::Text(kind) if slot.ends_with(".kind") => Some(kind.as_str()),
            _ => None,
        });
    let mut found: Vec<Kind> = named
        .filter_map(|word| kinds::find(word, kinds))
        .filter(|kind| !(needs.workloads && kind.is_workload()))
        .cloned()
        .collect();
    found.sort();
    found.dedup();
    found
}

/// What may be the name of a namespace: one that is said to be, and whatever else is named.
fn words(readings: &[Reading]) -> Vec<String> {
    let named = readings.iter().flat_map(|reading| {
        let mentions = reading.slots.values().filter_map(|mention| match mention {
            SlotMention::Name { said, .. } => Some(said.replace(' ', "-")),
            _ => None,
        });
        reading.namespace.clone().into_iter().chain(mentions)
    });
    named.filter(|name| is_label(name)).collect()
}

fn namespaces_meant(readings: &[Reading], place: &Place) -> Vec<String> {
    let mut namespaces: Vec<String> = readings
        .iter()
        .map(|reading| reading.namespace.clone().unwrap_or_else(|| place.namespace.clone()))
        .filter(|name| is_label(name))
        .collect();
    namespaces.sort();
    namespaces.dedup();
    namespaces
}

fn query(kind: &Kind, namespace: Option<&str>) -> Query {
    Query::all(kind.clone(), namespace.filter(|_| kind.namespaced).map(str::to_owned))
}

fn item(kind: &Kind, object: &Value) -> Item {
    let pod_spec = object.pointer("/spec/template/spec").or_else(|| object.get("spec"));
    let containers: Vec<&Value> = pod_spec
        .and_then(|spec| spec.get("containers"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .collect();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let count = |pointer: &str| object.pointer(pointer).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let desired = count("/spec/replicas").or_else(|| count("/status/desiredNumberScheduled"));
    let ready = count("/status/readyReplicas").or_else(|| count("/status/numberReady")).unwrap_or(0);
    Item {
        object: ObjectRef::of(kind, object),
        labels: labels(object),
        containers: containers.iter().map(|c| (text(c, "name"), text(c, "image"))).collect(),
        ports: containers
            .iter()
            .flat_map(|c| c.get("ports").and_then(Value::as_array).into_iter().flatten())
            .filter_map(|port| {
                port.get("containerPort")
                    .and_then(Value::as_u64)
                    .and_then(|n| u16::try_from(n).ok())
            })
            .collect(),
        replicas: desired.map(|desired| (desired, ready)),
        owner: object
            .pointer("/metadata/ownerReferences")
            .and_then(Value::as_array)
            .and_then(|owners| {
                owners
                    .iter()
                    .find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))
            })
            .map(|owner| text(owner, "name")),
    }
}

fn labels(object: &Value) -> BTreeMap<String, String> {
    let map = object.pointer("/metadata/labels").and_then(Value::as_object);
    map.into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}
