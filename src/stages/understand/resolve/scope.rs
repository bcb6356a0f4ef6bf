//! An app, a namespace, or everything: sets of objects.

use super::{Found, Resolver, Stop, look, say};
use crate::{
    domain::{
        intent::{Intent, NameReading, Scope, SlotValue},
        inventory::Item,
        reading::SlotMention,
    },
    fallbacks::{Slot, SlotType},
};

/// Labels by which an app is known (kubernetes.io/docs/concepts/overview/working-with-objects/common-labels).
const APP_LABELS: [&str; 5] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/instance",
    "app",
    "release",
];

impl Resolver<'_> {
    /// A scope that was mentioned: the slot to fill (another one, when the name is a single object's) and its value.
    pub(super) fn scope(&self, slot: &Slot, mention: &SlotMention) -> Result<Option<(String, SlotValue)>, Stop> {
        let scope = match mention {
            SlotMention::All => Scope {
                all_namespaces: true,
                ..Scope::default()
            },
            SlotMention::Text(selector) => Scope {
                namespace: self.namespace().map(str::to_owned),
                selector: Some(selector.clone()),
                all_namespaces: self.reading.slots.contains_key(&format!("{}.everywhere", slot.name)),
            },
            SlotMention::Name { said, .. } => return self.named_scope(slot, said).map(Some),
            _ => return Ok(None),
        };
        Ok(Some((slot.name.clone(), SlotValue::Scope(scope))))
    }

    fn named_scope(&self, slot: &Slot, said: &str) -> Result<(String, SlotValue), Stop> {
        let workload = |item: &Item| item.object.kind.is_workload();
        let found = self.look().find(said, self.namespace(), &workload);
        if let Some(scope) = self.scope_named(said, &found) {
            return Ok((slot.name.clone(), SlotValue::Scope(scope)));
        }
        let of = self.playbook.slots.iter().find(|slot| slot.of == SlotType::Workload);
        match (found, of) {
            (Found::One(item), Some(of)) => Ok((of.name.clone(), SlotValue::Object(item.object.clone()))),
            (Found::One(item), None) => Ok((slot.name.clone(), SlotValue::Scope(self.selecting(item)))),
            (Found::Several(items) | Found::Elsewhere(items) | Found::Similar(items), Some(of)) => Err(self.which(of, &items)),
            // Which namespaces there are may not be seen: this may be one.
            (_, _) if !self.inventory.blind_spots.is_empty() && super::super::token::looks_like_name(said) => {
                let mut others = self.reading.slots.clone();
                others.remove(&slot.name);
                let as_namespace = say::request(self.playbook, &others, self.place().within(Some(said)));
                let why = format!("No app here is called {said}; whether a namespace is cannot be seen");
                Err(self.unknown(said, as_namespace.into_iter().collect(), &why))
            }
            (_, _) => {
                let near = look::nearest(said, self.inventory.namespaces.iter().map(String::as_str));
                let mut others = self.reading.slots.clone();
                others.remove(&slot.name);
                let suggestions = near
                    .into_iter()
                    .filter_map(|near| say::request(self.playbook, &others, self.place().within(Some(near))))
                    .collect();
                Err(self.unknown(said, suggestions, &format!("Neither an app nor a namespace is called {said}")))
            }
        }
    }

    /// A workload as a set: by the label that only it has.
    fn selecting(&self, item: &Item) -> Scope {
        let selector = self.common_label(&[item]).unwrap_or_else(|| format!("app={}", item.object.name));
        Scope {
            namespace: self.namespace().map(str::to_owned),
            selector: Some(selector),
            ..Scope::default()
        }
    }

    /// What `said` names as a set: a namespace, an app by its labels, or workloads that share a part of their names and a label
    /// that no other has.
    pub(super) fn scope_named(&self, said: &str, found: &Found<'_>) -> Option<Scope> {
        let joined = said.replace(' ', "-");
        let in_namespace = || self.namespace().map(str::to_owned);
        if let Found::One(item) = found
            && item.object.name == joined
        {
            return None;
        }
        if self.inventory.namespaces.contains(&joined) && !matches!(found, Found::One(_)) {
            return Some(Scope {
                namespace: Some(joined),
                ..Scope::default()
            });
        }
        let here = |item: &&Item| item.object.namespace.as_deref() == Some(self.here());
        let labelled = APP_LABELS.iter().find(|key| {
            self.inventory
                .items
                .iter()
                .filter(here)
                .any(|item| item.labels.get(**key).is_some_and(|value| *value == joined))
        });
        if let Some(key) = labelled.filter(|_| !matches!(found, Found::One(_))) {
            return Some(Scope {
                namespace: in_namespace(),
                selector: Some(format!("{key}={joined}")),
                ..Scope::default()
            });
        }
        let Found::Several(items) = found else { return None };
        let selector = self.common_label(items)?;
        Some(Scope {
            namespace: in_namespace(),
            selector: Some(selector),
            ..Scope::default()
        })
    }

    /// A label that all of `items` have and no other workload beside them.
    fn common_label(&self, items: &[&Item]) -> Option<String> {
        let namespace = items.first()?.object.namespace.clone();
        let named = |item: &Item| items.iter().any(|known| known.object == item.object);
        let others: Vec<&Item> = self
            .inventory
            .items
            .iter()
            .filter(|item| item.object.kind.is_workload() && item.object.namespace == namespace && !named(item))
            .collect();
        APP_LABELS
            .iter()
            .chain(&["app.kubernetes.io/component", "component"])
            .find_map(|key| {
                let value = items.first()?.labels.get(*key)?;
                let all = items.iter().all(|item| item.labels.get(*key) == Some(value));
                let none = others.iter().all(|item| item.labels.get(*key) != Some(value));
                (all && none).then(|| format!("{key}={value}"))
            })
    }

    /// The namespace that was named, where the playbook has a scope and nothing filled it.
    pub(super) fn add_scope(&self, intent: &mut Intent) {
        let Some(slot) = self.scope_slot() else { return };
        if let Some(SlotValue::Scope(scope)) = intent.slots.get(&slot.name) {
            let app = scope.selector.clone().or_else(|| scope.namespace.clone());
            if let (Some(app), Some(SlotMention::Name { said, .. })) = (app, self.reading.slots.get(&slot.name)) {
                intent.readings_of_names.push(NameReading {
                    said: said.clone(),
                    means: app,
                    ..NameReading::default()
                });
            }
            return;
        }
        let of = intent.slots.values().any(|value| matches!(value, SlotValue::Object(_)));
        if let Some(namespace) = self.namespace().filter(|_| !of) {
            let scope = Scope {
                namespace: Some(namespace.to_owned()),
                ..Scope::default()
            };
            intent.slots.insert(slot.name.clone(), SlotValue::Scope(scope));
        }
    }
}

/// How a set is called where its reading is shown.
pub(super) fn words(scope: &Scope) -> String {
    scope
        .selector
        .clone()
        .or_else(|| scope.namespace.as_ref().map(|namespace| format!("namespace {namespace}")))
        .unwrap_or_default()
}
