//! "Set LOG_LEVEL=debug in configmap todo-config", "remove A and b.txt from configmap todo-config": keys of a ConfigMap may be any
//! word, and so may its name. Such a request is read by its form, and nothing but the form: whatever else is said is left to others.

use super::{needs::needs, refuse::declined};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason, EnvChange},
        reading::{FirstReading, Reading, SlotMention},
    },
    fallbacks::Playbooks,
};

const PLAYBOOK: &str = "set-data";

/// What may be said before the verb and asks for it all the same.
const LEADS: [&str; 20] = [
    "please", "kindly", "hey", "hi", "ok", "now", "can", "could", "would", "will", "you", "we", "i", "want", "need", "to", "let's", "lets",
    "also", "and",
];
const SETTING: [&str; 12] = [
    "set", "change", "update", "put", "add", "switch", "make", "edit", "modify", "turn", "define", "write",
];
const REMOVING: [&str; 6] = ["remove", "delete", "drop", "unset", "erase", "take"];
const KINDS: [&str; 4] = ["configmap", "configmaps", "cm", "config-map"];
const PLACING: [&str; 8] = ["in", "into", "to", "from", "of", "on", "for", "inside"];
/// No keys where something is to be removed: "remove all from configmap x" says too much to be a key, and too little to be done.
const NO_KEYS: [&str; 21] = [
    "all",
    "everything",
    "it",
    "them",
    "that",
    "this",
    "these",
    "those",
    "now",
    "please",
    "just",
    "only",
    "key",
    "keys",
    "value",
    "values",
    "both",
    "any",
    "some",
    "not",
    "or",
];

/// The reading; `None` for everything else.
pub(super) fn read(text: &str, playbooks: &Playbooks) -> Option<FirstReading> {
    playbooks.get(PLAYBOOK)?;
    let words = words(text)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let begin = words
        .iter()
        .position(|word| !LEADS.contains(&word.to_lowercase().as_str()) && !word.ends_with(':'))?;
    let (verb, rest) = words.get(begin..)?.split_first()?;
    let verb = verb.to_lowercase();
    let rest = without_thanks(rest);
    let (rest, namespace) = placed(rest);
    if let Some((variables, of, kind)) = variables(rest).filter(|_| REMOVING.contains(&verb.as_str())) {
        let workload = SlotMention::Name {
            said: of.to_owned(),
            kind: kind.map(str::to_owned),
        };
        let slots = [("workload".to_owned(), workload), ("env".to_owned(), SlotMention::Env(variables))];
        return Some(understood("set-env", text, slots, namespace, playbooks));
    }
    let (set, name) = match verb.as_str() {
        verb if SETTING.contains(&verb) => setting(rest)?,
        verb if REMOVING.contains(&verb) => removing(rest)?,
        _ => return None,
    };
    let distinct = set
        .iter()
        .enumerate()
        .all(|(n, one)| set.iter().skip(n + 1).all(|two| two.name != one.name));
    if set.is_empty() || !distinct || !set.iter().all(|change| is_key(&change.name)) || !is_name(name) {
        return None;
    }
    let kind = Some("configmap".to_owned());
    let object = SlotMention::Name {
        said: name.to_owned(),
        kind,
    };
    let slots = [("object".to_owned(), object), ("set".to_owned(), SlotMention::Env(set))];
    Some(understood(PLAYBOOK, text, slots, namespace, playbooks))
}

/// "Remove all from configmap x": all keys, or the whole of it?
pub(super) fn unclear(text: &str) -> Option<Declined> {
    let words = words(text)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (all, behind) = match words.as_slice() {
        [verb, all, behind @ ..] if REMOVING.contains(verb) || *verb == "clear" => (*all, behind),
        _ => return None,
    };
    let of = match behind {
        ["keys" | "data" | "values", placing, of @ ..] | [placing, of @ ..] if PLACING.contains(placing) => of,
        _ => return None,
    };
    let of = match of {
        ["the" | "my" | "our", of @ ..] => of,
        of => of,
    };
    let name = match of {
        [kind, name] | [name, kind] if is_kind(kind) => name,
        _ => return None,
    };
    matches!(all, "all" | "everything").then(|| Declined {
        why: Some(format!(
            "What {name} holds is removed key by key (“remove KEY from configmap {name}”), and all of it at once by its name"
        )),
        suggestions: vec![format!("describe configmap {name}"), format!("delete configmap {name}")],
        ..declined(DeclinedReason::NotUnderstood)
    })
}

