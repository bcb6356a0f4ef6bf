//! What stands at the places of a command: objects, kinds, images, variables.

use std::collections::BTreeMap;

use super::super::{flag, pod_ports};
use crate::{
    domain::{intent::EnvChange, kind::Kind, reading::SlotMention},
    fallbacks::{Slot, SlotType},
};

/// The values of a place, once for each object that it names.
pub(super) type Values = Vec<BTreeMap<String, SlotMention>>;

/// What the words at the front give for a slot: one value for each object that they name. A kind alone means every object of
/// it only where `bare` says that kubectl takes it so.
pub(super) fn values<'a>(slot: &Slot, words: &'a [String], last: bool, bare: bool) -> Option<(Values, &'a [String])> {
    let one = |mention: SlotMention| BTreeMap::from([(slot.name.clone(), mention)]);
    let (first, rest) = words.split_first()?;
    match slot.of {
        SlotType::Workload | SlotType::Object => {
            let mut names = Vec::new();
            let mut left = words;
            while let Some((word, more)) = left.split_first() {
                // `example.com/tier=api` is a label: its name has a part of its own before the slash.
                let Some((kind, name)) = word.split_once('/').filter(|_| !word.contains('=')) else {
                    break;
                };
                names.push(one(SlotMention::Name {
                    said: name.to_owned(),
                    kind: Some(kind.to_lowercase()),
                }));
                left = more;
            }
            if !names.is_empty() {
                return Some((names, left));
            }
            // `delete deploy,svc web`: an object of each.
            if let Some(kinds) = several(first)
                && !rest.is_empty()
                && last
            {
                let each = kinds.iter().flat_map(|kind| {
                    rest.iter().map(|name| {
                        one(SlotMention::Name {
                            said: name.clone(),
                            kind: Some(kind.clone()),
                        })
                    })
                });
                return Some((each.collect(), &[]));
            }
            let named = rest
                .first()
                .is_some_and(|next| last || !(next.contains('=') || next.ends_with('-')));
            if is_kind(first) && named {
                let end = if last {
                    rest.len()
                } else {
                    rest.iter().position(|word| word.contains('=') || word.ends_with('-')).unwrap_or(1)
                };
                let named = rest.get(..end)?.iter().map(|name| {
                    one(SlotMention::Name {
                        said: name.clone(),
                        kind: Some(first.to_lowercase()),
                    })
                });
                return Some((named.collect(), rest.get(end..)?));
            }
            // `rollout restart deployment`, `delete pods -l app=web`: every one of them, where no name follows.
            // Of a pod's name and a kind with its group, both with dots, only a kind that is known stands without a name.
            if is_known_kind(first) && (bare || slot.of == SlotType::Workload || !rest.is_empty()) {
                return Some((vec![if bare { every(slot, &plural(first)) } else { BTreeMap::new() }], rest));
            }
            // A name alone is a pod's, for `logs`; for others kubectl takes none.
            Some((
                vec![one(SlotMention::Name {
                    said: first.clone(),
                    kind: None,
                })],
                rest,
            ))
        }
        SlotType::Kind => {
            if first.contains('/') {
                return None;
            }
            let kinds = first.split(',').map(|kind| one(SlotMention::Text(kind.to_lowercase()))).collect();
            Some((kinds, rest))
        }
        SlotType::Image => {
            let mut images = Vec::new();
            for word in words {
                let (container, image) = word.split_once('=')?;
                let mut value = one(SlotMention::Text(image.to_owned()));
                if container != "*" {
                    value.insert("container".to_owned(), SlotMention::Text(container.to_owned()));
                }
                images.push(value);
            }
            Some((images, &[]))
        }
        SlotType::Env => {
            let changes = words
                .iter()
                .map(|word| match (word.split_once('='), word.strip_suffix('-')) {
                    (Some((name, value)), _) => Some(EnvChange::set(name, value)),
                    (None, Some(name)) => Some(EnvChange::unset(name)),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>()?;
            let twice = |n: usize, one: &EnvChange| {
                changes
                    .iter()
                    .take(n)
                    .any(|other| other.name == one.name && other.value != one.value)
            };
            if changes.iter().enumerate().any(|(n, one)| twice(n, one)) {
                return None;
            }
            Some((vec![one(SlotMention::Env(changes))], &[]))
        }
        SlotType::PodPorts => Some((vec![one(SlotMention::Words(pod_ports::typed(words)?))], &[])),
        of => Some((vec![one(flag::mention(of, first).ok().flatten()?)], rest)),
    }
}

/// All objects of a kind.
pub(super) fn every(slot: &Slot, kind: &str) -> BTreeMap<String, SlotMention> {
    BTreeMap::from([
        (slot.name.clone(), SlotMention::All),
        (format!("{}.kind", slot.name), SlotMention::Text(kind.to_owned())),
    ])
}

/// The plural of a kind, however it was typed.
fn plural(word: &str) -> String {
    let word = word.to_lowercase();
    let known = Kind::well_known().into_iter().find(|kind| kind.is_called(&word));
    known.map_or(word, |kind| kind.plural)
}

/// Kinds with commas between them.
fn several(word: &str) -> Option<Vec<String>> {
    let kinds: Vec<String> = word.split(',').map(str::to_lowercase).collect();
    (kinds.len() > 1 && kinds.iter().all(|kind| is_kind(kind))).then_some(kinds)
}

fn is_kind(word: &str) -> bool {
    is_known_kind(word) || word.contains('.')
}

fn is_known_kind(word: &str) -> bool {
    Kind::well_known().iter().any(|kind| kind.is_called(&word.to_lowercase()))
}
