//! How well a name that was said fits what an engine has: the whole name, the beginning of an id, a part, nearly.

use std::collections::BTreeMap;

use crate::domain::{docker::Noun, inventory::Item, object::ObjectRef};

/// How well a name fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    Part,
    Id,
    Full,
}

pub(super) fn item_of(object: &ObjectRef) -> Item {
    Item {
        object: object.clone(),
        labels: BTreeMap::new(),
        containers: Vec::new(),
        ports: Vec::new(),
        replicas: None,
        owner: None,
    }
}

/// One image may have several names: an object is counted once.
pub(super) fn distinct<'i>(items: &[&'i Item]) -> Vec<&'i Item> {
    let mut kept: Vec<&Item> = Vec::new();
    for item in items {
        let same = |known: &&Item| known.object.uid.is_some() && known.object.uid == item.object.uid;
        if !kept.iter().any(same) {
            kept.push(item);
        }
    }
    kept
}

/// The whole name; an image without a tag is its `latest`.
pub(super) fn is_called(item: &Item, name: &str) -> bool {
    let own = item.object.name.as_str();
    own == name || (Noun::of(&item.object) == Some(Noun::Image) && own.strip_suffix(":latest") == Some(name))
}

pub(super) fn has_id(item: &Item, name: &str) -> bool {
    let hex = name.strip_prefix("sha256:").unwrap_or(name);
    let clear = !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit());
    let id = item.object.uid.as_deref().unwrap_or_default();
    clear && id.strip_prefix("sha256:").unwrap_or(id).starts_with(&hex.to_lowercase())
}

pub(super) fn fit(said: &str, item: &Item) -> Option<Fit> {
    let said = said.to_lowercase();
    if is_called(item, &said) || is_called(item, &said.replace(' ', "-")) || is_called(item, &said.replace(' ', "_")) {
        return Some(Fit::Full);
    }
    if said.len() >= 4 && has_id(item, &said) {
        return Some(Fit::Id);
    }
    let name = item.object.name.to_lowercase();
    let parts: Vec<&str> = name.split(['-', '_', '.', '/', ':']).collect();
    let mut words = said.split([' ', '-', '_']).filter(|word| !word.is_empty()).peekable();
    (words.peek().is_some() && words.all(|word| parts.contains(&word) || name == word)).then_some(Fit::Part)
}

pub(super) fn is_near(said: &str, item: &Item) -> bool {
    let most = if said.len() <= 4 { 1 } else { 2 };
    let said = said.to_lowercase().replace(' ', "-");
    let name = item.object.name.to_lowercase();
    let near = |part: &str| said.len().abs_diff(part.len()) <= most && strsim::osa_distance(&said, part) <= most;
    near(&name) || name.split(['-', '_', '.', '/', ':']).any(near)
}

pub(super) fn distance(said: &str, name: &str) -> usize {
    let parts = name.split(['-', '_', '.', '/', ':']).map(|part| strsim::osa_distance(said, part));
    parts.chain([strsim::osa_distance(said, name)]).min().unwrap_or(usize::MAX)
}