fn understood(
    playbook: &str,
    text: &str,
    slots: [(String, SlotMention); 2],
    namespace: Option<&str>,
    playbooks: &Playbooks,
) -> FirstReading {
    let readings = vec![Reading {
        playbook: playbook.to_owned(),
        clause: text.trim().to_owned(),
        slots: slots.into_iter().collect(),
        namespace: namespace.map(str::to_owned),
        context: None,
        typed: false,
        keeps: false,
        preview: false,
    }];
    let needs = needs(&readings, playbooks);
    FirstReading::Understood { readings, needs }
}

/// `CACHE, PORT and ENVIRONMENT from the backend`: several variables of a workload, and the kind that was said. Some of their names are
/// words for other things.
fn variables<'w>(rest: &[&'w str]) -> Option<(Vec<EnvChange>, &'w str, Option<&'w str>)> {
    let at = rest.iter().rposition(|word| matches!(*word, "from" | "on" | "of" | "in"))?;
    let (before, of) = (rest.get(..at)?, rest.get(at + 1..)?);
    let of = match of {
        ["the" | "my" | "our", of @ ..] => of,
        of => of,
    };
    let workloads = ["deployment", "deploy", "statefulset", "sts", "daemonset", "ds"];
    let (name, kind) = match of {
        [path] if path.contains('/') => path
            .split_once('/')
            .filter(|(kind, _)| workloads.contains(kind))
            .map(|(kind, name)| (name, Some(kind)))?,
        [name] => (*name, None),
        [kind, name] | [name, kind] if workloads.contains(kind) => (*name, Some(*kind)),
        _ => return None,
    };
    let keys: Vec<&str> = bare(before)
        .iter()
        .filter(|word| !is_joint(word))
        .map(|word| word.trim_end_matches(','))
        .collect();
    let is_variable = |key: &&str| {
        let known = key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        known && key.len() > 1 && key.starts_with(|c: char| c.is_ascii_uppercase())
    };
    let several = keys.len() > 1 && keys.iter().all(is_variable) && is_name(name) && !is_kind(name);
    several.then(|| (keys.into_iter().map(EnvChange::unset).collect(), name, kind))
}

/// `A=1 and B=2 in configmap x`, `A to 1 in configmap x`, `A in configmap x to 1`; with "from 0 to 1" only where it is 0 now.
fn setting<'w>(rest: &[&'w str]) -> Option<(Vec<EnvChange>, &'w str)> {
    let rest = bare(rest);
    if let Some((before, name, behind)) = target(rest, |before| before.iter().any(|word| word.contains('='))) {
        let pairs = before.iter().filter(|word| !is_joint(word));
        let set: Option<Vec<EnvChange>> = pairs
            .map(|pair| {
                pair.trim_end_matches(',')
                    .split_once('=')
                    .map(|(key, value)| EnvChange::set(key, value))
            })
            .collect();
        return behind.is_empty().then_some((set?, name));
    }
    let (before, name, behind) = target(rest, |_| true)?;
    let (key, value) = match (before, behind) {
        ([key, value @ ..], []) | ([key], value) => (key, value),
        _ => return None,
    };
    let (from, value) = match value {
        ["to" | "as", value] => (None, value),
        ["from", from, "to", value] => (Some((*from).to_owned()), value),
        _ => return None,
    };
    let change = EnvChange {
        from,
        ..EnvChange::set(key, value)
    };
    Some((vec![change], name))
}

