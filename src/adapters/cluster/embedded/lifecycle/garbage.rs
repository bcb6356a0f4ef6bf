//! What goes away by itself: objects whose owners are gone, namespaces that are deleted, finalizers of deletion, old events.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::facts::facts;
use super::super::world::{Key, OBSERVATION};
use super::turn::Turn;
use super::values;

/// Events are kept for an hour.
pub const EVENT_LIFE: SignedDuration = SignedDuration::from_secs(3600);

/// The key under which the old age of events is due.
pub fn all_events() -> Key {
    ("Event".to_owned(), String::new(), String::new())
}

/// Whether an object has lost its last owner, and was let go.
pub fn collect(turn: &mut Turn, at: &Key) -> bool {
    let Some(object) = turn.get_key(at) else { return true };
    let owners = values::list(object, "/metadata/ownerReferences");
    let lives = |owner: &Value| {
        let kind = values::text(owner, "/kind");
        let find = |namespace: &str| turn.get(kind, namespace, values::text(owner, "/name"));
        find(&at.1)
            .or_else(|| find(""))
            .is_some_and(|found| values::uid(found) == values::text(owner, "/uid"))
    };
    if owners.is_empty() || owners.iter().any(lives) {
        return false;
    }
    turn.delete(at);
    false
}

/// Carries out `foregroundDeletion` and `orphan` for an object that is going away.
pub fn finalize(turn: &mut Turn, at: &Key) {
    let Some(object) = turn.get_key(at).filter(|object| values::deleting(object)) else {
        return;
    };
    let has = |name: &str| {
        values::list(object, "/metadata/finalizers")
            .iter()
            .any(|finalizer| finalizer == name)
    };
    let (foreground, orphan, uid) = (has("foregroundDeletion"), has("orphan"), values::uid(object).to_owned());
    if !foreground && !orphan {
        if !values::has_finalizers(object) && !matches!(at.0.as_str(), "Pod" | "Namespace") {
            turn.remove(at);
        }
        return;
    }
    let dependents = turn.dependents(&uid);
    if orphan {
        for (key, _) in dependents {
            set_free(turn, &key, &uid);
        }
        drop_finalizer(turn, at, "orphan");
        return;
    }
    let blocking = dependents.iter().any(|(_, reference)| blocks(reference));
    if !blocking {
        drop_finalizer(turn, at, "foregroundDeletion");
        return;
    }
    for (key, reference) in dependents {
        let Some(object) = turn.get_key(&key) else { continue };
        if values::deleting(object) || !blocks(&reference) {
            continue;
        }
        // Owners wait for their own in turn.
        if !turn.dependents(values::uid(object)).is_empty() {
            let mut object = object.clone();
            let mut finalizers = values::list(&object, "/metadata/finalizers").to_vec();
            finalizers.push(json!("foregroundDeletion"));
            values::set(&mut object, &["metadata", "finalizers"], Value::Array(finalizers));
            turn.put(object);
        }
        turn.delete(&key);
    }
}

/// Whether the owner waits for the one that names it so.
fn blocks(reference: &Value) -> bool {
    reference.pointer("/blockOwnerDeletion") == Some(&Value::Bool(true))
}

fn set_free(turn: &mut Turn, key: &Key, owner: &str) {
    let Some(mut object) = turn.get_key(key).cloned() else { return };
    let mut owners = values::list(&object, "/metadata/ownerReferences").to_vec();
    owners.retain(|reference| values::text(reference, "/uid") != owner);
    if owners.is_empty() {
        values::unset(&mut object, "/metadata", "ownerReferences");
    } else {
        values::set(&mut object, &["metadata", "ownerReferences"], Value::Array(owners));
    }
    turn.put(object);
}

fn drop_finalizer(turn: &mut Turn, at: &Key, name: &str) {
    let Some(mut object) = turn.get_key(at).cloned() else { return };
    let mut finalizers = values::list(&object, "/metadata/finalizers").to_vec();
    finalizers.retain(|finalizer| finalizer != name);
    if finalizers.is_empty() {
        turn.remove(at);
        return;
    }
    values::set(&mut object, &["metadata", "finalizers"], Value::Array(finalizers));
    turn.put(object);
}

/// Empties a namespace that is going away, and removes it when nothing is left.
pub fn namespace(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let object = turn.get_key(at)?;
    if !values::deleting(object) {
        inhabit(turn, &at.2);
        return None;
    }
    if values::text(object, "/status/phase") != "Terminating" {
        let mut object = object.clone();
        values::set(&mut object, &["status", "phase"], json!("Terminating"));
        turn.put(object);
    }
    let inside: Vec<Key> = turn
        .world
        .all()
        .filter(|((kind, namespace, _), _)| *namespace == at.2 && kind != OBSERVATION)
        .map(|(key, _)| key.clone())
        .collect();
    if inside.is_empty() {
        turn.remove(at);
        return None;
    }
    // Owners first, so that nothing is made anew; their pods follow as garbage, gracefully.
    for key in inside {
        turn.delete(&key);
    }
    tell_what_is_left(turn, at);
    None
}

