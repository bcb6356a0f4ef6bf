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
        let (place, items) = join(engine.engine(needs.identity), named(engine, needs)).await;
        let place = place?;
        self.record.record(Event::Met { place: place.clone() })?;
        Ok(Inventory {
            place,
            namespaces: Vec::new(),
            items: items?,
            kinds: Vec::new(),
            tools: Vec::new(),
            recent: Vec::new(),
            listed: Vec::new(),
            blind_spots: Vec::new(),
        })
    }
}

async fn named(engine: &dyn Engine, needs: &EngineNeeds) -> Result<Vec<Item>> {
    let Some(name) = &needs.literal else {
        return listed(engine, &needs.nouns).await;
    };
    let (first, others) = needs.nouns.split_at(needs.nouns.len().min(1));
    let mut items = listed(engine, first).await?;
    if !items.iter().any(|item| item.object.name == *name) {
        items.extend(listed(engine, others).await?);
    }
    Ok(items)
}

async fn listed(engine: &dyn Engine, nouns: &[Noun]) -> Result<Vec<Item>> {
    let looks: Vec<Look> = nouns.iter().map(|noun| look(*noun)).collect();
    let lists = join_all(looks.iter().map(|look| engine.look(look))).await;
    let mut items = Vec::new();
    for (noun, list) in nouns.iter().zip(lists) {
        items.extend(list?.iter().flat_map(|list| read(*noun, list)));
    }
    Ok(items)
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

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use serde_json::json;

    use super::*;
    use crate::domain::{
        answer::LogLine,
        docker::Logs,
        failure::{Failure, FailureKind},
        place::Place,
        ports::{Feed, Later},
    };

    /// Has one container, `web`, and remembers what it was asked for.
    #[derive(Default)]
    struct Shelf(Mutex<Vec<Look>>);

    fn unasked<T>() -> Result<T> {
        Err(Failure::new(FailureKind::Failed, "this is not asked for"))
    }

    impl Engine for Shelf {
        fn engine<'a>(&'a self, _: bool) -> Later<'a, Place> {
            Box::pin(async { unasked() })
        }

        fn look<'a>(&'a self, look: &'a Look) -> Later<'a, Option<Value>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(look.clone());
            let found = match look {
                Look::Containers { .. } => json!([{"Names": ["/web"], "Id": "5e7a90"}]),
                _ => json!([]),
            };
            Box::pin(async { Ok(Some(found)) })
        }

        fn container_logs<'a>(&'a self, _: &'a Logs) -> Later<'a, Box<dyn Feed<LogLine>>> {
            Box::pin(async { unasked() })
        }
    }

    /// The list of images takes an engine several times as long as that of containers.
    #[tokio::test]
    async fn of_a_name_that_the_first_kind_has_no_other_kind_is_listed() {
        let asked = async |literal: Option<&str>| {
            let shelf = Shelf::default();
            let needs = EngineNeeds {
                nouns: vec![Noun::Container, Noun::Image],
                literal: literal.map(str::to_owned),
                identity: false,
            };
            named(&shelf, &needs).await.unwrap();
            shelf.0.into_inner().unwrap()
        };
        let both = [Look::Containers { all: true }, Look::Images { all: false }];
        assert_eq!(asked(Some("web")).await, both[..1]);
        assert_eq!(asked(Some("api")).await, both);
        assert_eq!(asked(None).await, both);
    }
}
