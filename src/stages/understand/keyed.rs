//! "Set LOG_LEVEL=debug in configmap todo-config", "remove A and b.txt from configmap todo-config": keys of a ConfigMap may be any
//! word, and so may its name. Such a request is read by its form, and nothing but the form: whatever else is said is left to others.

use super::{
    form::{Form, Word},
    needs::needs,
    refuse::declined,
};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason, EnvChange},
        reading::{FirstReading, Reading, SlotMention},
    },
    fallbacks::Playbooks,
};

const PLAYBOOK: &str = "set-data";

const SETTING: [&str; 12] = [
    "set", "change", "update", "put", "add", "switch", "make", "edit", "modify", "turn", "define", "write",
];
const REMOVING: [&str; 6] = ["remove", "delete", "drop", "unset", "erase", "take"];
const KINDS: [&str; 4] = ["configmap", "configmaps", "cm", "config-map"];
const WORKLOADS: [&str; 6] = ["deployment", "deploy", "statefulset", "sts", "daemonset", "ds"];
/// Before what something is set in, and before what it is removed from.
const INTO: [&str; 7] = ["in", "into", "to", "of", "on", "for", "inside"];
const OUT_OF: [&str; 4] = ["from", "of", "in", "on"];
/// No keys where something is to be removed: "remove all from configmap x" says too much to be a key, and too little to be done.
const NO_KEYS: [&str; 23] = [
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
    "and",
    "but",
];

/// The reading; `None` for everything else.
pub(super) fn read(form: &Form, text: &str, playbooks: &Playbooks) -> Option<FirstReading> {
    playbooks.get(PLAYBOOK)?;
    if let Some(declined) = unclear(form) {
        return Some(FirstReading::Declined(declined));
    }
    let verb = form.verb.as_str();
    let place = form.namespace.as_deref();
    let (playbook, slot, name, set) = if SETTING.contains(&verb) {
        let (set, name) = setting(&form.rest)?;
        (PLAYBOOK, "object", (name, Some("configmap".to_owned())), ("set", set))
    } else if REMOVING.contains(&verb) {
        match removing(&form.rest) {
            Some((set, name)) => (PLAYBOOK, "object", (name, Some("configmap".to_owned())), ("set", set)),
            None => {
                let (env, name, kind) = variables(&form.rest)?;
                ("set-env", "workload", (name, kind), ("env", env))
            }
        }
    } else {
        return None;
    };
    let ((said, kind), (values, set)) = (name, set);
    let distinct = set
        .iter()
        .enumerate()
        .all(|(n, one)| set.iter().skip(n + 1).all(|two| two.name != one.name));
    if set.is_empty() || !distinct || !set.iter().all(|change| is_key(&change.name)) || !is_name(&said) {
        return None;
    }
    let slots = [
        (slot.to_owned(), SlotMention::Name { said, kind }),
        (values.to_owned(), SlotMention::Env(set)),
    ];
    let readings = vec![Reading {
        playbook: playbook.to_owned(),
        clause: text.trim().to_owned(),
        slots: slots.into_iter().collect(),
        namespace: place.map(str::to_owned),
        context: None,
        typed: false,
        keeps: false,
        preview: false,
    }];
    let needs = needs(&readings, playbooks);
    Some(FirstReading::Understood { readings, needs })
}

/// "Remove all from configmap x": all keys, or the whole of it?
fn unclear(form: &Form) -> Option<Declined> {
    if !REMOVING.contains(&form.verb.as_str()) && form.verb != "clear" {
        return None;
    }
    let (before, name, behind) = target(&form.rest, &OUT_OF, |_| true)?;
    let all = matches!(
        plain(before).as_slice(),
        ["all" | "everything"] | ["all", "of"] | ["all", "keys" | "data" | "values"]
    );
    (all && behind.is_empty()).then(|| Declined {
        why: Some(format!(
            "What {name} holds is removed key by key (“remove KEY from configmap {name}”), and all of it at once by its name"
        )),
        suggestions: vec![format!("describe configmap {name}"), format!("delete configmap {name}")],
        ..declined(DeclinedReason::NotUnderstood)
    })
}

/// `A=1 and B=2 in configmap x`, `A to 1 in configmap x`, `A in configmap x to 1`; with "from 0 to 1" only where it is 0 now.
fn setting(rest: &[Word]) -> Option<(Vec<EnvChange>, String)> {
    let rest = bare(rest);
    if let Some((before, name, behind)) = target(rest, &INTO, |before| before.iter().any(|word| word.text.contains('='))) {
        let pairs = before.iter().filter(|word| !is_joint(word));
        let set: Option<Vec<EnvChange>> = pairs
            .map(|pair| pair.text.split_once('=').map(|(key, value)| EnvChange::set(key, value)))
            .collect();
        return behind.is_empty().then_some((set?, name));
    }
    let (before, name, behind) = target(rest, &INTO, |_| true)?;
    let (key, value) = match (before, behind) {
        ([key, value @ ..], []) | ([key], value) => (key, value),
        _ => return None,
    };
    let is = |word: &Word, words: &[&str]| !word.quoted && words.contains(&word.text.as_str());
    let (from, value) = match value {
        [to, value] if is(to, &["to", "as"]) => (None, value),
        [was, from, to, value] if is(was, &["from"]) && is(to, &["to"]) => (Some(from.text.clone()), value),
        _ => return None,
    };
    let change = EnvChange {
        from,
        ..EnvChange::set(&key.text, &value.text)
    };
    Some((vec![change], name))
}