/// `A, B and C from configmap x`.
fn removing<'w>(rest: &[&'w str]) -> Option<(Vec<EnvChange>, &'w str)> {
    let (before, name, behind) = target(bare(rest), |_| true)?;
    let keys: Vec<&str> = before
        .iter()
        .filter(|word| !is_joint(word))
        .map(|word| word.trim_end_matches(','))
        .collect();
    let lower = |key: &&str| NO_KEYS.contains(&key.to_lowercase().as_str());
    let alone = behind.is_empty() && !keys.is_empty() && !keys.iter().any(lower);
    alone.then(|| (keys.into_iter().map(EnvChange::unset).collect(), name))
}

/// What stands before and behind "in the configmap x", and the name; the first of them that `fits`.
fn target<'s, 'w>(words: &'s [&'w str], fits: impl Fn(&[&str]) -> bool) -> Option<(&'s [&'w str], &'w str, &'s [&'w str])> {
    (1..words.len()).find_map(|at| {
        let (before, of) = words.split_at(at);
        let before = match before {
            [before @ .., "out"] => before,
            before => before,
        };
        let (placing, of) = of.split_first()?;
        let of = match of {
            ["the" | "my" | "our", of @ ..] => of,
            of => of,
        };
        let (name, behind) = match of {
            ["config", "map", "called" | "named", name, behind @ ..] => (*name, behind),
            [kind, "called" | "named", name, behind @ ..] if is_kind(kind) => (*name, behind),
            ["config", "map", name, behind @ ..] | [name, "config", "map", behind @ ..] => (*name, behind),
            [kind, name, behind @ ..] | [name, kind, behind @ ..] if is_kind(kind) => (*name, behind),
            [name, behind @ ..] if name.split_once('/').is_some_and(|(kind, _)| is_kind(kind)) => {
                (name.split_once('/').map_or("", |(_, name)| name), behind)
            }
            // "in todo-config"
            [name, behind @ ..] if ["-config", "-configmap", "-cm"].iter().any(|end| name.ends_with(end)) => (*name, behind),
            _ => return None,
        };
        (PLACING.contains(&placing.to_lowercase().as_str()) && !before.is_empty() && fits(before)).then_some((before, name, behind))
    })
}

fn is_kind(word: &str) -> bool {
    KINDS.contains(&word.to_lowercase().as_str())
}

fn is_joint(word: &str) -> bool {
    matches!(word, "and" | "&" | "plus" | ",")
}

/// Without "the key", "the value of".
fn bare<'s, 'w>(words: &'s [&'w str]) -> &'s [&'w str] {
    let words = match words {
        ["the" | "a", rest @ ..] => rest,
        words => words,
    };
    match words {
        ["value" | "values", "of", "the", rest @ ..] | ["value" | "values", "of", rest @ ..] => bare(rest),
        ["key" | "keys" | "entry" | "setting" | "variable" | "variables", rest @ ..] if !rest.is_empty() && !PLACING.contains(&rest[0]) => {
            rest
        }
        words => words,
    }
}

fn without_thanks<'s, 'w>(words: &'s [&'w str]) -> &'s [&'w str] {
    match words {
        [words @ .., last] if matches!(last.to_lowercase().as_str(), "please" | "pls" | "thanks" | "thx") => without_thanks(words),
        words => words,
    }
}

/// "in namespace shop", "-n shop".
fn placed<'s, 'w>(words: &'s [&'w str]) -> (&'s [&'w str], Option<&'w str>) {
    match words {
        [words @ .., "in", "namespace", name] | [words @ .., "in", "the", name, "namespace"] | [words @ .., "-n", name] => {
            (words, Some(name))
        }
        words => (words, None),
    }
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= 253 && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn is_name(name: &str) -> bool {
    let known = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
    known && !name.is_empty() && name != "it"
}

