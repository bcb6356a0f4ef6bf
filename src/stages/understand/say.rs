//! What was understood, said back so that it can be typed as it stands.

use std::collections::BTreeMap;

use super::image::TAG_ONLY;
use crate::{
    domain::{
        intent::{Amount, EnvChange},
        reading::{Reading, SlotMention},
    },
    fallbacks::{Playbook, SlotType},
};

/// The request that means `slots`; `None` when a slot that it needs is missing.
pub(super) fn request(playbook: &Playbook, slots: &BTreeMap<String, SlotMention>, namespace: Option<&str>) -> Option<String> {
    let said = playbook.say.render(&|name| said(playbook, slots, name))?;
    Some(with_namespace(said, namespace))
}

/// The question for what is missing: "Scale which workload to 3?".
pub(super) fn question(playbook: &Playbook, slots: &BTreeMap<String, SlotMention>, open: &[String]) -> String {
    let ask = |name: &str| {
        open.iter()
            .any(|slot| slot == name)
            .then(|| playbook.slot(name).map(|slot| slot.ask.clone()))
            .flatten()
    };
    let text = playbook
        .say
        .render(&|name| ask(name).or_else(|| slots.get(name).and_then(mention)))
        .unwrap_or_else(|| playbook.summary.clone());
    capital(&text) + "?"
}

/// The slot's value in words; sets of objects are told as places.
fn said(playbook: &Playbook, slots: &BTreeMap<String, SlotMention>, name: &str) -> Option<String> {
    let value = slots.get(name)?;
    if playbook.slot(name).is_some_and(|slot| slot.of == SlotType::Scope) {
        return match value {
            SlotMention::All => Some("in all namespaces".to_owned()),
            SlotMention::Text(selector) => Some(format!("with label {selector}")),
            SlotMention::Name { said, .. } => Some(format!("in {said}")),
            _ => None,
        };
    }
    mention(value)
}

/// The request as far as it is known; what is missing will be asked next.
pub(super) fn incomplete(playbook: &Playbook, slots: &BTreeMap<String, SlotMention>, namespace: Option<&str>) -> String {
    request(playbook, slots, namespace).unwrap_or_else(|| {
        let text = playbook
            .say
            .render(&|name| Some(said(playbook, slots, name).unwrap_or_default()))
            .unwrap_or_default();
        with_namespace(text.split_whitespace().collect::<Vec<_>>().join(" "), namespace)
    })
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

pub(super) fn with_namespace(request: String, namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => format!("{request} -n {namespace}"),
        None => request,
    }
}

/// The commands that do what `reading` means, with names as they were said.
pub(super) fn commands(playbook: &Playbook, reading: &Reading) -> Vec<String> {
    playbook.equivalent_with(&|name| match (name, reading.slots.get(name)) {
        ("namespace", None) => reading.namespace.clone(),
        (_, Some(SlotMention::Text(selector))) if playbook.slot(name).is_some_and(|slot| slot.of == SlotType::Scope) => {
            Some(format!("-l {selector}"))
        }
        (_, Some(SlotMention::Name { .. })) if playbook.slot(name).is_some_and(|slot| slot.of == SlotType::Scope) => None,
        (_, Some(SlotMention::Name { said, kind })) => {
            let kind = kind.clone().unwrap_or_else(|| "deployment".to_owned());
            Some(format!("{}/{}", kind.trim_end_matches('s'), said.replace(' ', "-")))
        }
        (_, Some(SlotMention::Count(amount))) => Some(match amount {
            Amount::Exactly(count) => count.to_string(),
            relative => format!("<{}>", count(*relative)),
        }),
        (_, Some(SlotMention::All)) if playbook.slot(name).is_some_and(|slot| !slot.of.names_object()) => Some("-A".to_owned()),
        (_, Some(SlotMention::All)) => Some("deployment --all".to_owned()),
        (_, Some(SlotMention::Pronoun(_))) => Some("deployment/<name>".to_owned()),
        (_, Some(other)) => mention(other),
        (_, None) => None,
    })
}

/// A mention in the words of a request.
pub(super) fn mention(mention: &SlotMention) -> Option<String> {
    Some(match mention {
        SlotMention::Name { said, kind: Some(kind) } if !said.contains(' ') => format!("{}/{said}", singular(kind)),
        SlotMention::Name { said, .. } => said.clone(),
        SlotMention::Pronoun(word) => word.clone(),
        SlotMention::All => "everything".to_owned(),
        SlotMention::Count(amount) => count(*amount),
        SlotMention::Text(text) => match text.strip_prefix(TAG_ONLY) {
            Some(tag) => format!("version {tag}"),
            None => text.clone(),
        },
        SlotMention::Number(number) => number.to_string(),
        SlotMention::Seconds(seconds) => span(*seconds),
        SlotMention::Flag(true) => String::new(),
        SlotMention::Flag(false) => return None,
        SlotMention::Env(env) => variables(env),
    })
}

fn singular(kind: &str) -> &str {
    match kind {
        "ingresses" => "ingress",
        _ => kind
            .strip_suffix("ies")
            .map_or_else(|| kind.strip_suffix('s').unwrap_or(kind), |_| kind),
    }
}

fn count(amount: Amount) -> String {
    match amount {
        Amount::Exactly(count) => format!("to {count}"),
        Amount::By(delta) => format!("by {delta:+}"),
        Amount::Times(1, 2) => "to half".to_owned(),
        Amount::Times(num, 1) => format!("by a factor of {num}"),
        Amount::Times(num, den) => format!("to {}%", u64::from(num) * 100 / u64::from(den.max(1))),
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        s if s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

fn variables(env: &[EnvChange]) -> String {
    let one = |change: &EnvChange| match &change.value {
        Some(value) if value.contains(' ') => format!("{}=\"{value}\"", change.name),
        Some(value) => format!("{}={value}", change.name),
        None => format!("{}-", change.name),
    };
    env.iter().map(one).collect::<Vec<_>>().join(" ")
}