/// `A, B and C from configmap x`.
fn removing(rest: &[Word]) -> Option<(Vec<EnvChange>, String)> {
    let (before, name, behind) = target(bare(rest), &OUT_OF, |_| true)?;
    let keys = removed(before)?;
    behind.is_empty().then_some((keys, name))
}

/// `CACHE, PORT and ENVIRONMENT from the backend`: several variables of a workload, and the kind that was said. Some of their names are
/// words for other things.
fn variables(rest: &[Word]) -> Option<(Vec<EnvChange>, String, Option<String>)> {
    let rest = bare(rest);
    let at = rest.iter().rposition(|word| !word.quoted && OUT_OF.contains(&word.text.as_str()))?;
    let (before, of) = (rest.get(..at)?, plain(rest.get(at + 1..)?));
    let of = without_article(&of);
    let (name, kind) = match of {
        [path] if path.contains('/') => path
            .split_once('/')
            .filter(|(kind, _)| WORKLOADS.contains(kind))
            .map(|(kind, name)| (name, Some(kind)))?,
        [name] => (*name, None),
        [kind, name] | [name, kind] if WORKLOADS.contains(kind) => (*name, Some(*kind)),
        _ => return None,
    };
    let env = removed(before)?;
    let is_variable = |change: &EnvChange| {
        let known = change
            .name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        known && change.name.len() > 1 && change.name.starts_with(|c: char| c.is_ascii_uppercase())
    };
    let several = env.len() > 1 && env.iter().all(is_variable) && !is_kind(name);
    several.then(|| (env, name.to_owned(), kind.map(str::to_owned)))
}

/// What is to be removed; `None` where a word of it is no key.
fn removed(before: &[Word]) -> Option<Vec<EnvChange>> {
    let keys: Vec<&Word> = before.iter().filter(|word| !is_joint(word)).collect();
    let is_none = |key: &&Word| !key.quoted && NO_KEYS.contains(&key.text.to_lowercase().as_str());
    (!keys.is_empty() && !keys.iter().any(is_none)).then(|| keys.into_iter().map(|key| EnvChange::unset(&key.text)).collect())
}

/// What stands before and behind "in the configmap x", and the name; the first of them that `fits`.
fn target<'w>(words: &'w [Word], placing: &[&str], fits: impl Fn(&[Word]) -> bool) -> Option<(&'w [Word], String, &'w [Word])> {
    (1..words.len()).find_map(|at| {
        let (before, of) = words.split_at(at);
        let (place, of) = of.split_first()?;
        let before = match before {
            [before @ .., out] if out.text == "out" && !out.quoted => before,
            before => before,
        };
        let of_it = plain(of);
        let named = without_article(&of_it);
        let article = of_it.len() - named.len();
        let (name, length) = match named {
            ["config", "map", "called" | "named", name, ..] => (*name, 4),
            [kind, "called" | "named", name, ..] if is_kind(kind) => (*name, 3),
            ["config", "map", name, ..] | [name, "config", "map", ..] => (*name, 3),
            [kind, name, ..] | [name, kind, ..] if is_kind(kind) => (*name, 2),
            [name, ..] if name.split_once('/').is_some_and(|(kind, _)| is_kind(kind)) => {
                (name.split_once('/').map_or("", |(_, name)| name), 1)
            }
            // "in todo-config"
            [name, ..] if ["-config", "-configmap", "-cm"].iter().any(|end| name.ends_with(end)) => (*name, 1),
            _ => return None,
        };
        let behind = of.get(article + length..)?;
        let placed = !place.quoted && placing.contains(&place.text.to_lowercase().as_str());
        (placed && !before.is_empty() && fits(before)).then(|| (before, name.to_owned(), behind))
    })
}

/// The words that are words: what stood in quotes is none.
fn plain(words: &[Word]) -> Vec<&str> {
    words.iter().map(|word| if word.quoted { "" } else { word.text.as_str() }).collect()
}

fn without_article<'s, 'w>(words: &'s [&'w str]) -> &'s [&'w str] {
    match words {
        ["the" | "my" | "our", words @ ..] => words,
        words => words,
    }
}

fn is_kind(word: &str) -> bool {
    KINDS.contains(&word.to_lowercase().as_str())
}