/// Says what a namespace that is going away still waits for.
fn tell_what_is_left(turn: &mut Turn, at: &Key) {
    let (mut kinds, mut finalizers): (BTreeMap<String, u32>, BTreeMap<String, u32>) = Default::default();
    for ((kind, namespace, _), object) in turn.world.all() {
        if *namespace != at.2 || kind == OBSERVATION {
            continue;
        }
        *kinds.entry(resource(kind, values::text(object, "/apiVersion"))).or_default() += 1;
        for finalizer in values::list(object, "/metadata/finalizers") {
            *finalizers.entry(finalizer.as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    if kinds.is_empty() {
        return;
    }
    let counted = |of: BTreeMap<String, u32>, word: &str| {
        let parts: Vec<String> = of
            .iter()
            .map(|(name, count)| format!("{name} {word} {count} resource instances"))
            .collect();
        parts.join(", ")
    };
    let held = !finalizers.is_empty();
    let what = if held {
        (
            "SomeFinalizersRemain",
            format!(
                "Some content in the namespace has finalizers remaining: {}",
                counted(finalizers, "in")
            ),
        )
    } else {
        ("ContentHasNoFinalizers", "All content-preserving finalizers finished".to_owned())
    };
    let told = [
        (
            "NamespaceDeletionDiscoveryFailure",
            false,
            "ResourcesDiscovered",
            "All resources successfully discovered".to_owned(),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            false,
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed".to_owned(),
        ),
        (
            "NamespaceDeletionContentFailure",
            false,
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization".to_owned(),
        ),
        (
            "NamespaceContentRemaining",
            true,
            "SomeResourcesRemain",
            format!("Some resources are remaining: {}", counted(kinds, "has")),
        ),
        ("NamespaceFinalizersRemaining", held, what.0, what.1),
    ];
    let Some(mut object) = turn.get_key(at).cloned() else { return };
    let conditions: Vec<Value> = told
        .into_iter()
        .map(|(of, is, reason, message)| {
            let status = if is { "True" } else { "False" };
            let known = values::condition(&object, of).filter(|known| values::text(known, "/status") == status);
            let since = known.map_or_else(
                || values::stamp(turn.at),
                |known| values::text(known, "/lastTransitionTime").to_owned(),
            );
            json!({ "lastTransitionTime": since, "message": message, "reason": reason, "status": status, "type": of })
        })
        .collect();
    values::set(&mut object, &["status", "conditions"], Value::Array(conditions));
    turn.put(object);
}

/// `configmaps.`, `deployments.apps`: as the namespace's controller names a resource.
fn resource(kind: &str, api_version: &str) -> String {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let known = facts().kinds.iter().find(|known| known.kind == kind && known.group == group);
    format!(
        "{}.{group}",
        known.map_or_else(|| kind.to_lowercase(), |known| known.plural.clone())
    )
}

/// What every namespace has: an account for its pods, and the certificate by which they know the API server.
fn inhabit(turn: &mut Turn, namespace: &str) {
    for object in [super::seed::service_account(namespace), super::seed::root_certificate(namespace)] {
        if turn.get(values::kind(&object), namespace, values::name(&object)).is_none() {
            turn.put(object);
        }
    }
}

/// Removes events that are too old, and says when the next will be.
pub fn old_events(turn: &mut Turn) -> Option<Timestamp> {
    let last = |event: &Value| {
        let latest = [
            values::text(event, "/series/lastObservedTime"),
            values::text(event, "/lastTimestamp"),
            values::text(event, "/eventTime"),
        ];
        let latest = latest
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_else(|| values::text(event, "/metadata/creationTimestamp"));
        // Whole seconds in UTC compare as text.
        latest.get(..19).unwrap_or(latest).to_owned()
    };
    let limit = values::after(turn.at, -EVENT_LIFE).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let mut oldest: Option<String> = None;
    let mut gone = Vec::new();
    for event in turn.world.list("Event", None) {
        let last = last(event);
        if last <= limit {
            gone.push(super::turn::key(event));
        } else if oldest.as_ref().is_none_or(|oldest| last < *oldest) {
            oldest = Some(last);
        }
    }
    for key in gone {
        turn.world.delete(&key.0, &key.1, &key.2);
    }
    let oldest: Timestamp = format!("{}Z", oldest?).parse().ok()?;
    Some(values::after(oldest, EVENT_LIFE))
}
