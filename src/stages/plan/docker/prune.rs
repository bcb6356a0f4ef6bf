//! What nothing uses, looked for before anything is removed: what is approved is exactly what goes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Told, mounts::OWN_NETWORKS, text};
use crate::{
    domain::{
        docker::{
            Noun, Prune,
            condition::Check,
            listed::{container_name, image_names},
            short, size,
        },
        failure::Result,
        object::ObjectRef,
        ports::engine::Look,
    },
    stages::plan::Planner,
};

impl Planner {
    pub(super) async fn pruned(&self, prune: &Prune, notes: &mut Vec<String>) -> Result<Vec<Told>> {
        let everything = !(prune.containers || prune.images || prune.networks || prune.volumes || prune.named);
        let named = prune.named || (prune.images && prune.unused);
        let containers = self.list(&Look::Containers { all: true }, "").await?;
        let idle: Vec<&Value> = containers.iter().filter(|container| is_idle(container)).collect();
        let mut told = Vec::new();
        if prune.containers || everything {
            told.extend(idle.iter().map(|container| gone(container_ref(container), state_of(container))));
        }
        // What the containers that go have used is free then, as `docker system prune` sees it.
        let using: Vec<&Value> = containers.iter().filter(|container| !everything || !is_idle(container)).collect();
        let mut freed = 0;
        if prune.images || prune.named || everything {
            let used: BTreeSet<String> = using.iter().filter_map(|container| text(container, "/ImageID")).collect();
            for image in self.list(&Look::Images { all: false }, "").await? {
                let id = text(&image, "/Id").unwrap_or_default();
                let tags: Vec<&str> = image_names(&image).collect();
                if used.contains(&id) || !(tags.is_empty() || named) {
                    continue;
                }
                let bytes = image.get("Size").and_then(Value::as_u64).unwrap_or_default();
                freed += bytes;
                if tags.is_empty() {
                    told.push(gone(Noun::Image.named(short(&id), Some(id.clone())), size(bytes)));
                }
                told.extend(tags.iter().map(|tag| gone(Noun::Image.named(*tag, Some(id.clone())), size(bytes))));
            }
        }
        if prune.networks || everything {
            let used: BTreeSet<String> = using.iter().flat_map(|container| networks(container)).collect();
            for network in self.list(&Look::Networks, "").await? {
                let name = text(&network, "/Name").unwrap_or_default();
                // What a swarm has made for itself is no network of a container.
                let of_swarm = text(&network, "/Scope").as_deref() == Some("swarm") || network.get("Ingress") == Some(&Value::Bool(true));
                if !OWN_NETWORKS.contains(&name.as_str()) && !of_swarm && !used.contains(&name) {
                    told.push(gone(
                        Noun::Network.named(name, text(&network, "/Id")),
                        text(&network, "/Driver").unwrap_or_default(),
                    ));
                }
            }
        }
        if prune.volumes {
            let used: BTreeSet<String> = using.iter().flat_map(|container| volumes(container)).collect();
            for volume in self.list(&Look::Volumes, "/Volumes").await? {
                let name = text(&volume, "/Name").unwrap_or_default();
                if !used.contains(&name) && is_anonymous(&volume, &name) {
                    told.push(gone(
                        Noun::Volume.named(name, text(&volume, "/CreatedAt")),
                        text(&volume, "/Driver").unwrap_or_default(),
                    ));
                }
            }
            if told.iter().any(|told| Noun::of(&told.object) == Some(Noun::Volume)) {
                notes.push("what is in these volumes is lost".to_owned());
            }
            notes.push("volumes that have a name stay: each is removed by its own".to_owned());
        }
        if everything {
            notes.push("volumes stay: those without a name go with `docker volume prune`".to_owned());
        }
        if freed > 0 {
            notes.push(format!("frees up to {} of images", size(freed)));
        }
        Ok(told)
    }

    async fn list(&self, look: &Look, pointer: &str) -> Result<Vec<Value>> {
        let found = self.engine.look(look).await?.unwrap_or_default();
        Ok(found.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default())
    }
}

fn gone(object: ObjectRef, now: String) -> Told {
    Told {
        object,
        operation: "remove",
        before: json!({"state": now}),
        after: json!({"state": "removed"}),
        reversal: None,
        check: Check::Gone,
        mark: None,
    }
}

/// States of a container that `docker container prune` takes.
fn is_idle(container: &Value) -> bool {
    matches!(text(container, "/State").as_deref(), Some("created" | "exited" | "dead"))
}

fn container_ref(container: &Value) -> ObjectRef {
    Noun::Container.named(container_name(container), text(container, "/Id"))
}

fn state_of(container: &Value) -> String {
    let status = text(container, "/Status").unwrap_or_default();
    format!("{}, from {}", status.to_lowercase(), text(container, "/Image").unwrap_or_default())
}

fn networks(container: &Value) -> Vec<String> {
    let networks = container.pointer("/NetworkSettings/Networks").and_then(Value::as_object);
    networks.into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

fn volumes(container: &Value) -> Vec<String> {
    let mounts = container.get("Mounts").and_then(Value::as_array).into_iter().flatten();
    let named = mounts.filter(|mount| mount.get("Type").and_then(Value::as_str) == Some("volume"));
    named.filter_map(|mount| text(mount, "/Name")).collect()
}

/// Made for a container that named none, as `docker volume prune` understands it since API 1.42; a name is somebody's wish to
/// keep it.
fn is_anonymous(volume: &Value, name: &str) -> bool {
    let labelled = volume
        .pointer("/Labels")
        .and_then(|labels| labels.get("com.docker.volume.anonymous"))
        .is_some();
    labelled || name.len() == 64 && name.chars().all(|c| c.is_ascii_hexdigit())
}