fn is_joint(word: &Word) -> bool {
    !word.quoted && matches!(word.text.to_lowercase().as_str(), "and" | "&" | "plus")
}

/// Without "the key", "the value of".
fn bare(words: &[Word]) -> &[Word] {
    let said = plain(words);
    let named = without_article(&said);
    let skip = match named {
        ["value" | "values", "of", "the", ..] => 3,
        ["value" | "values", "of", ..] => 2,
        ["key" | "keys" | "entry" | "setting" | "variable" | "variables", next, ..] if !OUT_OF.contains(next) && !INTO.contains(next) => 1,
        _ => 0,
    };
    let skip = skip + said.len() - named.len();
    words.get(skip..).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let playbooks = Playbooks::load(&[]).unwrap();
        let Some(FirstReading::Understood { readings, .. }) = Form::of(text).as_ref().and_then(|form| read(form, text, &playbooks)) else {
            return String::new();
        };
        let reading = &readings[0];
        let slots = &reading.slots;
        let of = |names: [&str; 2]| names.into_iter().find_map(|name| slots.get(name));
        let (Some(SlotMention::Name { said, kind }), Some(SlotMention::Env(set))) = (of(["object", "workload"]), of(["set", "env"])) else {
            return String::new();
        };
        let one = |change: &EnvChange| match (&change.from, &change.value) {
            (Some(from), Some(value)) => format!("{}:{from}>{value}", change.name),
            (_, Some(value)) => format!("{}={value}", change.name),
            _ => format!("{}-", change.name),
        };
        let told = format!("{said} {}", set.iter().map(one).collect::<Vec<_>>().join(" "));
        let place = reading
            .namespace
            .as_ref()
            .map_or_else(String::new, |namespace| format!(" @{namespace}"));
        match (reading.playbook.as_str(), kind.as_deref()) {
            (PLAYBOOK, Some("configmap")) => format!("{told}{place}"),
            (playbook, kind) => format!("{playbook} {} {told}{place}", kind.unwrap_or("-")),
        }
    }

    #[test]
    fn keys_and_names_are_read_by_the_form_of_the_request() {
        for (text, expected) in [
            ("set LOG_LEVEL=debug in configmap todo-config", "todo-config LOG_LEVEL=debug"),
            ("set A=1 and b.txt=2 in the config map app", "app A=1 b.txt=2"),
            ("please set A='hello world' in cm app, thanks", "app A=hello world"),
            ("please set A='hello world' in cm app thanks", "app A=hello world"),
            ("set A={{ .Values.x }} in configmap app", ""),
            ("set A=\"{{ .Values.x }}\" in configmap app", "app A={{ .Values.x }}"),
            ("change LOG_LEVEL from trace to warn in configmap app", "app LOG_LEVEL:trace>warn"),
            ("change the value of LOG_LEVEL in configmap app to warn", "app LOG_LEVEL=warn"),
            ("set restart to 3 in configmap restart", "restart restart=3"),
            ("set A=1 in configmap/3", "3 A=1"),
            ("add FEATURE_X=true to todo-config", "todo-config FEATURE_X=true"),
            ("set LOG_LEVEL=debug in todo-config -n shop", "todo-config LOG_LEVEL=debug @shop"),
            ("remove MULTI and PORT from configmap cfg", "cfg MULTI- PORT-"),
            (
                "remove the keys LOG_LEVEL, ENVIRONMENT and app.properties from configmap cfg",
                "cfg LOG_LEVEL- ENVIRONMENT- app.properties-",
            ),
            ("take LOG_LEVEL out of configmap todo-config", "todo-config LOG_LEVEL-"),
            ("remove CACHE and PORT from the backend", "set-env - backend CACHE- PORT-"),
            (
                "unset CACHE, ENVIRONMENT from deployment todo-backend",
                "set-env deployment todo-backend CACHE- ENVIRONMENT-",
            ),
            ("REMOVE CACHE AND PORT FROM BACKEND", ""),
            ("delete A out of the configmap cfg", "cfg A-"),
            ("could you remove LOG_LEVEL from configmap cfg?", "cfg LOG_LEVEL-"),
            ("remove LOG_LEVEL from configmap cfg?", ""),
            ("can I remove LOG_LEVEL from configmap cfg?", ""),
            ("we could remove LOG_LEVEL from configmap cfg", ""),
            ("never: remove LOG_LEVEL from configmap cfg", ""),
            ("change LOG_LEVEL in configmap cfg to warn, please", "cfg LOG_LEVEL=warn"),
            ("set A='x,' in configmap cfg", "cfg A=x,"),
            ("remove CACHE, NOT PORT from the backend", ""),
            ("remove CACHE AND NOT PORT from the backend", ""),
            ("remove CACHE and PORT from todo-config", "todo-config CACHE- PORT-"),
            ("drop LOG_LEVEL into configmap cfg", ""),
            ("set A=1 from configmap cfg", ""),
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