/// The words, those in quotes as one and without them. A question is none of them, and neither is a quote that does not end.
fn words(text: &str) -> Option<Vec<String>> {
    let text = text.trim().trim_end_matches(['!', '.']);
    let mut words: Vec<String> = Vec::new();
    let mut within: Option<char> = None;
    let mut open = false;
    for c in text.chars() {
        match within {
            Some(quote) if c == quote => within = None,
            None if matches!(c, '"' | '\'') => {
                within = Some(c);
                if !open {
                    words.push(String::new());
                    open = true;
                }
            }
            None if c.is_whitespace() => open = false,
            _ if open => words.last_mut()?.push(c),
            _ => {
                words.push(c.to_string());
                open = true;
            }
        }
    }
    let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
    let polite = matches!(first.as_str(), "can" | "could" | "would" | "will" | "please");
    let asks = text.ends_with('?') && !polite;
    if let (true, Some(last)) = (polite, words.last_mut()) {
        last.truncate(last.trim_end_matches('?').len());
    }
    (within.is_none() && !asks).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let playbooks = Playbooks::load(&[]).unwrap();
        let Some(FirstReading::Understood { readings, .. }) = read(text, &playbooks) else {
            return String::new();
        };
        let slots = &readings[0].slots;
        let of = |names: [&str; 2]| names.into_iter().find_map(|name| slots.get(name));
        let (Some(SlotMention::Name { said, .. }), Some(SlotMention::Env(set))) = (of(["object", "workload"]), of(["set", "env"])) else {
            return String::new();
        };
        let one = |change: &EnvChange| match (&change.from, &change.value) {
            (Some(from), Some(value)) => format!("{}:{from}>{value}", change.name),
            (_, Some(value)) => format!("{}={value}", change.name),
            _ => format!("{}-", change.name),
        };
        format!("{said} {}", set.iter().map(one).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn keys_and_names_are_read_by_the_form_of_the_request() {
        for (text, expected) in [
            ("set LOG_LEVEL=debug in configmap todo-config", "todo-config LOG_LEVEL=debug"),
            ("set A=1 and b.txt=2 in the config map app", "app A=1 b.txt=2"),
            ("please set A='hello world' in cm app, thanks", ""),
            ("please set A='hello world' in cm app thanks", "app A=hello world"),
            ("set A={{ .Values.x }} in configmap app", ""),
            ("set A=\"{{ .Values.x }}\" in configmap app", "app A={{ .Values.x }}"),
            ("change LOG_LEVEL from trace to warn in configmap app", "app LOG_LEVEL:trace>warn"),
            ("change the value of LOG_LEVEL in configmap app to warn", "app LOG_LEVEL=warn"),
            ("set restart to 3 in configmap restart", "restart restart=3"),
            ("set A=1 in configmap/3", "3 A=1"),
            ("add FEATURE_X=true to todo-config", "todo-config FEATURE_X=true"),
            ("set LOG_LEVEL=debug in todo-config -n shop", "todo-config LOG_LEVEL=debug"),
            ("remove MULTI and PORT from configmap cfg", "cfg MULTI- PORT-"),
            (
                "remove the keys LOG_LEVEL, ENVIRONMENT and app.properties from configmap cfg",
                "cfg LOG_LEVEL- ENVIRONMENT- app.properties-",
            ),
            ("take LOG_LEVEL out of configmap todo-config", "todo-config LOG_LEVEL-"),
            ("remove CACHE and PORT from the backend", "backend CACHE- PORT-"),
            (
                "unset CACHE, ENVIRONMENT from deployment todo-backend",
                "todo-backend CACHE- ENVIRONMENT-",
            ),
            ("REMOVE CACHE AND PORT FROM BACKEND", ""),
            ("delete A out of the configmap cfg", "cfg A-"),
            ("could you remove LOG_LEVEL from configmap cfg?", "cfg LOG_LEVEL-"),
            ("remove LOG_LEVEL from configmap cfg?", ""),
            ("remove all from configmap cfg", ""),
            ("remove from configmap cfg", ""),
            ("remove now from configmap cfg", ""),
            ("remove A or B from configmap cfg", ""),
            ("don't remove A from configmap cfg", ""),
            ("set A=1 in configmap it", ""),
            ("add a configmap named app-config with A=1", ""),
            ("set LOG_LEVEL=debug on backend", ""),
            ("set A=1 in configmap cfg and restart the backend", ""),
            ("delete configmap cfg", ""),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}
