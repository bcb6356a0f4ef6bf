//! What a Docker Engine has, as far as the request names it.

use std::collections::BTreeMap;

use futures_util::future::{join, join_all};
use serde_json::Value;

use super::Survey;
use crate::domain::{
    docker::{Noun, short},
    event::Event,
    failure::Result,
    inventory::{Inventory, Item},
    object::ObjectRef,
    ports::engine::{Engine, Look},
    reading::EngineNeeds,
};

impl Survey {
    /// The names on the engine that the request is for, and nothing of any cluster.
    ///
    /// # Errors
    /// There is no engine, or it cannot be used.
    pub async fn engine(&self, engine: &dyn Engine, needs: &EngineNeeds) -> Result<Inventory> {
        let looks: Vec<(Noun, Look)> = needs.nouns.iter().map(|noun| (*noun, look(*noun))).collect();
        let (place, lists) = join(
            engine.engine(needs.identity),
            join_all(looks.iter().map(|(_, look)| engine.look(look))),
        )
        .await;
        let place = place?;
        self.record.record(Event::Met { place: place.clone() })?;
        let mut items = Vec::new();
        for ((noun, _), list) in looks.iter().zip(lists) {
            items.extend(list?.iter().flat_map(|list| read(*noun, list)));
        }
        Ok(Inventory {
            place,
            namespaces: Vec::new(),
            items,
            kinds: Vec::new(),
            tools: Vec::new(),
            recent: Vec::new(),
            listed: Vec::new(),
            blind_spots: Vec::new(),
        })
    }
}

/// What lists all of a kind.
#[must_use]
pub const fn look(noun: Noun) -> Look {
    match noun {
        Noun::Container => Look::Containers { all: true },
        Noun::Image => Look::Images { all: false },
        Noun::Network => Look::Networks,
        Noun::Volume => Look::Volumes,
    }
}

/// The objects of such a list, each under each of its names.
#[must_use]
pub fn read(noun: Noun, list: &Value) -> Vec<Item> {
    let list = list.get("Volumes").unwrap_or(list);
    list.as_array()
        .into_iter()
        .flatten()
        .flat_map(|object| items(noun, object))
        .collect()
}

fn items(noun: Noun, object: &Value) -> Vec<Item> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let texts = |key: &str| {
        object
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    };
    let labels = || -> BTreeMap<String, String> {
        let map = object.get("Labels").and_then(Value::as_object);
        let texts = map
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        texts.collect()
    };
    let item = |object: ObjectRef, containers: Vec<(String, String)>, owner: &str| Item {
        object,
        labels: labels(),
        containers,
        ports: Vec::new(),
        replicas: None,
        owner: (!owner.is_empty()).then(|| owner.to_owned()),
    };
    let id = |key: &str| Some(text(key).to_owned()).filter(|id| !id.is_empty());
    match noun {
        Noun::Container => {
            let name = texts("Names").next().map(|name| name.trim_start_matches('/')).unwrap_or_default();
            vec![item(
                noun.named(name, id("Id")),
                vec![(name.to_owned(), text("Image").to_owned())],
                text("State"),
            )]
        }
        Noun::Image => {
            let tags: Vec<&str> = texts("RepoTags").filter(|tag| *tag != "<none>:<none>").collect();
            if tags.is_empty() {
                return vec![item(noun.named(short(text("Id")), id("Id")), Vec::new(), "no name")];
            }
            tags.into_iter()
                .map(|tag| item(noun.named(tag, id("Id")), Vec::new(), ""))
                .collect()
        }
        Noun::Network => vec![item(noun.named(text("Name"), id("Id")), Vec::new(), text("Driver"))],
        Noun::Volume => vec![item(noun.named(text("Name"), None), Vec::new(), text("Driver"))],
    }
}
