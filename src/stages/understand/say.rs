//! What was understood, said back so that it can be typed as it stands.

use std::collections::BTreeMap;

use super::{blanks::blank, image::TAG_ONLY};
use crate::{
    domain::{
        intent::{Amount, EnvChange},
        kind::Kind,
        reading::{Reading, SlotMention},
    },
    fallbacks::{Playbook, SlotType, env_in_docker, in_shell},
};

/// The place that a request must name, so that it means the same object wherever it is typed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Where<'a> {
    pub namespace: Option<&'a str>,
    pub context: Option<&'a str>,
}

impl<'a> Where<'a> {
    pub(super) fn of(reading: &'a Reading) -> Self {
        Self {
            namespace: reading.namespace.as_deref(),
            context: reading.context.as_deref(),
        }
    }

    /// Another namespace, in the same context.
    pub(super) fn within(self, namespace: Option<&'a str>) -> Self {
        Self {
            namespace: namespace.or(self.namespace),
            ..self
        }
    }

    fn after(self, request: String) -> String {
        let flag = |name: &str, value: Option<&str>| value.map(|value| format!(" {name} {value}")).unwrap_or_default();
        format!("{request}{}{}", flag("-n", self.namespace), flag("--context", self.context))
    }
}

/// The request that means `slots`; `None` when a slot that it needs is missing.
pub(super) fn request(playbook: &Playbook, slots: &BTreeMap<String, SlotMention>, place: Where<'_>) -> Option<String> {
    let said = playbook.say.render(&|name| said(playbook, slots, name))?;
    Some(place.after(said))
}

/// What `reading` means, as far as it is known without a look at the cluster.
pub(super) fn reading(playbook: &Playbook, reading: &Reading) -> Option<String> {
    request(playbook, &reading.slots, Where::of(reading))
}

/// The question for what is missing: "Scale which workload to 3?".
pub(super) fn question(playbook: &Playbook, slots: &BTreeMap<String, SlotMention>, open: &[String]) -> String {
    let ask = |name: &str| {
        let asked = open.iter().any(|slot| slot == name);
        let slot = playbook.slot(name).filter(|_| asked)?;
        match slots.get(&format!("{name}.kind")) {
            Some(SlotMention::Text(kind)) if slot.of == SlotType::Object => Some(format!("which {}", singular(kind))),
            _ => Some(slot.ask.clone()),
        }
    };
    let text = playbook
        .say
        .render(&|name| ask(name).or_else(|| said(playbook, slots, name)))
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
    if let (SlotMention::All, Some(SlotMention::Text(kind))) = (value, slots.get(&format!("{name}.kind"))) {
        return Some(format!("all {kind}"));
    }
    match value {
        SlotMention::Env(env) if playbook.domain == "docker" => Some(env_in_docker(env)),
        SlotMention::Name { said, kind: Some(noun) } if playbook.domain == "docker" => Some(format!("{noun} {said}")),
        value => mention(value),
    }
}

/// The request as far as it is known; what is missing will be asked next.
pub(super) fn incomplete(playbook: &Playbook, slots: &BTreeMap<String, SlotMention>, place: Where<'_>) -> String {
    request(playbook, slots, place).unwrap_or_else(|| {
        let text = playbook
            .say
            .render(&|name| {
                let required = playbook.slot(name).is_some_and(|slot| slot.required);
                said(playbook, slots, name).or_else(|| required.then(String::new))
            })
            .unwrap_or_default();
        place.after(text.split_whitespace().collect::<Vec<_>>().join(" "))
    })
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The commands that do what `reading` means, with names as they were said.
/// `open`: a value that was not said is left open in them; else there is no command without it.
pub(super) fn commands(playbook: &Playbook, reading: &Reading, open: bool) -> Vec<String> {
    playbook.equivalent_with(&|name| match (name, reading.slots.get(name)) {
        ("namespace", None) => reading.namespace.clone(),
        // An engine's names stand alone.
        (_, Some(SlotMention::Name { said, .. })) if playbook.domain == "docker" => Some(said.trim_start_matches('=').to_owned()),
        (_, Some(SlotMention::Pronoun(_) | SlotMention::All)) if playbook.domain == "docker" => Some("NAME".to_owned()),
        (_, Some(SlotMention::Env(env))) if playbook.domain == "docker" => Some(env_in_docker(env)),
        (_, Some(SlotMention::Text(selector))) if playbook.slot(name).is_some_and(|slot| slot.of == SlotType::Scope) => {
            Some(format!("-l {selector}"))
        }
        (_, Some(SlotMention::Name { .. })) if playbook.slot(name).is_some_and(|slot| slot.of == SlotType::Scope) => None,
        (_, Some(SlotMention::Name { said, kind })) => {
            let kind = kind.clone().unwrap_or_else(|| "deployment".to_owned());
            Some(format!("{}/{}", singular(&kind), said.replace(' ', "-")))
        }
        (_, Some(SlotMention::Count(amount))) => Some(match amount {
            Amount::Exactly(count) => count.to_string(),
            relative => format!("<{}>", count(*relative)),
        }),
        (_, Some(SlotMention::All)) if playbook.slot(name).is_some_and(|slot| !slot.of.names_object()) => Some("-A".to_owned()),
        (_, Some(SlotMention::All)) => {
            let kind = match reading.slots.get(&format!("{name}.kind")) {
                Some(SlotMention::Text(kind)) => singular(kind),
                _ => "deployment".to_owned(),
            };
            Some(format!("{kind} --all"))
        }
        (_, Some(SlotMention::Pronoun(_))) => Some("deployment/<name>".to_owned()),
        (_, Some(other)) => mention(other),
        (_, None) => playbook.slot(name).filter(|slot| open && slot.required).map(blank),
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
        SlotMention::Words(words) => in_shell(words),
    })
}

/// As kubectl writes a kind before a slash; a word that names none stays as it is.
pub(super) fn singular(word: &str) -> String {
    let known = Kind::well_known().into_iter().find(|kind| kind.is_called(word));
    known.map_or_else(|| word.to_owned(), |kind| kind.singular())
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
        Some(value) if change.from.is_some() && !value.contains(' ') => {
            format!("{} from {} to {value}", change.name, change.from.as_deref().unwrap_or_default())
        }
        Some(value) if value.contains(' ') => format!("{}=\"{value}\"", change.name),
        Some(value) => format!("{}={value}", change.name),
        None => format!("{}-", change.name),
    };
    env.iter().map(one).collect::<Vec<_>>().join(" ")
}
